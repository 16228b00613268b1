"""Every shape of the `fair` profile, by small records that pass it and small records that fail it."""

from __future__ import annotations

import csv
import re

import pyoxigraph as ox
import pytest

from node.model.rdf import Iri, Literal, Triple
from node.namespaces import PREFIXES
from node.resources import data_folder
from node.validation import load_profile, validate

SUBJECT = "https://example.org/d"
_EU = "http://publications.europa.eu/resource/authority"

# (shape, whether it passes, what is said of the resource). A case that starts with `service` is about a DataService;
# a `.` ends what is said of the resource, other statements follow.
CASES: tuple[tuple[str, bool, str], ...] = (
    ("F1-00", True, 'dct:identifier "a1"'),
    ("F1-00", True, 'adms:identifier [ skos:notation "a1" ]'),
    ("F1-00", False, 'dct:title "A title"'),
    ("F1-01", True, 'dct:identifier "https://doi.org/10.5281/zenodo.1"'),
    ("F1-01", True, 'dct:identifier "doi:10.5281/zenodo.1"'),
    ("F1-01", True, 'dct:identifier "10.1000.10/182"'),
    ("F1-01", True, 'dct:identifier "a1", "https://hdl.handle.net/21.T11148/abc"'),
    ("F1-01", True, 'dct:identifier "ark:/12148/btv1b8449691v"'),
    ("F1-01", True, 'dct:identifier "URN:NBN:de:101:1-201102033592"'),
    ("F1-01", True, 'dct:identifier "https://w3id.org/example/1"'),
    ("F1-01", True, 'adms:identifier [ skos:notation "10.5281/zenodo.1" ]'),
    ("F1-01", False, 'dct:identifier "oai:example.org:1"'),
    ("F1-01", False, 'dct:identifier "https://example.org/10.html"'),
    ("F1-01", False, 'dct:identifier "see doi:10.5281/zenodo.1"'),
    ("F1-01", False, 'dct:title "10.5281/zenodo.1"'),
    ("F1-02", True, 'dct:title "A title"'),
    ("F1-02", False, "@urn:fairnode:file#b1"),
    ("F1-02", False, "@file:///home/me/record"),
    ("F1-02", False, "@https://example.org/.well-known/genid/1"),
    ("F1-03", True, "dcat:distribution <https://example.org/d/csv>"),
    ("F1-03", False, "dcat:distribution <urn:fairnode:file#b1>"),
    ("F1-03", False, 'dcat:distribution "a file"'),
    ("F2-00", True, 'dct:title " ", "A title"'),
    ("F2-00", False, 'dct:title ""'),
    ("F2-00", False, 'dct:title " \\t\\n"'),
    ("F2-00", False, 'dct:identifier "a1"'),
    ("F2-01", True, 'dct:title "Sea"'),
    ("F2-01", False, 'dct:title "S1"'),
    ("F2-02", True, "dct:creator <https://example.org/somebody>"),
    ("F2-02", True, "dct:publisher <https://example.org/somebody>"),
    ("F2-02", False, "dct:contributor <https://example.org/somebody>"),
    ("F2-03", True, 'dct:publisher [ foaf:name "An institute" ]'),
    ("F2-03", False, "dct:publisher <https://example.org/somebody>"),
    ("F2-04", True, 'dct:issued "2024-02-29"^^xsd:date'),
    ("F2-04", True, 'dct:issued "2024"^^xsd:gYear'),
    ("F2-04", True, 'dct:issued "2024-02-29T12:00:00Z"^^xsd:dateTime'),
    ("F2-04", False, 'dct:issued "2024-02-29"'),
    ("F2-04", False, 'dct:issued "in spring"^^xsd:date'),
    ("F2-04", False, 'dct:issued "2024"^^xsd:gYear, "2025"^^xsd:gYear'),
    ("F2-04", False, 'dct:modified "2024"^^xsd:gYear'),
    ("F2-05", True, f'dct:description "short", "{"long " * 10}"'),
    ("F2-05", False, 'dct:description "short"'),
    ("F2-05", False, 'dct:title "A title"'),
    ("F2-06", True, 'dcat:keyword "sea"'),
    ("F2-06", False, 'dct:subject "sea"'),
    ("F2-07", True, f"dcat:theme <https://example.org/x>, <{_EU}/data-theme/ENVI>"),
    ("F2-07", False, "dcat:theme <https://example.org/x>"),
    ("F2-08", True, "dct:spatial <https://sws.geonames.org/1/>"),
    ("F2-08", True, 'dct:temporal [ dcat:startDate "2020"^^xsd:gYear ]'),
    ("F2-08", False, 'dct:coverage "the North Sea"'),
    ("F2-09", True, 'dct:title "Sea"@en, "Meer"@de, "See", "Ozean"'),
    ("F2-09", False, 'dct:title "Sea"@en, "Ocean"@en'),
    ("F3-01", True, "dcat:distribution [ dcat:accessURL <https://example.org/a> ]"),
    ("F3-01", True, "dcat:distribution [ dcat:downloadURL <https://example.org/a> ]"),
    ("F3-01", True, "service dcat:endpointURL <https://example.org/a>"),
    ("F3-01", False, 'dcat:distribution [ dcat:accessURL "example.org/a" ]'),
    ("F3-01", False, "dcat:landingPage <https://example.org/a>"),
    ("F4-01", True, "dcat:landingPage <https://example.org/a>"),
    ("F4-01", True, f'dct:title "A title" . <https://example.org/c> dcat:dataset <{SUBJECT}>'),
    ("F4-01", True, f'service dct:title "A title" . <https://example.org/c> dcat:service <{SUBJECT}>'),
    ("F4-01", True, f'dct:title "A title" . <https://example.org/r> foaf:primaryTopic <{SUBJECT}>'),
    ("F4-01", False, f'dct:title "A title" . <https://example.org/c> dct:hasPart <{SUBJECT}>'),
    ("A1-01", True, f"dct:accessRights <{_EU}/access-right/PUBLIC>"),
    ("A1-01", True, 'dct:rights "Ask us."'),
    ("A1-01", False, "dct:license <https://creativecommons.org/licenses/by/4.0/>"),
    ("A1-02", True, f"dct:accessRights <{_EU}/access-right/RESTRICTED>"),
    ("A1-02", True, "dct:accessRights <http://purl.org/coar/access_right/c_abf2>"),
    ("A1-02", False, 'dct:accessRights "open"'),
    ("A1-02", False, f"dct:accessRights <{_EU}/access-right/OPEN>"),
    ("A1-02", False, 'dct:rights "Ask us."'),
    ("A1-03", True, "dcat:distribution [ dcat:accessURL <https://example.org/a> ]"),
    ("A1-03", False, "dcat:distribution [ dcat:downloadURL <https://example.org/a> ]"),
    ("A1-03", False, 'dct:title "A title"'),
    ("A1-04", True, "dcat:distribution [ dcat:downloadURL <https://example.org/a> ]"),
    ("A1-04", False, "dcat:distribution [ dcat:accessURL <https://example.org/a> ]"),
    ("A1.1-01", True, "dcat:distribution [ dcat:accessURL <HTTPS://example.org/a>, <s3://bucket/a> ]"),
    ("A1.1-01", True, "service dcat:endpointURL <https://example.org/a>"),
    ("A1.1-01", False, "dcat:distribution [ dcat:accessURL <file:///home/me/a> ]"),
    ("A1.1-01", False, "service dcat:endpointURL <gopher://example.org/a>"),
    ("A1.2-01", True, f"dct:accessRights <{_EU}/access-right/PUBLIC>"),
    ("A1.2-01", True, f'dct:accessRights <{_EU}/access-right/RESTRICTED> ; dcat:contactPoint [ vcard:fn "Us" ]'),
    ("A1.2-01", False, f"dct:accessRights <{_EU}/access-right/RESTRICTED>"),
    ("A1.2-01", False, "dct:accessRights <http://purl.org/coar/access_right/c_16ec>"),
    ("I1-01", True, f"dcat:distribution [ dct:format <{_EU}/file-type/CSV> ]"),
    ("I1-01", True, "dcat:distribution [ dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ]"),
    ("I1-01", False, "dcat:distribution [ dcat:accessURL <https://example.org/a> ]"),
    ("I1-02", True, f"dcat:distribution [ dct:format <{_EU}/file-type/NETCDF>, <{_EU}/file-type/PDF> ]"),
    ("I1-02", False, f"dcat:distribution [ dct:format <{_EU}/file-type/PDF> ]"),
    ("I1-02", False, 'dcat:distribution [ dct:format "CSV" ]'),
    ("I2-01", True, f"dct:language <{_EU}/language/ENG>"),
    ("I2-01", True, "dct:language <http://id.loc.gov/vocabulary/iso639-1/en>, <http://lexvo.org/id/iso639-3/eng>"),
    ("I2-01", False, 'dct:language "en"'),
    ("I2-01", False, f'dct:language <{_EU}/language/ENG>, "en"'),
    ("I2-01", False, 'dct:title "A title"@en'),
    ("I3-01", True, "dct:references <https://doi.org/10.1000/182>"),
    ("I3-01", True, "dcat:inSeries <https://example.org/series>"),
    ("I3-01", True, 'dct:relation "a book", <https://doi.org/10.1000/182>'),
    ("I3-01", False, 'dct:relation "a book"'),
    ("I3-02", True, "dct:creator <https://orcid.org/0000-0002-1825-0097>, <https://example.org/x>"),
    ("I3-02", True, "dct:publisher <https://ror.org/02mhbdp94>"),
    ("I3-02", False, "dct:publisher <https://ror.example.org/02mhbdp94>"),
    ("I3-02", False, "dct:creator <https://orcid.org/0000-0002>"),
    ("R1-01", True, "dct:type <http://purl.org/coar/resource_type/c_ddb1>"),
    ("R1-01", False, 'dct:title "A dataset"'),
    (
        "R1-02",
        True,
        "dcat:distribution [ dcat:byteSize 12 ; dcat:mediaType <urn:x:csv> ]",
    ),
    ("R1-02", False, "dcat:distribution [ dcat:byteSize 12 ]"),
    (
        "R1-02",
        False,
        "dcat:distribution [ dcat:byteSize 12 ; dcat:mediaType <urn:x:csv> ], [ dcat:mediaType <urn:x:csv> ]",
    ),
    ("R1.1-01", True, 'dct:license "as the authors like"'),
    ("R1.1-01", True, "dcat:distribution [ dct:license <https://creativecommons.org/licenses/by/4.0/> ]"),
    ("R1.1-01", False, 'dct:rights "CC BY"'),
    ("R1.1-02", True, "dct:license <https://creativecommons.org/licenses/by/4.0/>"),
    ("R1.1-02", True, f"dct:license <{_EU}/licence/CC_BY_4_0>"),
    ("R1.1-02", True, "dcat:distribution [ dct:license <https://spdx.org/licenses/MIT> ]"),
    ("R1.1-02", True, "dct:license <http://opendatacommons.org/licenses/odbl/1-0/>"),
    ("R1.1-02", False, "dct:license <https://example.org/our-own>"),
    ("R1.1-02", False, 'dct:license "https://creativecommons.org/licenses/by/4.0/"'),
    ("R1.1-02", False, "dct:license <https://evil.example/?https://creativecommons.org/licenses/by/4.0/>"),
    ("R1.2-01", True, "prov:wasGeneratedBy <https://example.org/cruise>"),
    ("R1.2-01", True, 'dct:provenance [ rdfs:label "Digitised from paper." ]'),
    ("R1.2-01", False, "dct:publisher <https://example.org/somebody>"),
    ("R1.2-02", True, "dcat:contactPoint [ vcard:hasEmail <mailto:a@example.org> ]"),
    ("R1.2-02", True, "dcat:contactPoint [ vcard:hasURL <https://example.org/ask> ]"),
    ("R1.2-02", False, 'dcat:contactPoint [ vcard:fn "Us" ]'),
    ("R1.2-03", True, 'dct:modified "2024"^^xsd:gYear'),
    ("R1.2-03", False, 'dct:issued "2024"^^xsd:gYear'),
    ("R1.3-01", True, "dct:conformsTo <http://cfconventions.org/>"),
    ("R1.3-01", True, "dcat:distribution [ dct:conformsTo <http://cfconventions.org/> ]"),
    (
        "R1.3-01",
        True,
        f'dct:title "T" . [] foaf:primaryTopic <{SUBJECT}> ; dct:conformsTo <http://data.europa.eu/r5r/>',
    ),
    ("R1.3-01", False, 'dct:title "A title"'),
    ("R1.3-02", True, f"dcat:distribution [ dct:format <{_EU}/file-type/CSV> ]"),
    ("R1.3-02", False, f"dcat:distribution [ dct:format <{_EU}/file-type/XLS> ]"),
    ("R1.3-02", False, 'dct:title "A title"'),
)


@pytest.mark.parametrize(("shape", "passes", "text"), CASES)
def test_a_shape_passes_and_fails_what_it_should(shape: str, passes: bool, text: str) -> None:
    subject, triples = record(text)

    report = validate(triples, load_profile("fair"), focus=subject)

    assert (shape not in {finding.code for finding in report.results}) is passes


def test_every_shape_is_seen_to_pass_and_to_fail() -> None:
    shapes = {shape.id for shape in load_profile("fair").shapes}

    assert {name for name, passes, _ in CASES if passes} == shapes
    assert {name for name, passes, _ in CASES if not passes} == shapes


def test_a_service_is_not_asked_about_distributions() -> None:
    subject, triples = record('service dct:title "A service"')

    codes = {finding.code for finding in validate(triples, load_profile("fair"), focus=subject).results}

    assert codes & {"A1-03", "A1-04", "F2-08", "I1-01", "I1-02", "R1.3-02"} == set()
    assert {"F1-00", "F3-01", "R1.1-01"} <= codes


def test_only_a_record_without_title_or_identifier_is_held_back() -> None:
    profile = load_profile("fair")
    poor = record('dct:title "Sea" ; dct:identifier "1"')
    untitled = record('dct:identifier "1"')
    unnamed = record('dct:title "Sea"')

    verdicts = [validate(triples, profile, focus=subject) for subject, triples in (poor, untitled, unnamed)]

    assert len(verdicts[0].results) > 20
    assert [[finding.code for finding in report.blocked_by] for report in verdicts] == [[], ["F2-00"], ["F1-00"]]


@pytest.mark.parametrize(("shape", "column"), [("I1-02", "machine_readable"), ("R1.3-02", "non_proprietary")])
def test_the_formats_of_a_shape_are_those_of_the_file_type_table(shape: str, column: str) -> None:
    with (data_folder("vocab") / "authority" / "file-type.tsv").open(encoding="utf-8", newline="") as lines:
        wanted = {row["code"] for row in csv.DictReader(lines, delimiter="\t") if row[column] == "yes"}
    shapes = "".join(data.decode() for _, data in load_profile("fair").files)

    found = re.search(rf"^fns:{re.escape(shape)} .*?file-type/\(([A-Z0-9_|]+)\)", shapes, re.DOTALL | re.MULTILINE)

    assert found is not None
    assert set(found[1].split("|")) == wanted


KINDS = {
    "service": "dcat:DataService",
    "Service": "dcat:Resource, cerif:Service",
    "Facility": "dcat:Resource, cerif:Facility",
    "Equipment": "dcat:Resource, cerif:Equipment",
}


def record(text: str) -> tuple[Iri, list[Triple]]:
    """Return a subject and the statements that a case makes about it."""
    subject, kind = SUBJECT, "dcat:Dataset"
    if text.startswith("@"):
        subject, text = text[1:], 'dct:title "A title"'
    for word, name in KINDS.items():
        if text.startswith(f"{word} "):
            kind, text = name, text.removeprefix(f"{word} ")
    prefixes = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    document = f"{prefixes}<{subject}> a {kind} ; {text} ."
    return Iri(subject), triples_of(document)


def triples_of(document: str) -> list[Triple]:
    """Return Turtle as the node's own triples, blank nodes named below the subject."""
    quads = ox.parse(document, format=ox.RdfFormat.TURTLE)
    return [(_name(quad.subject), _name(quad.predicate), _term(quad.object)) for quad in quads]


def _name(term: object) -> Iri:
    if isinstance(term, ox.BlankNode):
        return Iri(f"{SUBJECT}#{term.value}")
    assert isinstance(term, ox.NamedNode)
    return Iri(term.value)


def _term(term: object) -> Iri | Literal:
    if not isinstance(term, ox.Literal):
        return _name(term)
    if term.language:
        return Literal(term.value, language=term.language)
    datatype = Iri(term.datatype.value)
    return Literal(term.value, datatype=None if datatype.endswith("#string") else datatype)
