"""CERIF of research information systems: what its golden files do not say."""

from __future__ import annotations

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext
from node.model.dcat import ResourceKind
from node.model.rdf import Iri, Literal

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")


def entity(name: str, inner: str = "", *, profile: str = "https://www.openaire.eu/cerif-profile/1.1/") -> bytes:
    return f'<{name} xmlns="{profile}">{inner}</{name}>'.encode()


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("Person", "a person"),
        ("OrgUnit", "an organisation unit"),
        ("Project", "a project"),
        ("Funding", "a funding"),
        ("Event", "an event"),
    ],
)
def test_an_entity_that_is_no_resource_is_refused_for_what_it_is(name: str, described: str) -> None:
    with pytest.raises(MappingError, match=f"describes {described} ") as refused:
        mapping.read("oai_cerif_openaire", entity(name), CONTEXT)

    assert "not a dataset or a service" in str(refused.value)


def test_a_document_of_no_entity_is_refused() -> None:
    with pytest.raises(MappingError, match="no entity"):
        mapping.read("oai_cerif_openaire", entity("Medium"), CONTEXT)


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product", ResourceKind.DATASET),
        ("Publication", ResourceKind.DATASET),
        ("Patent", ResourceKind.DATASET),
        ("Equipment", ResourceKind.INSTRUMENT),
        ("Facility", ResourceKind.INFRASTRUCTURE),
        ("Service", ResourceKind.SERVICE),
    ],
)
def test_outputs_are_data_and_offers_are_what_they_are_in_every_version(
    version: str, name: str, kind: ResourceKind
) -> None:
    payload = entity(name, profile=f"https://www.openaire.eu/cerif-profile/{version}/")

    assert mapping.read("something-else", payload, CONTEXT).resource.kind is kind


def test_another_namespace_is_noted() -> None:
    mapped = mapping.read("oai_cerif_openaire", entity("Product", "<Name>Rain</Name>", profile="urn:cerif"), CONTEXT)

    assert [one.code for one in mapped.findings] == ["mapping.namespace"]


def test_people_of_a_patent_and_its_dates() -> None:
    payload = entity(
        "Patent",
        "<RegistrationDate>2016-01-01</RegistrationDate><PatentNumber>BR1</PatentNumber><CountryCode>BR</CountryCode>"
        "<Issuer><OrgUnit><Name>Patent Office</Name></OrgUnit></Issuer>"
        "<Holders><Holder><OrgUnit><Name>Maker</Name></OrgUnit></Holder></Holders>"
        "<Inventors><Inventor><DisplayName>A. Blum</DisplayName></Inventor></Inventors>"
        '<Predecessor><Patent id="7"/></Predecessor>',
    )

    mapped = mapping.read("oai_cerif_openaire", payload, CONTEXT)

    resource = mapped.resource
    assert resource.publisher is not None and resource.publisher.name == "Patent Office"
    assert [(one.name, one.role) for one in resource.contributors] == [("Maker", "RightsHolder")]
    assert [one.name for one in resource.creators] == ["A. Blum"]
    assert resource.alternate_identifiers == ("BR1",)
    assert [one.path for one in mapped.unmapped] == ["Patent/CountryCode"]


def test_addresses_that_are_none_stay() -> None:
    payload = entity(
        "Service",
        "<WebsiteURL>our page</WebsiteURL><OAIPMHBaseURL>soon</OAIPMHBaseURL>"
        "<ElectronicAddress>tel:1</ElectronicAddress>",
    )

    mapped = mapping.read("oai_cerif_openaire", payload, CONTEXT)

    assert mapped.resource.endpoint_url is None
    assert [one.value for one in mapped.unmapped] == ["our page", "soon", "tel:1"]


def test_an_end_of_access_counts_only_for_an_embargo() -> None:
    access = '<Access endDate="2030-01-01">http://purl.org/coar/access_right/{}</Access>'

    embargoed = mapping.read("oai_cerif_openaire", entity("Product", access.format("c_f1cf")), CONTEXT)
    open_access = mapping.read("oai_cerif_openaire", entity("Product", access.format("c_abf2")), CONTEXT)

    assert embargoed.resource.available is not None and embargoed.resource.available.value == "2030-01-01"
    assert open_access.resource.available is None
    assert [one.value for one in open_access.unmapped] == ["2030-01-01"]


def test_a_second_subtitle_of_a_language_is_another_title() -> None:
    payload = entity("Publication", "<Title>Rain</Title><Subtitle>and sun</Subtitle><Subtitle>a story</Subtitle>")

    mapped = mapping.read("oai_cerif_openaire", payload, CONTEXT)

    assert mapped.resource.title == (Literal("Rain: and sun"),)
    assert Literal("a story") in [value for _, _, value in mapped.extra]
