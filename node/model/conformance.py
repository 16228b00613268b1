"""What is found out about whether a provider keeps to OAI-PMH: points, what was seen of each, and the report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from node.model.run import RunError


class Level(Enum):
    """How much a point weighs: of the protocol (`must`), of good sense (`should`), or of an aggregator (`profile`)."""

    MUST = "must"
    SHOULD = "should"
    PROFILE = "profile"

    def weighs(self, limit: Level) -> bool:
        """Whether this is at least as heavy as `limit`."""
        order = list(Level)
        return order.index(self) <= order.index(limit)


class State(Enum):
    """What came of a point.

    `not-applicable` is a good answer: there is nothing here that could break the point. `undecided` is none: there may
    be something, and it could not be looked at.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A point, and what came of it.

    Attributes:
        id: such as `E12`.
        section: of OAI-PMH 2.0, or the guideline that asks for it.
        level: how much it weighs.
        requirement: what is asked.
        state: what came of it.
        seen: what was seen, or why nothing could be.
        request: the request that shows it, where it is one; a URL.
        advice: how to mend it; empty where there is nothing to mend.
    """

    id: str
    section: str
    level: Level
    requirement: str
    state: State
    seen: str
    request: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceReport:
    """What came of all points.

    Attributes:
        url: the provider's base URL.
        prefix, set_spec: what was listed.
        started: UTC.
        seconds, requests: what it took.
        outcomes: one for each point asked, in the order of the plan.
        error: why the provider could not be looked at; then all outcomes are undecided.
    """

    url: str
    prefix: str
    set_spec: str | None
    started: dt.datetime
    seconds: float
    requests: int
    outcomes: tuple[Outcome, ...]
    error: RunError | None = None

    def having(self, state: State, limit: Level = Level.PROFILE) -> tuple[Outcome, ...]:
        """Return the outcomes in a state that weigh at least `limit`."""
        return tuple(each for each in self.outcomes if each.state is state and each.level.weighs(limit))
