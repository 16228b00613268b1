"""Repositories that run widely used software, harvested whole, again, and after changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from node.model.run import HarvestRun, Outcome, RunStatus
from node.model.source import Source
from node.node import Node
from tests.harvesting import node_of, run_source, visible
from tests.servers.oai_software import DSpace, Invenio, Item, OaiSoftware, Software, serving


def items(count: int) -> list[Item]:
    return [
        Item(
            number=number,
            title=f"Series {number} & <more>",
            datestamp=f"2026-0{1 + number % 4}-{1 + number % 28:02}T10:00:00Z",
            sets=("com_1", f"col_1_{number % 3}"),
        )
        for number in range(1, count + 1)
    ]


@contextmanager
def repository(
    folder: Path, software: Software, holdings: list[Item], **more: object
) -> Iterator[tuple[Node, OaiSoftware]]:
    with serving(OaiSoftware(software, holdings)) as running:
        prefix = "oai_datacite" if isinstance(software, Invenio) else "oai_dc"
        source = Source(name="x", url=running.url, metadata_prefix=prefix, **more)  # type: ignore[arg-type]
        with node_of(folder, source) as node:
            yield node, running


def tallied(run: HarvestRun) -> tuple[RunStatus, int, dict[str, int]]:
    return run.status, run.listed, {outcome.value: count for outcome, count in run.counts.items() if count}


@pytest.mark.parametrize("software", [Invenio(), DSpace()], ids=["invenio", "dspace"])
@pytest.mark.parametrize("count", [1, 100, 103])
def test_a_repository_is_harvested_whole(software: Software, count: int, tmp_path: Path) -> None:
    with repository(tmp_path, software, items(count)) as (node, running):
        run = run_source(node, "x")
        again = run_source(node, "x", afresh=True)

        live, deleted = visible(node)
        assert tallied(run) == (RunStatus.OK, count, {"created": count})
        assert set(live) == {software.identifier(item) for item in running.items}
        assert deleted == set()
        pages = -(-count // software.page_size)
        assert run.requests == pages + 1, "each page once, and Identify"
        assert again.counts[Outcome.UNCHANGED] == again.listed


@pytest.mark.parametrize("software", [Invenio(), DSpace()], ids=["invenio", "dspace"])
def test_an_increment_lists_what_changed_and_nothing_else(software: Software, tmp_path: Path) -> None:
    with repository(tmp_path, software, items(60)) as (node, running):
        run_source(node, "x")
        running.clock = "2026-06-02T12:00:00Z"
        new = Item(number=500, title="A new one", datestamp="2026-06-01T13:00:00Z")
        changed = dataclasses.replace(running.items[3], title="Corrected", datestamp="2026-06-01T14:00:00Z")
        running.items[3] = changed
        running.items.append(new)

        run = run_source(node, "x")
        nothing = run_source(node, "x")

        assert tallied(run) == (RunStatus.OK, 2, {"created": 1, "updated": 1})
        assert running.requests[-1]["from"] == "2026-06-02T11:00:00Z", "its own clock before the list, less an hour"
        assert tallied(nothing) == (RunStatus.OK, 0, {})
        live, _ = visible(node)
        assert len(live) == 61
        assert live[software.identifier(changed)] == "Corrected"


def test_deletions_that_dspace_tells_of_are_followed(tmp_path: Path) -> None:
    with repository(tmp_path, DSpace(), items(45)) as (node, running):
        run_source(node, "x")
        running.items[7] = dataclasses.replace(running.items[7], deleted=True, datestamp="2026-06-01T12:30:00Z")

        run = run_source(node, "x")

        assert tallied(run) == (RunStatus.OK, 1, {"deleted": 1})
        live, deleted = visible(node)
        assert (len(live), deleted) == (44, {"oai:dspace.example:123456789/8"})


def test_deletions_that_invenio_keeps_to_itself_are_found_by_two_complete_lists(tmp_path: Path) -> None:
    with repository(tmp_path, Invenio(), items(60), full_every=0) as (node, running):
        run_source(node, "x")
        del running.items[10]

        first, second = run_source(node, "x"), run_source(node, "x")

        assert (first.absent, first.reconciled, second.reconciled) == (1, 0, 1)
        live, deleted = visible(node)
        assert (len(live), deleted) == (59, {"oai:invenio.example:11"})


def test_a_token_that_expires_while_a_page_is_taken_in_costs_nothing(tmp_path: Path) -> None:
    class Slow(Invenio):
        def read_token(self, text: str) -> object:  # type: ignore[override]
            self.token_seconds = 60.0 if self.expired else -1.0
            self.expired = True
            return super().read_token(text)

        expired = False

    with repository(tmp_path, Slow(), items(103)) as (node, _):
        run = run_source(node, "x")

        assert tallied(run) == (RunStatus.OK, 103, {"created": 103})
        assert "harvest.list-restarted" in {finding.code for finding in node.runs.findings(run.run)}
        assert run.repeated == 25


def test_sets_of_a_dspace_are_harvested_one_by_one(tmp_path: Path) -> None:
    with repository(tmp_path, DSpace(), items(103), set_specs=("col_1_0", "col_1_1")) as (node, running):
        run = run_source(node, "x")

        wanted = {DSpace().identifier(item) for item in running.items if {"col_1_0", "col_1_1"} & set(item.sets)}
        assert tallied(run) == (RunStatus.OK, len(wanted), {"created": len(wanted)})
        assert set(visible(node)[0]) == wanted


def test_a_cursor_that_counts_pages_is_said_and_does_no_harm(tmp_path: Path) -> None:
    with repository(tmp_path, DSpace(), items(60)) as (node, _):
        run = run_source(node, "x")

        assert run.status is RunStatus.OK
        assert [finding.code for finding in node.runs.findings(run.run)] == ["harvest.clock", "harvest.cursor"]
