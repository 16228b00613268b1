"""DDI Codebook and DDI Lifecycle: what their golden files do not say."""

from __future__ import annotations

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext
from node.model.dcat import Agent, Period, Place
from node.model.rdf import Iri, Literal
from node.terms import dates

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")


def codebook(study: str, rest: str = "", *, namespace: str = "ddi:codebook:2_5") -> bytes:
    return f'<codeBook xmlns="{namespace}"><stdyDscr>{study}</stdyDscr>{rest}</codeBook>'.encode()


def summary(inner: str) -> bytes:
    return codebook(f"<stdyInfo><sumDscr>{inner}</sumDscr></stdyInfo>")


def instance(study: str, rest: str = "") -> bytes:
    return f'<DDIInstance xmlns="ddi:instance:3_3">{rest}<StudyUnit>{study}</StudyUnit></DDIInstance>'.encode()


@pytest.mark.parametrize(
    "namespace", ["ddi:codebook:2_5", "ddi:codebook:2_6", "http://www.icpsr.umich.edu/DDI", "ddi:codebook:2_1"]
)
def test_a_codebook_of_any_version_is_known_by_its_namespace(namespace: str) -> None:
    payload = codebook("<citation><titlStmt><titl>Roads</titl></titlStmt></citation>", namespace=namespace)

    mapped = mapping.read("something-else", payload, CONTEXT)

    assert mapped.resource.title == (Literal("Roads"),)
    assert mapped.findings == ()


def test_a_codebook_without_namespace_is_read_and_noted() -> None:
    payload = codebook("<citation><titlStmt><titl>Roads</titl></titlStmt></citation>", namespace="")

    assert [one.code for one in mapping.read("oai_ddi", payload, CONTEXT).findings] == ["mapping.namespace"]


@pytest.mark.parametrize("version", ["3_1", "3_2", "3_3"])
def test_a_prefix_of_codebook_that_carries_lifecycle_is_read_as_lifecycle(version: str) -> None:
    payload = instance("<Citation><Title><String>Roads</String></Title></Citation>").replace(b"3_3", version.encode())

    assert mapping.read("oai_ddi", payload, CONTEXT).resource.title == (Literal("Roads"),)


@pytest.mark.parametrize(
    ("prefix", "payload", "reason"),
    [
        ("oai_ddi25", b'<codeBook xmlns="ddi:codebook:2_5"><docDscr/></codeBook>', "no study description"),
        ("oai_ddi33", b'<DDIInstance xmlns="ddi:instance:3_3"/>', "no study unit"),
    ],
)
def test_a_document_without_a_study_is_refused(prefix: str, payload: bytes, reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        mapping.read(prefix, payload, CONTEXT)


def test_a_thousand_variables_are_told_by_their_number() -> None:
    variables = "".join(f"<var><labl>Question {number}</labl></var>" for number in range(1000))

    unmapped = mapping.read("oai_ddi25", codebook("", f"<dataDscr>{variables}</dataDscr>"), CONTEXT).unmapped

    assert [(one.path, one.value) for one in unmapped] == [
        ("codeBook/dataDscr", "description of variables: 1000 values")
    ]


def test_a_normalised_date_that_only_adds_to_a_year_is_not_believed() -> None:
    payload = codebook(
        '<citation><distStmt><distDate date="1982-01-01T00:00:00Z">1982</distDate></distStmt></citation>'
    )

    assert mapping.read("oai_ddi25", payload, CONTEXT).resource.issued == Literal("1982", datatype=dates.YEAR)


def test_starts_and_ends_pair_in_order_and_single_dates_stand_alone() -> None:
    payload = summary(
        '<collDate event="start" date="2001"/><collDate event="single" date="1999"/><collDate event="end" date="2002"/>'
        '<collDate event="start" date="2005"/><collDate event="start" date="2007"/>'
    )

    years = [
        (one.start.value if one.start else None, one.end.value if one.end else None)
        for one in mapping.read("oai_ddi25", payload, CONTEXT).resource.temporal
    ]

    assert years == [("1999", "1999"), ("2001", "2002"), ("2005", None), ("2007", None)]


def test_a_region_beside_its_countrys_code_keeps_its_name() -> None:
    resource = mapping.read("oai_ddi25", summary('<nation abbr="FI">Lapland</nation>'), CONTEXT).resource

    country = Iri("http://publications.europa.eu/resource/authority/country/FIN")
    assert resource.spatial == (Place(iri=country), Place(name="Lapland"))


def test_a_polygon_with_a_point_that_cannot_be_read_is_noted_and_not_drawn_without_it() -> None:
    points = "".join(
        f"<point><gringLat>{lat}</gringLat><gringLon>{lon}</gringLon></point>"
        for lat, lon in (("1", "1"), ("2", "1"), ("2", "north"), ("1", "2"))
    )

    mapped = mapping.read("oai_ddi25", summary(f"<boundPoly><polygon>{points}</polygon></boundPoly>"), CONTEXT)

    assert mapped.resource.spatial == ()
    assert [one.code for one in mapped.findings] == ["mapping.geometry-unreadable"]


def test_a_licence_in_dublin_core_terms_of_the_citation_survives_terms_of_use() -> None:
    payload = codebook(
        '<citation><license xmlns="http://purl.org/dc/terms/">CC BY 4.0</license></citation>'
        "<dataAccs><useStmt><restrctn>Ask first</restrctn></useStmt></dataAccs>"
    )

    resource = mapping.read("oai_ddi25", payload, CONTEXT).resource

    assert resource.license == "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"
    assert resource.rights == (Literal("Ask first"),)


def test_kinds_of_data_that_are_no_kind_of_dataset_are_kept_by_name() -> None:
    resource = mapping.read("oai_ddi25", summary("<dataKind>Text</dataKind>"), CONTEXT).resource

    assert (resource.resource_type, resource.type_labels) == (None, ("Text",))


def test_an_author_named_in_two_languages_is_one_author_with_both_affiliations() -> None:
    def citation(unit: str) -> str:
        return f'<citation><rspStmt><AuthEnty affiliation="{unit}">Virtanen, Aino</AuthEnty></rspStmt></citation>'

    resource = mapping.read("oai_ddi25", codebook(citation("Yliopisto") + citation("University")), CONTEXT).resource

    units = tuple(Agent(name=unit, kind="organization") for unit in ("Yliopisto", "University"))
    assert resource.creators == (Agent(name="Virtanen, Aino", affiliations=units),)


def test_a_relation_of_another_kind_is_no_affiliation() -> None:
    scheme = (
        "<Individual><ID>i</ID><IndividualName><FullName><String>Ada</String></FullName></IndividualName></Individual>"
        "<Organization><ID>o</ID><OrganizationName><String>Club</String></OrganizationName></Organization>"
        "<Relation><SourceObject><IndividualReference><ID>i</ID></IndividualReference></SourceObject><TargetObject>"
        "<OrganizationReference><ID>o</ID></OrganizationReference>"
        "<Role><Description><Content>Member of the jury</Content></Description></Role></TargetObject></Relation>"
    )
    payload = instance(
        "<Citation><Creator><CreatorReference><ID>i</ID></CreatorReference></Creator></Citation>", scheme
    )

    mapped = mapping.read("oai_ddi33", payload, CONTEXT)

    assert [(one.name, one.affiliations) for one in mapped.resource.creators] == [("Ada", ())]
    assert "Club" in [one.value for one in mapped.unmapped]


def test_an_open_end_of_a_reference_date_stays_open() -> None:
    payload = instance(
        "<Coverage><TemporalCoverage><ReferenceDate><StartDate>1990</StartDate></ReferenceDate>"
        "</TemporalCoverage></Coverage>"
    )

    resource = mapping.read("oai_ddi33", payload, CONTEXT).resource

    assert resource.temporal == (Period(start=Literal("1990", datatype=dates.YEAR)),)


def test_a_parallel_title_without_a_language_is_another_name_unless_it_says_the_same() -> None:
    payload = codebook(
        "<citation><titlStmt><titl>Roads</titl><parTitl>Routes</parTitl><parTitl>Roads</parTitl></titlStmt></citation>"
    )

    mapped = mapping.read("oai_ddi25", payload, CONTEXT)

    assert mapped.resource.title == (Literal("Roads"),)
    assert [value for _, _, value in mapped.extra] == [Literal("Routes")]


def test_terms_of_use_name_a_licence_by_address_a_citation_and_whom_to_ask() -> None:
    payload = codebook(
        '<dataAccs><useStmt><conditions URI="https://creativecommons.org/licenses/by/4.0/">As stated</conditions>'
        '<contact email="ask@archive.example">Desk</contact><citReq>Cite us</citReq></useStmt></dataAccs>'
    )

    mapped = mapping.read("oai_ddi25", payload, CONTEXT)

    assert mapped.resource.license == "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"
    assert [one.email for one in mapped.resource.contact_points] == ["ask@archive.example"]
    assert [value for _, _, value in mapped.extra] == [Literal("Cite us")]


def test_notes_and_the_frequency_of_collection_are_kept() -> None:
    payload = codebook(
        "<citation><notes>From paper.</notes></citation><stdyInfo><notes>Checked.</notes></stdyInfo>"
        "<method><dataColl><frequenc>monthly</frequenc><timeMeth><concept>Panel</concept></timeMeth>"
        "<frequenc>whenever</frequenc></dataColl></method>"
    )

    mapped = mapping.read("oai_ddi25", payload, CONTEXT)

    assert [one.value for one in mapped.resource.description] == ["From paper.", "Checked."]
    assert [value for _, _, value in mapped.extra] == [
        "http://publications.europa.eu/resource/authority/frequency/MONTHLY"
    ]
    # Where there is no text beside a concept, the concept is the text.
    assert [one.value for one in mapped.resource.provenance] == ["Panel"]
    assert [one.value for one in mapped.unmapped] == ["whenever"]


def test_a_start_that_is_no_date_is_noted_and_its_end_kept() -> None:
    payload = summary('<timePrd event="start">long ago</timePrd><timePrd event="end" date="2002"/>')

    mapped = mapping.read("oai_ddi25", payload, CONTEXT)

    assert mapped.resource.temporal == (Period(end=Literal("2002", datatype=dates.YEAR)),)
    assert [one.code for one in mapped.findings] == ["mapping.date-unreadable"]


def test_material_without_an_address_stays() -> None:
    payload = codebook("", '<otherMat level="datafile"><labl>codes.pdf</labl></otherMat>')

    assert [one.value for one in mapping.read("oai_ddi25", payload, CONTEXT).unmapped] == ["datafile", "codes.pdf"]


def test_lifecycle_places_are_named_by_what_is_known_of_them() -> None:
    scheme = (
        "<GeographicLocation><ID>g</ID><LocationValue><LocationValueName><String>Old Town</String></LocationValueName>"
        "<GeographicCode>X-9</GeographicCode></LocationValue></GeographicLocation>"
    )
    payload = instance(
        "<Coverage><SpatialCoverage><GeographicLocationReference><ID>g</ID></GeographicLocationReference>"
        "<GeographicLocationReference><ID>nowhere</ID></GeographicLocationReference>"
        "<Country>Sweden</Country></SpatialCoverage></Coverage>",
        scheme,
    )

    mapped = mapping.read("oai_ddi33", payload, CONTEXT)

    sweden = Iri("http://publications.europa.eu/resource/authority/country/SWE")
    assert mapped.resource.spatial == (Place(name="Old Town"), Place(name="Sweden", iri=sweden))
    assert [one.value for one in mapped.unmapped] == ["X-9", "nowhere"]


def test_lifecycle_availability_is_a_rights_statement_and_the_archives_own_log_is_not() -> None:
    payload = instance(
        "<Archive><ArchiveSpecific><Collection><AvailabilityStatus><Content>open access</Content></AvailabilityStatus>"
        "</Collection></ArchiveSpecific><LifecycleInformation><LifecycleEvent><Label>exported</Label></LifecycleEvent>"
        "</LifecycleInformation></Archive>"
    )

    mapped = mapping.read("oai_ddi33", payload, CONTEXT)

    assert mapped.resource.access_rights == "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
    assert mapped.unmapped == ()
