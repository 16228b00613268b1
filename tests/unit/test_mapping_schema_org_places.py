"""schema.org, read: where and when."""

from __future__ import annotations

import pytest

from node.model.dcat import Period, Place
from node.model.rdf import Literal
from node.namespaces import expand
from node.syntax import JsonValue
from tests.unit.test_mapping_schema_org import SCHEMA, codes, dataset, read


@pytest.mark.parametrize(
    ("geo", "expected"),
    [
        ({"@type": "GeoShape", "box": "46 7 47 8"}, Place(bbox=(7, 46, 8, 47))),
        ({"@type": "GeoShape", "box": "46,7 47,8"}, Place(bbox=(7, 46, 8, 47))),
        ({"@type": "GeoCoordinates", "latitude": 46, "longitude": "7.5"}, Place(wkt="POINT(7.5 46)")),
        ({"@type": "GeoShape", "polygon": "46 7 46 8 47 8 46 7"}, Place(wkt="POLYGON((7 46,8 46,8 47,7 46))")),
    ],
)
def test_coordinates_of_schema_org_are_latitude_first(geo: JsonValue, expected: Place) -> None:
    assert dataset(spatialCoverage={"@type": "Place", "geo": geo}).resource.spatial == (expected,)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(7.5 46)", (Place(wkt="POINT(7.5 46)"),)),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(46 7.5)", ()),
        ("somewhere", ()),
    ],
)
def test_geometries_of_geosparql_are_read_in_its_default_reference_system_only(
    words: str, expected: tuple[Place, ...]
) -> None:
    geometry: JsonValue = {"geo:asWKT": {"@type": "geo:wktLiteral", "@value": words}}
    place: JsonValue = {"@type": "Place", "geo:hasGeometry": geometry}
    context: JsonValue = [SCHEMA, {"geo": "http://www.opengis.net/ont/geosparql#"}]

    mapped = read({"@context": context, "@type": "Dataset", "name": "A", "spatialCoverage": place})

    assert mapped.resource.spatial == expected
    assert codes(mapped) == ([] if expected else ["mapping.geometry-unreadable"])


def test_an_open_interval_is_an_open_period() -> None:
    year = expand("xsd:gYear")

    assert dataset(temporalCoverage=["2001/..", "../1999", "2000"]).resource.temporal == (
        Period(start=Literal("2001", datatype=year)),
        Period(end=Literal("1999", datatype=year)),
        Period(start=Literal("2000", datatype=year), end=Literal("2000", datatype=year)),
    )
