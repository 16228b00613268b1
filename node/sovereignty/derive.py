"""The labels of a resource: what the agreement with its source says, tightened by what the record says of its data.

A record's own words never loosen a label, and they speak of the data only: hiding every record of restricted data
would break FAIR A2 (https://www.go-fair.org/fair-principles/).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from node.errors import LabelError
from node.model.dcat import Resource
from node.model.label import Label, Labels, Retention
from node.model.override import Override
from node.model.report import Finding
from node.model.source import Agreement, LabelTerms
from node.model.statement import Received
from node.sovereignty.labels import UNKNOWN_ORIGIN, join, least, most_restrictive
from node.sovereignty.stated import ACCESS_RIGHTS as ACCESS_RIGHTS
from node.sovereignty.stated import changes, contradictions, stated
from node.sovereignty.tags import to_json
from node.sovereignty.terms import asked as asked


def derive(
    resource: Resource,
    agreement: Agreement,
    today: dt.date,
    sets: tuple[str, ...] = (),
    overrides: Sequence[Override] = (),
    received: Received | None = None,
) -> tuple[Labels, tuple[Finding, ...]]:
    """Return the labels of a record and of its data as of a day, and where the record contradicts itself.

    Where the agreement is silent on a dimension of the data, the data's label has its most restrictive value and no
    claim of the record lowers it; a peer that has to sign for the label speaks where the agreement is silent.

    Args:
        sets: the sets of the source that the record is in.
        overrides: what curators decided about this record; those that do not hold today count nothing.
        received: what came with the record about its labels. Nobody here loosens what a peer signs for.
    """
    received = counting(received, today)
    found = parts(resource, agreement, today, sets, received)
    least_of = floor(agreement, received)
    holding = [override for override in overrides if override.holds(today)]
    labels = Labels(
        record=_overridden(_joined(found.record), least_of.record, [each for each in holding if each.of == "record"]),
        data=_overridden(_joined(found.data), least_of.data, [each for each in holding if each.of == "data"]),
    )
    if received is not None and not (_is_spelt(labels.record) and _is_spelt(labels.data)):
        # A stranger's words, joined with ours, came to more than a label can say; then nothing is known.
        unknown, _ = derive(resource, agreement, today, sets, overrides)
        labels = Labels(record=join(unknown.record, most_restrictive()), data=join(unknown.data, most_restrictive()))
    return labels, tuple(contradictions(resource, today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the labels are the join of before curators decide: (where it comes from, label), for each of the two."""

    record: tuple[tuple[str, Label], ...]
    data: tuple[tuple[str, Label], ...]


def parts(
    resource: Resource,
    agreement: Agreement,
    today: dt.date,
    sets: tuple[str, ...] = (),
    received: Received | None = None,
) -> Parts:
    """Return what agreement, set rules, the record's own words and what came with it ask of each label."""
    rules = [rule for rule in agreement.sets if rule.covers(sets)]
    signed = received is not None and bool(received.peer)
    came = f"peer {received.peer}" if received is not None and signed else "what came with it"
    return Parts(
        record=(
            ("agreement", agreed_record(agreement, signed=signed)),
            *((f"rule for set {rule.spec}", asked(rule.record)) for rule in rules),
            *(((came, received.labels.record),) if received is not None else ()),
        ),
        data=(
            ("agreement", agreed_data(agreement, signed=signed)),
            *((f"rule for set {rule.spec}", asked(rule.data)) for rule in rules),
            *((f"record: {name}", label) for name, label in stated(resource, today)),
            *(((came, received.labels.data),) if received is not None else ()),
        ),
    )


def counting(received: Received | None, today: dt.date) -> Received | None:
    """Return what came with a record as it counts on a day: from the end of a peer's agreement on nothing is known."""
    if received is None or received.until is None or today < received.until:
        return received
    unknown = most_restrictive()
    return dataclasses.replace(received, labels=Labels(record=unknown, data=unknown))


def floor(agreement: Agreement, received: Received | None = None) -> Labels:
    """Return the least labels that anything of a source ever has, and what came with a peer's word for it."""
    least_of = _floor(agreement)
    if received is None or not received.peer:
        return least_of
    return Labels(record=join(least_of.record, received.labels.record), data=join(least_of.data, received.labels.data))


@lru_cache(maxsize=256)
def _floor(agreement: Agreement) -> Labels:
    return Labels(record=asked(agreement.record_floor), data=asked(agreement.data_floor))


def _is_spelt(label: Label) -> bool:
    try:
        return bool(to_json(label))
    except LabelError:
        return False


def valid_until(
    resource: Resource,
    today: dt.date,
    overrides: Sequence[Override] = (),
    labels: Labels | None = None,
    received: Received | None = None,
) -> dt.date | None:
    """Return the day on which what was derived today changes by itself; `None` where there is none.

    Args:
        labels: what was derived; the day by which a record has to be erased is one on which it leaves every view. Once
            that has come it stays due until it is erased.
        received: what came with it about its labels, which may hold until a day.
    """
    days = [*changes(resource), *(override.expires for override in overrides if override.holds(today))]
    days.append(received.until if received is not None else None)
    if labels is not None:
        erase_by = labels.record.retention.erase_by
        if erase_by is not None and erase_by <= today:
            return erase_by
        days.append(erase_by)
    return min((day for day in days if day is not None and day > today), default=None)


def _joined(found: tuple[tuple[str, Label], ...]) -> Label:
    return join(*(label for _, label in found))


def _overridden(label: Label, least_of: Label, overrides: Sequence[Override]) -> Label:
    """Take decisions in the order they were entered, and never end below the floor.

    So what two people loosen counts over what was tightened before, and what is tightened later counts over that.
    """
    for override in sorted(overrides, key=lambda each: each.number):
        label = _replaced(label, override.terms) if override.loosens else join(label, asked(override.terms))
    return join(label, least_of)


def _replaced(label: Label, terms: LabelTerms) -> Label:
    named = {field.name for field in dataclasses.fields(terms) if getattr(terms, field.name) is not None}
    wanted = asked(terms)
    retention = label.retention
    if named & {"keep_until", "erase_by"}:
        retention = Retention(
            keep_until=terms.keep_until if "keep_until" in named else retention.keep_until,
            erase_by=terms.erase_by if "erase_by" in named else retention.erase_by,
        )
    return dataclasses.replace(
        label,
        retention=retention,
        **{name: getattr(wanted, name) for name in named - {"keep_until", "erase_by"}},
    )


@lru_cache(maxsize=256)
def agreed_record(agreement: Agreement, *, signed: bool = False) -> Label:
    """Return the record's label by the defaults of an agreement alone.

    Args:
        signed: a peer signs for the labels, and says what the agreement does not.
    """
    return dataclasses.replace(
        least(),
        origin=_origin(agreement, signed),
        zones=frozenset(agreement.record_zones) or most_restrictive().zones,
        access=agreement.record_access,
        critical=frozenset(agreement.record_critical),
        personal=agreement.record_personal,
        assurance=agreement.record_assurance,
    )


@lru_cache(maxsize=256)
def agreed_data(agreement: Agreement, *, signed: bool = False) -> Label:
    """Return the data's label by the defaults of an agreement alone; `signed` as in `agreed_record`."""
    silent = least() if signed else most_restrictive()
    return dataclasses.replace(
        silent,
        origin=_origin(agreement, signed),
        zones=frozenset(agreement.data_zones or ()) or silent.zones,
        access=silent.access if agreement.data_access is None else agreement.data_access,
        critical=silent.critical if agreement.data_critical is None else frozenset(agreement.data_critical),
        personal=silent.personal if agreement.data_personal is None else agreement.data_personal,
        assurance=silent.assurance if agreement.data_assurance is None else agreement.data_assurance,
        # An agreement that says who may have the data is the policy; without one nothing permits.
        policies=silent.policies if agreement.data_access is None else frozenset(),
    )


def _origin(agreement: Agreement, signed: bool) -> frozenset[str]:
    if agreement.country:
        return frozenset({agreement.country})
    return frozenset() if signed else frozenset({UNKNOWN_ORIGIN})
