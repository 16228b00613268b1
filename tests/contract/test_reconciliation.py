"""Records that a source stops listing without a word: found by complete lists, deleted after several, within bounds."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.bootstrap import initialise, open_node
from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Window
from node.model.run import HarvestRun, Outcome, RunStatus
from node.model.source import Bounds, Source
from node.node import Node
from node.pipeline import due_window, harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings
from tests.servers.oai_pages import OaiPages, oai_dc_record


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
    ).model_copy(update={"home": tmp_path / "home"})
    initialise(settings, now())
    opened = open_node(settings)
    yield opened
    opened.close()


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def listed(*numbers: int) -> list[bytes]:
    return [oai_dc_record(f"oai:example.org:{number}", f"Series {number}") for number in numbers]


def harvest(node: Node, window: Window | None = None, **more: Any) -> HarvestRun:
    run = harvest_source(node, "x", now=now, window=window, **more)
    assert run.balanced
    return run


def full(node: Node) -> HarvestRun:
    return harvest(node, Window())


def visible(node: Node) -> tuple[set[str], set[str]]:
    """The identifiers that the node shows as live, and as deleted."""
    last, _ = node.listing.clock()
    items = node.listing.page(Selection(prefix="oai_dc", last_seq=last), Audience.PUBLIC, 1000, with_body=False)
    live = {item.origin_identifier for item in items if not item.deleted}
    return live, {item.origin_identifier for item in items if item.deleted}


def named(*numbers: int) -> set[str]:
    return {f"oai:example.org:{number}" for number in numbers}


def test_a_record_missing_from_two_complete_lists_counts_as_deleted(node: Node) -> None:
    with OaiPages(listed(1, 2, 3)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        repository.records = listed(1, 2)

        first, second, third = full(node), full(node), full(node)

    assert (first.status, first.absent, first.reconciled) == (RunStatus.OK, 1, 0)
    assert (second.absent, second.reconciled) == (1, 1)
    assert (second.listed, second.counts[Outcome.UNCHANGED]) == (2, 2), "what is not listed is not in the ledger"
    assert (third.absent, third.reconciled) == (0, 0)
    assert visible(node) == (named(1, 2), named(3))


def test_a_record_that_comes_back_in_time_is_forgiven(node: Node) -> None:
    with OaiPages(listed(1, 2, 3)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        for held in (listed(1, 2), listed(1, 2, 3), listed(1, 2)):
            repository.records = held
            run = full(node)

    assert (run.absent, run.reconciled) == (1, 0)
    assert visible(node)[0] == named(1, 2, 3)


def test_an_incremental_run_says_nothing_about_what_it_does_not_list(node: Node) -> None:
    with OaiPages(listed(1, 2, 3)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        repository.records = listed(1)

        for _ in range(3):
            run = harvest(node, Window(from_="2026-01-01"))

    assert (run.absent, run.reconciled) == (0, 0)
    assert visible(node)[0] == named(1, 2, 3)


def test_a_list_that_breaks_off_says_nothing_about_the_rest(node: Node) -> None:
    with OaiPages(listed(1, 2, 3)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        repository.records = [*listed(1), b"<record><broken"]

        for _ in range(3):
            run = full(node)

    assert (run.status, run.absent) == (RunStatus.FAILED, 0)
    assert visible(node)[0] == named(1, 2, 3)


def test_an_empty_list_deletes_nothing_however_often_it_comes(node: Node) -> None:
    with OaiPages(listed(1, 2, 3)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        repository.records = []

        for _ in range(3):
            run = full(node)

    assert run.status is RunStatus.SUSPECT
    assert run.error is not None and run.error.code == "harvest.out-of-bounds"
    assert visible(node)[0] == named(1, 2, 3)


def test_a_list_that_lost_more_than_its_bounds_allow_deletes_nothing(node: Node) -> None:
    with OaiPages(listed(*range(40))) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        repository.records = listed(*range(30))
        runs = [full(node) for _ in range(3)]
        assert {run.status for run in runs} == {RunStatus.SUSPECT}
        assert len(visible(node)[0]) == 40

        source = node.sources.get("x").source
        node.sources.change(dataclasses.replace(source, bounds=Bounds(max_absent_share=0.5)))
        runs = [full(node) for _ in range(2)]

    assert [run.reconciled for run in runs] == [0, 10], "sightings begin when the bounds allow them"
    assert visible(node) == (named(*range(30)), named(*range(30, 40)))


def test_reconciliation_can_be_switched_off(node: Node) -> None:
    with OaiPages(listed(1, 2)) as repository:
        node.sources.add(Source(name="x", url=repository.url, reconcile_after=0), now())
        full(node)
        repository.records = listed(1)

        runs = [full(node) for _ in range(4)]

    assert {run.reconciled for run in runs} == {0}
    assert visible(node)[0] == named(1, 2)


def test_a_deleted_record_that_is_listed_again_is_live_again(node: Node) -> None:
    with OaiPages(listed(1, 2)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())
        full(node)
        repository.records = listed(1)
        full(node)
        full(node)
        repository.records = listed(1, 2)

        run = full(node)

    assert run.counts[Outcome.UPDATED] == 1
    assert visible(node) == (named(1, 2), set())


def test_what_is_due_is_everything_at_first_and_then_what_changed(node: Node) -> None:
    with OaiPages(listed(1, 2)) as repository:
        node.sources.add(Source(name="x", url=repository.url), now())

        first, second = harvest(node), harvest(node)

    assert first.window == Window()
    assert second.window == Window(from_=node.sources.get("x").source.next_from)
    assert second.window.from_ is not None


def test_everything_is_due_again_when_the_last_full_list_is_old_or_was_made_otherwise(node: Node) -> None:
    with OaiPages(listed(1)) as repository:
        node.sources.add(Source(name="x", url=repository.url, full_every=3600), now())
        harvest(node)
    stored = node.sources.get("x")
    plan = stored.standing.plan

    assert due_window(stored, plan, now()) == Window(from_=stored.source.next_from)
    assert due_window(stored, plan, now() + dt.timedelta(hours=2)) == Window()
    assert due_window(stored, "another profile", now()) == Window()
