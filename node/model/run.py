"""A harvest run and its ledger: every identifier listed ends in exactly one state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import Enum

from node.model.oai import Window


class Outcome(Enum):
    """The state an identifier ends in."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


class RunStatus(Enum):
    """The state of a run; `running` is the only one that can change."""

    RUNNING = "running"
    OK = "ok"
    SUSPECT = "suspect"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What became of one identifier in one run; `code` and `reason` say why for rejected and quarantined ones."""

    identifier: str
    outcome: Outcome
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """Why a run ended early."""

    code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestRun:
    """A run's account.

    Attributes:
        run: its number.
        source: the source's name.
        status: see `RunStatus`.
        started, ended: UTC; `ended` is `None` while it runs.
        headers: headers the source listed, repeats included (the harvester's own count).
        repeated: headers whose identifier the run had met before.
        counts: identifiers by outcome, counted from the ledger.
        window: what was asked for; open ends list everything.
        absent: live records that a complete list did not hold.
        reconciled: those of them that now count as deleted; they were not listed, so they are not in the ledger.
        complete_list_size: what the source last said the whole list holds; `None` where it does not say.
        pages, requests, retries: what it took.
        error: why it ended early; `None` otherwise.
    """

    run: int
    source: str
    status: RunStatus
    started: dt.datetime
    ended: dt.datetime | None
    headers: int
    repeated: int
    counts: dict[Outcome, int]
    pages: int
    requests: int
    retries: int
    window: Window = field(default_factory=Window)
    absent: int = 0
    reconciled: int = 0
    complete_list_size: int | None = None
    error: RunError | None = None

    @property
    def listed(self) -> int:
        """Distinct identifiers listed."""
        return self.headers - self.repeated

    @property
    def balanced(self) -> bool:
        """Every identifier listed is in exactly one state."""
        return sum(self.counts.values()) == self.listed
