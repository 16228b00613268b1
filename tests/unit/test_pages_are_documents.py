"""Landing pages and other pages are stated to be foaf:Document, where DCAT-AP asks for it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from node.errors import FairnodeError
from node.files import parts_of_file, record_of
from node.mapping.crosswalks import read
from node.mapping.dcat_ap import DOCUMENT, shared_nodes
from node.mapping.protocols import MappingContext
from node.model.dcat import Agent, Resource
from node.model.oai import Header, Record
from node.model.prepared import Prepared
from node.model.rdf import Iri
from node.model.source import Agreement
from node.namespaces import RDF_TYPE, expand
from node.prepare import Job, prepare_all
from node.validation import load_profile, validate

IRI, PAGE, MANUAL = Iri("https://example.org/d"), Iri("https://example.org/d.html"), Iri("https://example.org/manual")
LANDING = expand("dcat:landingPage")
CODES = {"AP-Dataset-landingPage", "AP-DataService-landingPage", "AP-Dataset-page"}


def test_each_page_is_described_apart_from_the_record() -> None:
    found = dict(shared_nodes(Resource(iri=IRI, landing_page=PAGE, pages=(MANUAL, PAGE))))

    assert found == {page: ((page, RDF_TYPE, DOCUMENT),) for page in (PAGE, MANUAL)}


def test_an_agent_whose_iri_is_given_for_a_page_stays_an_agent() -> None:
    found = dict(shared_nodes(Resource(iri=IRI, landing_page=PAGE, publisher=Agent(name="Us", iri=PAGE))))

    assert DOCUMENT not in {value for _, _, value in found[PAGE]}


def test_a_page_that_is_the_resources_own_iri_is_typed_in_the_records_graph() -> None:
    (made,) = prepared("https://doi.org/10.1234/x")

    assert made.subject == "https://doi.org/10.1234/x"
    assert f"<{made.subject}> <{LANDING}> <{made.subject}> ." in made.ntriples
    assert f"<{made.subject}> <{RDF_TYPE}> <{DOCUMENT}> ." in made.ntriples and made.shared == ()


def test_a_page_of_its_own_has_a_graph_of_its_own_and_one_of_this_node_none() -> None:
    (elsewhere,) = prepared("https://example.org/item/1")
    (ours,) = prepared("https://node.example/pages/1")

    assert [node.iri for node in elsewhere.shared] == ["https://example.org/item/1"]
    assert DOCUMENT not in elsewhere.ntriples
    assert ours.shared == () and "mapping.own-address" not in {finding.code for finding in ours.findings}


def test_a_source_that_states_it_itself_gets_no_complaint() -> None:
    payload = f"""<{IRI}> a <{expand("dcat:Dataset")}> ; <{expand("dct:title")}> "T" ; <{LANDING}> <{PAGE}> .
        <{PAGE}> a <{DOCUMENT}> ; <{expand("dct:title")}> "The page" .""".encode()

    mapped = read("dcat", payload, MappingContext(iri=IRI, identifier="d", media_type="text/turtle"))

    assert mapped.resource.landing_page == PAGE
    assert [triple[1] for triple in mapped.extra] == [expand("dct:title")]


def test_no_real_record_breaks_the_rule_about_pages(real_fixtures: Path) -> None:
    profile, pages, broken = load_profile("dcat-ap"), 0, []
    for file in sorted((real_fixtures / "oai").rglob("*.xml")):
        try:
            parts = parts_of_file(file.read_bytes(), file.suffix)
        except FairnodeError:
            continue
        for part in parts:
            try:
                record = record_of(part)
            except FairnodeError:
                continue
            pages += any(predicate == LANDING for _, predicate, _ in record.triples)
            report = validate(record.triples, profile, focus=record.focus)
            broken += [(file.name, finding) for finding in report.results if finding.code in CODES]

    assert pages > 600
    assert broken == []


def prepared(identifier: str) -> list[Prepared]:
    payload = f"""<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>T</dc:title><dc:identifier>{identifier}</dc:identifier>
        </oai_dc:dc>"""
    header = Header(identifier="oai:x:1", datestamp="")
    record = Record(header=header, metadata=payload.encode(), metadata_prefix="oai_dc")
    job = Job(
        base_url="https://node.example",
        source="x",
        metadata_prefix="oai_dc",
        agreement=Agreement(),
        profile="",
        today=dt.date(2026, 1, 1),
    )
    return prepare_all([("local", record)], job)
