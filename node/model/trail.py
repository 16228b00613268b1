"""The trail: who asked for what, what was decided, and why; each entry holds the one before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

BEGINNING = "0" * 64
"""What the first entry holds in place of the hash of one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an entry tells of.

    Attributes:
        actor: who: `anonymous`, `issuer|subject`, `token:<id>`, `peer:<name>`, `cli:<account>`, `harvest`
            or `worker`.
        action: what was to be done: `read`, `list`, `query`, `download`, `place`, `relabel`, `override` ...
        object: on what: a record's local id, `<kind>/<digest>` of an object, a source, `trail`.
        label: SHA-256 of the label that was decided on, as hex; empty where no label was.
        permitted: whether it was.
        reasons: why not; of a permission, what it rests on.
    """

    actor: str
    action: str
    object: str
    label: str = ""
    permitted: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An act in its place in the chain.

    Attributes:
        seq: 1, 2, 3 ... without a gap.
        prev: hash of the entry before, 64 hex digits; of the first `BEGINNING`.
        at: when, UTC without zone, in microseconds.
        hash: SHA-256 over all of the above and the act, 64 hex digits (`node.sovereignty.trail.entry_hash`).
    """

    seq: int
    prev: str
    at: dt.datetime
    act: Act
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the trail reached at a time; signed, and kept where the trail's owner cannot take it back.

    Attributes:
        node: the node's base URL.
        seq: of the last entry; 0 of an empty trail.
        hash: of the last entry; of an empty trail `BEGINNING`.
        at: when it was signed, UTC without zone, in seconds.
    """

    node: str
    seq: int
    hash: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFault:
    """A place where the trail does not hold.

    Attributes:
        kind: `changed` (an entry is not what its hash says), `gap` (a number is missing), `broken` (an entry does not
            hold the hash of the one before), `cut` (a signed head lies beyond the end), `rewritten` (the entry at a
            signed head has another hash), `forged` (a head whose signature does not hold).
        seq: the entry.
        detail: one sentence.
    """

    kind: str
    seq: int
    detail: str
