"""Another process goes on where one was stopped, and another run asks only for what changed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from node.errors import ListIncomplete
from node.model.oai import Checkpoint, Window
from tests.dcat_lists import PREFIXES, codes, names, pages_of, until_it_fails
from tests.servers.dcat_catalogue import (
    Document,
    Site,
    catalogue,
    dataset,
    distribution_of,
    document,
    hydra_pages,
)
from tests.servers.scripted import Answer


def _site_with_everything(site: Site) -> str:
    """Pages, nested catalogues, resources with and without documents of their own."""
    site.documents.update(hydra_pages(site.url, 5))
    first = site.documents["/catalog?page=3"]
    assert isinstance(first, Document)
    nested = "<a> a dcat:Catalog . <catalog#it> dcat:catalog <a>, <b> ."
    site.documents["/catalog?page=3"] = replace(first, body=PREFIXES.encode() + first.body + nested.encode())
    for catalog in "ab":
        many = [f"{site.url}/{catalog}{number}" for number in range(4)]
        site.documents[f"/{catalog}"] = document(catalogue(f"{site.url}/{catalog}", many))
        for name in many:
            file = f"{name}-file"
            site.documents[name.removeprefix(site.url)] = document(dataset(name, name, distribution=file))
            site.documents[file.removeprefix(site.url)] = document(distribution_of(file))
    return f"{site.url}/catalog"


def test_another_process_goes_on_after_any_page() -> None:
    with Site() as site:
        url = _site_with_everything(site)
        whole = pages_of(url, page_size=8)
        total = len(site.asked)
        assert len(whole) >= 7
        for done in range(1, len(whole)):
            site.forget()
            # A checkpoint goes through JSON in the database.
            kept: dict[str, Any] = json.loads(json.dumps(asdict(whole[done - 1].checkpoint)))
            values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}
            checkpoint = Checkpoint(**values)

            rest = pages_of(url, page_size=8, checkpoint=checkpoint)

            assert names(whole[:done]) + names(rest) == names(whole), done
            assert rest[-1].checkpoint.done
            assert rest[-1].checkpoint.pages == len(whole)
            assert len(site.asked) < total + 3


def test_a_process_that_goes_on_knows_what_was_missed_before_it() -> None:
    with Site() as site:
        url = _site_with_everything(site)
        site.documents["/a1"] = Answer(b"overloaded", 503)
        pages, error = until_it_fails(url, page_size=8)
        site.documents["/a1"] = document(dataset(f"{site.url}/a1", "late"))

        with pytest.raises(ListIncomplete) as caught:
            pages_of(url, page_size=8, checkpoint=pages[-1].checkpoint)

    assert caught.value.message == error.message


def test_a_document_that_changed_meanwhile_is_listed_anew() -> None:
    with Site() as site:
        many = [f"{site.url}/d/{number}" for number in range(6)]
        about = [one for name in many for one in dataset(name, name)]
        site.documents["/"] = document([*catalogue(f"{site.url}/", many), *about], has_etag=True)
        before = pages_of(f"{site.url}/", page_size=4)
        site.documents["/"] = document([*about, *catalogue(f"{site.url}/", many[::-1])], has_etag=True)

        rest = pages_of(f"{site.url}/", page_size=4, checkpoint=before[0].checkpoint)

    assert set(names(rest)) == {"0", "1", "2", "3", "4", "5"}
    assert rest[-1].checkpoint.bookmark != before[-1].checkpoint.bookmark


def test_a_finished_run_has_nothing_left_and_a_strange_position_begins_anew() -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 3))
        done = pages_of(f"{site.url}/catalog")[-1].checkpoint

        assert pages_of(f"{site.url}/catalog", checkpoint=done) == []
        strange = pages_of(f"{site.url}/catalog", checkpoint=Checkpoint(position='{"frames": [[1]]}', pages=1))

    assert names(strange) == ["1", "2", "3"]


@pytest.mark.parametrize("has_etag", [True, False], ids=["ETag", "Last-Modified"])
def test_a_catalogue_of_one_document_that_did_not_change_lists_nothing(has_etag: bool) -> None:
    with Site() as site:
        triples = [*catalogue(f"{site.url}/", [f"{site.url}/d/1"]), *dataset(f"{site.url}/d/1", "1")]
        site.documents["/"] = document(triples, has_etag=has_etag)
        bookmark = pages_of(f"{site.url}/")[-1].checkpoint.bookmark
        site.forget()

        (page,) = pages_of(f"{site.url}/", window=Window(from_=bookmark))

    assert site.statuses == [304] and site.sent == 0
    assert (page.listed, page.checkpoint.done, page.checkpoint.bookmark) == (0, True, bookmark)


def test_a_document_modified_just_now_is_no_bookmark() -> None:
    with Site() as site:
        triples = [*catalogue(f"{site.url}/", [f"{site.url}/d/1"]), *dataset(f"{site.url}/d/1", "1")]
        site.documents["/"] = document(triples, modified=dt.datetime.now(dt.UTC).replace(microsecond=0))

        assert pages_of(f"{site.url}/")[-1].checkpoint.bookmark is None


def test_a_catalogue_that_grew_pages_is_not_compared_with_what_it_was() -> None:
    with Site() as site:
        triples = [*catalogue(f"{site.url}/catalog", [f"{site.url}/dataset/1"]), *dataset(f"{site.url}/dataset/1", "1")]
        site.documents["/catalog"] = document(triples, has_etag=True)
        bookmark = pages_of(f"{site.url}/catalog")[-1].checkpoint.bookmark
        site.documents.update(hydra_pages(site.url, 4))

        pages = pages_of(f"{site.url}/catalog", window=Window(from_=bookmark), next_from=bookmark)

    assert bookmark is not None
    assert names(pages) == ["1", "2", "3", "4"]
    assert pages[-1].checkpoint.bookmark == "{}"


def test_dates_are_not_asked_for_and_a_finding_says_so() -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 3))

        pages = pages_of(f"{site.url}/catalog", window=Window(from_="2026-01-01"))

    assert names(pages) == ["1", "2", "3"]
    assert codes(pages) == ["harvest.window-ignored"]


def test_pages_of_described_datasets_are_always_listed_whole() -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 3))

        assert pages_of(f"{site.url}/catalog")[-1].checkpoint.bookmark is None
