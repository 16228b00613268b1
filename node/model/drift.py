"""Drift: how what is really stored differs from what the database says is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Drift(Enum):
    """The nine classes; each object that an audit meets falls into one."""

    OK = "ok"
    MISSING = "missing"
    MAC = "mac"
    STALE = "stale"
    CONTENT = "content"
    ORPHAN = "orphan"
    GHOST = "ghost"
    WRONG_ZONE = "wrong-zone"
    RDF = "rdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """An object that is not as the database says.

    Attributes:
        drift: its class, never `ok`.
        zone: where it was met; empty of a graph.
        key: the object's key; of a graph its name.
        incident: what is found protects less than the database says, or cannot be proved to protect as much.
        repaired: it was put right.
        detail: what was found, and why it was not put right.
    """

    drift: Drift
    zone: str
    key: str
    incident: bool
    repaired: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRun:
    """An audit of what is really stored.

    Attributes:
        number: of the audit.
        zone: the only zone it looked at; `None` for all of them, and the graphs.
        repair: it puts right what it can prove.
        status: `running`, `stopped` (it goes on where it stood) or `done`.
        started, ended: UTC without zone.
        counts: objects and graphs by class.
        incidents, repaired: how many deviations are incidents, and how many were put right.
    """

    number: int
    zone: str | None
    repair: bool
    status: str
    started: dt.datetime
    ended: dt.datetime | None
    counts: Mapping[Drift, int]
    incidents: int
    repaired: int

    @property
    def met(self) -> int:
        """How many objects and graphs were compared."""
        return sum(self.counts.values())

    @property
    def deviations(self) -> int:
        """How many of them are not as the database says."""
        return self.met - self.counts.get(Drift.OK, 0)
