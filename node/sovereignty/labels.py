"""The order of labels: eight dimensions, each a join-semilattice, so that labels only ever tighten.

Meaning of every value: `docs/reference/sovereignty-labels.md`.
"""

from __future__ import annotations

import datetime as dt
from functools import reduce

from node.model.label import Access, Label, PersonalData, Retention

WORLD = "WLD"
"""The residency zone that holds every country; it says nothing, so the join drops it beside any other code."""
UNKNOWN_ORIGIN = "ZZZ"
UNASSESSED = "unassessed"
DENY_ALL = "deny-all"

_UNKNOWN_ZONES = frozenset({"EU"})


def join(*labels: Label) -> Label:
    """Return the least label that is at least as restrictive as each one; of no label, `least()`.

    Commutative, associative and idempotent. A label that names no residency zone at all counts as one whose zone is
    unknown, hence as `EU`.
    """
    return reduce(_join, labels, least())


def least() -> Label:
    """Return the label that restricts nothing: the neutral element of `join`."""
    return Label(
        origin=frozenset(),
        zones=frozenset({WORLD}),
        access=Access.PUBLIC,
        critical=frozenset(),
        personal=PersonalData.NONE,
        policies=frozenset(),
        retention=Retention(),
        assurance=0,
    )


def most_restrictive() -> Label:
    """Return the label of something nothing is known about: every dimension at its value for "unknown".

    It is no upper bound of the unions (those have no useful one), but no decision permits it, and only a confidential
    zone of the highest assurance inside the EU may store it.
    """
    return Label(
        origin=frozenset({UNKNOWN_ORIGIN}),
        zones=_UNKNOWN_ZONES,
        access=Access.CONFIDENTIAL,
        critical=frozenset({UNASSESSED}),
        personal=PersonalData.SPECIAL,
        policies=frozenset({DENY_ALL}),
        retention=Retention(),
        assurance=4,
    )


def tightens(tighter: Label, looser: Label) -> bool:
    """Tell whether `tighter` is at least as restrictive as `looser` in every dimension: a partial order.

    Residency zones compare by their codes, not by the countries behind them, for the latter change with time: `EU`
    does not tighten `EEA`, the join of both does.
    """
    return join(tighter, looser) == join(tighter)


def conflicts(label: Label) -> tuple[str, ...]:
    """Name what no storage can fulfil: something to be kept for longer than it may be kept."""
    keep, erase = label.retention.keep_until, label.retention.erase_by
    if keep is not None and erase is not None and keep > erase:
        return (f"retention: to be kept until {keep}, but erased by {erase}",)
    return ()


def _join(one: Label, other: Label) -> Label:
    return Label(
        origin=one.origin | other.origin,
        zones=_join_zones(one.zones, other.zones),
        access=max(one.access, other.access),
        critical=one.critical | other.critical,
        personal=max(one.personal, other.personal),
        policies=one.policies | other.policies,
        retention=Retention(
            keep_until=_latest(one.retention.keep_until, other.retention.keep_until),
            erase_by=_earliest(one.retention.erase_by, other.retention.erase_by),
        ),
        assurance=max(one.assurance, other.assurance),
    )


def _join_zones(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    union = (one or _UNKNOWN_ZONES) | (other or _UNKNOWN_ZONES)
    return union - {WORLD} or union


def _latest(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return max(one, other) if one and other else one or other


def _earliest(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return min(one, other) if one and other else one or other
