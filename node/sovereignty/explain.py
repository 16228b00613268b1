"""Where a label comes from: for each dimension its value, and what made it so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.model.dcat import Resource
from node.model.label import Label
from node.model.override import Override
from node.model.source import Agreement, LabelTerms
from node.model.statement import Received
from node.sovereignty.derive import asked, counting, derive, floor, parts
from node.sovereignty.labels import least
from node.sovereignty.tags import encode

DIMENSIONS = ("access", "zones", "critical", "personal", "policies", "retention", "assurance", "origin")
"""The eight dimensions, the ones most asked for first."""
_TAGS = {
    "origin": "sov-org",
    "zones": "sov-zone",
    "access": "sov-acc",
    "critical": "sov-crt",
    "personal": "sov-pii",
    "policies": "sov-pol",
    "retention": "sov-ret",
    "assurance": "sov-asl",
}
_NAMES = {"retention": ("keep_until", "erase_by")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A dimension of a label.

    Attributes:
        dimension: one of `DIMENSIONS`.
        value: as the label's tag spells it.
        sources: what made it so: `agreement`, `rule for set X`, `record: dct:accessRights`, `peer NAME`,
            `what came with it`, `decision 3`, `floor`.
    """

    dimension: str
    value: str
    sources: tuple[str, ...]


def explain(
    of: str,
    resource: Resource,
    agreement: Agreement,
    today: dt.date,
    sets: tuple[str, ...] = (),
    overrides: Sequence[Override] = (),
    received: Received | None = None,
) -> tuple[Cause, ...]:
    """Return where each dimension of one of the labels that `derive` gives comes from.

    Args:
        of: `record` or `data`.

    Raises:
        LabelError: the label has no spelling.
    """
    received = counting(received, today)
    labels, _ = derive(resource, agreement, today, sets, overrides, received)
    label = labels.record if of == "record" else labels.data
    holding = [each for each in overrides if each.of == of and each.holds(today)]
    spelt = encode(label)
    found = parts(resource, agreement, today, sets, received)
    base = found.record if of == "record" else found.data
    floors = [("floor", floor(agreement))]
    if received is not None and received.peer:
        floors.append((f"peer {received.peer}", received.labels))
    least_of = [(name, labels.record if of == "record" else labels.data) for name, labels in floors]

    def causes(dimension: str) -> tuple[str, ...]:
        contributes = _contributes(dimension, label)
        found = [
            name for name, part in base if contributes(part) and (name == "agreement" or _restricts(dimension, part))
        ]
        for each in sorted(holding, key=lambda override: override.number):
            if each.loosens and _names(each.terms, dimension):
                found = [f"decision {each.number}"] if contributes(asked(each.terms)) else []
            elif _names(each.terms, dimension) and contributes(asked(each.terms)):
                found.append(f"decision {each.number}")
        found += (name for name, part in least_of if contributes(part) and _restricts(dimension, part))
        return tuple(dict.fromkeys(found))

    return tuple(Cause(dimension=name, value=spelt[_TAGS[name]], sources=causes(name)) for name in DIMENSIONS)


def differences(before: Label, after: Label) -> tuple[str, ...]:
    """Say, dimension by dimension, what became of a label; nothing where nothing did.

    Raises:
        LabelError: a label has no spelling.
    """
    old, new = encode(before), encode(after)
    return tuple(
        f"{name}: {old[_TAGS[name]]} -> {new[_TAGS[name]]}"
        for name in DIMENSIONS
        if old[_TAGS[name]] != new[_TAGS[name]]
    )


def _names(terms: LabelTerms, dimension: str) -> bool:
    return any(getattr(terms, name, None) is not None for name in _NAMES.get(dimension, (dimension,)))


def _contributes(dimension: str, label: Label) -> Callable[[Label], bool]:
    """Whether a part has anything to do with the value that a dimension of the label has."""
    value = getattr(label, dimension)
    if dimension == "retention":
        return lambda part: any(
            getattr(part.retention, name) is not None and getattr(part.retention, name) == getattr(value, name)
            for name in ("keep_until", "erase_by")
        )
    if isinstance(value, frozenset) and value:
        return lambda part: bool(getattr(part, dimension) & value)
    return lambda part: bool(getattr(part, dimension) == value)


def _restricts(dimension: str, label: Label) -> bool:
    return bool(getattr(label, dimension) != getattr(least(), dimension))
