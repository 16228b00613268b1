"""Pages that always fail: the list is halved by datestamps until only the record that breaks the server is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from node.model.run import RunStatus
from tests.faults.dated import Dated
from tests.faults.documents import LAST, error, ids
from tests.faults.scenario import Scenario, Stage, by_name, check
from tests.servers.hostile import Asked, Reply, Script

STAMPS = {number: f"2026-0{1 + number // 3}-1{number}T0{number}:00:00Z" for number in range(1, 10)}
DAYS = {number: stamp[:10] for number, stamp in STAMPS.items()}
EVERY = ids(*STAMPS)
LOST = "harvest.window-lost"
CUT = Reply(body=LAST[:-90])


def _without(*numbers: int) -> tuple[str, ...]:
    return ids(*(number for number in STAMPS if number not in numbers))


def _in_set_b(asked: Asked) -> Reply:
    """Set a breaks on a record, set b does not hold it."""
    poison = frozenset({5} if asked.params.get("set") == "a" else ())
    return Dated(stamps=DAYS, granularity="YYYY-MM-DD", poison=poison, page_size=9)(asked)


EVERY_DAY = {number: f"2026-0{1 + number // 28}-{1 + number % 28:02d}" for number in range(112)}


def _bounded(holds: Callable[[str, str, str], bool]) -> Script:
    """A repository of 112 days that breaks on lists of over 60 records, and takes its bounds in a way of its own."""
    return Dated(stamps=EVERY_DAY, granularity="YYYY-MM-DD", page_size=20, most=60, holds=holds)


def _dies(asked: Asked) -> Reply:
    """Tokens that are not taken any more after three pages of a list."""
    if int(asked.params.get("resumptionToken", "//0").rpartition("/")[2]) >= 60:
        return Reply(body=error("badResumptionToken"))
    return Dated(stamps=EVERY_DAY, granularity="YYYY-MM-DD", page_size=20)(asked)


BOUNDS = (
    Scenario(name="until-left-out", script=_bounded(lambda first, last, stamp: first <= stamp < (last or "9"))),
    Scenario(name="from-left-out", script=_bounded(lambda first, last, stamp: first < stamp <= (last or "9"))),
    Scenario(
        name="until-that-means-midnight",
        script=_bounded(lambda first, last, stamp: first <= f"{stamp}T12:00:00Z" <= (last or "9")),
    ),
)
DYING = Scenario(name="tokens-that-die-before-the-list-ends", script=_dies)

SCENARIOS = (
    Scenario(
        name="poison-by-the-second",
        script=Dated(stamps=STAMPS, poison=frozenset({5})),
        kept=_without(5),
        error="harvest.window-failed",
        findings=(LOST,),
        requests=85,
    ),
    Scenario(
        name="poison-by-the-day",
        script=Dated(stamps=DAYS, granularity="YYYY-MM-DD", poison=frozenset({5})),
        kept=_without(5),
        error="harvest.window-failed",
        findings=(LOST,),
        requests=39,
    ),
    Scenario(
        name="poison-that-cuts-answers-short",
        script=Dated(stamps=DAYS, granularity="YYYY-MM-DD", poison=frozenset({5}), breaks=CUT),
        kept=_without(5),
        error="harvest.window-failed",
        findings=(LOST,),
        requests=41,
    ),
    Scenario(
        name="poison-that-resets-the-connection",
        script=Dated(stamps=DAYS, granularity="YYYY-MM-DD", poison=frozenset({5}), breaks=Reply(reset=True)),
        kept=_without(5),
        error="harvest.window-failed",
        findings=(LOST,),
        requests=39,
    ),
    Scenario(
        name="poison-in-two-places",
        script=Dated(stamps=DAYS, granularity="YYYY-MM-DD", poison=frozenset({2, 8})),
        kept=_without(2, 8),
        error="harvest.window-failed",
        findings=(LOST, LOST),
        requests=54,
    ),
    Scenario(
        name="poison-beside-others-of-its-second",
        script=Dated(stamps={**STAMPS, 4: STAMPS[5], 6: STAMPS[5]}, poison=frozenset({5}), page_size=1),
        # Only what comes before the poison can be had of its granule; what comes after it is in the window named.
        kept=_without(5, 6),
        error="harvest.window-failed",
        findings=(LOST,),
        requests=114,
    ),
    Scenario(
        name="poison-in-one-set-of-two",
        script=_in_set_b,
        source={"set_specs": ("a", "b")},
        kept=EVERY,
        error="harvest.window-failed",
        findings=(LOST,),
        requests=30,
    ),
    Scenario(
        name="lists-that-are-too-long-for-the-server",
        script=Dated(stamps=STAMPS, most=3),
        kept=EVERY,
        requests=13,
    ),
    Scenario(
        name="lists-that-are-too-long-and-dates-out-of-bounds",
        script=Dated(stamps={**STAMPS, 1: "2019-01-01T00:00:00Z", 9: "2031-01-01T00:00:00Z"}, most=3),
        kept=EVERY,
        requests=13,
    ),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=by_name)
def test_what_surrounds_a_page_that_always_fails_is_harvested(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", BOUNDS, ids=by_name)
def test_no_record_falls_between_two_halves(stage: Stage, scenario: Scenario) -> None:
    played = stage.play(scenario)

    assert played.run.status is RunStatus.OK and played.run.balanced
    assert sorted(played.live) == sorted(ids(*EVERY_DAY))


def test_a_list_that_outlives_its_tokens_is_had_in_windows(stage: Stage) -> None:
    played = stage.play(DYING)

    assert played.run.status is RunStatus.OK and played.run.balanced
    assert sorted(played.live) == sorted(ids(*EVERY_DAY))
    assert set(played.findings) == {"harvest.list-restarted"}
