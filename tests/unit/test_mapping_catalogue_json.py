"""CKAN packages and OGC API records as they come: recognised, read to the end, and never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import MappingError, SyntaxRefused
from node.mapping import ckan, geojson, ogc_record
from node.mapping import crosswalks as mapping
from node.mapping.dcat_ap import to_triples
from node.mapping.protocols import MappingContext
from node.model.dcat import ContactPoint, Period, Place, Resource, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="1", media_type="application/json")
ACCESS = "http://publications.europa.eu/resource/authority/access-right/"


def package(**more: Any) -> Mapped:
    payload = {"id": "1", "name": "a", "title": "A", "license_id": "cc-by", **more}
    return mapping.read("ckan", json.dumps(payload).encode(), CONTEXT)


def record(links: list[Any] | None = None, *, time: Any = None, geometry: Any = None, **properties: Any) -> Mapped:
    payload = {
        "id": "1",
        "type": "Feature",
        "time": time,
        "geometry": geometry,
        "properties": {"title": "A", "type": "dataset", **properties},
        "links": links or [],
    }
    return mapping.read("ogc_record", json.dumps(payload).encode(), CONTEXT)


def codes(mapped: Mapped) -> list[str]:
    return [finding.code for finding in mapped.findings]


def unmapped(mapped: Mapped) -> list[str]:
    return [part.path for part in mapped.unmapped]


# --- which documents they are


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"name": "a", "resources": []}, True),
        ({"success": True, "result": {"name": "a", "num_resources": 0}}, True),
        ({"name": "a"}, False),
        ({"@context": "https://schema.org", "name": "a", "resources": []}, False),
        ([], False),
        ("text", False),
        (None, False),
    ],
)
def test_a_package_is_known_by_its_members(document: Any, expected: bool) -> None:
    assert ckan.CROSSWALK.recognises(document) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"type": "Feature", "properties": {"title": "A"}}, True),
        ({"type": "Feature", "properties": {"height": 3}}, False),
        ({"type": "Feature", "stac_version": "1.0.0", "properties": {"title": "A"}}, False),
        ({"type": "FeatureCollection", "features": []}, False),
        ({"type": "Feature", "properties": None}, False),
        ([], False),
        (7, False),
    ],
)
def test_a_record_is_known_by_its_properties(document: Any, expected: bool) -> None:
    assert ogc_record.CROSSWALK.recognises(document) is expected


@pytest.mark.parametrize(
    ("prefix", "payload"),
    [
        ("ckan", b"{}"),
        ("ckan", b"[]"),
        ("ckan", b'{"success": true, "result": {}}'),
        ("ogc_record", b"{}"),
        ("ogc_record", b"[]"),
        ("ogc_record", b'{"type": "Feature", "properties": 7}'),
    ],
)
def test_what_is_no_such_document_is_an_error(prefix: str, payload: bytes) -> None:
    with pytest.raises(MappingError):
        mapping.read(prefix, payload, CONTEXT)


# --- CKAN


def test_a_private_package_is_restricted_whatever_its_licence_says() -> None:
    found = package(private=True, isopen=True, access_rights=ACCESS + "PUBLIC").resource

    assert found.access_rights == ACCESS + "RESTRICTED"
    assert not found.is_open_access_claim


def test_a_member_counts_for_more_than_an_extra_of_its_name_and_the_extra_is_reported() -> None:
    mapped = package(issued="2020-01-01", extras=[{"key": "issued", "value": "1999"}])

    assert mapped.resource.issued == Literal("2020-01-01", datatype=Iri(PREFIXES["xsd"] + "date"))
    assert unmapped(mapped) == ["/extras/0/key", "/extras/0/value"]


def test_an_extra_that_nobody_asks_for_is_reported_by_name() -> None:
    assert unmapped(package(extras=[{"key": "laboratory", "value": "Room 12", "package_id": "1"}])) == [
        "/extras/0/key",
        "/extras/0/value",
    ]


def test_text_that_only_looks_like_json_stays_text() -> None:
    mapped = package(extras=[{"key": "language", "value": "[qqqq"}])

    assert codes(mapped) == ["mapping.language-unknown"]


def test_tags_by_language_are_keywords_in_that_language() -> None:
    assert package(tags_translated={"de": ["See", "Wasser"], "en": "lake"}).resource.keywords == (
        Literal("See", language="de"),
        Literal("Wasser", language="de"),
        Literal("lake", language="en"),
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"contact": [{"name": "A", "email": "a@x.example"}], "maintainer": "B"}, ("A", "a@x.example")),
        ({"maintainer": "B", "maintainer_email": "b@x.example", "author_email": "c@x.example"}, ("B", "b@x.example")),
        ({"author_email": "c@x.example"}, (None, "c@x.example")),
        ({"maintainer": "B", "maintainer_email": "on request"}, ("B", None)),
    ],
)
def test_questions_go_to_whoever_is_named_first(more: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    name, email = expected

    assert package(**more).resource.contact_points == (ContactPoint(name=name, email=email),)


# --- OGC API - Records


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ({"date": "2020-05-04"}, ("2020-05-04", "2020-05-04")),
        ({"timestamp": "2020-05-04T10:00:00Z"}, ("2020-05-04T10:00:00Z", "2020-05-04T10:00:00Z")),
        ({"interval": ["..", "2020-05-04"]}, (None, "2020-05-04")),
        ({"interval": ["2020-05-04", ".."]}, ("2020-05-04", None)),
        (["2020-05-04", None], ("2020-05-04", None)),
        ("2020-05-04", ("2020-05-04", "2020-05-04")),
    ],
)
def test_the_time_of_the_data_is_a_moment_or_an_interval(time: Any, expected: tuple[str | None, str | None]) -> None:
    (period,) = record(time=time).resource.temporal

    assert (period.start and period.start.value, period.end and period.end.value) == expected


@pytest.mark.parametrize("time", [None, {}, {"interval": ["..", ".."]}, {"interval": []}])
def test_no_time_is_no_period(time: Any) -> None:
    assert record(time=time).resource.temporal == ()


@pytest.mark.parametrize(
    ("text", "is_read"), [("P1D", True), ("PT15M", True), ("P", False), ("PT", False), ("1 day", False)]
)
def test_a_resolution_is_a_duration_or_stays(text: str, is_read: bool) -> None:
    mapped = record(time={"date": "2020", "resolution": text})

    assert [value for _, _, value in mapped.extra] == (
        [Literal(text, datatype=Iri(PREFIXES["xsd"] + "duration"))] if is_read else []
    )
    assert unmapped(mapped) == ([] if is_read else ["/time/resolution"])


def test_a_link_to_the_licence_counts_for_more_than_a_word_that_says_nothing() -> None:
    link = {"rel": "license", "href": "https://creativecommons.org/licenses/by/4.0/", "title": "CC BY"}

    found = record([link], license="various").resource

    assert (found.license or "").endswith("/CC_BY_4_0")
    assert found.rights == ()


def test_a_service_has_an_endpoint_and_no_distributions() -> None:
    link = {"rel": "http://www.opengis.net/def/rel/ogc/1.0/service", "href": "https://x.example/wfs"}

    found = record([link], type="service").resource

    assert (found.kind, found.endpoint_url, found.distributions) == (
        ResourceKind.DATA_SERVICE,
        "https://x.example/wfs",
        (),
    )


def test_links_of_the_record_itself_are_no_ways_to_the_data() -> None:
    links = [{"rel": rel, "href": "https://x.example/"} for rel in ("self", "alternate", "collection", "root", "next")]

    mapped = record(links)

    assert (mapped.resource.distributions, unmapped(mapped)) == ((), [])


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"name": "A", "organization": "B", "identifier": "https://orcid.org/0000-0002-1825-0097"}, ("person", "B")),
        ({"name": "A", "organization": "B", "identifier": "https://ror.org/05a28rw58"}, ("person", "B")),
        ({"organization": "B"}, ("organization", None)),
        ({"name": "A"}, ("unknown", None)),
    ],
)
def test_a_contact_is_a_person_where_an_organisation_is_named_beside_it(
    contact: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    (creator,) = record(contacts=[{**contact, "roles": ["author"]}]).resource.creators

    assert (creator.kind, creator.affiliations[0].name if creator.affiliations else None) == expected
    orcid = "orcid" in contact.get("identifier", "")
    assert (creator.iri is not None) == orcid
    assert not creator.affiliations or (creator.affiliations[0].iri is not None) == ("ror" in contact["identifier"])


# --- geometries


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        ({"type": "Point", "coordinates": [1, 2, 30]}, Place(wkt="POINT(1 2)")),
        ({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}, Place(wkt="MULTIPOINT(1 2,3 4)")),
        ({"type": "LineString", "coordinates": [[1, 2], [3.5, 4]]}, Place(wkt="LINESTRING(1 2,3.5 4)")),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]},
            Place(bbox=(0, 0, 2, 1)),
        ),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [1, 1], [0, 0]]]},
            Place(wkt="POLYGON((0 0,2 0,1 1,0 0))"),
        ),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}, Place(wkt="POINT(1 2)")),
        ({"type": "Point", "coordinates": [181, 2]}, None),
        ({"type": "Point", "coordinates": [True, 2]}, None),
        ({"type": "Point", "coordinates": [10**400, 2]}, None),
        ({"type": "Point", "coordinates": []}, None),
        ({"type": "Polygon", "coordinates": []}, None),
        ({"type": "Polygon", "coordinates": [[[0, 0], ["x", 1]]]}, None),
        ({"type": "Circle", "coordinates": [1, 2]}, None),
        ("POINT(1 2)", None),
        (None, None),
    ],
)
def test_a_geometry_is_a_place_where_it_lies_on_the_globe(geometry: Any, expected: Place | None) -> None:
    assert geojson.place(geometry) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4], (1, 2, 3, 4)),
        ([1, 2, -10, 3, 4, 900], (1, 2, 3, 4)),
        ([170, -20, -170, -10], (170, -20, -170, -10)),
        ([1, 5, 3, 4], None),
        ([1, 2, 3], None),
        ([1, 2, 3, "4"], None),
        ("1,2,3,4", None),
    ],
)
def test_a_bbox_has_four_numbers_or_six(values: Any, expected: Any) -> None:
    assert geojson.box(values) == expected


# --- anything at all

_WORDS = st.sampled_from(
    ["", " ", "A", "10.5072/x", "https://x.example/a", "2020-01-01", "..", "text/csv", "en", "[1", '{"type": "Point"}']
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _WORDS
_NAMES = st.sampled_from(
    ["name", "key", "value", "url", "id", "rel", "href", "title", "type", "roles", "concepts", "start", "coordinates",
     "interval", "bbox", "spatial", "code", "mediaType", "emails", "links", "en", ""]
)  # fmt: skip
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _LEAVES | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_PACKAGE_FIELDS = (
    "title", "title_translated", "notes", "extras", "resources", "tags", "groups", "organization", "contact", "creator",
    "publisher", "spatial", "spatial_coverage", "temporal_coverage", "license_id", "license_url", "theme", "language",
    "url", "private", "issued", "identifier", "type", "endpoint_url",
)  # fmt: skip
_RECORD_MEMBERS = ("id", "type", "time", "geometry", "bbox", "links", "conformsTo")
_PROPERTIES = (
    "title", "description", "keywords", "themes", "language", "resourceLanguages", "externalIds", "formats", "contacts",
    "license", "rights", "extent", "associations", "created", "updated", "type", "version",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(_PACKAGE_FIELDS), _VALUES))
def test_any_package_is_read_and_accounted_for(fields: dict[str, Any]) -> None:
    payload = json.dumps({"name": "a", **fields}).encode()

    _check(mapping.read("ckan", payload, CONTEXT).resource)


@given(
    st.dictionaries(st.sampled_from(_RECORD_MEMBERS), _VALUES),
    st.dictionaries(st.sampled_from(_PROPERTIES), _VALUES),
)
def test_any_record_is_read_and_accounted_for(members: dict[str, Any], properties: dict[str, Any]) -> None:
    payload = json.dumps({**members, "properties": properties}).encode()

    _check(mapping.read("ogc_record", payload, CONTEXT).resource)


@given(st.binary(max_size=40))
def test_bytes_that_are_no_json_are_refused(payload: bytes) -> None:
    for prefix in ("ckan", "ogc_record"):
        with pytest.raises((MappingError, SyntaxRefused)):
            mapping.read(prefix, payload, CONTEXT)


def _check(resource: Resource) -> None:
    assert resource.identifiers
    assert all(period != Period() for period in resource.temporal)
    assert to_triples(resource, base=CONTEXT.iri)
