"""What a harvest log reads, over every kind of database."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from node.model.harvest_log import SourceState
from node.model.label import Audience, Retention
from node.model.oai import Window
from node.model.report import Severity
from node.model.run import LedgerEntry, Outcome
from node.model.source import Source
from node.sovereignty.labels import most_restrictive
from node.sovereignty.tags import to_json
from node.storage import ledger
from node.storage.database import Database
from node.storage.harvest_log import HarvestLog, logged
from node.storage.kept import Action, Kept
from node.storage.runs import Runs
from node.storage.sources import Sources, StoredSource
from node.storage.summaries import Summaries
from node.storage.tables import records, run_findings
from tests.records import OPEN, at, keeper, page, prepared

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
# In the order of code points, of a dictionary and of a phone book these differ.
NAMES = ("a-1", "A-2", "a.3", "ä4", "b 5", "B6", "_7", "zz/8", "Ω9", "10")

OVER = to_json(dataclasses.replace(OPEN, retention=Retention(erase_by=NOW.date())))


@pytest.fixture
def source(database: Database) -> StoredSource:
    sources = Sources(database)
    sources.add(Source(name="x", url="https://example.org/oai"), NOW)
    return sources.get("x")


@pytest.fixture
def run(database: Database, source: StoredSource) -> int:
    """A run that published every name, the last two for registered people only, and rejected a record."""
    number = Runs(database).start(source, Window(), NOW).id
    kept = [
        Kept(
            action=Action.PUBLISH,
            entry=LedgerEntry(identifier=name, outcome=Outcome.CREATED),
            prepared=prepared(name),
            rdf_digest="0" * 64,
            audience=Audience.REGISTERED if name in NAMES[-2:] else Audience.PUBLIC,
        )
        for name in NAMES
    ]
    keeper(database).keep(number, source, page(*NAMES), kept, at(NOW))
    rejected = LedgerEntry(identifier="bad", outcome=Outcome.REJECTED, code="mapping.no-metadata", reason="bad")
    with database.write() as connection:
        ledger.enter(connection, number, [rejected])
    return number


def walk(database: Database, run: int, source: StoredSource, audience: Audience, limit: int) -> list[str]:
    named: list[str] = []
    after, store = None, HarvestLog(database)
    for _ in range(20):
        part = store.page(run, source.id, audience, NOW.date(), after=after, limit=limit)
        named += [entry.identifier for entry in part.entries]
        after = part.after
        if after is None:
            return named
    raise AssertionError("the ledger does not end")


@pytest.mark.parametrize("limit", [1, 3, 8, 100])
def test_every_identifier_that_may_be_named_is_named_once(
    database: Database, source: StoredSource, run: int, limit: int
) -> None:
    public = walk(database, run, source, Audience.PUBLIC, limit)
    registered = walk(database, run, source, Audience.REGISTERED, limit)

    assert sorted(public) == sorted(NAMES[:-2])
    # Their labels are public, so who is registered may see them too.
    assert sorted(registered) == sorted(NAMES)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_where_a_page_ends_tells_of_no_identifier_that_is_not_named(
    database: Database, source: StoredSource, run: int, limit: int
) -> None:
    hidden = {
        "a.3": {"record_label": OVER, "labels_until": NOW.date()},
        "zz/8": {"audience": None},
        "b 5": {},
        "_7": {},
    }
    with database.write() as connection:
        for name, values in hidden.items():
            # What the row's audience says is not enough: the label that it was decided on may say otherwise by now.
            changed = values or {"record_label": to_json(most_restrictive())}
            connection.execute(records.update().where(records.c.identifier == name).values(**changed))
    store, after, named = HarvestLog(database), None, list[str]()
    for _ in range(20):
        part = store.page(run, source.id, Audience.PUBLIC, NOW.date(), after=after, limit=limit)
        named += (entry.identifier for entry in part.entries)
        after = part.after
        if after is None:
            break
        assert len(part.entries) == limit and after == part.entries[-1].identifier

    assert sorted(named) == sorted(set(NAMES[:-2]) - hidden.keys())
    assert part.entries, "there was a next page only where there was something on it"


def test_what_a_source_amounts_to_is_for_an_audience_what_it_sees(
    database: Database, source: StoredSource, run: int
) -> None:
    with database.write() as connection:
        mine = records.c.identifier == NAMES[0]
        connection.execute(records.update().where(mine).values(record_label=OVER, labels_until=NOW.date()))
        stranger = {"identifier": "never seen", "local_id": "x", "state": "deleted", "seq": None, "datestamp": None}
        row = connection.execute(sa.select(records).where(records.c.identifier == NAMES[1])).one()._asdict()
        del row["id"]
        connection.execute(records.insert().values({**row, **stranger}))

    def sums(**asked: Any) -> tuple[int, int, int]:
        (summary,) = Summaries(database).sources("x", **asked)
        return summary.live, summary.public, summary.tombstones

    assert sums(today=NOW.date()) == (10, 7, 1)
    assert sums(today=NOW.date(), viewer=Audience.REGISTERED) == (9, 7, 1)
    assert sums(today=NOW.date(), viewer=Audience.PUBLIC) == (7, 7, 1)
    before = NOW.date() - dt.timedelta(days=1)
    assert sums(today=before, viewer=Audience.PUBLIC) == (8, 8, 0)


def test_a_ledger_is_read_state_by_state(database: Database, source: StoredSource, run: int) -> None:
    store = HarvestLog(database)

    for outcome in Outcome:
        part = store.page(run, source.id, Audience.PUBLIC, NOW.date(), outcome=outcome)
        assert len(part.entries) == (8 if outcome is Outcome.CREATED else 0)


def test_records_of_another_source_lend_no_visibility(database: Database, source: StoredSource, run: int) -> None:
    Sources(database).add(Source(name="y", url="https://example.org/oai2"), NOW)
    other = Sources(database).get("y")
    number = Runs(database).start(other, Window(), NOW).id
    with database.write() as connection:
        ledger.enter(connection, number, [LedgerEntry(identifier=NAMES[0], outcome=Outcome.CREATED)])

    assert HarvestLog(database).page(number, other.id, Audience.PUBLIC, NOW.date()).entries == ()


def test_reasons_and_notes_are_counted(database: Database, source: StoredSource, run: int) -> None:
    with database.write() as connection:
        for code, severity in (("harvest.cursor", 2), ("harvest.cursor", 2), ("harvest.repaired", 3)):
            values = {"run_id": run, "code": code, "severity": severity, "message": code, "advice": "mend"}
            connection.execute(run_findings.insert().values(**values))
    store = HarvestLog(database)

    (reason,) = store.reasons(run)
    notes = store.notes([run, run + 1])

    assert (reason.outcome, reason.code, reason.identifiers) == (Outcome.REJECTED, "mapping.no-metadata", 1)
    assert [(note.code, note.severity, note.times) for note in notes[run]] == [
        ("harvest.repaired", Severity.VIOLATION, 1),
        ("harvest.cursor", Severity.WARNING, 2),
    ]
    assert notes[run + 1] == ()


def test_a_source_is_summed_up_by_itself(database: Database, source: StoredSource, run: int) -> None:
    Sources(database).add(Source(name="y", url="https://example.org/oai2"), NOW)

    (summary,) = Summaries(database).sources("x", today=NOW.date())
    log = logged(source, summary, NOW, 30, told=True)

    assert (log.public, log.held, log.score) == (8, 0, 0.75)
    assert (log.state, log.next_run, log.freshness(NOW)) == (SourceState.NEW, NOW.replace(tzinfo=None), None)
