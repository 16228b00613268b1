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

from node.model.dcat import Resource
from node.model.label import Label, Labels, Retention
from node.model.override import Override
from node.model.report import Finding
from node.model.source import Agreement, LabelTerms
from node.sovereignty.labels import UNKNOWN_ORIGIN, join, least, most_restrictive
from node.sovereignty.stated import ACCESS_RIGHTS as ACCESS_RIGHTS
from node.sovereignty.stated import changes, contradictions, stated
from node.sovereignty.terms import asked as asked


def derive(
    resource: Resource,
    agreement: Agreement,
    today: dt.date,
    sets: tuple[str, ...] = (),
    overrides: Sequence[Override] = (),
) -> tuple[Labels, tuple[Finding, ...]]:
    """Return the labels of a record and of its data as of a day, and where the record contradicts itself.

    Where the agreement is silent on a dimension of the data, the data's label has its most restrictive value and no
    claim of the record lowers it.

    Args:
        sets: the sets of the source that the record is in.
        overrides: what curators decided about this record; those that do not hold today count nothing.
    """
    found = parts(resource, agreement, today, sets)
    least_of = floor(agreement)
    holding = [override for override in overrides if override.holds(today)]
    labels = Labels(
        record=_overridden(_joined(found.record), least_of.record, [each for each in holding if each.of == "record"]),
        data=_overridden(_joined(found.data), least_of.data, [each for each in holding if each.of == "data"]),
    )
    return labels, tuple(contradictions(resource, today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the labels are the join of before curators decide: (where it comes from, label), for each of the two."""

    record: tuple[tuple[str, Label], ...]
    data: tuple[tuple[str, Label], ...]


def parts(resource: Resource, agreement: Agreement, today: dt.date, sets: tuple[str, ...] = ()) -> Parts:
    """Return what agreement, set rules and the record's own words ask of each label."""
    rules = [rule for rule in agreement.sets if rule.covers(sets)]
    return Parts(
        record=(
            ("agreement", agreed_record(agreement)),
            *((f"rule for set {rule.spec}", asked(rule.record)) for rule in rules),
        ),
        data=(
            ("agreement", agreed_data(agreement)),
            *((f"rule for set {rule.spec}", asked(rule.data)) for rule in rules),
            *((f"record: {name}", label) for name, label in stated(resource, today)),
        ),
    )


@lru_cache(maxsize=256)
def floor(agreement: Agreement) -> Labels:
    """Return the least labels that anything of a source ever has."""
    return Labels(record=asked(agreement.record_floor), data=asked(agreement.data_floor))


def valid_until(
    resource: Resource, today: dt.date, overrides: Sequence[Override] = (), labels: Labels | None = None
) -> dt.date | None:
    """Return the day on which what was derived today changes by itself; `None` where there is none.

    Args:
        labels: what was derived; the day by which a record has to be erased is one on which it leaves every view. Once
            that has come it stays due until it is erased.
    """
    days = [*changes(resource), *(override.expires for override in overrides if override.holds(today))]
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
def agreed_record(agreement: Agreement) -> Label:
    """Return the record's label by the defaults of an agreement alone."""
    return dataclasses.replace(
        least(),
        origin=_origin(agreement),
        zones=_zones(agreement, agreement.record_zones),
        access=agreement.record_access,
        critical=frozenset(agreement.record_critical),
        personal=agreement.record_personal,
        assurance=agreement.record_assurance,
    )


@lru_cache(maxsize=256)
def agreed_data(agreement: Agreement) -> Label:
    """Return the data's label by the defaults of an agreement alone."""
    unknown = most_restrictive()
    return dataclasses.replace(
        unknown,
        origin=_origin(agreement),
        zones=_zones(agreement, agreement.data_zones),
        access=unknown.access if agreement.data_access is None else agreement.data_access,
        critical=unknown.critical if agreement.data_critical is None else frozenset(agreement.data_critical),
        personal=unknown.personal if agreement.data_personal is None else agreement.data_personal,
        assurance=unknown.assurance if agreement.data_assurance is None else agreement.data_assurance,
        # An agreement that says who may have the data is the policy; without one nothing permits.
        policies=unknown.policies if agreement.data_access is None else frozenset(),
    )


def _origin(agreement: Agreement) -> frozenset[str]:
    return frozenset({agreement.country or UNKNOWN_ORIGIN})


def _zones(agreement: Agreement, agreed: tuple[str, ...] | None) -> frozenset[str]:
    return frozenset(agreed) if agreed else most_restrictive().zones
