"""MODS and METS: what their golden files do not say."""

from __future__ import annotations

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext
from node.model.rdf import Iri, Literal
from node.namespaces import expand

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")
MODS = "http://www.loc.gov/mods/v3"


def mods(inner: str) -> bytes:
    return f'<mods xmlns="{MODS}">{inner}</mods>'.encode()


def mets(inner: str, *, kind: str = "MODS", description: str = "<m:mods><m:titleInfo/></m:mods>") -> bytes:
    section = f'<dmdSec ID="d"><mdWrap MDTYPE="{kind}"><xmlData>{description}</xmlData></mdWrap></dmdSec>'
    return (
        f'<mets xmlns="http://www.loc.gov/METS/" xmlns:m="{MODS}" xmlns:x="http://www.w3.org/1999/xlink">'
        f"{section}{inner}</mets>"
    ).encode()


def file(number: int, *, mime: str = "image/jpeg") -> str:
    return f'<file MIMETYPE="{mime}"><FLocat x:href="https://library.example/{number}"/></file>'


@pytest.mark.parametrize("prefix", ["something-else", "mets", "mods"])
def test_mods_is_mods_whatever_it_is_called(prefix: str) -> None:
    payload = mods("<titleInfo><title>Maps</title></titleInfo>")

    assert mapping.read(prefix, payload, CONTEXT).resource.title == (Literal("Maps"),)


@pytest.mark.parametrize(
    ("prefix", "payload", "reason"),
    [
        ("mods", b"<record/>", "no MODS record"),
        ("mets", b"<record/>", "no METS document"),
        ("mets", b'<mets xmlns="http://www.loc.gov/METS/"><metsHdr/></mets>', "in no format that is read"),
        ("mets", mets("", kind="EAD", description="<ead/>"), "in no format that is read"),
    ],
)
def test_a_document_without_a_description_is_refused(prefix: str, payload: bytes, reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        mapping.read(prefix, payload, CONTEXT)


def test_an_authority_in_marc_is_no_description_of_an_object() -> None:
    record = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nz  a2200000n  4500</leader></record>'

    with pytest.raises(MappingError, match="in no format that is read"):
        mapping.read("mets", mets("", kind="MARC", description=record), CONTEXT)


def test_pages_of_one_thing_become_one_format_and_files_of_a_dataset_stay_files() -> None:
    pages = f'<fileGrp USE="MAX">{"".join(map(file, range(500)))}</fileGrp>'
    data = f'<fileGrp USE="ORIGINAL">{file(1000, mime="text/csv")}{file(1001, mime="text/csv")}</fileGrp>'

    mapped = mapping.read("mets", mets(f"<fileSec>{pages}{data}</fileSec>"), CONTEXT)

    files = [way.download_url for way in mapped.resource.distributions]
    assert files == ["https://library.example/1000", "https://library.example/1001", None]
    told = "500 files of single pages, and files derived from others: 1000 values"
    assert [one.value for one in mapped.unmapped] == [told]


def test_files_past_ten_thousand_stay_with_a_finding() -> None:
    files = f'<fileGrp USE="CONTENT">{"".join(map(file, range(10_001)))}</fileGrp>'

    mapped = mapping.read("mets", mets(f"<fileSec>{files}</fileSec>"), CONTEXT)

    assert len(mapped.resource.distributions) == 10_000
    assert "mapping.distributions-many" in [one.code for one in mapped.findings]
    assert any(one.value == "https://library.example/10000" for one in mapped.unmapped)


def test_rights_of_a_part_are_not_the_rights_of_the_whole() -> None:
    def section(name: str, licence: str) -> str:
        return (
            f'<amdSec ID="{name}"><rightsMD ID="r{name}"><mdWrap MDTYPE="OTHER"><xmlData><rights><license>{licence}'
            "</license></rights></xmlData></mdWrap></rightsMD></amdSec>"
        )

    structure = '<structMap TYPE="LOGICAL"><div DMDID="d" ADMID="rwhole"/></structMap>'
    payload = mets(section("part", "CC BY-NC 4.0") + section("whole", "CC0 1.0") + structure)

    resource = mapping.read("mets", payload, CONTEXT).resource

    assert resource.license == "http://publications.europa.eu/resource/authority/licence/CC0"


def test_names_without_a_role_are_creators_only_where_they_are_primary() -> None:
    payload = mods('<name usage="primary"><namePart>A</namePart></name><name><namePart>B</namePart></name>')

    resource = mapping.read("mods", payload, CONTEXT).resource

    assert [one.name for one in resource.creators] == ["A"]
    assert [one.name for one in resource.contributors] == ["B"]


@pytest.mark.parametrize(
    ("kind", "predicate"),
    [
        ("preceding", "dct:replaces"),
        ("succeeding", "dct:isReplacedBy"),
        ("constituent", "dct:hasPart"),
        ("otherFormat", "dct:hasFormat"),
        ("reviewOf", "schema:itemReviewed"),
        ("unheard of", "dct:relation"),
    ],
)
def test_a_related_item_is_linked_by_its_kind(kind: str, predicate: str) -> None:
    payload = mods(f'<relatedItem type="{kind}"><identifier type="doi">10.5555/other</identifier></relatedItem>')

    mapped = mapping.read("mods", payload, CONTEXT)

    assert [(one.predicate, one.target) for one in mapped.resource.relations] == [
        (expand(predicate), "https://doi.org/10.5555/other")
    ]
    assert [one.value for one in mapped.unmapped] == (["unheard of"] if kind == "unheard of" else [])


def test_coordinates_may_be_well_known_text() -> None:
    payload = mods("<subject><cartographics><coordinates>POINT(5 6)</coordinates></cartographics></subject>")

    assert [one.wkt for one in mapping.read("mods", payload, CONTEXT).resource.spatial] == ["POINT(5 6)"]


def test_a_doi_that_is_only_the_location_names_the_resource() -> None:
    payload = mods("<location><url>https://doi.org/10.5555/map</url></location>")

    assert mapping.read("mods", payload, CONTEXT).resource.iri == "https://doi.org/10.5555/map"


def test_a_name_may_be_whom_to_ask_and_a_subject_somebody() -> None:
    payload = mods(
        "<name><namePart>Desk</namePart><role><roleTerm>contact person</roleTerm></role></name><name/>"
        '<subject><name type="personal"><namePart>Ada Blum</namePart></name></subject>'
        "<subject><temporal>1999</temporal></subject>"
    )

    resource = mapping.read("mods", payload, CONTEXT).resource

    assert [one.name for one in resource.contact_points] == ["Desk"]
    assert resource.keywords == (Literal("Ada Blum"),)
    assert [one.start.value for one in resource.temporal if one.start] == ["1999"]


def test_the_object_id_of_a_mets_document_is_an_identifier_of_the_object() -> None:
    titled = "<m:mods><m:titleInfo><m:title>A</m:title></m:titleInfo></m:mods>"

    def named(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        payload = mets("", description=titled).replace(b"<mets ", f'<mets OBJID="{name}" '.encode(), 1)
        found = mapping.read("mets", payload, CONTEXT).resource
        return found.identifiers, found.alternate_identifiers

    assert named("hdl:123456789/7") == (("https://hdl.handle.net/123456789/7",), ())
    assert named("1516514412012") == ((CONTEXT.identifier,), ("1516514412012",))
