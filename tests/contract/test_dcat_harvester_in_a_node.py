"""Catalogues harvested whole by a node: what is published, what a second run asks for, what deletions do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Page, Window
from node.model.run import HarvestRun, LedgerEntry, Outcome, RunStatus
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.storage import ledger as entries_of
from tests.dcat_lists import harvester
from tests.harvesting import open_test_node
from tests.servers.dcat_catalogue import SYNTAXES, Document, Site, catalogue, dataset, document, hydra_pages
from tests.servers.fair_data_point import FairDataPoint
from tests.servers.scripted import Answer

CATALOGS = {"soil": ["s1", "s2", "s3"], "water": ["w1", "w2"]}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    # Two resources with documents of their own make a page.
    with open_test_node(tmp_path, harvester(page_size=8)) as opened:
        yield opened


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def register(node: Node, url: str, **more: Any) -> None:
    node.sources.add(Source(name="x", url=url, kind="dcat", metadata_prefix="dcat", **more), now())


def harvest(node: Node, window: Window | None = None, **more: Any) -> HarvestRun:
    run = harvest_source(node, "x", now=now, window=window, **more)
    assert run.balanced
    return run


def shown(node: Node) -> tuple[set[str], set[str]]:
    """The last path segments of the records that the node shows as live, and as deleted."""
    last, _ = node.listing.clock()
    items = node.listing.page(Selection(prefix="oai_dc", last_seq=last), Audience.PUBLIC, 1000, with_body=False)
    found = [(item.origin_identifier.rpartition("/")[2], item.deleted) for item in items]
    return {name for name, gone in found if not gone}, {name for name, gone in found if gone}


def entries(node: Node, run: HarvestRun) -> list[LedgerEntry]:
    with node.database.read() as connection:
        return list(entries_of.entries(connection, run.run))


def counts(run: HarvestRun) -> dict[str, int]:
    return {outcome.value: count for outcome, count in run.counts.items() if count}


def test_a_fair_data_point_is_harvested_whole(node: Node) -> None:
    with FairDataPoint(CATALOGS, distributions=2) as point:
        register(node, point.url)

        run = harvest(node)

    assert (run.status, run.error) == (RunStatus.OK, None)
    assert counts(run) == {"created": 5}
    assert shown(node)[0] == {"s1", "s2", "s3", "w1", "w2"}
    assert run.requests == 1 + 2 + 5 + 10, "the repository, catalogues, datasets, distributions: each once"


def test_distributions_with_documents_of_their_own_are_part_of_their_dataset(node: Node) -> None:
    with FairDataPoint({"soil": ["s1"]}, distributions=2) as point:
        register(node, point.url)
        harvest(node)

        last, _ = node.listing.clock()
        (item,) = node.listing.page(Selection(prefix="dcat", last_seq=last), Audience.PUBLIC, 10, with_body=True)

    assert item.body is not None
    assert f"{point.url}/files/s1-0.csv" in item.body and f"{point.url}/files/s1-1.csv" in item.body


def test_a_second_run_is_told_that_nothing_has_changed(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url)
        harvest(node)
        whole = point.sent
        point.forget()

        run = harvest(node)

    assert run.window.from_ is not None
    assert (run.status, counts(run)) == (RunStatus.OK, {"unchanged": 5})
    assert point.statuses.count(304) == 5, "one for each distribution; of datasets, Last-Modified tells"
    assert point.sent < whole
    assert len(shown(node)[0]) == 5


def test_resources_that_are_one_document_each_answer_304(node: Node) -> None:
    with Site() as site:
        names = [f"{site.url}/dataset/{number}" for number in range(1, 5)]
        site.documents["/"] = document(catalogue(f"{site.url}/#catalog", names))
        for name in names:
            site.documents[name.removeprefix(site.url)] = document(dataset(name, f"Dataset {name[-1]}"))
        register(node, f"{site.url}/")
        first = harvest(node)
        whole = site.sent
        site.forget()
        second = harvest(node)
        statuses, sent = list(site.statuses), site.sent
        changed = document(dataset(names[2], "Another title"), modified=now().replace(microsecond=0))
        site.documents["/dataset/3"] = changed
        third = harvest(node)

    assert counts(first) == {"created": 4}
    assert (second.status, statuses) == (RunStatus.OK, [200, 304, 304, 304, 304])
    assert counts(second) == {"unchanged": 4}
    assert sent < whole / 2
    assert counts(third) == {"updated": 1, "unchanged": 3}


@pytest.mark.parametrize(("path", "title"), [("/dataset/s2", "Dataset s2"), ("/distribution/s2-0", "File 0 of s2")])
def test_what_changed_is_found_wherever_it_is_described(node: Node, path: str, title: str) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url)
        harvest(node)
        point.change(path, f'"{title}"', f'"{title}, corrected"')

        run = harvest(node)

    assert (run.status, counts(run)) == (RunStatus.OK, {"updated": 1, "unchanged": 4})


def test_a_dataset_new_to_a_list_is_read_however_old_its_document_is(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url)
        harvest(node)
        point.add("soil", "s4")

        run = harvest(node)

    assert run.counts[Outcome.CREATED] == 1
    assert "s4" in shown(node)[0]


def test_a_full_run_lists_everything_unchanged(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url)
        harvest(node)

        run = harvest(node, Window())

    assert (run.status, counts(run)) == (RunStatus.OK, {"unchanged": 5})


def test_a_dataset_that_complete_lists_do_not_hold_any_more_counts_as_deleted(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url, reconcile_after=2)
        harvest(node)
        point.remove("water", "w2")

        first, second = harvest(node, Window()), harvest(node, Window())

    assert (first.absent, first.reconciled) == (1, 0)
    assert (second.absent, second.reconciled) == (1, 1)
    assert shown(node) == ({"s1", "s2", "s3", "w1"}, {"w2"})


def test_a_run_that_asks_only_for_what_changed_finds_what_is_gone(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url)
        harvest(node)
        point.remove("water", "w2")

        first, second = harvest(node), harvest(node)

    assert first.window.from_ is not None and second.window.from_ is not None
    assert [(run.absent, run.reconciled) for run in (first, second)] == [(1, 0), (1, 1)]
    assert shown(node) == ({"s1", "s2", "s3", "w1"}, {"w2"})


def test_a_dataset_that_was_gone_and_comes_back_as_it_was_is_read_again(node: Node) -> None:
    with FairDataPoint({"water": ["w1", "w2"]}) as point:
        register(node, point.url)
        harvest(node)
        # The list without it cannot be remembered, since something on it is missing.
        point.remove("water", "w2")
        del point.documents["/distribution/w1-0"]
        harvest(node), harvest(node)
        gone = shown(node)
        point.add("water", "w2")

        run = harvest(node)

    assert gone == ({"w1"}, {"w2"})
    assert run.status is RunStatus.OK
    assert shown(node) == ({"w1", "w2"}, set())


def test_what_is_said_to_be_unchanged_and_is_not_here_is_asked_for_by_the_next_run(node: Node, tmp_path: Path) -> None:
    with FairDataPoint(CATALOGS) as point, open_test_node(tmp_path / "other", harvester()) as other:
        register(other, point.url)
        harvest(other)
        known = other.sources.get("x").source.next_from
        register(node, point.url)

        run, again, third = harvest(node, Window(from_=known)), harvest(node), harvest(node)

    assert known is not None
    assert (run.status, counts(run)) == (RunStatus.OK, {"rejected": 5})
    assert {entry.code for entry in entries(node, run)} == {"harvest.unchanged-unknown"}
    assert (again.window, counts(again)) == (Window(), {"created": 5})
    assert third.window != Window() and counts(third) == {"unchanged": 5}


def test_a_dataset_that_moves_to_another_catalogue_is_no_unchanged_one(node: Node) -> None:
    with Site() as site:
        one, two = f"{site.url}/#one", f"{site.url}/#two"
        name = f"{site.url}/dataset/1"
        site.documents["/dataset/1"] = document(dataset(name, "Dataset 1"))
        site.documents["/"] = document([*catalogue(one, [name]), *catalogue(two, [])])
        register(node, f"{site.url}/")
        harvest(node)
        site.documents["/"] = document([*catalogue(one, []), *catalogue(two, [name])])
        site.forget()

        harvest(node)

    assert site.statuses == [200, 200], "the list, and the dataset itself"


def test_a_document_that_did_not_change_says_nothing_of_what_is_gone(node: Node) -> None:
    with Site() as site:
        names = [f"{site.url}/d/{number}" for number in range(3)]
        about = [one for name in names for one in dataset(name, name)]
        site.documents["/"] = document([*catalogue(f"{site.url}/", names), *about], has_etag=True)
        register(node, f"{site.url}/", reconcile_after=1)

        runs = [harvest(node) for _ in range(3)]

    assert [(run.listed, run.absent) for run in runs] == [(3, 0), (0, 0), (0, 0)]
    assert len(shown(node)[0]) == 3


def test_a_dataset_that_is_listed_and_gone_is_rejected_and_keeps_its_last_version(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url)
        harvest(node)
        point.documents["/dataset/w2"] = Answer(b"gone", 410)

        run = harvest(node, Window())

    assert (run.status, counts(run)) == (RunStatus.OK, {"unchanged": 4, "rejected": 1})
    assert "w2" in shown(node)[0]


@pytest.mark.parametrize("path", ["/catalog/soil", "/dataset/s2"])
def test_a_document_that_fails_for_now_fails_the_run_after_the_rest_was_harvested(node: Node, path: str) -> None:
    with FairDataPoint(CATALOGS) as point:
        point.documents[path] = Answer(b"overloaded", 503)
        register(node, point.url)

        run = harvest(node)

    assert run.status is RunStatus.FAILED
    assert run.error is not None and run.error.code == "harvest.incomplete-list"
    assert path in run.error.message
    assert {"w1", "w2"} <= shown(node)[0]
    assert node.sources.get("x").source.next_from is None


def test_a_distribution_that_is_lost_is_a_finding_and_the_dataset_stays(node: Node) -> None:
    with FairDataPoint({"soil": ["s1", "s2"]}) as point:
        del point.documents["/distribution/s1-0"]
        register(node, point.url)

        run, again = harvest(node), harvest(node)

    assert (run.status, counts(run)) == (RunStatus.OK, {"created": 2})
    assert again.listed == 2, "what could not be read whole is asked for again"


@pytest.mark.parametrize(("pages", "left_to_ask"), [(1, 6), (2, 4), (3, 3), (4, 1)])
def test_a_run_that_was_stopped_goes_on_where_it_stood(node: Node, pages: int, left_to_ask: int) -> None:
    class Stopped(BaseException):
        pass

    left = pages

    def stop(page: Page, kept: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Stopped

    catalogs = {name: [f"{name}{number}" for number in range(3)] for name in ("a", "b")}
    with FairDataPoint(catalogs) as point:
        register(node, point.url)
        with pytest.raises(Stopped):
            harvest(node, progress=stop)
        point.forget()

        run = harvest(node)
        # Each once, because the stopped run's last request may still have been under way.
        asked = {path for path in point.asked if path.startswith("/dataset/")}
        again = harvest(node)

    assert (run.status, run.error, run.listed) == (RunStatus.OK, None, 6)
    assert len(shown(node)[0]) == 6
    assert len(asked) == left_to_ask
    assert counts(again) == {"unchanged": 6}, "a run that was resumed leaves nothing to compare by"


def test_a_source_may_want_one_catalogue_only(node: Node) -> None:
    with FairDataPoint(CATALOGS) as point:
        register(node, point.url, set_specs=(f"{point.url}/catalog/water",))

        run = harvest(node)

    assert (run.status, counts(run)) == (RunStatus.OK, {"created": 2})
    assert shown(node)[0] == {"w1", "w2"}


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_a_paged_catalogue_is_harvested_whole_in_any_syntax(node: Node, media_type: str) -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 5, media_type=media_type))
        register(node, f"{site.url}/catalog")

        run, again = harvest(node), harvest(node)

    assert (run.status, counts(run)) == (RunStatus.OK, {"created": 5})
    assert shown(node)[0] == {"1", "2", "3", "4", "5"}
    assert (again.status, counts(again)) == (RunStatus.OK, {"unchanged": 5})


def test_a_paged_catalogue_that_breaks_off_is_failed_and_deletes_nothing(node: Node) -> None:
    with Site() as site:
        site.documents.update(hydra_pages(site.url, 6))
        register(node, f"{site.url}/catalog", reconcile_after=1)
        harvest(node)
        site.documents["/catalog?page=2"] = Answer(b"broken", 500)

        runs = [harvest(node, Window()) for _ in range(2)]

    assert {run.status for run in runs} == {RunStatus.FAILED}
    assert [counts(run) for run in runs] == [{"unchanged": 2}] * 2
    assert runs[0].error is not None and runs[0].error.code == "fetch.http-status"
    assert len(shown(node)[0]) == 6


def test_a_dataset_without_address_is_published_under_an_address_of_the_node(node: Node) -> None:
    text = (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
        '<> a dcat:Catalog ; dcat:dataset [ a dcat:Dataset ; dct:title "One" ], [ a dcat:Dataset ; dct:title "Two" ] .'
    )
    with Site({"/": Document(body=text.encode())}) as site:
        register(node, f"{site.url}/")

        run, again = harvest(node), harvest(node, Window())

    assert (run.status, counts(run)) == (RunStatus.OK, {"created": 2})
    assert counts(again) == {"unchanged": 2}
