"""Due sources, leases and absences, over every kind of database."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from node.errors import Conflict
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome, RunStatus
from node.model.source import Source
from node.storage import ledger
from node.storage.absences import Absences
from node.storage.database import Database, migrations
from node.storage.kept import Action, Kept
from node.storage.owners import LEASE, is_alive, this_process
from node.storage.runs import OpenRun, Runs
from node.storage.schedule import Schedule
from node.storage.sources import Sources, StoredSource
from node.storage.tables import absences, records, runs
from tests.records import at, keeper, page, prepared

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def add(database: Database, name: str, **more: object) -> StoredSource:
    sources = Sources(database)
    sources.add(Source(name=name, url="https://example.org/oai", **more), NOW)  # type: ignore[arg-type]
    return sources.get(name)


def finish(
    database: Database, stored: StoredSource, run: OpenRun, now: dt.datetime, status: RunStatus = RunStatus.OK
) -> None:
    Runs(database).finish(run, stored, status, now, requests=1, retries=0, next_from="2026-05-01")


def test_a_source_is_due_at_first_and_then_after_its_interval(database: Database) -> None:
    stored = add(database, "x", interval=86_400)
    schedule = Schedule(database)
    assert schedule.due(NOW) == ("x",)

    finish(database, stored, Runs(database).start(stored, Window(), NOW, plan="p"), NOW)

    assert schedule.due(NOW + DAY - dt.timedelta(seconds=1)) == ()
    assert schedule.due(NOW + DAY) == ("x",)
    after = Sources(database).get("x")
    assert (after.source.next_from, after.standing.plan) == ("2026-05-01", "p")
    assert after.standing.last_full == after.standing.last_ok == NOW.replace(tzinfo=None)


def test_the_longest_waiting_comes_first_and_new_sources_before_all(database: Database) -> None:
    for name, begun in (("late", NOW), ("early", NOW - DAY)):
        stored = add(database, name)
        finish(database, stored, Runs(database).start(stored, Window(), begun), begun)
    add(database, "new")
    add(database, "paused", paused=True)
    add(database, "by-hand", interval=0)

    assert Schedule(database).due(NOW + 2 * DAY) == ("new", "early", "late")


def test_an_incremental_run_does_not_count_as_a_complete_list(database: Database) -> None:
    stored = add(database, "x")

    finish(database, stored, Runs(database).start(stored, Window(from_="2026-01-01"), NOW, plan="p"), NOW)

    standing = Sources(database).get("x").standing
    assert (standing.last_full, standing.plan, standing.last_ok) == (None, "", NOW.replace(tzinfo=None))


def test_who_finds_a_source_due_too_late_is_turned_away(database: Database) -> None:
    stored = add(database, "x")
    store = Runs(database)
    finish(database, stored, store.start(stored, Window(), NOW, only_due=True), NOW)

    with pytest.raises(Conflict, match="not due any more"):
        store.start(stored, Window(), NOW, only_due=True)

    store.start(stored, Window(), NOW)  # by hand it can be done at any time


def test_a_run_of_another_machine_is_taken_over_when_its_heart_stops(database: Database) -> None:
    stored = add(database, "x")
    store = Runs(database)
    run = store.start(stored, Window(), NOW)
    with database.write() as connection:
        connection.execute(runs.update().values(owner="elsewhere:17:4711"))

    with pytest.raises(Conflict, match="elsewhere"):
        store.start(stored, Window(), NOW + LEASE - dt.timedelta(seconds=1))
    taken = store.start(stored, Window(), NOW + LEASE)

    assert (taken.id, taken.resumed) == (run.id, True)


def test_a_worker_leaves_a_host_alone_while_another_one_asks_it(database: Database) -> None:
    store, sources = Runs(database), Sources(database)
    for name, url in (
        ("one", "https://example.org/oai"),
        ("two", "https://EXAMPLE.org:8443/csw"),
        ("far", "https://example.net/oai"),
    ):
        sources.add(Source(name=name, url=url), NOW)
    store.start(sources.get("one"), Window(), NOW)
    with database.write() as connection:
        connection.execute(runs.update().values(owner="elsewhere:17:4711"))

    with pytest.raises(Conflict, match="'one', which is on the same host"):
        store.start(sources.get("two"), Window(), NOW, only_due=True)
    store.start(sources.get("far"), Window(), NOW, only_due=True)
    by_hand = store.start(sources.get("two"), Window(), NOW)
    assert by_hand.resumed is False


def test_a_host_is_free_again_when_who_asked_it_is_dead(database: Database) -> None:
    store, sources = Runs(database), Sources(database)
    for name in ("one", "two"):
        add(database, name)
    store.start(sources.get("one"), Window(), NOW)
    with database.write() as connection:
        connection.execute(runs.update().values(owner="elsewhere:17:4711"))

    run = store.start(sources.get("two"), Window(), NOW + LEASE, only_due=True)

    assert run.resumed is False


def test_a_process_of_another_machine_is_not_mistaken_for_one_of_the_same_number_here() -> None:
    machine, pid, started = this_process().split(":")
    moment = NOW.replace(tzinfo=None)
    with subprocess.Popen(["sleep", "60"]) as other:
        begun = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
        here, elsewhere = f"{machine}:{other.pid}:{begun}", f"{machine}-2:{other.pid}:1"
        assert is_alive(here, moment, moment + 10 * LEASE), "known to be alive, however long it says nothing"
        assert not is_alive(f"{machine}:{other.pid}:{int(begun) - 1}", moment, moment), "its number was used again"
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(here, moment, moment), "dead, though its parent has not taken note"

    assert is_alive(elsewhere, moment, moment + LEASE / 2) and not is_alive(elsewhere, moment, moment + LEASE)
    assert not is_alive("", moment, moment)
    assert (int(pid), started.isdigit()) == (os.getpid(), True)


def test_a_beat_keeps_a_run_and_letting_go_gives_it_away(database: Database) -> None:
    stored = add(database, "x")
    store = Runs(database)
    run = store.start(stored, Window(), NOW)

    store.beat(run, NOW + DAY)
    with database.read() as connection:
        owner, heartbeat = connection.execute(sa.select(runs.c.owner, runs.c.heartbeat)).one()
    assert (owner, heartbeat) == (this_process(), (NOW + DAY).replace(tzinfo=None))

    store.let_go(run)
    with database.read() as connection:
        owner = connection.execute(sa.select(runs.c.owner)).scalar_one()
    assert not is_alive(owner, heartbeat, heartbeat)


def test_absences_are_counted_once_a_run_and_forgiven(database: Database) -> None:
    stored = add(database, "x", reconcile_after=2)
    kept, store = Absences(database), Runs(database)
    first = store.start(stored, Window(), NOW)
    names = [f"oai:example.org:{number}" for number in range(3)]
    published = [
        Kept(
            action=Action.PUBLISH,
            entry=LedgerEntry(identifier=name, outcome=Outcome.CREATED),
            prepared=prepared(name),
            rdf_digest="0" * 64,
        )
        for name in names
    ]
    keeper(database).keep(first.id, stored, page(*names, done=True), published, at(NOW))
    finish(database, stored, first, NOW)

    def lists(*listed: str) -> tuple[int, int, int]:
        run = store.start(stored, Window(), NOW)
        entries = [LedgerEntry(identifier=name, outcome=Outcome.UNCHANGED) for name in listed]
        with database.write() as connection:
            ledger.enter(connection, run.id, entries)
        missing, live = kept.missing(run.id, stored)
        kept.forget(run.id, stored)
        assert kept.note(run.id, stored) == kept.note(run.id, stored) == missing, "a resumed run counts nothing twice"
        gone = kept.settle(run.id, stored, at(NOW))
        account = store.get(run.id)
        finish(database, stored, run, NOW)
        assert (account.absent, account.reconciled) == (missing, gone)
        return missing, live, gone

    assert lists(names[0], names[1]) == (1, 3, 0)
    assert lists(names[0]) == (2, 3, 1), "the third is gone for the second time, the second for the first"
    assert lists(names[0], names[1]) == (0, 2, 0)
    assert lists(names[0]) == (1, 2, 0), "it was seen in between"
    with database.read() as connection:
        assert connection.execute(sa.select(absences.c.sightings)).scalars().all() == [1]
        states = connection.execute(sa.select(records.c.state).order_by(records.c.identifier)).scalars().all()
    assert states == ["live", "live", "deleted"]


def test_bounds_and_schedule_can_be_changed(database: Database) -> None:
    stored = add(database, "x")
    bounds = dataclasses.replace(stored.source.bounds, min_records=5)

    Sources(database).change(dataclasses.replace(stored.source, interval=60, bounds=bounds, reconcile_after=0))

    changed = Sources(database).get("x").source
    assert (changed.interval, changed.bounds.min_records, changed.reconcile_after) == (60, 5, 0)


def test_what_was_registered_before_schedules_keeps_everything(database: Database) -> None:
    stored = add(database, "x")
    Runs(database).start(stored, Window(), NOW)
    with database.engine.connect() as connection:
        command.downgrade(migrations(connection), "0001")
        connection.commit()

    database.migrate(NOW)

    migrated = Sources(database).get("x")
    assert (migrated.source, len(Runs(database).latest())) == (stored.source, 1)
