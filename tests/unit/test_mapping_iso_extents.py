"""ISO 19139 and ISO 19115-3: boxes, polygons in either order of coordinates, and periods."""

from __future__ import annotations

import pytest

from node.model.dcat import Period, Place
from node.model.mapped import Mapped
from node.model.rdf import Literal
from node.namespaces import expand
from tests.unit.test_mapping_iso import dataset


def extent(*elements: str) -> Mapped:
    inner = "".join(f"<gmd:geographicElement>{element}</gmd:geographicElement>" for element in elements)
    return dataset(f"<gmd:extent><gmd:EX_Extent>{inner}</gmd:EX_Extent></gmd:extent>")


def box(west: str, south: str, east: str, north: str) -> str:
    sides = (("west", "Longitude", west), ("east", "Longitude", east), ("south", "Latitude", south))
    inner = "".join(
        f"<gmd:{side}Bound{what}><gco:Decimal>{value}</gco:Decimal></gmd:{side}Bound{what}>"
        for side, what, value in (*sides, ("north", "Latitude", north))
    )
    return f"<gmd:EX_GeographicBoundingBox>{inner}</gmd:EX_GeographicBoundingBox>"


def polygon(positions: str, system: str = "") -> str:
    name = f' srsName="{system}"' if system else ""
    ring = f"<gml:exterior><gml:LinearRing><gml:posList>{positions}</gml:posList></gml:LinearRing></gml:exterior>"
    return (
        f"<gmd:EX_BoundingPolygon><gmd:polygon><gml:Polygon{name}>{ring}</gml:Polygon></gmd:polygon>"
        "</gmd:EX_BoundingPolygon>"
    )


RING = "POLYGON((7.5 46.1,8.3 46.1,8.3 46.6,7.5 46.1))"


@pytest.mark.parametrize(
    ("positions", "system", "expected"),
    [
        ("46.1 7.5 46.1 8.3 46.6 8.3 46.1 7.5", "urn:ogc:def:crs:EPSG::4326", RING),
        ("46.1 7.5 46.1 8.3 46.6 8.3 46.1 7.5", "http://www.opengis.net/def/crs/EPSG/0/4258", RING),
        ("7.5 46.1 8.3 46.1 8.3 46.6 7.5 46.1", "http://www.opengis.net/def/crs/OGC/1.3/CRS84", RING),
        # Only one order lies on the globe.
        ("147.5 46.1 148.3 46.1 148.3 46.6 147.5 46.1", "", "POLYGON((147.5 46.1,148.3 46.1,148.3 46.6,147.5 46.1))"),
        ("46.1 147.5 46.1 148.3 46.6 148.3 46.1 147.5", "", "POLYGON((147.5 46.1,148.3 46.1,148.3 46.6,147.5 46.1))"),
    ],
)
def test_the_order_of_coordinates_is_that_of_their_reference_system_or_the_only_possible_one(
    positions: str, system: str, expected: str
) -> None:
    mapped = extent(polygon(positions, system))

    assert mapped.resource.spatial == (Place(wkt=expected),)
    assert mapped.findings == ()


def test_an_order_that_nothing_else_tells_is_told_by_the_documents_own_box() -> None:
    plain = "7.5 46.1 8.3 46.1 8.3 46.6 7.5 46.1"
    turned = "46.1 7.5 46.1 8.3 46.6 8.3 46.1 7.5"

    for positions in (plain, turned):
        mapped = extent(box("7", "46", "9", "47"), polygon(positions))

        assert mapped.resource.spatial == (Place(bbox=(7, 46, 9, 47)), Place(wkt=RING))


@pytest.mark.parametrize("system", ["", "EPSG:4326", "urn:ogc:def:crs:EPSG::2056"])
def test_an_order_that_nothing_tells_is_not_guessed_at_and_the_coordinates_are_reported(system: str) -> None:
    mapped = extent(polygon("7.5 46.1 8.3 46.1 8.3 46.6 7.5 46.1", system))

    assert mapped.resource.spatial == ()
    assert [finding.code for finding in mapped.findings] == ["mapping.geometry-unreadable"]
    assert [part.value for part in mapped.unmapped if part.path.endswith("posList")] == [
        "7.5 46.1 8.3 46.1 8.3 46.6 7.5 46.1"
    ]


def test_a_box_across_the_antimeridian_stays_one_and_a_box_without_extent_is_a_point() -> None:
    mapped = extent(box("170", "-20", "-170", "-10"), box("7.6", "46.8", "7.6", "46.8"))

    assert mapped.resource.spatial == (Place(bbox=(170, -20, -170, -10)), Place(wkt="POINT(7.6 46.8)"))


def test_an_extent_that_is_excluded_is_no_place() -> None:
    excluded = box("7", "46", "9", "47").replace(
        "<gmd:EX_GeographicBoundingBox>",
        "<gmd:EX_GeographicBoundingBox><gmd:extentTypeCode><gco:Boolean>false</gco:Boolean></gmd:extentTypeCode>",
    )

    mapped = extent(excluded)

    assert mapped.resource.spatial == ()
    assert {part.value for part in mapped.unmapped} == {"false", "7", "9", "46", "47"}


def test_a_period_that_ends_before_it_starts_is_noted_and_none() -> None:
    time = (
        "<gmd:extent><gmd:EX_Extent><gmd:temporalElement><gmd:EX_TemporalExtent><gmd:extent><gml:TimePeriod>"
        "<gml:beginPosition>2020</gml:beginPosition><gml:endPosition>1990</gml:endPosition>"
        "</gml:TimePeriod></gmd:extent></gmd:EX_TemporalExtent></gmd:temporalElement></gmd:EX_Extent></gmd:extent>"
    )

    mapped = dataset(time)

    assert mapped.resource.temporal == ()
    assert [(finding.code, finding.value) for finding in mapped.findings] == [("mapping.date-unreadable", "2020/1990")]
    assert dataset(time.replace("1990", "2021")).resource.temporal == (
        Period(start=Literal("2020", datatype=expand("xsd:gYear")), end=Literal("2021", datatype=expand("xsd:gYear"))),
    )
