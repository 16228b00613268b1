"""Crosswalks: what they choose, what they refuse, and the account they give of what they did not use."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from node.errors import MappingError, SyntaxRefused
from node.mapping import crosswalks as mapping
from node.mapping.dcat_ap import catalog_record_triples, shared_nodes, to_triples
from node.mapping.protocols import MappingContext
from node.mapping.reservations import RESERVATIONS
from node.model.dcat import Agent, Resource, ResourceKind
from node.model.rdf import Iri, Literal
from node.namespaces import DC, OAI_DC, RDF_TYPE, expand

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "crosswalks.md"
NODE_IRI = Iri("https://node.example/dataset/1")
CONTEXT = MappingContext(iri=NODE_IRI, identifier="oai:repository.example:1")


def dublin(*elements: str) -> bytes:
    inner = "".join(elements)
    return f'<o:dc xmlns:o="{OAI_DC}" xmlns:dc="{DC}">{inner}</o:dc>'.encode()


def kernel_4(inner: str) -> bytes:
    return f'<resource xmlns="http://datacite.org/schema/kernel-4">{inner}</resource>'.encode()


def turtle(body: str) -> bytes:
    return (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
        f"@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix ex: <https://source.example/> . {body}"
    ).encode()


TURTLE = MappingContext(iri=NODE_IRI, identifier="oai:repository.example:1", media_type="text/turtle")


@pytest.mark.parametrize(
    ("prefix", "payload", "expected"),
    [
        ("oai_dc", b"", "oai_dc"),
        ("OAI_DC", b"", "oai_dc"),
        ("oai_datacite4", b"", "oai_datacite"),
        ("dcat_ap_xml", b"", "dcat"),
        ("house-dc", dublin(), "oai_dc"),
        ("house-datacite", kernel_4(""), "oai_datacite"),
        ("house-rdf", b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "dcat"),
    ],
)
def test_a_crosswalk_is_chosen_by_prefix_and_else_by_the_namespace_of_the_root(
    prefix: str, payload: bytes, expected: str
) -> None:
    assert mapping.crosswalk_for(prefix, payload).prefixes[0] == expected


def test_a_format_that_neither_prefix_nor_namespace_name_is_refused_by_name() -> None:
    with pytest.raises(MappingError, match=r"arXiv.*oai_dc, oai_datacite, .*dcat"):
        mapping.crosswalk_for("arXiv", b'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"/>')


@pytest.mark.parametrize(
    ("prefix", "payload"),
    [
        ("oai_dc", b'<record xmlns="http://www.loc.gov/MARC21/slim"/>'),
        ("oai_datacite", b'<identifier identifierType="DOI">10.5555/1</identifier>'),
        ("dcat", b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'),
    ],
)
def test_a_document_of_another_kind_is_no_record(prefix: str, payload: bytes) -> None:
    with pytest.raises(MappingError):
        mapping.read(prefix, payload, CONTEXT)


def test_bytes_that_are_not_xml_do_not_pass_the_gate() -> None:
    with pytest.raises(SyntaxRefused):
        mapping.read("oai_dc", b"<dc>", CONTEXT)


def test_a_doi_becomes_the_subject_and_every_other_identifier_stays() -> None:
    payload = dublin(
        "<dc:identifier>https://repository.example/1</dc:identifier>",
        "<dc:identifier>DOI:10.5555/ABC</dc:identifier>",
        "<dc:identifier>http://dx.doi.org/10.5555/def</dc:identifier>",
    )

    resource = mapping.read("oai_dc", payload, CONTEXT).resource

    assert resource.iri == "https://doi.org/10.5555/abc"
    assert resource.identifiers == ("https://doi.org/10.5555/abc",)
    assert resource.alternate_identifiers == ("https://repository.example/1", "https://doi.org/10.5555/def")
    assert resource.landing_page == "https://repository.example/1"


def test_a_record_without_a_doi_is_named_by_the_node() -> None:
    resource = mapping.read("oai_dc", dublin("<dc:identifier>shelf 4</dc:identifier>"), CONTEXT).resource

    assert (resource.iri, resource.identifiers, resource.title) == (NODE_IRI, ("shelf 4",), ())


@pytest.mark.parametrize(
    ("element", "kind", "code"),
    [
        ("<dc:language>Klingonese</dc:language>", "language", "mapping.language-unknown"),
        ("<dc:date>once upon a time</dc:date>", "date", "mapping.date-unreadable"),
        ("<dc:type>gizmo</dc:type>", "type", "mapping.type-unknown"),
        ("<dc:format>application/x-unheard-of</dc:format>", "format", "mapping.format-unknown"),
        ("<dc:rights>ask my aunt</dc:rights>", "rights", "mapping.license-unknown"),
        (
            "<dc:coverage>northlimit=147; southlimit=1; westlimit=2; eastlimit=3</dc:coverage>",
            "coverage",
            "mapping.geometry-unreadable",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_a_finding_with_its_place(element: str, kind: str, code: str) -> None:
    mapped = mapping.read("oai_dc", dublin("\n", element), CONTEXT)

    finding = next(finding for finding in mapped.findings if finding.code == code)
    assert finding.value is not None
    assert finding.value in finding.message
    assert finding.advice
    if code != "mapping.license-unknown":
        assert (finding.path, finding.source_line) == (f"dc/{kind}", 2)


def test_what_no_rule_reads_is_reported_with_its_path_and_line() -> None:
    payload = kernel_4(
        "\n<sizes><size>15 pages</size></sizes>\n"
        '<dates><date dateType="Other" dateInformation="first light">2020</date></dates><!-- 3 --><odd> text </odd>'
    )

    unmapped = mapping.read("oai_datacite", payload, CONTEXT).unmapped

    assert [(one.path, one.value, one.source_line) for one in unmapped] == [
        ("resource/sizes/size", "15 pages", 2),
        ("resource/dates/date", "2020", 3),
        ("resource/dates/date/@dateType", "Other", 3),
        ("resource/dates/date/@dateInformation", "first light", 3),
        ("resource/odd", "text", 3),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0000-0002-1825-0098", "mapping.identifier-unreadable"),
        ("nobody", "mapping.identifier-unreadable"),
    ],
)
def test_an_orcid_with_a_wrong_check_digit_names_nobody(text: str, code: str) -> None:
    payload = kernel_4(
        "<creators><creator><creatorName>X</creatorName>"
        f'<nameIdentifier nameIdentifierScheme="ORCID">{text}</nameIdentifier></creator></creators>'
    )

    mapped = mapping.read("oai_datacite", payload, CONTEXT)

    assert [agent.iri for agent in mapped.resource.creators] == [None]
    assert code in {finding.code for finding in mapped.findings}


@pytest.mark.parametrize("namespace", ["", "http://datacite.org/schema/kernel-4x", "https://example.org/other"])
def test_a_resource_in_a_strange_namespace_is_read_with_a_finding(namespace: str) -> None:
    payload = f'<resource xmlns="{namespace}"><titles><title>T</title></titles></resource>'.encode()

    mapped = mapping.read("oai_datacite", payload, CONTEXT)

    assert [title.value for title in mapped.resource.title] == ["T"]
    expected = set() if namespace.startswith("http://datacite.org/schema/kernel-") else {"mapping.namespace"}
    assert {finding.code for finding in mapped.findings} == expected


def test_the_affiliation_of_a_contact_person_has_no_place_and_is_unmapped() -> None:
    person = "<contributorName>Doe, Jo</contributorName><affiliation>Institute of Ice</affiliation>"
    contributor = f'<contributor contributorType="ContactPerson">{person}</contributor>'

    mapped = mapping.read("oai_datacite", kernel_4(f"<contributors>{contributor}</contributors>"), CONTEXT)

    assert [one.name for one in mapped.resource.contact_points] == ["Doe, Jo"]
    assert [one.value for one in mapped.unmapped] == ["Institute of Ice"]


def test_kernel_3_boxes_are_latitude_first() -> None:
    payload = kernel_4(
        "<geoLocations><geoLocation><geoLocationBox>25 67.5 45 95</geoLocationBox></geoLocation></geoLocations>"
    )

    (place,) = mapping.read("oai_datacite", payload, CONTEXT).resource.spatial

    assert place.bbox == (67.5, 25.0, 95.0, 45.0)


@pytest.mark.parametrize(
    ("text", "bbox", "wkt"),
    [
        ("northlimit=47.6; southlimit=47.4; westlimit=9.1; eastlimit=9.6", (9.1, 47.4, 9.6, 47.6), None),
        ("eastlimit=9.6 westlimit=9.1 southlimit=47.4 northlimit=47.6", (9.1, 47.4, 9.6, 47.6), None),
        ("North 90.0, South -90.0, East 180.0, West -180.0", (-180.0, -90.0, 180.0, 90.0), None),
        ("northlimit=5; southlimit=5; westlimit=7; eastlimit=7", None, "POINT(7 5)"),
        ("east=8.8; north=53.1", None, "POINT(8.8 53.1)"),
        ("POLYGON((1 2,1 1,2 1,2 2,1 2))", (1.0, 1.0, 2.0, 2.0), None),
        ("POINT(1 2)", None, "POINT(1 2)"),
    ],
)
def test_a_coverage_in_any_of_its_syntaxes_is_a_shape(
    text: str, bbox: tuple[float, float, float, float] | None, wkt: str | None
) -> None:
    (place,) = mapping.read("oai_dc", dublin(f"<dc:coverage>{text}</dc:coverage>"), CONTEXT).resource.spatial

    assert (place.bbox, place.wkt) == (bbox, wkt)


def test_the_topic_of_a_catalogue_record_is_the_resource_that_is_meant() -> None:
    payload = turtle(
        'ex:a a dcat:Dataset ; dct:title "A" . ex:b a dcat:Dataset ; dct:title "B" .'
        "ex:r a dcat:CatalogRecord ; foaf:primaryTopic ex:b ."
    )

    mapped = mapping.read("dcat", payload, TURTLE)

    assert mapped.resource.iri == "https://source.example/b"
    assert mapped.findings == ()


def test_the_resource_that_no_other_points_at_is_meant_where_nothing_says_more() -> None:
    payload = turtle('ex:part a dcat:Dataset . ex:whole a dcat:Dataset ; dct:hasPart ex:part ; dct:title "W" .')

    mapped = mapping.read("dcat", payload, TURTLE)

    assert mapped.resource.iri == "https://source.example/whole"
    assert mapped.findings == ()


def test_several_equal_resources_are_read_as_the_first_with_a_finding() -> None:
    mapped = mapping.read("dcat", turtle("ex:a a dcat:Dataset . ex:b a dcat:Dataset ."), TURTLE)

    assert mapped.resource.iri == "https://source.example/a"
    assert [finding.code for finding in mapped.findings] == ["mapping.several-resources"]


def test_of_several_types_the_one_that_is_known_counts_wherever_it_stands() -> None:
    known = "http://purl.org/coar/resource_type/c_ddb1"
    for types in (f"<http://other.example/type>, <{known}>", f"<{known}>, <http://other.example/type>"):
        mapped = mapping.read("dcat", turtle(f"ex:a a dcat:Dataset ; dct:type {types} ."), TURTLE)

        assert mapped.resource.resource_type == known
        assert "http://other.example/type" in {str(value) for _, _, value in mapped.extra}


def test_an_agent_without_an_iri_is_known_by_the_ror_or_orcid_among_its_identifiers() -> None:
    agents = (
        'dct:publisher [ a foaf:Agent ; foaf:name "Beam" ; dct:identifier "https://ror.org/05dxps055" ] ;'
        'dct:creator [ foaf:name "Ann" ; dct:identifier "0000-0002-1825-0097", "local-7" ; foaf:age 7 ],'
        '[ foaf:name "Ben" ; dct:identifier "staff/12" ]'
    )
    mapped = mapping.read("dcat", turtle(f"ex:a a dcat:Dataset ; {agents} ."), TURTLE)

    assert mapped.resource.publisher and mapped.resource.publisher.iri == "https://ror.org/05dxps055"
    ann, ben = sorted(mapped.resource.creators, key=lambda each: each.name)
    assert (ann.iri, ben.iri) == ("https://orcid.org/0000-0002-1825-0097", None)
    # Others speak of her as well, so what no rule reads is told and not kept; of him nobody else does.
    assert {one.path for one in mapped.unmapped if "0097" in one.path} == {
        "https://orcid.org/0000-0002-1825-0097/dct:identifier",
        "https://orcid.org/0000-0002-1825-0097/foaf:age",
    }
    assert "staff/12" in {getattr(value, "value", value) for _, _, value in mapped.extra}


def test_statements_of_other_profiles_stay_and_are_reported() -> None:
    payload = turtle(
        'ex:a a dcat:Dataset ; dct:title "A" ; ex:legalBasis "§ 1" ; dct:creator [ foaf:name "N" ; ex:badge 7 ] .'
    )

    mapped = mapping.read("dcat", payload, TURTLE)

    seven = Literal("7", datatype=expand("xsd:integer"))
    assert set(mapped.extra) == {
        (Iri("https://source.example/a"), Iri("https://source.example/legalBasis"), Literal("§ 1")),
        (Iri(f"{NODE_IRI}#creator-1"), Iri("https://source.example/badge"), seven),
    }
    assert {one.path for one in mapped.unmapped} == {
        "https://source.example/legalBasis",
        "https://source.example/badge",
    }


def test_no_triple_of_a_payload_is_lost_unless_it_is_reported() -> None:
    payload = turtle(
        'ex:a a dcat:Dataset ; dct:title "A"@en ; dct:issued "soon" ; dct:language "Elvish" ;'
        'dcat:landingPage "nowhere" ;'
        "dcat:theme ex:theme ; dct:license ex:one, ex:two ; dcat:distribution ex:d, ex:elsewhere ."
        'ex:d dct:format "odd" ; dcat:byteSize "many" .'
    )

    mapped = mapping.read("dcat", payload, TURTLE)
    kept = {*to_triples(mapped.resource, base=NODE_IRI), *mapped.extra}

    subject = Iri("https://source.example/a")
    for predicate, value in (
        ("dct:issued", Literal("soon")),
        ("dct:language", Literal("Elvish")),
        ("dcat:landingPage", Literal("nowhere")),
        ("dct:license", Iri("https://source.example/one")),
        ("dct:license", Iri("https://source.example/two")),
        ("dcat:distribution", Iri("https://source.example/d")),
        ("dcat:distribution", Iri("https://source.example/elsewhere")),
    ):
        assert (subject, expand(predicate), value) in kept
    assert (Iri("https://source.example/d"), expand("dct:format"), Literal("odd")) in kept
    assert (Iri("https://source.example/d"), expand("dcat:byteSize"), Literal("many")) in kept


def test_agents_with_an_iri_are_linked_by_the_record_and_described_apart() -> None:
    orcid, ror = Iri("https://orcid.org/0000-0002-1825-0097"), Iri("https://ror.org/03yrm5c26")
    library = Agent(name="California Digital Library", iri=ror, kind="organization")
    person = Agent(name="Carberry, Josiah", iri=orcid, kind="person", affiliations=(library,))
    resource = Resource(
        iri=NODE_IRI, creators=(person, Agent(name="Local")), contributors=(Agent(name="J. Carberry", iri=orcid),)
    )

    owned = to_triples(resource, base=NODE_IRI)
    shared = dict(shared_nodes(resource))

    assert {subject for subject, _, _ in owned} == {NODE_IRI, f"{NODE_IRI}#creator-2"}
    assert (NODE_IRI, expand("dct:creator"), orcid) in owned
    assert list(shared) == [orcid, ror]
    assert {subject for bundle in shared.values() for subject, _, _ in bundle} == {orcid, ror}
    assert [value for _, predicate, value in shared[orcid] if predicate == expand("foaf:name")] == [
        Literal("Carberry, Josiah")
    ]
    assert (orcid, expand("org:memberOf"), ror) in shared[orcid]


def test_a_catalogue_record_says_what_it_is_about_and_where_it_comes_from() -> None:
    moment = Literal("2026-01-01T00:00:00Z", datatype=expand("xsd:dateTime"))
    record, source = Iri("https://node.example/record/1"), Iri("https://repository.example/oai?verb=GetRecord")

    triples = catalog_record_triples(
        record=record, topic=NODE_IRI, identifier="oai:1", issued=moment, modified=moment, source=source
    )

    assert (record, RDF_TYPE, expand("dcat:CatalogRecord")) in triples
    assert (record, expand("foaf:primaryTopic"), NODE_IRI) in triples
    assert (record, expand("dct:source"), source) in triples


def test_a_service_is_a_data_service_without_distributions() -> None:
    payload = dublin("<dc:type>Service</dc:type>", "<dc:identifier>https://a.example/wms</dc:identifier>")

    resource = mapping.read("oai_dc", payload, CONTEXT).resource

    assert (resource.kind, resource.distributions) == (ResourceKind.DATA_SERVICE, ())


def test_what_a_crosswalk_returns_travels_between_processes() -> None:
    mapped = mapping.read("oai_datacite", (FIXTURES / "oai_datacite" / "wrapped.xml").read_bytes(), CONTEXT)

    assert pickle.loads(pickle.dumps(mapped)) == mapped


def test_every_finding_code_is_documented_with_its_severity() -> None:
    lines = DOCS.read_text(encoding="utf-8").splitlines()

    documented = {line.split("`")[1]: line.split("|")[2].strip() for line in lines if line.startswith("| `mapping.")}
    assert documented == {code: severity.label for code, (severity, _) in RESERVATIONS.items()}


ELEMENTS = (
    "title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format", "identifier",
    "source", "language", "relation", "coverage", "rights", "issued", "modified", "spatial", "extent", "notes",
)  # fmt: skip
SNIPPETS = st.sampled_from(
    [
        "2020", "1999/2001", "/", "..", "start=2020;end=", "name=;east=1;north=", "POINT(1 2)", "POLYGON((1 2,3 4))",
        "northlimit=9;southlimit=8;westlimit=7;eastlimit=nan", "doi:10.1/", "10.5555/é", "http://", "https://a b",
        "hdl:1/2", "info:eu-repo/date/embargoEnd/2020-13-45", "info:eu-repo/semantics/altIdentifier/doi/x", "CC BY",
        "en", "text/csv; charset=", "9" * 30 + " TB", "1.5 MB", ":unav", "(:tba)", "https://orcid.org/0000-0002-1825-0097",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40),
    SNIPPETS,
    st.tuples(SNIPPETS, SNIPPETS).map(" ".join),
)
LANGUAGES = st.sampled_from([None, "", "en", "de-AT", "xx", "not a tag", "x-private", "ENG"])


@given(st.lists(st.tuples(st.sampled_from(ELEMENTS), TEXTS, LANGUAGES), max_size=12))
def test_no_well_formed_dublin_core_record_ever_raises(content: list[tuple[str, str, str | None]]) -> None:
    root = etree.Element(f"{{{OAI_DC}}}dc")
    for name, text, language in content:
        element = etree.SubElement(root, f"{{{DC}}}{name}")
        try:
            element.text = text
        except ValueError:
            continue  # not a character of XML 1.0: no document can hold it
        if language is not None:
            element.set("{http://www.w3.org/XML/1998/namespace}lang", language)

    mapped = mapping.read("oai_dc", etree.tostring(root), CONTEXT)

    assert to_triples(mapped.resource, base=NODE_IRI)
    assert {finding.code for finding in mapped.findings} <= RESERVATIONS.keys()
    for writer in mapping.WRITERS:
        assert etree.fromstring(writer.write(mapped.resource)) is not None
