"""Waivers and signatures, over every kind of database."""

from __future__ import annotations

import datetime as dt

import pytest

from node.audit.waiving import Waiving
from node.errors import Conflict, NotFound, SettingsError
from node.storage.database import Database
from node.storage.waivers import Signatures, Waivers

TODAY = dt.date(2026, 5, 1)
LATER = dt.date(2026, 6, 1)


def waive(database: Database, code: str = "A", **more: str | None) -> int:
    return Waivers(database).add(code, reason="known", owner="Ada", today=TODAY, expires=LATER, **more).number


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

    ended = waivers.end(number, TODAY + dt.timedelta(days=3))

    assert ended.holds(TODAY + dt.timedelta(days=2)) and not ended.holds(TODAY + dt.timedelta(days=3))
    assert waivers.all() == (ended,)
    with pytest.raises(Conflict, match="ended already"):
        waivers.end(number, TODAY)
    with pytest.raises(Conflict, match="ended already"):
        waivers.end(waive(database), LATER)
    with pytest.raises(NotFound):
        waivers.end(99, TODAY)


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"owner": ""}, {"expires": TODAY}])
def test_a_waiver_has_a_reason_an_owner_and_an_end(database: Database, wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"reason": "known", "owner": "Ada", "today": TODAY, "expires": LATER, **wrong}
    with pytest.raises(SettingsError):
        Waivers(database).add("A", **values)  # type: ignore[arg-type]
    assert Waivers(database).all() == ()


def test_only_an_audit_that_is_there_can_be_signed(database: Database) -> None:
    now = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    with pytest.raises(NotFound):
        Signatures(database).sign("0" * 64, "Ada", now)
    for nobody in (" ", "x" * 300):
        with pytest.raises(SettingsError):
            Signatures(database).sign("0" * 64, nobody, now)
