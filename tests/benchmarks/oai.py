"""How fast the OAI-PMH provider lists records, and that the last page of many takes what the first does.

Beside it, in the same run and over the same database, a bare loop: a keyset query and string formatting, nothing else.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import cast

import sqlalchemy as sa

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
from node.storage.listing import Listing
from node.storage.runs import Runs
from node.storage.sources import Sources
from node.storage.tables import clock, payloads, record_sets, records
from node.web.oai import provider
from tests.records import at, keeper, page, prepared

_PAGE = 500
_NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
_RUNS = 20


def main(size: int) -> None:
    """Print records a second, by what is rendered, and the times of the first and the last pages."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_database("sqlite:///node.db", Path(folder))) as database,
    ):
        database.migrate(_NOW)
        _fill(database, size)
        file = Path(folder) / "node.db"
        print(f"OAI-PMH ListRecords, {size} records in SQLite, pages of {_PAGE}, one thread")
        bare = _rate(lambda after: _bare_page(file, after), size)
        _say("bare loop (sqlite3, keyset, formatting)", bare, 1)
        whole = _provider(database)
        for name, asked in (
            ("provider, without labels", replace(whole, label=lambda item, identifier: "")),
            ("provider, labels signed for the first time", _provider(database)),
            ("provider, labels signed before", whole),
        ):
            if asked is whole:
                _first_pages(whole, size)
            rate = _rate(lambda after, asked=asked: _page_after(asked, after, size), size)
            _say(name, rate, rate / bare)
        unlabelled = replace(whole, label=lambda item, identifier: "")
        counted = _seconds(lambda: _first_page(unlabelled))
        first = median(_seconds(lambda: _page_after(unlabelled, 0, size)) for _ in range(_RUNS))
        last = median(_seconds(lambda: _page_after(unlabelled, size - _PAGE, size)) for _ in range(_RUNS))
        print(f"first page {1000 * first:.2f} ms, last page {1000 * last:.2f} ms, ratio {last / first:.2f}")
        print(f"first page of a new list, which counts it for completeListSize: {1000 * counted:.2f} ms\n")


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
    assert body.count(b"<record>") == _PAGE, body[:1000]
    return body


def _first_page(provider: Provider) -> bytes:
    now = dt.datetime.now(dt.UTC)
    return answer(provider, [("verb", "ListRecords"), ("metadataPrefix", "oai_dc")], Audience.PUBLIC, now)


def _first_pages(provider: Provider, size: int) -> None:
    for after in range(0, _RUNS * _PAGE, _PAGE):
        _page_after(provider, after, size)


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


def _rate(page: Callable[[int], object], size: int) -> float:
    start = time.perf_counter()
    for after in range(0, min(_RUNS * _PAGE, size), _PAGE):
        page(after)
    return min(_RUNS * _PAGE, size) / (time.perf_counter() - start)


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


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


def _say(what: str, rate: float, ratio: float) -> None:
    print(f"  {what:<50} {rate:>10.0f} records/s   {ratio:>7.3f} of the bare loop")


if __name__ == "__main__":
    main(1_000_000)
