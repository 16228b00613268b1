"""Checks any OAI-PMH provider from outside, point by point, within bounds, and says what to mend.

It asks what a harvester could ask, and changes nothing; `fairnode oai verify` is its command. What a harvest would
make of the records is the business of `node.preflight`.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from node.conformance.answers import Answer
from node.conformance.asking import Asker, Door, Fails, NotApplicable, OpenDoor, Undecided
from node.conformance.points import OF_REST, POINTS, Point
from node.conformance.subject import Subject
from node.errors import SettingsError
from node.model.conformance import ConformanceReport, Outcome, State
from node.model.run import RunError
from node.telemetry import logger

__all__ = ["Bounds", "Door", "OpenDoor", "verify"]

_log = logger("conformance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a check goes.

    Attributes:
        records: of one list that are followed, at most; the last page is taken whole.
        requests: sent in all, at most.
    """

    records: int = 1000
    requests: int = 600


def verify(
    url: str,
    open_door: OpenDoor,
    *,
    now: Callable[[], dt.datetime],
    prefix: str = "oai_dc",
    set_spec: str | None = None,
    bounds: Bounds = Bounds(),
    only: Collection[str] = (),
    say: Callable[[str], None] = lambda text: None,
) -> ConformanceReport:
    """Check a provider and return what came of each point; nothing about the provider is raised.

    Args:
        url: the base URL, as it is to be known to harvesters.
        open_door: opens a way to it; called once for each thread.
        now: the clock, UTC.
        prefix: the format whose lists are followed.
        set_spec: the set whose lists are followed; `None` is everything.
        bounds: how far to go.
        only: the points to check, by id; empty is all.
        say: takes a line of progress now and then.

    Raises:
        SettingsError: `only` names a point that is none, or there is no list of the set or the format asked for.
    """
    unknown = set(only) - {point.id for point in POINTS}
    if unknown:
        raise SettingsError(
            f"there is no point {', '.join(sorted(unknown))}", advice=f"Points are {POINTS[0].id} to {POINTS[-1].id}."
        )
    started, begun = now(), time.monotonic()
    asker = Asker(url, open_door, bounds.requests, now)
    subject = Subject(asker, prefix=prefix, set_spec=set_spec, most=bounds.records, clock=now)
    chosen = [point for point in POINTS if not only or point.id in only]
    found: dict[str, Outcome] = {}
    error: RunError | None = None
    try:
        _ = subject.identify
        _refuse_nothing(subject)
    except (Undecided, Fails) as problem:
        error = RunError(
            code="conformance.no-provider",
            message=str(problem),
            advice="Give the base URL of an OAI-PMH 2.0 provider: the one that Identify is asked at.",
        )
    # Points that look at every answer come when all answers are there.
    for point in sorted(chosen, key=lambda point: point.of_all):
        say(f"{point.id} {point.requirement}")
        found[point.id] = _outcome(point, subject) if error is None else _told(point, State.UNDECIDED, error.message)
    doubtful = [point.id for point in chosen if point.id in OF_REST and found[point.id].state is State.FAILED]
    if doubtful and (change := subject.changed()):
        # Two lists of different times need not be alike.
        for each in doubtful:
            was = found[each]
            found[each] = replace(was, state=State.UNDECIDED, seen=f"{change}: {was.seen}"[:1000], advice="")
    return ConformanceReport(
        url=url,
        prefix=prefix,
        set_spec=set_spec,
        started=started,
        seconds=round(time.monotonic() - begun, 3),
        requests=asker.requests,
        outcomes=tuple(found[point.id] for point in chosen),
        error=error,
    )


def _refuse_nothing(subject: Subject) -> None:
    """See to it that what was asked for is there: a list that is refused would break many points, or none."""
    wrong = {"cannotDisseminateFormat"} if subject.prefix != "oai_dc" else set()
    wrong |= {"noRecordsMatch", "noSetHierarchy", "badArgument"} if subject.scope else set()
    if not wrong or subject.records.pages or subject.records.broken is None:
        return
    if wrong & set(subject.records.broken.codes):
        asked = " ".join((subject.prefix, *subject.scope.values()))
        raise SettingsError(
            f"there is no list of {asked}: {subject.records.broken.said}",
            advice="Name a format that ListMetadataFormats names and a set of ListSets that holds records.",
        )


def _outcome(point: Point, subject: Subject) -> Outcome:
    try:
        return _told(point, State.PASSED, point.check(subject))
    except Fails as problem:
        return _told(point, State.FAILED, str(problem), problem.answer)
    except NotApplicable as reason:
        return _told(point, State.NOT_APPLICABLE, str(reason))
    except Undecided as reason:
        return _told(point, State.UNDECIDED, str(reason))
    except Exception as error:
        # An answer that a point did not reckon with: the others are still worth knowing.
        _log.exception("a point could not be checked", point=point.id, url=subject.asker.url)
        return _told(point, State.UNDECIDED, f"the check broke down: {type(error).__name__}: {error}")


def _told(point: Point, state: State, seen: str, answer: Answer | None = None) -> Outcome:
    return Outcome(
        id=point.id,
        section=point.section,
        level=point.level,
        requirement=point.requirement,
        state=state,
        seen=seen[:1000],
        request="" if answer is None else _request(answer),
        advice=point.advice if state is State.FAILED else "",
    )


def _request(answer: Answer) -> str:
    text = answer.url if answer.method == "GET" else f"POST {answer.url} {answer.query}"
    return text if len(text) <= 500 else f"{text[:500]}..."
