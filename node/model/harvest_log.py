"""The public account of a source's harvests: what anybody may know of its runs, their ledgers and what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from node.model.report import Severity
from node.model.run import HarvestRun, Outcome


class SourceState(Enum):
    """How a source fares."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    DEAD = "dead"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNote:
    """One kind of thing met about a source's answers in a run, and how often.

    There is no message: messages quote what the source sent, and no label says who may see that.
    """

    code: str
    severity: Severity
    advice: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many identifiers of a run ended in a state for a reason that has a code."""

    outcome: Outcome
    code: str
    identifiers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRun:
    """A run with what was met on its way.

    Attributes:
        reasons: counted for a run that is shown by itself; empty in a list of runs.
        told: its figures may be told to who is asking: they count nothing that is hidden from them. Where they may not,
            there are no notes and reasons either.
        seen: where they may not, the identifiers by state that are named to who is asking, for a run that is shown by
            itself.
    """

    run: HarvestRun
    notes: tuple[RunNote, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    told: bool = True
    seen: Mapping[Outcome, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntry:
    """A ledger entry whose record its reader may see.

    Attributes:
        local_id: the node's own name of the record.
        code: why, where the reason is the run's and not the record's.
    """

    identifier: str
    outcome: Outcome
    local_id: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """A part of a ledger, by identifier; `after` is where the next part goes on, `None` at the end."""

    entries: tuple[NamedEntry, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSource:
    """A source, how it fares, and when it is harvested next. Times are UTC without zone.

    Attributes:
        state: see `SourceState`.
        interval: seconds between two runs of a worker; 0 leaves the source to people.
        full_every: seconds after which everything is listed again.
        next_run: when a worker harvests it next; `None` where none will.
        last_ok, last_full: when a run last ended well, and when a good one last listed everything.
        failures: failed runs in a row.
        public, held, tombstones: records the public can see, versions held back (`None` where who is asking may not be
            told), and deleted records.
        score: mean share of the FAIR points gained, 0..1; `None` before any audit.
    """

    name: str
    url: str
    kind: str
    metadata_prefix: str
    set_specs: tuple[str, ...]
    state: SourceState
    interval: int
    full_every: int
    next_run: dt.datetime | None
    last_ok: dt.datetime | None
    last_full: dt.datetime | None
    failures: int
    public: int
    held: int | None
    tombstones: int
    score: float | None

    def freshness(self, now: dt.datetime) -> int | None:
        """Return the seconds since the last good run; `None` where there was none."""
        if self.last_ok is None:
            return None
        return max(0, int((now.astimezone(dt.UTC).replace(tzinfo=None) - self.last_ok).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLog:
    """A source's log: its latest runs, newest first; where there are older ones, they come `before` that run."""

    source: LoggedSource
    runs: tuple[LoggedRun, ...]
    before: int | None
