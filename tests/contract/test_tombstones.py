"""Tombstones of what an audience lost: whose they are, and that nothing but the loss is told by them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from node.model.label import Access, Audience
from node.model.source import Source
from node.storage import tombstones
from node.storage.changes import advance
from node.storage.database import Database, migrations
from node.storage.deletions import bury
from node.storage.peer_tables import tombstones as table
from node.storage.sources import Sources
from node.storage.tables import records
from node.storage.withholding import DRIFT, withhold
from tests.contract.test_peer_listing import publish
from tests.labels import label
from tests.records import at, prepared

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


@pytest.fixture
def stored(database: Database) -> Database:
    """A database with one public record."""
    Sources(database).add(Source(name="test", url="https://source.example.org/oai"), NOW)
    publish(database, {"a": label()})
    return database


def owed(database: Database, audience: Audience) -> list[int]:
    with database.read() as connection:
        lost = tombstones.lost_by(audience).subquery()
        return list(connection.execute(sa.select(lost.c.seq)).scalars())


def change(database: Database, level: int | None) -> int:
    """Let a record be seen from an audience on, or by nobody; return its new number."""
    with database.write() as connection:
        number = connection.execute(sa.select(records.c.id)).scalar_one()
        before = tombstones.levels(connection, [number])
        tick = advance(connection, 1, at(NOW))
        connection.execute(records.update().values(audience=level, seq=tick.first, datestamp=tick.datestamp))
        tombstones.settle(connection, before)
    return tick.first


def test_each_audience_is_owed_its_own_last_loss_whatever_becomes_of_the_record(stored: Database) -> None:
    dice, losses, level = random.Random(4), dict[Audience, int](), 0
    for _ in range(100):
        now = dice.choice((None, 0, 1, 2, 3))
        number = change(stored, now)
        for audience in Audience:
            saw, sees = level is not None and level <= audience, now is not None and now <= audience
            if saw and not sees:
                losses[audience] = number
            if not sees:
                assert owed(stored, audience) == ([losses[audience]] if audience in losses else [])
        level = now


def bury_it(database: Database) -> None:
    with database.write() as connection:
        bury(connection, connection.execute(sa.select(records)).all(), at(NOW))


def publish_it(database: Database) -> None:
    publish(database, {"a": label(access=Access.CONFIDENTIAL)})


def withhold_it(database: Database) -> None:
    with database.write() as connection:
        withhold(connection, [("rdf", "a")], DRIFT, "a reason", at(NOW))


@pytest.mark.parametrize("lose", [bury_it, publish_it, withhold_it])
def test_who_gains_a_record_just_before_it_is_lost_is_owed_a_tombstone(
    stored: Database, lose: Callable[[Database], None]
) -> None:
    change(stored, None)
    with ThreadPoolExecutor(1) as other, stored.write() as connection:
        number = connection.execute(sa.select(records.c.id)).scalar_one()
        before = tombstones.levels(connection, [number])
        tick = advance(connection, 1, at(NOW))
        connection.execute(records.update().values(audience=0, seq=tick.first, datestamp=tick.datestamp))
        tombstones.settle(connection, before)
        losing = other.submit(lose, stored)
        wait_until_somebody_waits(stored)
        connection.commit()
        losing.result(30)

    with stored.read() as connection:
        row = connection.execute(sa.select(records.c.seq, records.c.audience, records.c.state)).one()
    assert row.seq > tick.first and (row.audience != 0 or row.state == "deleted")
    assert owed(stored, Audience.PUBLIC) == [row.seq]


def wait_until_somebody_waits(database: Database) -> None:
    """Return once a transaction waits for another one; a writer of SQLite waits before its first look."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while database.engine.dialect.name == "postgresql":
        with database.read() as connection:
            if connection.execute(waiting).scalar_one():
                return


def test_what_was_lost_before_there_were_tombstones_has_one_after_the_migration(stored: Database) -> None:
    from alembic import command

    change(stored, 2)
    with stored.engine.connect() as connection:
        command.downgrade(migrations(connection), "0011")
        connection.commit()
        before = connection.execute(sa.text("SELECT widest_audience, audience, seq FROM records")).one()
        command.upgrade(migrations(connection), "head")
        connection.commit()
    with stored.read() as connection:
        (row,) = connection.execute(sa.select(table)).all()

    assert tuple(before) == (0, 2, row.seq)
    assert row.audience == 0
    assert sorted(tombstones.names_in(row.sets)) == sorted(prepared("a").sets)
    assert sorted(tombstones.names_in(row.prefixes)) == sorted(prefix for prefix, _ in prepared("a").payloads)
    assert owed(stored, Audience.PUBLIC) == [row.seq]
