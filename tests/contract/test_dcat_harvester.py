"""The DCAT harvester against real servers: documents in every syntax, records, what a catalogue says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.errors import HarvestError
from node.model.rdf import Iri, Literal
from node.model.source import Source
from node.namespaces import RDF_TYPE, expand
from node.syntax import parse_rdf
from tests.dcat_lists import codes, door, harvester, names, pages_of, records_of, turtle, until_it_fails
from tests.servers.dcat_catalogue import (
    SYNTAXES,
    Document,
    Site,
    catalogue,
    dataset,
    document,
    hydra_pages,
)
from tests.servers.scripted import Answer


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_a_catalogue_in_any_syntax_gives_the_same_records(media_type: str) -> None:
    with Site() as site:
        many = [f"{site.url}/d/{number}" for number in range(3)]
        triples = [*catalogue(f"{site.url}/catalog", many), *(one for name in many for one in dataset(name, name))]
        site.documents["/catalog"] = document(triples, media_type)
        found = records_of(pages_of(f"{site.url}/catalog"))
        site.documents["/catalog"] = document(triples)
        as_turtle = records_of(pages_of(f"{site.url}/catalog"))

    assert [record.metadata for record in found] == [record.metadata for record in as_turtle]
    assert all(record.media_type == "application/n-triples" and record.metadata for record in found)


def test_a_document_of_no_or_the_wrong_type_is_known_by_its_look() -> None:
    with Site() as site:
        rdf_xml = document(dataset(f"{site.url}/d/1", "One"), "application/rdf+xml")
        site.documents["/catalog"] = replace(rdf_xml, media_type="text/turtle")

        pages = pages_of(f"{site.url}/catalog")

    assert (names(pages), codes(pages)) == (["1"], ["harvest.content-type"])


def test_relative_addresses_are_those_of_the_document() -> None:
    with Site() as site:
        site.documents["/here/catalog"] = turtle('<> a dcat:Catalog ; dcat:dataset <d/1> . <d/1> dct:title "One" .')

        (record,) = records_of(pages_of(f"{site.url}/here/catalog"))

    assert record.header.identifier == f"{site.url}/here/d/1"
    assert record.header.set_specs == (f"{site.url}/here/catalog",)
    assert [finding.code for finding in record.findings] == ["harvest.class-added"]


def test_services_and_series_are_records_as_datasets_are() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<#c> a dcat:Catalog ; dcat:dataset <d/1> ; dcat:service <d/2> ."
            '<d/1> a dcat:Dataset ; dct:title "One" ; dcat:inSeries <d/3> .'
            '<d/2> a dcat:DataService ; dct:title "Two" . <d/3> a dcat:DatasetSeries ; dct:title "Three" .'
        )

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1", "2", "3"]


def test_an_empty_catalogue_is_a_complete_list_of_nothing() -> None:
    with Site() as site:
        site.documents["/"] = turtle('<> a dcat:Catalog ; dct:title "Nothing yet" .')

        pages = pages_of(f"{site.url}/")

    assert [page.checkpoint.done for page in pages] == [True]
    assert pages[0].listed == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Answer(b"<!DOCTYPE html><title>Sign in</title>", 200, {"Content-Type": "text/html"}), "harvest.protocol"),
        (Answer(b"just text", 200, {"Content-Type": "text/plain"}), "harvest.protocol"),
        (Answer(b"", 200, {"Content-Type": "text/html"}), "harvest.protocol"),
        (turtle("<#a> foaf:name 'Nobody' ."), "harvest.protocol"),
        (turtle("<#a> a dcat:Catalog ; dct:title 'Trunc"), "syntax.refused"),
        (Answer(b"not here", 404), "fetch.http-status"),
        (Answer(b"no", 403), "fetch.http-status"),
        (Answer(b"broken", 500), "fetch.http-status"),
        (Answer(reset=True), "fetch.failed"),
    ],
)
def test_what_is_no_catalogue_is_an_error_and_never_an_empty_list(given: Document | Answer, code: str) -> None:
    with Site({"/": given}) as site:
        pages, error = until_it_fails(f"{site.url}/")

    assert pages == []
    assert error.code in (code, "fetch.broken" if code == "fetch.failed" else code)
    assert error.advice


def test_a_document_cut_short_is_asked_for_again() -> None:
    with Site() as site:
        whole = turtle('<> a dcat:Catalog ; dcat:dataset <d/1> . <d/1> dct:title "One" .')
        site.documents["/"] = replace(whole, body=whole.body[:-8])

        def heal(seen: object) -> None:
            if len(site.asked) > 1:
                site.documents["/"] = whole

        site.before = heal
        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1"]


def test_a_dataset_without_address_keeps_its_name_wherever_the_document_puts_it() -> None:
    one = '[ a dcat:Dataset ; dct:title "One" ; dct:publisher [ foaf:name "A" ] ]'
    two = '[ a dcat:Dataset ; dct:title "Two" ; dct:publisher [ foaf:name "B" ] ]'
    with Site() as site:
        site.documents["/"] = turtle(f"<> a dcat:Catalog ; dcat:dataset {one}, {two} .")
        before = records_of(pages_of(f"{site.url}/"))
        site.documents["/"] = turtle(f'<> a dcat:Catalog ; dct:title "New" ; dcat:dataset {two}, {one} .')
        after = records_of(pages_of(f"{site.url}/"))

    assert all(record.header.identifier.startswith("urn:fairnode:blank:") for record in before)
    assert {record.header.identifier: record.metadata for record in before} == {
        record.header.identifier: record.metadata for record in after
    }
    assert len({record.header.identifier for record in before}) == 2
    assert {finding.code for record in before for finding in record.findings} == {"harvest.no-address"}


def test_separators_of_lines_in_a_text_do_not_break_the_record() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a dcat:Catalog ; dcat:dataset <d/1> . <d/1> a dcat:Dataset ; dct:publisher [ foaf:name 'A' ] ;"
            ' dct:title "One\u2028two\u0085three\u000bfour" .'
        )

        (record,) = records_of(pages_of(f"{site.url}/"))

    titles = [triple[2] for triple in parse_rdf(record.metadata or b"", record.media_type, base_iri="urn:x")]
    assert Literal("One\u2028two\u0085three\u000bfour") in titles


def test_a_record_carries_what_hangs_below_it_and_nothing_of_its_neighbours() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<#c> a dcat:Catalog ; dcat:dataset <d/1>, <d/2> ."
            '<d/1> a dcat:Dataset ; dct:title "One" ; dct:relation <d/2> ;'
            " dct:publisher <#org> ; dcat:distribution <#f> ."
            '<d/2> a dcat:Dataset ; dct:title "Two" . <#org> foaf:name "An institute" .'
            "<#f> a dcat:Distribution ; dcat:accessURL <f> ."
        )

        one, two = records_of(pages_of(f"{site.url}/"))

    assert one.metadata is not None and two.metadata is not None
    assert b"An institute" in one.metadata and b"accessURL" in one.metadata and b"Two" not in one.metadata
    assert b"An institute" not in two.metadata


def test_the_datestamp_is_when_it_was_modified_else_when_its_record_was() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            '<> a dcat:Catalog ; dcat:dataset <d/1>, <d/2> ; dcat:record <#r> . <d/1> dct:title "1" ; '
            'dct:modified "2024-01-01" . <d/2> dct:title "2" .'
            '<#r> a dcat:CatalogRecord ; foaf:primaryTopic <d/2> ; dct:modified "2023-01-01" .'
        )

        found = records_of(pages_of(f"{site.url}/"))

    assert [record.header.datestamp for record in found] == ["2024-01-01", "2023-01-01"]


def test_a_catalogue_says_its_name_its_contacts_and_how_much_it_holds() -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 9))

        found = harvester().describe(Source(name="x", url=f"{site.url}/catalog"), door())

    assert (found.name, found.protocol, found.records, found.deletions) == ("A catalogue", "DCAT", 9, "no")
    assert found.url == f"{site.url}/catalog#it"
    assert [one.spec for one in found.sets] == [f"{site.url}/catalog#it"]
    assert found.formats[0].prefix == "text/turtle"


def test_contacts_are_those_of_the_catalogue_else_its_publishers() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a dcat:Catalog ; dct:title 'Un catalogue'@fr, 'A catalogue'@en ;"
            " dct:publisher [ foaf:mbox <mailto:office@example.org?subject=x> ] ."
        )

        found = harvester().describe(Source(name="x", url=f"{site.url}/"), door())

    assert (found.name, found.contacts, found.records) == ("A catalogue", ("office@example.org",), 0)


def test_what_is_no_catalogue_has_no_description() -> None:
    with Site({"/": turtle("<#a> foaf:name 'Nobody' .")}) as site, pytest.raises(HarvestError):
        harvester().describe(Source(name="x", url=f"{site.url}/"), door())


def test_named_graphs_are_read_as_one() -> None:
    with Site() as site:
        node = Iri(f"{site.url}/d/1")
        lines = "".join(
            f"<{subject}> <{predicate}> {value} <{site.url}/graph> .\n"
            for subject, predicate, value in [
                (node, RDF_TYPE, f"<{expand('dcat:Dataset')}>"),
                (node, expand("dct:title"), '"One"'),
            ]
        )
        site.documents["/"] = Document(body=lines.encode(), media_type="application/n-quads")

        (record,) = records_of(pages_of(f"{site.url}/"))

    assert record.metadata is not None and b'"One"' in record.metadata
