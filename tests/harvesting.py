"""A node that harvests a loopback source: opened, run, and asked what became of the records."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node.bootstrap import initialise, open_node
from node.harvest.fetch import HttpFetch
from node.harvest.protocols import Harvester
from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Page, Window
from node.model.report import Finding, Severity
from node.model.run import HarvestRun, Outcome
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings
from node.storage import ledger as entries_of
from node.storage import tables
from node.storage.graphs import GraphQuery
from node.storage.kept import local_id

FETCH = FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.001, retries=0)
_TITLES = """
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?title { ?dataset a dcat:Dataset ; dct:title ?title }
"""


@contextmanager
def open_test_node(folder: Path, *harvesters: Harvester) -> Iterator[Node]:
    """Open a new node below a folder, with some harvesters in place of the built-in ones of their kinds."""
    settings = Settings(
        fetch=FETCH, compute=ComputeSettings(executor="inline"), validation=ValidationSettings(profile="")
    ).model_copy(update={"home": folder / "home"})
    initialise(settings, _now())
    opened = open_node(settings)
    mine = {harvester.kind: harvester for harvester in harvesters}
    try:
        yield dataclasses.replace(opened, harvesters={**opened.harvesters, **mine})
    finally:
        opened.close()


@contextmanager
def node_of(folder: Path, source: Source) -> Iterator[Node]:
    """Open a new node below a folder that knows one source."""
    with open_test_node(folder) as node:
        node.sources.add(source, _now())
        yield node


def door(retries: int = 0) -> HttpFetch:
    """Return a way to loopback servers."""
    return HttpFetch(FETCH.model_copy(update={"retries": retries}))


def harvest(node: Node, url: str, kind: str, *, window: Window | None = None, **more: Any) -> HarvestRun:
    """Harvest the source `x`, which is made where there is none yet, and see that the ledger balances."""
    if all(stored.source.name != "x" for stored in node.sources.all()):
        register(node, url, kind, **more)
    return run_source(node, "x", window)


def run_source(node: Node, name: str, window: Window | None = None, **more: Any) -> HarvestRun:
    """Harvest a source; whatever comes of it, the ledger balances."""
    run = harvest_source(node, name, now=_now, window=window, **more)
    assert run.balanced
    return run


def interrupt(node: Node) -> None:
    """Begin a harvest of the source `x`, and break it off once its first page is kept."""

    class Stopped(BaseException):
        pass

    def stop(page: Page, done: int) -> None:
        raise Stopped

    with contextlib.suppress(Stopped):
        harvest_source(node, "x", now=_now, progress=stop)
        raise AssertionError("the harvest was not broken off")


def titles(node: Node) -> list[str]:
    """Return the titles of the datasets in the graph, sorted."""
    answer = node.graphs.query(GraphQuery(text=_TITLES, media_type="text/csv"))
    try:
        lines = b"".join(answer.chunks()).decode().split("\r\n")[1:-1]
    finally:
        answer.close()
    return sorted(line.strip('"') for line in lines)


def visible(node: Node) -> tuple[dict[str, str], set[str]]:
    """Return what the node shows: the live records' identifiers at the source and titles, and the deleted ones."""
    last, _ = node.listing.clock()
    items = node.listing.page(Selection(prefix="oai_dc", last_seq=last), Audience.PUBLIC, 5000, with_body=True)
    live = {item.origin_identifier: _title(item.body) for item in items if not item.deleted}
    return live, {item.origin_identifier for item in items if item.deleted}


def ledger(node: Node, run: HarvestRun) -> dict[str, Outcome]:
    """Return what became of each identifier in a run."""
    with node.database.read() as connection:
        return {entry.identifier: entry.outcome for entry in entries_of.entries(connection, run.run)}


def register(node: Node, url: str, kind: str, **more: Any) -> None:
    """Register the source `x`."""
    prefix = node.harvesters[kind].metadata_prefix
    node.sources.add(Source(**{"name": "x", "url": url, "kind": kind, "metadata_prefix": prefix, **more}), _now())


def counts(run: HarvestRun) -> dict[Outcome, int]:
    """Return how many identifiers ended in each state that any ended in."""
    return {outcome: count for outcome, count in run.counts.items() if count}


def findings(node: Node, identifier: str) -> tuple[Finding, ...]:
    """Return what was found in a record of the source `x`, in a version that is held back, too."""
    query = (
        sa.select(tables.findings)
        .join(tables.records, tables.records.c.id == tables.findings.c.record_id)
        .where(tables.records.c.local_id == local_id("x", identifier))
    )
    with node.database.read() as connection:
        return tuple(
            Finding(code=row.code, severity=Severity(row.severity), message=row.message)
            for row in connection.execute(query)
        )


def codes(node: Node, identifier: str) -> set[str]:
    """Return the codes of what was found in a record of the source `x`."""
    return {finding.code for finding in findings(node, identifier)}


def _title(body: str) -> str:
    return body.partition("<dc:title")[2].partition(">")[2].partition("<")[0]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
