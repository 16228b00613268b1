"""Pointers: where in the raw record a finding comes from."""

from __future__ import annotations

import re

import pytest

from node.files import FilePart, parts_of_file, record_of
from node.mapping.crosswalks import CROSSWALKS
from node.mapping.pointers import Chain, Nested, Pointer, RawRecord
from node.mapping.pointers.elements import aliases, parse_path, paths_of
from node.mapping.protocols import XML
from node.namespaces import PREFIXES, expand
from node.validation import load_profile, validate
from node.validation.pointing import pointed, subjects_of

FOCUS = "https://example.org/d"
DUBLIN = b"""<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
    xmlns:dc="http://purl.org/dc/elements/1.1/">
  <dc:title>First</dc:title>
  <dc:title>Second title</dc:title>
  <dc:rights>do as you like</dc:rights>
</oai_dc:dc>"""
DATACITE = b"""<resource xmlns="http://datacite.org/schema/kernel-4">
  <identifier identifierType="DOI">10.1234/x</identifier>
  <relatedItems><relatedItem><titles>
    <title>Another work</title></titles></relatedItem></relatedItems>
  <titles>
    <title>The work</title>
  </titles>
  <dates>
    <date dateType="Issued">2020</date>
    <date dateType="Updated">2021</date>
  </dates>
  <rightsList>
    <rights rightsURI="https://example.org/terms">Terms</rights>
  </rightsList>
</resource>"""
MARC = b"""<record xmlns="http://www.loc.gov/MARC21/slim">
  <leader>00000nam a2200000 a 4500</leader>
  <datafield tag="245" ind1="0" ind2="0">
    <subfield code="a">A title</subfield>
  </datafield>
</record>"""
RDF_XML = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:dct="http://purl.org/dc/terms/" xmlns:dcat="http://www.w3.org/ns/dcat#">
  <dcat:Dataset rdf:about="https://example.org/other">
    <dct:license rdf:resource="https://example.org/l"/>
  </dcat:Dataset>
  <dcat:Dataset rdf:about="https://example.org/d">
    <dct:title>One</dct:title>
    <dcat:distribution rdf:resource="https://example.org/d#1"/>
    <dcat:distribution>
      <dcat:Distribution><dct:format>CSV</dct:format></dcat:Distribution>
    </dcat:distribution>
  </dcat:Dataset>
  <dcat:Distribution rdf:about="https://example.org/d#1">
    <dcat:accessURL rdf:resource="https://example.org/file"/>
  </dcat:Distribution>
</rdf:RDF>"""
TURTLE = b"""@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . # dct:license stands in a comment only
<https://example.org/other> a dcat:Dataset ; dct:license <https://example.org/l> .
<https://example.org/d> a dcat:Dataset ;
    dct:title "One; dct:license \\"x\\""@en ,
        '''Two
lines'''@de ;
    dcat:distribution <https://example.org/d#1> , [
        dct:format "CSV" ] .
<https://example.org/d#1> dcat:accessURL <https://example.org/file> .
"""
ISO = b"""<MD_Metadata xmlns="http://www.isotc211.org/2005/gmd">
  <distributionInfo><MD_Distribution>
    <distributionFormat><MD_Format><name>File for download</name></MD_Format></distributionFormat>
    <transferOptions><onLine><CI_OnlineResource><linkage>https://example.org/1</linkage></CI_OnlineResource></onLine>
      <onLine><CI_OnlineResource><linkage>https://example.org/2</linkage></CI_OnlineResource></onLine>
    </transferOptions>
  </MD_Distribution></distributionInfo>
</MD_Metadata>"""
XOAI = b"""<metadata xmlns="http://www.lyncode.com/xoai"><element name="dc">
  <element name="creator"><element name="none"><field name="value">Ahti, A.</field></element></element>
</element></metadata>"""
BASED = b"""@base <https://example.org/> .
@prefix dct: <http://purl.org/dc/terms/> .
<> a <http://www.w3.org/ns/dcat#Catalog> ; <http://www.w3.org/ns/dcat#dataset> <d> .
<d> a <http://www.w3.org/ns/dcat#Dataset> ;
    dct:title "One" ."""
JSON_LD = b"""{"@context": {"dcat": "http://www.w3.org/ns/dcat#", "name": "http://purl.org/dc/terms/title",
   "distribution": "dcat:distribution"},
 "@graph": [
  {"@id": "https://example.org/other", "@type": "dcat:Dataset", "name": "Another"},
  {"@id": "https://example.org/d", "@type": "dcat:Dataset",
   "name": "One",
   "distribution": ["https://example.org/d#1", {
     "http://purl.org/dc/terms/format": "CSV"}]},
  {"@id": "https://example.org/d#1", "@type": "dcat:Distribution",
   "dcat:accessURL": "https://example.org/file"}]}"""
CKAN = b"""{
  "title": "x",
  "resources": [
    {"url": "https://example.org/1"},
    {"url": "https://example.org/2",
     "a\\"b": [1, {"c": null}],
     "format": "CSV"}
  ]
}"""


def chain(*names: str) -> Chain:
    """Return the IRIs of CURIEs."""
    return tuple(map(expand, names))


def point(payload: bytes, media_type: str, *names: str, value: str | None = None, prefix: str = "") -> Pointer:
    """Return where a chain of properties is read from."""
    raw = RawRecord.read(payload, prefix, media_type)
    assert raw is not None
    return raw.point([chain(*names)], FOCUS, value)


@pytest.mark.parametrize(
    ("payload", "media_type", "names", "value", "path", "line"),
    [
        (DUBLIN, "application/xml", ("dct:title",), None, "/dc/title[1]", 3),
        (DUBLIN, "application/xml", ("dct:title",), "Second  title", "/dc/title[2]", 4),
        (DUBLIN, "application/xml", ("dcat:distribution", "dct:license"), None, "/dc/rights", 5),
        (DATACITE, "application/xml", ("dct:title",), None, "/resource/titles/title", 6),
        (DATACITE, "application/xml", ("dct:modified",), None, "/resource/dates/date[2]", 10),
        (DATACITE, "text/xml; charset=utf-8", ("dct:license",), "https://example.org/terms",
         "/resource/rightsList/rights/@rightsURI", 13),
        (DATACITE, "application/xml", ("dct:identifier",), "https://doi.org/10.1234/x", "/resource/identifier", 2),
        (MARC, "application/xml", ("dct:title",), "A title", "/record/datafield[@tag='245']/subfield[@code='a']", 4),
        (RDF_XML, "application/rdf+xml", ("dct:title",), None, "/RDF/Dataset[2]/title", 7),
        (RDF_XML, "application/rdf+xml", ("dcat:distribution", "dcat:accessURL"), None,
         "/RDF/Distribution/accessURL", 14),
        (RDF_XML, "application/xml", ("dcat:distribution", "dct:format"), "CSV",
         "/RDF/Dataset[2]/distribution[2]/Distribution/format", 10),
        (TURTLE, "text/turtle", ("dct:title",), "Two lines", "dct:title", 6),
        (TURTLE, "text/turtle", ("dcat:distribution", "dcat:accessURL"), None, "dcat:accessURL", 10),
        (TURTLE, "text/turtle", ("dcat:distribution", "dct:format"), None, "dct:format", 9),
        (XOAI, "application/xml", ("dct:creator",), None, "/metadata/element[@name='dc']/element[@name='creator']", 2),
        (JSON_LD, "application/ld+json", ("dct:title",), None, "/@graph/1/name", 6),
        (JSON_LD, "application/ld+json", ("dcat:distribution", "dct:format"), None,
         "/@graph/1/distribution/1/http:~1~1purl.org~1dc~1terms~1format", 8),
        (JSON_LD, "application/ld+json", ("dcat:distribution", "dcat:accessURL"), None,
         "/@graph/2/dcat:accessURL", 10),
        (CKAN, "application/json", ("dcat:accessURL",), "https://example.org/2", "/resources/1/url", 5),
        (CKAN, "application/json", ("dct:format",), None, "/resources/1/format", 7),
    ],
)  # fmt: skip
def test_the_element_that_gave_the_value_is_named_with_its_line(
    payload: bytes, media_type: str, names: tuple[str, ...], value: str | None, path: str, line: int
) -> None:
    prefix = "ckan" if payload is CKAN else ""

    assert point(payload, media_type, *names, value=value, prefix=prefix) == Pointer(path=path, line=line)


@pytest.mark.parametrize(
    ("payload", "media_type", "names", "path"),
    [
        (DUBLIN, "application/xml", ("dct:language",), "/dc/language"),
        (DUBLIN, "application/xml", ("dcat:contactPoint", "vcard:hasEmail"), "dcat:contactPoint/vcard:hasEmail"),
        (DATACITE, "application/xml", ("dct:created",), "/resource/dates/date[(.//text()|.//@*)='Created']"),
        (DATACITE, "application/xml", ("odrl:hasPolicy",), "odrl:hasPolicy"),
        (RDF_XML, "application/rdf+xml", ("dct:license",), "/RDF/Dataset[2]/license"),
        (TURTLE, "text/turtle", ("dct:license",), "dct:license"),
        (JSON_LD, "application/ld+json", ("dct:license",), "/@graph/1/license"),
        (JSON_LD, "application/ld+json", ("dcat:distribution", "dct:license"), "/@graph/2/license"),
        (CKAN, "application/json", ("dct:license",), "/license_url"),
        (CKAN, "application/json", ("dcat:distribution", "dct:license"), "/license_url"),
        (CKAN, "application/json", ("dcat:distribution", "dcat:byteSize"), "/resources/0/size"),
    ],
)
def test_an_element_that_is_missing_is_named_as_missing(
    payload: bytes, media_type: str, names: tuple[str, ...], path: str
) -> None:
    prefix = "ckan" if payload is CKAN else ""

    assert point(payload, media_type, *names, prefix=prefix) == Pointer(path=path, missing=True)


def test_a_value_that_lacks_something_points_at_what_it_lacks() -> None:
    raw = RawRecord.read(DUBLIN, "oai_dc", "application/xml")
    assert raw is not None

    needed = [chain("dcat:distribution", "dcat:byteSize"), chain("dcat:distribution", "dcat:mediaType")]
    found = raw.point(needed, FOCUS, None, lacks=True)

    assert found == Pointer(path="/dc/format", missing=True), "extent is no element of simple Dublin Core"


def test_turtle_with_a_base_describes_what_it_names_by_less_than_an_iri() -> None:
    raw = RawRecord.read(BASED, "", "text/turtle")
    assert raw is not None

    assert raw.names(FOCUS) and raw.names("https://example.org/") and not raw.names("d")
    assert raw.point([chain("dct:title")], FOCUS, None).line == 5


def test_what_lies_beside_the_thing_that_has_it_is_not_missing_in_it() -> None:
    raw = RawRecord.read(ISO, "iso19139", "application/xml")
    assert raw is not None
    second = Nested(way=chain("dcat:distribution"), telling=frozenset({"https://example.org/2"}))

    found = raw.point([chain("dct:format")], FOCUS, None, within=second)
    link = raw.point([chain("dcat:accessURL")], FOCUS, None, within=second)

    assert (found.path, found.line) == (
        "/MD_Metadata/distributionInfo/MD_Distribution/distributionFormat/MD_Format/name", 3
    )  # fmt: skip
    assert (link.text, link.line) == ("https://example.org/2", 5)


def test_an_element_begins_where_its_start_tag_does_in_an_answer_with_many_records_too() -> None:
    record = DATACITE.replace(b"<identifier ", b"<!-- <identifier\n> --><identifier\n  ").decode()
    answer = f"""<?xml version="1.0"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>a</identifier></header><metadata>{record}</metadata></record>
<record><header
  ><identifier>b</identifier></header><metadata>{record}</metadata></record>
</ListRecords></OAI-PMH>""".encode()
    lines = [number for number, line in enumerate(answer.split(b"\n"), 1) if b"> --><identifier" in line]

    for part, line in zip(parts_of_file(answer, ".xml"), lines, strict=True):
        raw = record_of(part).raw
        assert raw is not None
        assert raw.point([chain("dct:identifier")], FOCUS, None).line == line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_lines_are_known_in_every_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n' + DUBLIN.decode()

    found = point(text.encode(encoding), "application/xml", "dct:rights")

    assert (found.path, found.line) == ("/dc/rights", 6)


def test_a_finding_about_the_resource_itself_points_at_what_names_it() -> None:
    for payload, media_type, line in ((DATACITE, "application/xml", 2), (RDF_XML, "application/rdf+xml", 6),
                                      (TURTLE, "text/turtle", 4)):  # fmt: skip
        raw = RawRecord.read(payload, "", media_type)
        assert raw is not None

        assert raw.point([], FOCUS, None).line == line


def test_a_payload_that_does_not_pass_the_gate_has_no_places() -> None:
    assert RawRecord.read(b"<a><b></a>", "oai_dc", "application/xml") is None
    assert RawRecord.read(b'{"a": 1', "ckan", "application/json") is None


def test_lines_of_turtle_end_with_the_text_however_odd_it_is() -> None:
    for text in (
        '<urn:a> <urn:b> "never ends',
        "[[[[ ]]]]]]] . ; ,",
        "@prefix",
        "<urn:a> a",
        '"""',
        "",
        "@base <urn:x> .",
    ):
        raw = RawRecord.read(text.encode(), "", "text/turtle")

        assert raw is not None
        assert raw.point([chain("dct:title")], FOCUS, None).missing


def test_every_xml_format_says_for_each_property_the_fair_profile_asks_for_where_it_is_read_from() -> None:
    asked = {names[-1] for subject in subjects_of(load_profile("fair").files).values() for names in subject.chains}
    curies = {f"{prefix}:{iri.removeprefix(space)}" for prefix, space in PREFIXES.items() for iri in asked
              if iri.startswith(space)}  # fmt: skip
    # Names of agents, addresses of contacts and notations of identifiers are read where those are.
    wanted = {aliases().get(name, name) for name in curies} - {"foaf:name", "vcard:hasEmail", "vcard:hasURL"}
    wanted -= {"skos:notation", "dct:contributor", "dcat:servesDataset"}
    assert len(wanted) > 20

    for crosswalk in CROSSWALKS:
        prefix = crosswalk.prefixes[0]
        if XML[0] in crosswalk.media_types and prefix != "dcat":
            assert wanted <= paths_of(prefix).keys(), prefix


def test_what_is_no_path_of_elements_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("no path of elements: a[b")):
        parse_path("a[b")


CREATORS = b"""<resource xmlns="http://datacite.org/schema/kernel-4">
  <identifier identifierType="DOI">10.1234/x</identifier>
  <creators>
    <creator><creatorName>Ahti, A.</creatorName></creator>
    <creator><creatorName>Berg, B.</creatorName></creator>
  </creators>
  <titles><title>The work</title></titles>
  <resourceType resourceTypeGeneral="Dataset">Table</resourceType>
  <rightsList>
    <rights rightsURI="info:eu-repo/semantics/openAccess">Open</rights>
    <rights>As you like it</rights>
  </rightsList>
</resource>"""


def test_what_a_nested_thing_lacks_is_missing_in_it_whatever_the_resource_has() -> None:
    raw = RawRecord.read(CREATORS, "oai_datacite", "application/xml")
    assert raw is not None
    second = Nested(way=chain("dct:creator"), telling=frozenset({"Berg, B."}))

    named = raw.point([chain("foaf:name")], FOCUS, None, within=second)
    typed = raw.point([chain("dct:type")], FOCUS, None, within=second)

    assert (named.path, named.line, named.text) == ("/resource/creators/creator[2]", 5, "Berg, B.")
    assert typed == Pointer(path="dct:creator/dct:type", missing=True)


def test_of_several_elements_the_one_that_was_kept_as_words_was_read_in_vain() -> None:
    record = record_of(FilePart(payload=CREATORS, media_type="application/xml", prefix="oai_datacite"))
    profile = load_profile("fair")
    assert record.raw is not None

    report = pointed(validate(record.triples, profile, focus=record.focus), record.raw, profile, record.triples)

    (found,) = [finding for finding in report.results if finding.code == "R1.1-01"]
    assert (found.source_path, found.source_line) == ("/resource/rightsList/rights[2]", 11)
