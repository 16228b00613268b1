"""How fast the OAI-PMH provider lists records, and that the last page of many takes what the first does.

Beside it, in the same run and over the same database, a bare loop: a keyset query and string formatting, nothing else;
and the provider of the package `oaipmh`, which has neither provenance nor labels. What else the machine is busy with
stretches the time of a clock more than that of the processor, so ratios are told by both.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import cast

import sqlalchemy as sa

from node.exposition.oai_labels import SignedLabels
from node.exposition.oai_pmh import answer
from node.exposition.oai_provider import Provider
from node.exposition.oai_tokens import ListState
from node.mapping.crosswalks import WRITERS
from node.model.dcat import Agent, Resource
from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Window
from node.model.rdf import Iri, Literal
from node.model.run import LedgerEntry, Outcome
from node.model.source import Source
from node.node import Node
from node.settings import Settings
from node.sovereignty.signatures import new_keys
from node.storage.database import Database, open_database
from node.storage.kept import Action, Kept
from node.storage.label_signing import LabelSigning
from node.storage.listing import Listing
from node.storage.runs import Runs
from node.storage.sources import Sources
from node.storage.tables import clock, payloads, record_sets, records
from node.web.oai import provider
from tests.records import at, keeper, page, prepared
from tests.servers import oaipmh_package

_PAGE = 500
_NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
_RUNS = 20


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """Records a second by the clock, and seconds of processor that one takes."""

    rate: float
    processor: float


def main(size: int) -> None:
    """Print records a second, by what is rendered, and the times of the first and the last pages."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_database("sqlite:///node.db", Path(folder))) as database,
    ):
        database.migrate(_NOW)
        _fill(database, size)
        file = Path(folder) / "node.db"
        load = os.getloadavg()[0]
        print(f"OAI-PMH ListRecords, {size} records in SQLite, pages of {_PAGE}, one thread, load {load:.1f}")
        bare = _cost(lambda after: _bare_page(file, after), size)
        _say("bare loop (sqlite3, keyset, formatting)", bare, bare)
        if oaipmh_package.installed():
            rate, processor = oaipmh_package.rate(file, _PAGE)
            _say("oaipmh (BatchingServer), without provenance", _Cost(rate=rate, processor=processor), bare)
        else:
            print("  oaipmh is not installed; `make .venv/.peers` does it")
        whole = _provider(database)
        assert _page_after(whole, size - _PAGE, size).count(b"<record>") == _PAGE
        unlabelled = replace(whole, label=lambda item: "")
        _say("provider, without labels", _cost(lambda after: _page_after(unlabelled, after, size), size), bare)
        # Each page by another key: what was signed last is remembered.
        _say("provider, labels signed now", _cost(lambda at: _page_after(_provider(database), at, size), size), bare)
        _sign(database, whole)
        _say("provider, labels signed ahead", _cost(lambda after: _page_after(whole, after, size), size), bare)
        _tell_ends(unlabelled, size)


def _tell_ends(provider: Provider, size: int) -> None:
    """Print the times of the first and the last page, and of the first one of a new list, which says how long it is."""
    fresh = [_seconds(partial(_first_page, provider), time.perf_counter) for _ in range(2)]
    for name, counter in (("clock", time.perf_counter), ("processor", time.process_time)):
        # By turns, so that what else the machine does meets both.
        asked = [
            [_seconds(partial(_page_after, provider, after, size), counter) for after in (0, size - _PAGE)]
            for _ in range(_RUNS)
        ]
        first, last = map(median, zip(*asked, strict=True))
        print(f"by the {name}: first page {1e3 * first:.2f} ms, last {1e3 * last:.2f} ms, ratio {last / first:.2f}")
    print(f"new list, counted: {1e3 * fresh[0]:.2f} ms; another one, as nothing changed: {1e3 * fresh[1]:.2f} ms\n")


def _sign(database: Database, provider: Provider) -> None:
    """Sign the pages that are asked for, as a worker does."""
    labels = cast(SignedLabels, provider.label)
    signing, payloads, begun = LabelSigning(database, labels.signer), 0, time.process_time()
    while (lot := signing.next(200)) and lot.after < _RUNS * _PAGE:
        signed = tuple(each for each in map(labels.sign, lot.payloads) if each is not None)
        assert signing.keep(lot, signed)
        payloads += len(signed)
    each = (time.process_time() - begun) / payloads
    print(f"  signing ahead, as a worker does                    {1e6 * each:>10.0f} us of processor for each payload")


def _provider(database: Database) -> Provider:
    node = SimpleNamespace(
        settings=Settings(base_url="https://node.example.org"),
        listing=Listing(database),
        token_key=b"k" * 32,
        signing_keys=new_keys(),
    )
    return replace(provider(cast(Node, node)), page_size=_PAGE)


def _page_after(provider: Provider, after: int, size: int) -> bytes:
    """Return the page behind a place in the list, asked for by its token."""
    now, token = dt.datetime.now(dt.UTC), ""
    selection = Selection(prefix="oai_dc", last_seq=size, after_seq=after)
    state = ListState(verb="ListRecords", selection=selection, cursor=after, size=size)
    token, _ = provider.tokens.issue(state, Audience.PUBLIC, now)
    body = answer(provider, [("verb", "ListRecords"), ("resumptionToken", token)], Audience.PUBLIC, now)
    assert len(body) > 1000 * _PAGE, body[:1000]
    return body


def _first_page(provider: Provider) -> bytes:
    now = dt.datetime.now(dt.UTC)
    return answer(provider, [("verb", "ListRecords"), ("metadataPrefix", "oai_dc")], Audience.PUBLIC, now)


def _bare_page(file: Path, after: int) -> str:
    connection = _connected(file)
    rows = connection.execute(
        "SELECT r.seq, r.local_id, r.datestamp, p.body FROM records r JOIN payloads p ON p.record_id = r.id "
        "WHERE p.prefix = 'oai_dc' AND r.state = 'live' AND r.audience = 0 AND r.seq > ? ORDER BY r.seq LIMIT ?",
        (after, _PAGE),
    ).fetchall()
    return "".join(
        f"<record><header><identifier>oai:node.example.org:{local}</identifier><datestamp>{stamp}</datestamp></header>"
        f"<metadata>{body}</metadata></record>"
        for _, local, stamp, body in rows
    )


_open: dict[Path, sqlite3.Connection] = {}


def _connected(file: Path) -> sqlite3.Connection:
    if file not in _open:
        _open[file] = sqlite3.connect(file)
    return _open[file]


def _cost(page: Callable[[int], object], size: int) -> _Cost:
    """Return the best of three passes: the machine may be busy with other things."""
    records = min(_RUNS * _PAGE, size)
    passes = []
    for _ in range(3):
        begun, used = time.perf_counter(), time.process_time()
        for after in range(0, records, _PAGE):
            page(after)
        passes.append((time.perf_counter() - begun, time.process_time() - used))
    clock, processor = map(min, zip(*passes, strict=True))
    return _Cost(rate=records / clock, processor=processor / records)


def _seconds(job: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    job()
    return clock() - start


def _fill(database: Database, size: int) -> None:
    """Publish one record as a harvest does, and multiply its rows."""
    Sources(database).add(Source(name="test", url="https://source.example.org/oai"), _NOW)
    source = Sources(database).get("test")
    run = Runs(database).start(source, Window(), _NOW)
    resource = Resource(
        iri=Iri("https://example.org/dataset/1"),
        title=(Literal("Sea surface temperatures of the northern Baltic, daily means"),),
        description=(Literal("Daily means of temperatures measured by buoys at twelve stations. " * 6),),
        creators=tuple(Agent(name=f"Author {number}, Some") for number in range(4)),
        publisher=Agent(name="An institute of marine research"),
        keywords=tuple(Literal(f"keyword {number}") for number in range(5)),
    )
    ready = replace(prepared("1"), payloads=(("oai_dc", WRITERS[0].write(resource)),))
    entry = LedgerEntry(identifier="1", outcome=Outcome.CREATED)
    kept = Kept(action=Action.PUBLISH, entry=entry, prepared=ready, rdf_digest="0" * 64, audience=Audience.PUBLIC)
    keeper(database).keep(run.id, source, page("1"), [kept], at(_NOW))
    with database.write() as connection:
        (first,) = connection.execute(sa.select(records.c.id)).scalars()
        changed = {
            "id": f"{first} + n", "identifier": "'r' || n", "seq": "1 + n",
            "local_id": "substr(lower(hex(randomblob(12))), 1, 24)",
        }  # fmt: skip
        for table, own in (
            (records, changed),
            (payloads, {"record_id": f"{first} + n", "body": "replace(body, 'Baltic', 'Baltic ' || n)"}),
            (record_sets, {"record_id": f"{first} + n"}),
        ):
            names = [column.name for column in table.columns]
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({', '.join(names)}) "
                f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {size - 1}) "
                f"SELECT {', '.join(own.get(name, name) for name in names)} FROM {table.name}, numbers"
            )
        connection.execute(clock.update().values(seq=size))


def _say(what: str, cost: _Cost, bare: _Cost) -> None:
    print(
        f"  {what:<50} {cost.rate:>10.0f} records/s {1e6 * cost.processor:>6.1f} us of processor each;"
        f" of the bare loop {cost.rate / bare.rate:.3f}, by processor {bare.processor / cost.processor:.3f}"
    )


if __name__ == "__main__":
    main(1_000_000)
