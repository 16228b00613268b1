"""MARCXML: punctuation, coded values, names with roles, links and the dialect of Invenio repositories."""

from __future__ import annotations

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.marc.coding import coded_period, formatted_date
from node.mapping.marc.fields import plain
from node.mapping.protocols import MappingContext
from node.model.dcat import Agent, Period, Place, Relation, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import vocabularies

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")
YEAR = expand("xsd:gYear")


def field(tag: str, *subfields: str, indicators: str = "  ") -> str:
    """A data field; each subfield is its code and its text, such as `aTitle`."""
    inner = "".join(f'<subfield code="{one[0]}">{one[1:]}</subfield>' for one in subfields)
    return f'<datafield tag="{tag}" ind1="{indicators[0]}" ind2="{indicators[1]}">{inner}</datafield>'


def control(tag: str, text: str) -> str:
    return f'<controlfield tag="{tag}">{text}</controlfield>'


def read(*fields: str, leader: str = "00000nam a2200000uu 4500") -> Mapped:
    inner = f"<leader>{leader}</leader>{''.join(fields)}"
    return mapping.read("marcxml", f'<record xmlns="http://www.loc.gov/MARC21/slim">{inner}</record>'.encode(), CONTEXT)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Lake Aare :", "Lake Aare"),
        ("Lake Aare /", "Lake Aare"),
        ("Carberry, Josiah,", "Carberry, Josiah"),
        ("Carberry, J.", "Carberry, J."),
        ("Lake Data Centre.", "Lake Data Centre"),
        ("Example Ltd.", "Example Ltd."),
        ("U.S.A.", "U.S.A."),
        (" : ; /", ""),
    ],
)
def test_punctuation_that_parts_areas_goes_and_that_of_abbreviations_stays(written: str, expected: str) -> None:
    assert plain(written) == expected


@pytest.mark.parametrize(
    ("code", "start", "end"), [("w3w7", "1830", "1879"), ("x-x-", "1900", "1999"), ("e-e-", "0001", "0099")]
)
def test_a_coded_period_is_read_by_century_and_decade(code: str, start: str, end: str) -> None:
    assert coded_period(code) == Period(start=Literal(start, datatype=YEAR), end=Literal(end, datatype=YEAR))


@pytest.mark.parametrize("code", ["", "d7d7", "w7w3", "w3", "x3x3x"])
def test_a_code_of_no_period_of_our_era_is_none(code: str) -> None:
    assert coded_period(code) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("d1972", "1972"), ("d197206", "1972-06"), ("d1972061512", "1972-06-15"), ("c0050", "")]
)
def test_a_formatted_date_becomes_one_of_iso_8601(text: str, expected: str) -> None:
    assert formatted_date(text) == expected


def test_names_have_the_place_that_their_role_gives_them() -> None:
    resource = read(
        field("100", "aCarberry, Josiah.", "0(orcid)0000-0002-1825-0097"),
        field("700", "aMeier, Anna,", "eauthor."),
        field("700", "aRoth, Urs", "4dtc", "4edt"),
        field("710", "aLake Press", "4pbl"),
        field("720", "aDesk", "4http://id.loc.gov/vocabulary/relators/ctc"),
        field("700", "aNobody in particular"),
    ).resource

    assert [creator.name for creator in resource.creators] == ["Carberry, Josiah", "Meier, Anna"]
    assert resource.creators[0].iri == "https://orcid.org/0000-0002-1825-0097"
    assert [(one.name, one.role) for one in resource.contributors] == [
        ("Roth, Urs", "Editor"),
        ("Nobody in particular", None),
    ]
    assert resource.publisher == Agent(name="Lake Press", kind="organization")
    assert [contact.name for contact in resource.contact_points] == ["Desk"]


def test_a_name_with_a_title_is_another_work_and_stays() -> None:
    mapped = read(field("700", "aVegetius Renatus, Flavius", "tDe re militari"))

    assert mapped.resource.contributors == ()
    assert [part.value for part in mapped.unmapped] == ["Vegetius Renatus, Flavius", "De re militari"]


def test_a_field_is_named_by_its_tag_and_its_code_in_findings_and_in_what_is_left_over() -> None:
    mapped = read(field("024", "a10.5555/not a doi", "2doi", indicators="7 "), field("887", "aforeign"))

    assert [finding.path for finding in mapped.findings] == ["record/datafield.024/subfield.a"]
    assert [part.path for part in mapped.unmapped] == ["record/datafield.887/subfield.a"]


def test_coded_coordinates_are_a_box_and_those_in_words_are_not_said_again() -> None:
    mapped = read(
        field("034", "dW0163000", "eE0150000", "fN0710000", "gN0350000"),
        field("255", "c(W 16⁰30ʹ--E 15⁰/N 71⁰--N 35⁰)"),
    )

    assert mapped.resource.spatial == (Place(bbox=(-16.5, 35, 15, 71)),)
    assert mapped.unmapped == ()


def test_coordinates_in_words_alone_are_read_too() -> None:
    assert read(field("255", "c(W 16⁰30ʹ--E 15⁰/N 71⁰--N 35⁰)")).resource.spatial == (Place(bbox=(-16.5, 35, 15, 71)),)


def test_an_address_with_a_size_or_a_format_is_a_file_and_any_other_a_page() -> None:
    resource = read(
        field("856", "uhttps://x.example/page", "yOpen"),
        field("856", "uhttps://x.example/a.csv", "qtext/csv", "s2 kB"),
        field("856", "uhttps://x.example/related", indicators="42"),
    ).resource

    (way,) = resource.distributions
    assert (way.access_url, way.download_url, way.byte_size) == (
        "https://x.example/page",
        "https://x.example/a.csv",
        2000,
    )
    assert (resource.landing_page, resource.pages) == ("https://x.example/page", ("https://x.example/related",))


def test_the_files_of_a_service_are_pages_for_a_service_has_no_distributions() -> None:
    resource = read(
        control("008", "".ljust(26) + "j".ljust(9) + "eng d"),
        field("856", "uhttps://x.example/query"),
        field("856", "uhttps://x.example/client.zip", "qapplication/zip"),
        leader="00000nmm a2200000uu 4500",
    ).resource

    assert resource.kind is ResourceKind.DATA_SERVICE
    assert (resource.landing_page, resource.pages) == ("https://x.example/query", ("https://x.example/client.zip",))
    assert resource.distributions == ()


def test_relations_of_invenio_are_typed_and_the_scheme_of_an_identifier_is_no_citation() -> None:
    mapped = read(
        field("773", "iisSupplementTo", "ndoi", "a10.5555/paper"),
        field("773", "pJournal of Lakes", "v12", "c1-9", "y2024"),
        field("542", "lembargoed"),
    )

    assert mapped.resource.relations == (
        Relation(predicate=expand("dct:isReferencedBy"), target=Iri("https://doi.org/10.5555/paper")),
    )
    citations = [value for _, predicate, value in mapped.extra if predicate == expand("dct:bibliographicCitation")]
    assert citations == [Literal("Journal of Lakes, 12, 1-9, 2024")]
    assert mapped.resource.access_rights == vocabularies.RESTRICTED
    assert mapped.unmapped == ()


@pytest.mark.parametrize(
    ("leader", "codes", "expected"),
    [
        ("00000nmm a2200000uu 4500", "a", "Dataset"),
        ("00000nmm a2200000uu 4500", "b", "Software"),
        ("00000nem a2200000uu 4500", " ", "map"),
        ("00000nam a2200000uu 4500", " ", "book"),
    ],
)
def test_the_type_is_read_from_coded_values_where_nothing_says_more(leader: str, codes: str, expected: str) -> None:
    coded = control("008", "".ljust(26) + codes.ljust(9) + "eng d")

    assert read(coded, leader=leader).resource.resource_type == vocabularies.resource_type(expected)
    # A content type of RDA says more than the code.
    narrower = field("336", "acomputer dataset", "bcod", "2rdacontent")
    assert read(coded, narrower, leader=leader).resource.resource_type == vocabularies.resource_type("Dataset")


@pytest.mark.parametrize(
    ("kind", "name"), [("z", "an authority"), ("w", "a classification"), ("x", "holdings"), ("q", "community")]
)
def test_a_record_that_describes_no_resource_is_refused_and_the_message_says_what_it_is(kind: str, name: str) -> None:
    with pytest.raises(MappingError, match=name):
        read(leader=f"00000n{kind}m a2200000uu 4500")


def test_an_element_of_that_name_without_fields_is_no_record() -> None:
    with pytest.raises(MappingError, match="no MARC record"):
        mapping.read("marcxml", b"<record><title>A</title></record>", CONTEXT)


def test_a_record_in_no_namespace_is_read_with_a_finding() -> None:
    mapped = mapping.read("marcxml", f"<record>{field('245', 'aA')}</record>".encode(), CONTEXT)

    assert [title.value for title in mapped.resource.title] == ["A"]
    assert [finding.code for finding in mapped.findings] == ["mapping.namespace"]


def test_a_field_with_an_unusable_tag_is_reported_whole() -> None:
    mapped = read('<datafield tag="9" ind1=" " ind2=" "><subfield code="a">nine</subfield></datafield>')

    assert [part.value for part in mapped.unmapped] == ["nine"]
