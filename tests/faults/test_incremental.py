"""Harvests after the first one: from where they go on, what moves that place, and what an interruption leaves behind
(OAI-PMH 2.0, section 2.7.1; https://www.openarchives.org/OAI/2.0/guidelines-harvester.htm).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from node.model.oai import Window
from node.model.run import Outcome, RunStatus
from tests.faults.dated import Dated
from tests.faults.documents import ALL, FIRST, LAST, SECOND, error, identify, ids, listing, page, record, token
from tests.faults.scenario import Played, Scenario, Stage, check, serve
from tests.servers.hostile import Asked, Reply, Script

DAY = "YYYY-MM-DD"
STAMPS = {number: f"2026-01-1{number}T00:00:00Z" for number in range(1, 9)}


def _lists(played: Played) -> list[dict[str, str]]:
    """The requests for lists, without what they have in common."""
    return [
        {name: value for name, value in asked.params.items() if name not in ("verb", "metadataPrefix")}
        for asked in played.asked
        if asked.params["verb"] == "ListRecords"
    ]


def _fall_over(after: int) -> Callable[..., None]:
    """Return a progress function that kills the harvest once so many records are kept."""

    def progress(_page: object, done: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    return progress


def _killed(stage: Stage, scenario: Scenario, after: int, **more: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        stage.play(scenario, progress=_fall_over(after), **more)


def test_the_next_harvest_goes_on_an_hour_before_the_servers_own_clock(stage: Stage) -> None:
    late = page(1, 2, to="").replace(b"2026-06-01T00:00:00Z", b"2026-06-01T00:05:00Z")
    scenario = Scenario(name="clock-of-identify", script=serve(first=late), kept=ids(1, 2), requests=2)
    check(stage.play(scenario), scenario)

    again = stage.again(scenario)

    assert _lists(again) == [{"from": "2026-05-31T23:00:00Z"}], "no until, so that nothing falls between two harvests"
    assert again.run.status is RunStatus.OK
    assert again.run.counts[Outcome.UNCHANGED] == 2


def test_a_server_that_counts_in_days_is_asked_a_day_back_in_days(stage: Stage) -> None:
    stamps = {number: stamp[:10] for number, stamp in STAMPS.items()}
    scenario = Scenario(name="days", script=Dated(stamps=stamps, granularity=DAY), kept=ids(*STAMPS), requests=5)
    check(stage.play(scenario), scenario)

    again = stage.again(replace(scenario, script=Dated(stamps={**stamps, 9: "2026-05-31"}, granularity=DAY)))

    assert _lists(again) == [{"from": "2026-05-31"}]
    assert again.run.status is RunStatus.OK
    assert (again.run.listed, again.run.counts[Outcome.CREATED]) == (1, 1)


def _days_called_seconds(script: Script) -> Script:
    """A repository that Identify says to know seconds, and that refuses them."""

    def answer(asked: Asked) -> Reply:
        if asked.params.get("verb") == "Identify":
            return Reply(body=identify())
        if "T" in asked.params.get("from", "") + asked.params.get("until", ""):
            return Reply(body=error("badArgument"))
        return script(asked)

    return answer


def test_a_server_of_days_that_says_seconds_is_asked_in_days_when_it_refuses(stage: Stage) -> None:
    scenario = Scenario(name="days-called-seconds", script=_days_called_seconds(serve()))
    check(stage.play(scenario), scenario)

    again = stage.again(scenario)

    assert _lists(again)[:2] == [{"from": "2026-05-31T23:00:00Z"}, {"from": "2026-05-31"}]
    assert again.run.status is RunStatus.OK
    assert again.findings == ("harvest.days-only",)
    assert again.run.counts[Outcome.UNCHANGED] == 6


def test_a_server_of_days_that_says_seconds_is_asked_in_days_in_every_set(stage: Stage) -> None:
    scenario = Scenario(
        name="days-called-seconds-in-sets",
        script=_days_called_seconds(serve(first=page(1, 2, to=""))),
        source={"set_specs": ("a", "b")},
        kept=ids(1, 2),
        requests=3,
    )
    check(stage.play(scenario), scenario)

    again = stage.again(scenario)

    assert [asked["from"] for asked in _lists(again)] == ["2026-05-31T23:00:00Z", "2026-05-31", "2026-05-31"]
    assert again.run.status is RunStatus.OK


def test_a_badargument_that_days_do_not_mend_is_told(stage: Stage) -> None:
    scenario = Scenario(name="refuses-dates", script=serve())
    check(stage.play(scenario), scenario)

    again = stage.again(replace(scenario, script=serve(first=error("badArgument"))))

    assert again.run.status is RunStatus.FAILED
    assert again.run.error is not None and again.run.error.code == "harvest.oai-error"
    assert len(_lists(again)) == 2
    assert stage.again(scenario, window=Window()).run.status is RunStatus.OK


def test_only_a_complete_harvest_moves_the_place_to_go_on(stage: Stage) -> None:
    scenario = Scenario(name="failed-in-between", script=serve())
    check(stage.play(scenario), scenario)
    later = identify(date="2026-06-01T00:09:00Z")

    failed = stage.again(replace(scenario, script=serve(identify=later, two=Reply(status=404))))
    good = stage.again(replace(scenario, script=serve(identify=later)))
    last = stage.again(scenario)

    assert failed.run.status is RunStatus.FAILED
    assert [_lists(played)[0] for played in (failed, good, last)] == [
        {"from": "2026-05-31T23:00:00Z"},
        {"from": "2026-05-31T23:00:00Z"},
        {"from": "2026-05-31T23:09:00Z"},
    ]


def test_a_first_harvest_that_failed_begins_again_with_everything(stage: Stage) -> None:
    scenario = Scenario(
        name="failed-at-first",
        script=serve(three=Reply(status=403)),
        kept=ids(1, 2, 3, 4),
        error="fetch.http-status",
    )
    check(stage.play(scenario), scenario)

    again = stage.again(replace(scenario, script=serve()))

    assert _lists(again) == [{}, {"resumptionToken": "two"}, {"resumptionToken": "three"}]
    assert again.run.status is RunStatus.OK
    assert sorted(again.live) == sorted(ALL)


def test_a_harvest_that_lost_a_window_does_not_move_the_place_to_go_on(stage: Stage) -> None:
    days = {number: stamp[:10] for number, stamp in STAMPS.items()}
    broken = Dated(stamps=days, granularity=DAY, poison=frozenset({5}))
    scenario = Scenario(name="lost-a-window", script=broken)

    failed = stage.play(scenario)
    again = stage.again(replace(scenario, script=Dated(stamps=days, granularity=DAY)))

    assert failed.run.error is not None and failed.run.error.code == "harvest.window-failed"
    assert _lists(again)[0] == {}
    assert again.run.status is RunStatus.OK
    assert sorted(again.live) == sorted(ids(*STAMPS))


def test_a_server_that_ignores_from_gives_nothing_new(stage: Stage) -> None:
    scenario = Scenario(name="ignores-from", script=serve())
    check(stage.play(scenario), scenario)

    again = stage.again(scenario)

    assert again.run.status is RunStatus.OK
    assert (again.run.listed, again.run.counts[Outcome.UNCHANGED]) == (6, 6)
    assert len(again.asked) == 4


def test_nothing_new_is_a_complete_harvest(stage: Stage) -> None:
    scenario = Scenario(name="nothing-new", script=serve())
    check(stage.play(scenario), scenario)
    later = serve(identify=identify(date="2026-06-01T00:09:00Z"), first=error("noRecordsMatch"))

    nothing = stage.again(replace(scenario, script=later))
    after = stage.again(scenario)

    assert nothing.run.status is RunStatus.OK and nothing.run.listed == 0
    assert sorted(nothing.live) == sorted(ALL), "an incremental list says nothing of what it does not hold"
    assert _lists(after)[0] == {"from": "2026-05-31T23:09:00Z"}


def test_changes_and_deletions_arrive_in_the_next_harvest(stage: Stage) -> None:
    scenario = Scenario(name="changes", script=serve())
    check(stage.play(scenario), scenario)
    news = listing(record(1, "New title"), record(2, status="deleted", metadata=""), record(7), token("")).encode()

    again = stage.again(replace(scenario, script=serve(first=news)))

    assert again.run.status is RunStatus.OK
    assert {name: state for name, (state, _) in again.ledger.items()} == dict(
        zip(ids(1, 2, 7), ("updated", "deleted", "created"), strict=True)
    )
    assert sorted(again.live) == sorted(ids(1, 3, 4, 5, 6, 7))
    assert again.live[ids(1)[0]] == "New title"


def test_a_killed_harvest_goes_on_at_its_page(stage: Stage) -> None:
    scenario = Scenario(name="killed", script=serve())
    _killed(stage, scenario, 4)

    resumed = stage.again(scenario)

    assert resumed.run.status is RunStatus.OK
    assert resumed.run.balanced and resumed.run.listed == len(resumed.ledger) == 6
    assert sorted(resumed.live) == sorted(ALL)
    assert _lists(resumed) == [{"resumptionToken": "three"}]
    assert len(resumed.asked) == 1, "what is known already is not asked for again"


def test_a_token_that_expired_meanwhile_begins_the_list_again(stage: Stage) -> None:
    scenario = Scenario(name="expired", script=serve())
    _killed(stage, scenario, 4)
    fresh = serve(
        first=page(1, 2, to="b"), more={"b": page(3, 4, to="c"), "c": LAST}, three=error("badResumptionToken")
    )

    resumed = stage.again(replace(scenario, script=fresh))

    assert resumed.run.status is RunStatus.OK
    assert resumed.findings == ("harvest.list-restarted",)
    assert resumed.run.balanced and resumed.run.listed == 6
    assert sorted(resumed.live) == sorted(ALL)
    assert [asked.get("resumptionToken") for asked in _lists(resumed)] == ["three", None, "b", "c"]


def test_a_token_that_expires_again_and_again_is_an_error(stage: Stage) -> None:
    scenario = Scenario(name="expired-for-ever", script=serve())
    _killed(stage, scenario, 4)

    resumed = stage.again(replace(scenario, script=serve(two=SECOND, three=error("badResumptionToken"))))

    assert resumed.run.status is RunStatus.FAILED
    assert resumed.run.error is not None and resumed.run.error.code == "harvest.oai-error"
    assert sorted(resumed.live) == sorted(ids(1, 2, 3, 4))
    assert resumed.run.balanced


def test_a_harvest_killed_between_windows_goes_on_between_them(stage: Stage) -> None:
    scenario = Scenario(name="killed-in-windows", script=Dated(stamps=STAMPS, most=3))
    _killed(stage, scenario, 5)

    resumed = stage.again(scenario)

    assert resumed.run.status is RunStatus.OK
    assert resumed.run.balanced and resumed.run.listed == len(STAMPS)
    assert sorted(resumed.live) == sorted(ids(*STAMPS))
    assert "from" in _lists(resumed)[0] or "until" in _lists(resumed)[0], "what was split stays split"


def test_a_page_is_kept_with_every_namespace_it_was_in(stage: Stage) -> None:
    second = listing(
        record(3, payload="<oai_dc:dc xsi:type='own:kind'><dc:title>Record 3</dc:title></oai_dc:dc>"),
        token(""),
        xmlns=f'xmlns="http://www.openarchives.org/OAI/2.0/" {_BOUND}',
    )
    scenario = Scenario(name="raw", script=serve(first=FIRST, two=second.encode()), kept=ids(1, 2, 3), requests=3)
    check(stage.play(scenario), scenario)

    raw = stage.raw(scenario, ids(3)[0])

    assert raw.tag == "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
    assert raw.nsmap["own"] == "urn:own", "a prefix that only an attribute's value uses"


_BOUND = (
    'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:own="urn:own" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
