"""Lists that are not whole: the run fails with a code, after all that could be had."""

from __future__ import annotations

import pytest

from node.errors import HttpStatus, ListIncomplete
from node.model.rdf import Iri
from tests.dcat_lists import codes, names, pages_of, records_of, turtle, until_it_fails
from tests.servers.dcat_catalogue import (
    HYDRA,
    Document,
    Site,
    catalogue,
    dataset,
    document,
    hydra_pages,
)
from tests.servers.scripted import Answer


@pytest.mark.parametrize(
    ("page_2", "code"),
    [
        (Answer(b"broken", 500), "fetch.http-status"),
        (Answer(b"gone", 404), "fetch.http-status"),
        (Answer(b"<html><title>Maintenance</title></html>", 200, {"Content-Type": "text/html"}), "harvest.protocol"),
        (turtle("<#c> a dcat:Catalog ; dct:title 'Cut sho"), "syntax.refused"),
        (Answer(b'{"@id": "http://x/', 200, {"Content-Type": "application/ld+json"}), "syntax.refused"),
        (Answer(b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", 200), "syntax.truncated"),
        (turtle("<#a> foaf:name 'Nobody' ."), "harvest.protocol"),
        (turtle(""), "harvest.protocol"),
        (Answer(reset=True), "fetch.failed"),
        (Answer(b"@prefix dcat: <x> .", 200, {"Content-Type": "text/turtle"}, length=5000), "fetch.failed"),
        (Answer(b"", 302, {"Location": "/catalog?page=2"}), "fetch.failed"),
    ],
    ids=["500", "404", "html", "cut-turtle", "cut-json", "cut-xml", "other-rdf", "empty", "reset", "short", "loop"],
)
def test_a_dead_page_ends_the_run_with_what_came_before_it(page_2: Document | Answer, code: str) -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 5))
        site.documents["/catalog?page=2"] = page_2

        pages, error = until_it_fails(f"{site.url}/catalog")

    assert names(pages) == ["1", "2"]
    assert error.code in (code, "fetch.broken" if code == "fetch.failed" else code)


@pytest.mark.parametrize("given", [Answer(b"broken", 500), turtle("<> hydra:next <?page=2> ."), Answer(b"gone", 404)])
def test_a_catalogue_within_that_breaks_off_does_not_keep_the_others_from_being_harvested(
    given: Document | Answer,
) -> None:
    with Site() as site:
        site.documents["/"] = turtle("<> a dcat:Catalog ; dcat:catalog <a>, <b> .")
        site.documents["/a"] = turtle(
            "<> a dcat:Catalog ; dcat:dataset <d/1> ; hydra:next <?page=2> . <d/1> dct:title '1' ."
        )
        site.documents["/a?page=2"] = given
        site.documents["/b"] = turtle("<> a dcat:Catalog ; dcat:dataset <d/2> . <d/2> dct:title '2' .")

        pages, error = until_it_fails(f"{site.url}/")

    assert names(pages) == ["1", "2"]
    assert error.code == "harvest.incomplete-list"
    assert "page=2" in error.message


@pytest.mark.parametrize("target", ["/catalog", "/catalog?page=2"])
def test_pages_that_go_round_in_circles_are_an_error(target: str) -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 6))
        last = [*catalogue(f"{site.url}/catalog#it", [f"{site.url}/dataset/6"]), *dataset(f"{site.url}/dataset/6", "6")]
        last.append((Iri(f"{site.url}/catalog?page=3"), Iri(f"{HYDRA}next"), Iri(f"{site.url}{target}")))
        site.documents["/catalog?page=3"] = document(last)

        pages, error = until_it_fails(f"{site.url}/catalog")

    assert error.code == "harvest.circular-list"
    assert len(site.asked) == 3
    assert names(pages) == ["1", "2", "3", "4", "6"]


def test_a_list_without_end_and_without_datasets_is_an_error() -> None:
    with Site() as site:

        def one_more(seen: object) -> None:
            number = len(site.asked)
            path = "/" if number == 1 else f"/?page={number}"
            site.documents[path] = turtle(f"<> a hydra:PagedCollection ; hydra:nextPage </?page={number + 1}> .")

        site.before = one_more
        _, error = until_it_fails(f"{site.url}/")

    assert error.code == "harvest.circular-list"
    assert len(site.asked) < 60


def test_fewer_datasets_than_the_list_says_are_an_error_after_all_came() -> None:
    with Site() as site:
        site.documents["/"] = turtle(
            "<> a dcat:Catalog, hydra:Collection ; hydra:totalItems 3 ; dcat:dataset <d/1>, <d/2> ."
            "<d/1> dct:title '1' . <d/2> dct:title '2' ."
        )

        pages, error = until_it_fails(f"{site.url}/")

    assert names(pages) == ["1", "2"]
    assert error.code == "harvest.incomplete-list"
    assert "3" in error.message


def test_a_list_that_shifts_while_it_is_read_is_not_taken_for_whole() -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 4))
        triples = catalogue(f"{site.url}/catalog#it", [f"{site.url}/dataset/2", f"{site.url}/dataset/3"])
        for number in (2, 3):
            triples += dataset(f"{site.url}/dataset/{number}", f"Dataset {number}")
        site.documents["/catalog?page=2"] = document(triples)

        pages, error = until_it_fails(f"{site.url}/catalog")

    assert names(pages) == ["1", "2", "2", "3"], "four were listed, and one of them twice"
    assert error.code == "harvest.incomplete-list"


def test_a_page_on_another_host_is_not_followed_and_ends_the_run() -> None:
    with Site() as site, Site() as other:
        site.documents["/"] = turtle(
            f"<> a dcat:Catalog ; dcat:dataset <d/1> ; hydra:next <{other.url}/?page=2> . <d/1> dct:title '1' ."
        )
        other.documents["/?page=2"] = turtle("<> a dcat:Catalog ; dcat:dataset <d/2> . <d/2> dct:title '2' .")

        pages, error = until_it_fails(f"{site.url}/")

    assert (names(pages), error.code) == (["1"], "harvest.protocol")
    assert other.asked == []


def test_things_on_other_hosts_are_named_and_not_asked_for() -> None:
    with Site() as site, Site() as other:
        site.documents["/"] = turtle(
            f"<> a dcat:Catalog ; dcat:dataset <{other.url}/d/1>, <d/2> ; dcat:catalog <{other.url}/c> . "
            "<d/2> a dcat:Dataset ; dct:title '2' ."
        )

        pages = pages_of(f"{site.url}/")

    assert names(pages) == ["1", "2"]
    assert codes(pages) == ["harvest.other-host", "harvest.not-described"]
    assert pages[-1].checkpoint.done
    assert [record.metadata is None for record in records_of(pages)] == [True, False]
    assert other.asked == []


@pytest.mark.parametrize(
    "given",
    [
        Answer(b"gone", 404),
        Answer(b"<html><title>A page for people</title></html>", 200, {"Content-Type": "text/html"}),
        turtle('<> a dcat:Dataset ; dct:title "cut'),
        turtle("<#other> a foaf:Agent ; foaf:name 'Nobody' ."),
    ],
    ids=["404", "html", "cut", "other"],
)
def test_a_dataset_that_cannot_be_read_is_a_record_without_metadata_and_with_the_reason(
    given: Document | Answer,
) -> None:
    with Site() as site:
        site.documents["/"] = turtle("<> a dcat:Catalog ; dcat:dataset <d/1>, <d/2> . <d/1> a dcat:Dataset .")
        site.documents["/d/1"] = given
        site.documents["/d/2"] = turtle('<> a dcat:Dataset ; dct:title "2" .')

        pages = pages_of(f"{site.url}/")

    one, two = records_of(pages)
    assert one.metadata is None and two.metadata is not None
    assert [finding.code for finding in one.findings] == ["harvest.not-described"]
    assert one.raw is not None and b"/d/1>" in one.raw, "what the list says of it is kept"
    assert pages[-1].checkpoint.done


def test_datasets_that_are_out_of_reach_for_now_fail_the_run_and_soon_end_it() -> None:
    with Site() as site:
        many = [f"{site.url}/d/{number}" for number in range(40)]
        site.documents["/"] = document(catalogue(f"{site.url}/", many))
        site.documents.update({f"/d/{number}": Answer(b"overloaded", 503) for number in range(40)})

        _, error = until_it_fails(f"{site.url}/")

    assert isinstance(error, HttpStatus)
    assert len({path for path in site.asked if path != "/"}) == 10


def test_one_dataset_out_of_reach_fails_the_run_after_the_others_came() -> None:
    with Site() as site:
        many = [f"{site.url}/d/{number}" for number in range(3)]
        site.documents["/"] = document(catalogue(f"{site.url}/", many))
        site.documents.update({f"/d/{n}": document(dataset(name, name)) for n, name in enumerate(many)})
        site.documents["/d/1"] = Answer(b"overloaded", 503)

        pages, error = until_it_fails(f"{site.url}/")

    assert isinstance(error, ListIncomplete)
    assert [record.metadata is not None for record in records_of(pages)] == [True, False, True]
    assert "harvest.item-unavailable" in codes(pages)


def test_a_shared_description_that_would_fill_the_memory_is_refused() -> None:
    with Site() as site:
        shared = " , ".join(f'"note {number}"' for number in range(3000))
        many = ", ".join(f"<d/{number}>" for number in range(2000))
        each = "".join(f"<d/{number}> dct:title '{number}' ; dct:publisher <#org> .\n" for number in range(2000))
        site.documents["/"] = turtle(f"<> a dcat:Catalog ; dcat:dataset {many} . <#org> foaf:name {shared} .\n{each}")

        _, error = until_it_fails(f"{site.url}/")

    assert error.code == "syntax.too-large"
