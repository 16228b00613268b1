"""CMDI of any profile: what its golden files do not say."""

from __future__ import annotations

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext
from node.model.dcat import ContactPoint
from node.model.rdf import Iri, Literal

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")


def cmd(components: str, resources: str = "", *, namespace: str = "http://www.clarin.eu/cmd/1") -> bytes:
    section = f"<Resources><ResourceProxyList>{resources}</ResourceProxyList></Resources>"
    return f'<CMD xmlns="{namespace}">{section}<Components><Profile>{components}</Profile></Components></CMD>'.encode()


def proxy(kind: str, address: str) -> str:
    return f"<ResourceProxy><ResourceType>{kind}</ResourceType><ResourceRef>{address}</ResourceRef></ResourceProxy>"


@pytest.mark.parametrize("namespace", ["http://www.clarin.eu/cmd/", "http://www.clarin.eu/cmd/1"])
def test_both_versions_are_known_by_their_namespace(namespace: str) -> None:
    payload = cmd("<title>Talk</title>", namespace=namespace)

    mapped = mapping.read("something-else", payload, CONTEXT)

    assert mapped.resource.title == (Literal("Talk"),)
    assert mapped.findings == ()


def test_another_namespace_is_noted() -> None:
    mapped = mapping.read("cmdi", cmd("<title>Talk</title>", namespace="urn:cmd"), CONTEXT)

    assert [one.code for one in mapped.findings] == ["mapping.namespace"]


@pytest.mark.parametrize(
    "payload",
    [b"<record/>", b'<CMD xmlns="http://www.clarin.eu/cmd/"><Header/><Components/></CMD>'],
)
def test_a_record_without_components_is_refused(payload: bytes) -> None:
    with pytest.raises(MappingError, match="no CMDI record with components"):
        mapping.read("cmdi", payload, CONTEXT)


def test_a_name_is_a_title_only_in_languages_without_one() -> None:
    payload = cmd(
        '<GeneralInfo><ResourceName xml:lang="en">tb-1</ResourceName><ResourceName xml:lang="de">Baum</ResourceName>'
        '<ResourceTitle xml:lang="en">Treebank</ResourceTitle></GeneralInfo>'
    )

    mapped = mapping.read("cmdi", payload, CONTEXT)

    assert mapped.resource.title == (Literal("Treebank", language="en"), Literal("Baum", language="de"))
    assert [value for _, _, value in mapped.extra] == [Literal("tb-1", language="en")]


def test_what_tools_and_documents_are_called_is_not_what_the_resource_is_called() -> None:
    payload = cmd(
        "<title>Talk</title><documentations><documentation><title>Manual</title></documentation></documentations>"
        "<CreationToolInfo><Version>9</Version><Url>https://tool.example/</Url></CreationToolInfo>"
    )

    mapped = mapping.read("cmdi", payload, CONTEXT)

    assert mapped.resource.title == (Literal("Talk"),)
    assert (mapped.resource.version, mapped.resource.landing_page) == (None, None)
    assert [one.value for one in mapped.unmapped] == ["Manual", "9", "https://tool.example/"]


def test_people_who_were_recorded_are_not_among_those_who_made_it() -> None:
    payload = cmd("<Actors><Actor><FullName>Somebody</FullName></Actor></Actors><title>Talk</title>")

    mapped = mapping.read("cmdi", payload, CONTEXT)

    assert mapped.resource.creators == mapped.resource.contributors == ()


def test_proxies_become_files_and_pages_by_their_type() -> None:
    kinds = ("Resource", "LandingPage", "SearchService")
    payload = cmd("<title>Talk</title>", "".join(proxy(kind, f"https://corpus.example/{kind}") for kind in kinds))

    resource = mapping.read("cmdi", payload, CONTEXT).resource

    assert [way.access_url for way in resource.distributions] == ["https://corpus.example/Resource"]
    assert resource.landing_page == "https://corpus.example/LandingPage"
    assert resource.pages == (Iri("https://corpus.example/SearchService"),)


def test_the_records_of_a_large_collection_are_told_by_their_number() -> None:
    parts = "".join(proxy("Metadata", f"https://corpus.example/{number}") for number in range(2000))

    unmapped = mapping.read("cmdi", cmd("<title>Talk</title>", parts), CONTEXT).unmapped

    assert [one.value for one in unmapped] == ["2000 metadata records of parts: 4000 values"]


def test_files_past_ten_thousand_stay_with_a_finding() -> None:
    files = "".join(proxy("Resource", f"https://corpus.example/{number}") for number in range(10_002))

    mapped = mapping.read("cmdi", cmd("<title>Talk</title>", files), CONTEXT)

    assert len(mapped.resource.distributions) == 10_000
    assert {one.code for one in mapped.findings} == {"mapping.distributions-many"}


def test_a_person_with_an_orcid_is_linked_by_it() -> None:
    payload = cmd("<creator><name>Josiah Carberry</name><orcid>0000-0002-1825-0097</orcid></creator>")

    creators = mapping.read("cmdi", payload, CONTEXT).resource.creators

    assert [(one.name, one.iri) for one in creators] == [("Josiah Carberry", "https://orcid.org/0000-0002-1825-0097")]


def test_an_address_of_a_contact_that_is_none_stays() -> None:
    payload = cmd("<contact><name>Desk</name><email>ask inside</email><url>door 3</url></contact>")

    mapped = mapping.read("cmdi", payload, CONTEXT)

    assert mapped.resource.contact_points == (ContactPoint(name="Desk"),)
    assert [one.value for one in mapped.unmapped] == ["ask inside", "door 3"]


def test_a_licence_component_without_a_name_is_known_by_its_address() -> None:
    payload = cmd("<license><uri>https://creativecommons.org/licenses/by/4.0/</uri></license>")

    resource = mapping.read("cmdi", payload, CONTEXT).resource

    assert resource.license == "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"


def test_a_place_keeps_the_region_beside_the_country() -> None:
    payload = cmd("<Location><Country>Ghana</Country><Region>Volta</Region></Location>")

    places = mapping.read("cmdi", payload, CONTEXT).resource.spatial

    assert [(one.iri, one.name) for one in places] == [
        ("http://publications.europa.eu/resource/authority/country/GHA", None),
        (None, "Ghana, Volta"),
    ]


def test_somebody_named_by_a_leaf_or_with_an_affiliation() -> None:
    payload = cmd(
        "<creator>Blum, Ada</creator>"
        "<author><firstName>Petr</firstName><lastName>Novak</lastName><affiliation>Charles University</affiliation>"
        "</author>"
        "<author><firstName/></author>"
        "<editor><name>Eva Ek</name><affiliation><role>member</role><organisation>Club</organisation></affiliation>"
        "</editor>"
    )

    mapped = mapping.read("cmdi", payload, CONTEXT)

    resource = mapped.resource
    assert [(one.name, one.kind, [unit.name for unit in one.affiliations]) for one in resource.creators] == [
        ("Blum, Ada", "unknown", []),
        ("Novak, Petr", "person", ["Charles University"]),
    ]
    assert [(one.name, one.role, [unit.name for unit in one.affiliations]) for one in resource.contributors] == [
        ("Eva Ek", "Editor", ["Club"])
    ]
    assert mapped.unmapped == ()


def test_a_place_where_a_tool_runs_is_a_page() -> None:
    payload = cmd(
        "<licenceInfo><licence>CC0 1.0</licence><executionLocation>https://tool.example/run</executionLocation></licenceInfo>"
    )

    assert mapping.read("cmdi", payload, CONTEXT).resource.pages == (Iri("https://tool.example/run"),)
