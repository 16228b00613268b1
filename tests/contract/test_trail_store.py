"""The trail in SQL: one chain whoever writes, and every tampering with its rows shows."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from node.model.trail import BEGINNING, Act
from node.sovereignty.signatures import new_keys, verify
from node.sovereignty.trail import HEAD_KIND, prove, read_head
from node.storage.database import Database
from node.storage.trail import Trail, append
from node.storage.trail_tables import trail as rows
from tests.records import at

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


def acts(count: int, actor: str = "anonymous") -> list[Act]:
    return [
        Act(actor=actor, action="read", object=f"record-{n}", reasons=("access is restricted",)) for n in range(count)
    ]


@pytest.fixture
def trail(database: Database) -> Trail:
    made = Trail(database)
    made.note(acts(5), at(NOW))
    made.note([Act(actor="cli:ann", action="override", object="r", permitted=True, reasons=("ü \x00 '",))], at(NOW))
    return made


def test_what_is_entered_is_read_back_and_proved(trail):
    assert list(prove(trail.entries())) == []
    assert [entry.seq for entry in trail.entries()] == [1, 2, 3, 4, 5, 6]
    assert [entry.act.object for entry in trail.entries(denied=True, after=3)] == ["record-3", "record-4"]
    assert [entry.seq for entry in trail.entries(action="override")] == [6]
    assert [entry.seq for entry in trail.entries(about="record-1")] == [2]


def test_an_empty_trail_has_its_beginning_as_end(database):
    assert Trail(database).last() == (0, BEGINNING)
    assert list(Trail(database).entries()) == []


def test_writers_at_the_same_time_make_one_chain(database):
    def write(name: str) -> None:
        for _ in range(10):
            Trail(database).note(acts(3, name), at(NOW))

    threads = [threading.Thread(target=write, args=(f"writer-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = list(Trail(database).entries())
    assert len(entries) == 120
    assert list(prove(entries)) == []


def test_acts_of_a_transaction_that_fails_were_never_entered(database):
    with pytest.raises(RuntimeError), database.write() as connection:
        append(connection, acts(2), at(NOW))
        raise RuntimeError

    assert Trail(database).last() == (0, BEGINNING)


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    [
        (sa.update(rows).where(rows.c.seq == 3).values(actor="nobody"), {"changed"}),
        (sa.update(rows).where(rows.c.seq == 3).values(permitted=True), {"changed"}),
        (sa.update(rows).where(rows.c.seq == 3).values(reasons=[]), {"changed"}),
        (sa.update(rows).where(rows.c.seq == 3).values(at=dt.datetime(2020, 1, 1)), {"changed"}),
        (sa.delete(rows).where(rows.c.seq == 3), {"gap"}),
        (sa.delete(rows).where(rows.c.seq > 3), {"cut"}),
        (sa.delete(rows), {"cut"}),
    ],
)
def test_tampering_with_the_rows_shows(database, trail, tamper, kinds):
    keys = new_keys()
    head, signature = trail.sign("https://node.example", lambda body: keys.sign(body, HEAD_KIND), NOW)

    with database.write() as connection:
        connection.execute(tamper)

    [(body, kept)] = trail.heads()
    assert kept == signature and verify(body, kept, HEAD_KIND, keys.public())
    assert read_head(body) == head
    assert {fault.kind for fault in prove(trail.entries(), [read_head(body)])} == kinds


def test_heads_wait_to_be_kept_elsewhere(trail):
    keys = new_keys()
    trail.sign("https://node.example", lambda body: keys.sign(body, HEAD_KIND), NOW)

    [(number, body, _)] = trail.kept_nowhere()
    trail.keep(number, "audit/head/ab/abcd")

    assert trail.kept_nowhere() == ()
    assert trail.latest_head()[0] == body
