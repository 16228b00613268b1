"""Which crosswalk reads a payload: by its prefix, else by the namespace of its root, else by how its JSON is built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from node.errors import MappingError, SyntaxRefused
from node.mapping import crosswalks as mapping
from node.mapping.protocols import JSON, Recognising
from node.syntax import JsonValue

SCHEMA_ORG: JsonValue = {"@context": "https://schema.org/", "@type": "Dataset", "name": "A"}
CRATE: JsonValue = {
    "@context": "https://w3id.org/ro/crate/1.1/context",
    "@graph": [
        {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": "A"},
    ],
}
DETACHED_CRATE: JsonValue = {
    "@context": "https://schema.org/",
    "@graph": [
        {"@id": "https://x.example/1-ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": "A"},
    ],
}
PACKAGE: JsonValue = {"id": "1", "name": "a", "title": "A", "resources": [], "license_id": "cc-by"}
FEATURE: JsonValue = {"type": "Feature", "id": "1", "geometry": None, "properties": {"title": "A", "type": "dataset"}}
ITEM: JsonValue = {
    "type": "Feature",
    "stac_version": "1.0.0",
    "id": "1",
    "geometry": None,
    "properties": {"datetime": None},
}
DCAT: JsonValue = {
    "@context": {"dcat": "http://www.w3.org/ns/dcat#", "schema": "https://schema.org/"},
    "@id": "https://x.example/1",
    "@type": ["dcat:Dataset", "schema:Dataset"],
}
FOAF: JsonValue = {"@context": {"@vocab": "http://xmlns.com/foaf/0.1/"}, "@type": "Person", "name": "A"}


def chosen(document: JsonValue, media_type: str = "application/json", prefix: str = "house-json") -> str:
    payload = json.dumps(document).encode()
    return mapping.crosswalk_for(prefix, payload, media_type).prefixes[0]


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ('<a:MD_Metadata xmlns:a="http://www.isotc211.org/2005/gmd"/>', "iso19139"),
        ('<MI_Metadata xmlns="http://www.isotc211.org/2005/gmi"/>', "iso19139"),
        ('<che:CHE_MD_Metadata xmlns:che="http://www.geocat.ch/2008/che"/>', "iso19139"),
        ('<MD_Metadata xmlns="http://standards.iso.org/iso/19115/-3/mdb/1.0"/>', "iso19115-3"),
        ('<MD_Metadata xmlns="http://standards.iso.org/iso/19115/-3/mdb/2.0"/>', "iso19115-3"),
        ('<MD_Metadata xmlns="http://www.isotc211.org/namespace/mdb/1.0/2014-07-11"/>', "iso19115-3"),
        ('<record xmlns="http://www.loc.gov/MARC21/slim"/>', "marcxml"),
        ('<oai_marc xmlns="http://www.openarchives.org/OAI/1.1/oai_marc"/>', "marcxml"),
    ],
)
def test_xml_under_a_prefix_nobody_knows_is_read_by_the_namespace_of_its_root(root: str, expected: str) -> None:
    assert mapping.crosswalk_for("house-format", root.encode()).prefixes[0] == expected


@pytest.mark.parametrize(
    ("document", "media_type", "expected"),
    [
        (CRATE, "application/json", "rocrate"),
        (CRATE, "application/ld+json", "rocrate"),
        (DETACHED_CRATE, "application/ld+json", "rocrate"),
        (SCHEMA_ORG, "application/json", "schema_org"),
        ([FOAF, SCHEMA_ORG], "application/ld+json", "schema_org"),
        (SCHEMA_ORG, 'application/ld+json; profile="https://schema.org/"', "schema_org"),
        (PACKAGE, "application/json", "ckan"),
        ({"help": "", "success": True, "result": PACKAGE}, "application/json", "ckan"),
        (FEATURE, "application/geo+json", "ogc_record"),
        (FEATURE, "application/json", "ogc_record"),
        (DCAT, "application/ld+json", "dcat"),
        (FOAF, "application/ld+json", "dcat"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_json_is_read_by_its_structure_and_rdf_of_no_other_kind_as_dcat(
    document: JsonValue, media_type: str, expected: str
) -> None:
    assert chosen(document, media_type) == expected


@pytest.mark.parametrize("document", [ITEM, FOAF, {}, [], "text", 1, None, [[]], {"@graph": 1, "@context": 2}])
def test_json_of_no_known_kind_is_refused(document: JsonValue) -> None:
    with pytest.raises(MappingError, match="house-json"):
        chosen(document)


def test_a_prefix_that_is_known_counts_for_more_than_the_structure() -> None:
    assert chosen(CRATE, "application/ld+json", "schema_org") == "schema_org"
    assert chosen(SCHEMA_ORG, "application/ld+json", "dcat") == "dcat"


def test_a_prefix_counts_among_the_formats_of_the_payloads_media_type_only() -> None:
    # `oai_dc` is XML: what comes as JSON under that prefix is something else.
    assert chosen(SCHEMA_ORG, "application/ld+json", "oai_dc") == "schema_org"
    assert mapping.crosswalk_for("schema_org", b'<record xmlns="http://www.loc.gov/MARC21/slim"/>').prefixes[0] == (
        "marcxml"
    )


def test_turtle_is_dcat_whatever_its_prefix() -> None:
    assert mapping.crosswalk_for("schema_org", b"", "text/turtle").prefixes[0] == "dcat"


def test_json_that_is_not_json_does_not_pass_the_gate() -> None:
    with pytest.raises(SyntaxRefused):
        mapping.crosswalk_for("house-json", b'{"a": 1, "a": 2}', "application/json")


def test_no_two_formats_answer_to_one_prefix() -> None:
    prefixes = [prefix for crosswalk in mapping.CROSSWALKS for prefix in crosswalk.prefixes]

    assert sorted(prefixes) == sorted(set(prefixes))
    assert all(prefix == prefix.lower() for prefix in prefixes)


def test_every_format_is_documented_with_the_prefixes_it_answers_to() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "crosswalks.md").read_text(encoding="utf-8")

    # Prefixes that are the address of a namespace are told of as such.
    prefixes = [prefix for one in mapping.CROSSWALKS for prefix in one.prefixes if "://" not in prefix]
    assert [prefix for prefix in prefixes if f"`{prefix}`" not in page] == []


def test_every_format_in_json_knows_its_own_and_rdf_of_any_kind_comes_last() -> None:
    in_json = [crosswalk for crosswalk in mapping.CROSSWALKS if set(JSON) & set(crosswalk.media_types)]

    assert [crosswalk.prefixes[0] for crosswalk in in_json if not isinstance(crosswalk, Recognising)] == ["dcat"]
    assert mapping.CROSSWALKS[-1].prefixes[0] == "dcat"
    # A crate's terms are schema.org's, so that format would take it too.
    names = [crosswalk.prefixes[0] for crosswalk in mapping.CROSSWALKS]
    assert names.index("rocrate") < names.index("schema_org")
