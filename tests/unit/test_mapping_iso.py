"""ISO 19139 and ISO 19115-3: what is chosen where a document says several things, or says them badly."""

from __future__ import annotations

import time

import pytest

from node.errors import MappingError
from node.mapping import crosswalks as mapping
from node.mapping.protocols import MappingContext
from node.model.dcat import ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Iri, Literal
from node.terms import vocabularies

CONTEXT = MappingContext(iri=Iri("https://node.example/dataset/1"), identifier="oai:repository.example:1")
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "gmd": "http://www.isotc211.org/2005/gmd",
        "gco": "http://www.isotc211.org/2005/gco",
        "gmx": "http://www.isotc211.org/2005/gmx",
        "srv": "http://www.isotc211.org/2005/srv",
        "gml": "http://www.opengis.net/gml/3.2",
        "xlink": "http://www.w3.org/1999/xlink",
    }.items()
)


def text(value: str) -> str:
    return f"<gco:CharacterString>{value}</gco:CharacterString>"


def document(inner: str) -> bytes:
    return f"<gmd:MD_Metadata {NAMESPACES}>{inner}</gmd:MD_Metadata>".encode()


def dataset(identification: str = "", rest: str = "") -> Mapped:
    whole = f"<gmd:identificationInfo><gmd:MD_DataIdentification>{identification}</gmd:MD_DataIdentification>"
    return mapping.read("iso19139", document(f"{whole}</gmd:identificationInfo>{rest}"), CONTEXT)


def online(url: str, protocol: str = "", function: str = "") -> str:
    parts = f"<gmd:linkage><gmd:URL>{url}</gmd:URL></gmd:linkage>"
    if protocol:
        parts += f"<gmd:protocol>{text(protocol)}</gmd:protocol>"
    if function:
        code = f'<gmd:CI_OnLineFunctionCode codeList="" codeListValue="{function}"/>'
        parts += f"<gmd:function>{code}</gmd:function>"
    return f"<gmd:onLine><gmd:CI_OnlineResource>{parts}</gmd:CI_OnlineResource></gmd:onLine>"


def offered(*links: str) -> str:
    options = f"<gmd:MD_DigitalTransferOptions>{''.join(links)}</gmd:MD_DigitalTransferOptions>"
    whole = f"<gmd:MD_Distribution><gmd:transferOptions>{options}</gmd:transferOptions></gmd:MD_Distribution>"
    return f"<gmd:distributionInfo>{whole}</gmd:distributionInfo>"


def constraint(name: str, inner: str) -> str:
    whole = f"<gmd:MD_LegalConstraints><gmd:{name}>{inner}</gmd:{name}></gmd:MD_LegalConstraints>"
    return f"<gmd:resourceConstraints>{whole}</gmd:resourceConstraints>"


def restriction(code: str) -> str:
    return f'<gmd:MD_RestrictionCode codeList="" codeListValue="{code}"/>'


def test_a_doi_written_as_the_identifier_of_the_metadata_names_the_dataset() -> None:
    title = "<gmd:identificationInfo><gmd:MD_DataIdentification/></gmd:identificationInfo>"
    identifier = f"<gmd:fileIdentifier>{text('doi:10.5555/ICE')}</gmd:fileIdentifier>"

    resource = mapping.read("iso19139", document(identifier + title), CONTEXT).resource

    assert resource.iri == "https://doi.org/10.5555/ice"
    assert (resource.identifiers, resource.alternate_identifiers) == (("https://doi.org/10.5555/ice",), ())


def test_the_doi_of_the_dataset_counts_for_more_than_one_of_the_metadata() -> None:
    code = f"<gmd:MD_Identifier><gmd:code>{text('10.5555/own')}</gmd:code></gmd:MD_Identifier>"
    citation = (
        f"<gmd:citation><gmd:CI_Citation><gmd:identifier>{code}</gmd:identifier></gmd:CI_Citation></gmd:citation>"
    )
    # `10.5555/own` without a scheme is a DOI by its form.
    rest = f"<gmd:fileIdentifier>{text('10.5555/metadata')}</gmd:fileIdentifier>"

    resource = dataset(citation, rest).resource

    assert resource.iri == "https://doi.org/10.5555/own"
    assert resource.alternate_identifiers == ("10.5555/metadata",)


def test_of_contradicting_access_constraints_the_strictest_counts() -> None:
    codes = "".join(constraint("accessConstraints", restriction(code)) for code in ("unrestricted", "private"))

    assert dataset(codes).resource.access_rights == vocabularies.NON_PUBLIC
    reverse = "".join(constraint("accessConstraints", restriction(code)) for code in ("private", "unrestricted"))
    assert dataset(reverse).resource.access_rights == vocabularies.NON_PUBLIC


def test_grounds_of_inspire_for_limiting_access_restrict_it() -> None:
    address = "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/INSPIRE_Directive_Article13_1e"
    words = f'<gmx:Anchor xlink:href="{address}">intellectual property</gmx:Anchor>'

    resource = dataset(constraint("otherConstraints", words)).resource

    assert resource.access_rights == vocabularies.RESTRICTED
    assert resource.rights == (Literal("intellectual property"),)


def test_a_licence_named_by_its_address_within_a_sentence_is_found_and_the_sentence_stays() -> None:
    words = "Use under https://creativecommons.org/licenses/by/4.0/, and name us."

    resource = dataset(constraint("useLimitation", text(words))).resource

    assert resource.license == vocabularies.license("CC-BY-4.0")
    assert resource.rights == (Literal(words),)


def test_a_sentence_with_addresses_of_two_licences_names_none() -> None:
    words = "https://creativecommons.org/licenses/by/4.0/ or https://creativecommons.org/publicdomain/zero/1.0/"

    assert dataset(constraint("useLimitation", text(words))).resource.license is None


def test_a_link_gives_data_by_its_function_else_by_its_protocol_else_by_its_address() -> None:
    links = (
        online("https://x.example/order", function="order"),
        online("https://x.example/a", "WWW:DOWNLOAD-1.0-http--download"),
        online("https://x.example/b.csv"),
        online("https://x.example/wfs", "OGC:WFS"),
        online("https://x.example/about.csv", function="information"),
        online("https://x.example/page.html"),
    )

    resource = dataset(rest=offered(*links)).resource

    assert [way.access_url for way in resource.distributions] == [
        f"https://x.example/{name}" for name in ("order", "a", "b.csv", "wfs")
    ]
    assert [bool(way.download_url) for way in resource.distributions] == [False, True, True, False]
    assert (resource.landing_page, resource.pages) == (
        "https://x.example/about.csv",
        ("https://x.example/page.html",),
    )


def test_every_address_of_a_service_is_kept_its_endpoint_without_the_parameters_of_a_request() -> None:
    links = offered(
        online("https://x.example/ows?map=a&amp;service=WMS&amp;request=GetCapabilities", "OGC:WMS"),
        online("https://x.example/ows?map=a", "OGC:WMS"),
        online("https://x.example/wfs", "OGC:WFS"),
        online("https://x.example/help"),
    )
    service = "<gmd:identificationInfo><srv:SV_ServiceIdentification/></gmd:identificationInfo>"

    resource = mapping.read("iso19139", document(service + links), CONTEXT).resource

    assert resource.kind is ResourceKind.DATA_SERVICE
    assert resource.endpoint_url == "https://x.example/ows?map=a"
    assert resource.endpoint_description == "https://x.example/ows?map=a&service=WMS&request=GetCapabilities"
    assert (resource.landing_page, resource.pages) == ("https://x.example/help", ("https://x.example/wfs",))
    assert resource.conforms_to == tuple(
        Iri(f"http://www.opengis.net/def/serviceType/ogc/{name}") for name in ("wms", "wfs")
    )
    assert resource.distributions == ()


@pytest.mark.parametrize(
    ("scope", "kind"),
    [("service", ResourceKind.DATA_SERVICE), ("collectionHardware", ResourceKind.INSTRUMENT)],
)
def test_services_are_data_services_and_what_collects_is_an_instrument(scope: str, kind: ResourceKind) -> None:
    level = f'<gmd:hierarchyLevel><gmd:MD_ScopeCode codeList="" codeListValue="{scope}"/></gmd:hierarchyLevel>'

    assert dataset(rest=level).resource.kind is kind


def test_an_object_given_elsewhere_in_the_document_is_followed_there() -> None:
    contact = (
        '<gmd:pointOfContact><gmd:CI_ResponsibleParty id="a">'
        f"<gmd:organisationName>{text('Ice Group')}</gmd:organisationName>"
        '<gmd:role><gmd:CI_RoleCode codeList="" codeListValue="author"/></gmd:role>'
        "</gmd:CI_ResponsibleParty></gmd:pointOfContact>"
    )
    again = (
        '<gmd:citation><gmd:CI_Citation><gmd:citedResponsibleParty xlink:href="#a"/></gmd:CI_Citation></gmd:citation>'
    )

    resource = dataset(again + contact).resource

    assert [creator.name for creator in resource.creators] == ["Ice Group"]


def test_what_no_rule_reads_is_reported_with_its_path_and_its_line() -> None:
    payload = document(
        "\n<gmd:identificationInfo>\n<gmd:MD_DataIdentification>\n<gmd:status>done</gmd:status>"
    ).replace(
        b"</gmd:status></gmd:MD_Metadata>",
        b"</gmd:status></gmd:MD_DataIdentification></gmd:identificationInfo></gmd:MD_Metadata>",
    )

    (part,) = mapping.read("iso19139", payload, CONTEXT).unmapped

    assert (part.path, part.value, part.source_line) == (
        "MD_Metadata/identificationInfo/MD_DataIdentification/status",
        "done",
        4,
    )


def test_either_prefix_reads_both_encodings() -> None:
    newer = b'<MD_Metadata xmlns="http://standards.iso.org/iso/19115/-3/mdb/2.0"/>'

    for prefix, payload in (("iso19139", newer), ("iso19115-3", document(""))):
        assert "mapping.namespace" not in {one.code for one in mapping.read(prefix, payload, CONTEXT).findings}


def test_a_document_without_metadata_of_iso_is_no_record() -> None:
    with pytest.raises(MappingError, match="MD_Metadata"):
        mapping.read("iso19139", b"<gmd:CI_Citation xmlns:gmd='http://www.isotc211.org/2005/gmd'/>", CONTEXT)


def party(inner: str) -> str:
    role = '<gmd:role><gmd:CI_RoleCode codeList="" codeListValue="author"/></gmd:role>'
    whole = f"<gmd:CI_ResponsibleParty>{inner}{role}</gmd:CI_ResponsibleParty>"
    return f"<gmd:pointOfContact>{whole}</gmd:pointOfContact>"


def test_a_position_stands_in_for_a_name_and_beside_one_it_is_unmapped() -> None:
    position = f"<gmd:positionName>{text('Data steward')}</gmd:positionName>"
    name = f"<gmd:individualName>{text('Jo Doe')}</gmd:individualName>"

    alone, beside = dataset(party(position)), dataset(party(name + position))

    assert ([one.name for one in alone.resource.creators], alone.unmapped) == (["Data steward"], ())
    assert [one.name for one in beside.resource.creators] == ["Jo Doe"]
    assert [one.value for one in beside.unmapped] == ["Data steward"]


def keywords(thesaurus: str, *words: str) -> str:
    inner = "".join(f"<gmd:keyword>{word}</gmd:keyword>" for word in words)
    title = f"<gmd:CI_Citation><gmd:title>{text(thesaurus)}</gmd:title></gmd:CI_Citation>"
    whole = f"<gmd:MD_Keywords>{inner}<gmd:thesaurusName>{title}</gmd:thesaurusName></gmd:MD_Keywords>"
    return f"<gmd:descriptiveKeywords>{whole}</gmd:descriptiveKeywords>"


def test_the_thesaurus_of_words_is_unmapped_and_that_of_concepts_is_told_by_their_addresses() -> None:
    words = dataset(keywords("House thesaurus", text("snow")))
    concepts = dataset(
        keywords("AGROVOC", '<gmx:Anchor xlink:href="http://aims.fao.org/aos/agrovoc/c_7160">snow</gmx:Anchor>')
        + keywords("GEMET - INSPIRE themes, version 1.0", text("Elevation"))
    )

    assert [one.value for one in words.unmapped] == ["House thesaurus"]
    assert concepts.unmapped == ()
    assert len(concepts.resource.subjects) == 2


def test_the_transfer_size_is_that_of_the_only_link_with_data_and_else_stays() -> None:
    def sized(size: str, *links: str) -> Mapped:
        return dataset(rest=offered(*links, f"<gmd:transferSize><gco:Real>{size}</gco:Real></gmd:transferSize>"))

    file, page = online("https://e.example/a.csv"), online("https://e.example/a", function="information")

    assert [way.byte_size for way in sized("1.5", page, file).resource.distributions] == [1_500_000]
    assert [one.value for one in sized("1.5", page).unmapped] == ["1.5"]
    assert [one.value for one in sized("1.5", file, online("https://e.example/b.csv")).unmapped] == ["1.5"]
    (finding,) = sized("large", file).findings
    assert (finding.code, finding.value) == ("mapping.value-unusable", "large")


def test_an_identifier_with_thousands_of_codes_takes_no_longer_than_it_is_long() -> None:
    codes = f"<gmd:code>{text('x')}</gmd:code>" * 4000
    identifier = f"<gmd:MD_Identifier>{codes}</gmd:MD_Identifier>"
    citation = f"<gmd:citation><gmd:CI_Citation><gmd:identifier>{identifier}</gmd:identifier></gmd:CI_Citation>"
    began = time.perf_counter()

    mapped = dataset(f"{citation}</gmd:citation>")

    assert len(mapped.unmapped) == 3999
    assert time.perf_counter() - began < 5, "it was half a minute where each was read with all the others around it"
