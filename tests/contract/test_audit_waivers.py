"""Waivers and signatures, over every kind of database."""

from __future__ import annotations

import datetime as dt

import pytest

from node.audit.waiving import Waiving
from node.errors import Conflict, NotFound, SettingsError
from node.storage.database import Database
from node.storage.trail import Trail
from node.storage.waivers import Signatures, Waivers

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
LATER = dt.date(2026, 6, 1)


def waive(database: Database, code: str = "A", **more: str | None) -> int:
    given = {"reason": "known", "owner": "Ada", "expires": LATER, "actor": "cli:ada", "now": NOW, **more}
    return Waivers(database).add(code, **given).number  # type: ignore[arg-type]


def test_a_waiver_covers_its_rule_in_its_records_until_its_day(database: Database) -> None:
    waive(database)
    waive(database, "B", source="s")
    waive(database, "C", record="r")
    waivers = Waivers(database)

    last = LATER - dt.timedelta(days=1)
    for day in (TODAY, last):
        waiving = Waiving(waivers.holding(day))
        covered = {
            (code, source, record)
            for code in "ABCD"
            for source in ("s", "t")
            for record in ("r", "q")
            if waiving.covering(code, source, record)
        }
        assert covered == {
            *(("A", source, record) for source in ("s", "t") for record in ("r", "q")),
            ("B", "s", "r"),
            ("B", "s", "q"),
            ("C", "s", "r"),
            ("C", "t", "r"),
        }
    assert waivers.holding(LATER) == () and waivers.holding(TODAY - dt.timedelta(days=1)) == ()
    assert len(waivers.all()) == 3


def test_a_waiver_taken_back_counts_no_more_and_is_still_told(database: Database) -> None:
    number = waive(database)
    waivers = Waivers(database)

    ended = waivers.end(number, "cli:ada", NOW + dt.timedelta(days=3))

    assert ended.holds(TODAY + dt.timedelta(days=2)) and not ended.holds(TODAY + dt.timedelta(days=3))
    assert waivers.all() == (ended,)
    with pytest.raises(Conflict, match="ended already"):
        waivers.end(number, "cli:ada", NOW)
    with pytest.raises(Conflict, match="ended already"):
        waivers.end(waive(database), "cli:ada", NOW + dt.timedelta(days=31))
    with pytest.raises(NotFound):
        waivers.end(99, "cli:ada", NOW)


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"owner": ""}, {"expires": TODAY}])
def test_a_waiver_has_a_reason_an_owner_and_an_end(database: Database, wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        waive(database, **wrong)  # type: ignore[arg-type]
    assert Waivers(database).all() == ()


def test_only_an_audit_that_is_there_can_be_signed(database: Database) -> None:
    now = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    with pytest.raises(NotFound):
        Signatures(database).sign("0" * 64, "Ada", now)
    for nobody in (" ", "x" * 300):
        with pytest.raises(SettingsError):
            Signatures(database).sign("0" * 64, nobody, now)


def test_what_was_waived_taken_back_and_ran_out_is_in_the_trail_once(database: Database) -> None:
    waivers = Waivers(database)
    kept, ended = waive(database, source="s"), waive(database, "B")
    waivers.end(ended, "cli:ben", NOW)

    told = [waivers.tell_expired("worker", NOW + dt.timedelta(days=days)) for days in (0, 30, 31, 32)]

    assert told == [0, 0, 1, 0]
    assert [(entry.act.actor, entry.act.action, entry.act.object) for entry in Trail(database).entries()] == [
        ("cli:ada", "waiver", f"waiver:{kept}"),
        ("cli:ada", "waiver", f"waiver:{ended}"),
        ("cli:ben", "waiver-end", f"waiver:{ended}"),
        ("worker", "waiver-expired", f"waiver:{kept}"),
    ]
