"""A label as object tags and as JSON: one spelling per label, so that equal labels have equal tags and equal MACs.

S3 allows ten tags of 128 and 256 characters
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html); eight hold the label, one its MAC
(`node.sovereignty.mac`), one is left to the operator. No value is ever empty, because backends disagree about empty
tag values. The spelling is final: `docs/reference/sovereignty-labels.md`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from node.errors import LabelError
from node.model.label import CRITICAL, Access, Label, Labels, PersonalData, Retention

LABEL_TAGS = ("sov-acc", "sov-asl", "sov-crt", "sov-org", "sov-pii", "sov-pol", "sov-ret", "sov-zone")
MAC_TAG = "sov-mac"


def encode(label: Label) -> dict[str, str]:
    """Return the eight tags of a label, sorted by key.

    Raises:
        LabelError: the label holds a value that has no spelling, or the spelling is longer than a tag may be.
    """
    keep, erase = label.retention.keep_until, label.retention.erase_by
    tags = {
        "sov-acc": _class_name(Access, label.access),
        "sov-asl": _assurance(label.assurance),
        "sov-crt": _members(label.critical, ".", _CRITICAL, "critical technology"),
        "sov-org": _members(label.origin, ".", _COUNTRY, "jurisdiction of origin"),
        "sov-pii": _class_name(PersonalData, label.personal),
        "sov-pol": _members(label.policies, "/", _POLICY, "policy id"),
        "sov-ret": f"{keep.isoformat() if keep else ''}:{erase.isoformat() if erase else ''}",
        "sov-zone": _members(label.zones, "/", _ZONE, "residency zone"),
    }
    if not label.zones:
        raise LabelError("the label names no residency zone")
    check(tags)
    return tags


def decode(tags: Mapping[str, str]) -> Label:
    """Read a label from an object's tags; `sov-mac` and one tag of the operator's own may stand beside the eight.

    Raises:
        LabelError: a tag is missing, unknown or not spelt as `encode` spells it. The object then counts as the most
            restrictive there is.
    """
    ours = {key: value for key, value in tags.items() if key.startswith("sov-")}
    if len(tags) - len(ours) > 1:
        raise LabelError(f"{len(tags) - len(ours)} tags besides the label's; one is the operator's, more are not ours")
    ours.pop(MAC_TAG, None)
    for key in LABEL_TAGS:
        if key not in ours:
            raise LabelError(f"tag {key} is missing")
    for key in ours:
        if key not in LABEL_TAGS:
            raise LabelError(f"unknown tag {key}")
    if not all(isinstance(value, str) for value in ours.values()):
        check(ours)  # JSON holds other values, too
    return _decoded(tuple(ours.items()))


@lru_cache(maxsize=4096)
def _decoded(tags: tuple[tuple[str, str], ...]) -> Label:
    # A source's records share few labels, and each is read several times on its way.
    ours = dict(tags)
    check(ours)
    label = _read(ours)
    if encode(label) != ours:
        raise LabelError("the tags are not in canonical order or spelling")
    return label


def check(tags: Mapping[str, str]) -> None:
    """Refuse tags that a backend could read in another way than they were written.

    Raises:
        LabelError: a key or value has another character, or another length, than tags of the node may have.
    """
    for key, value in tags.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise LabelError(f"tag key {key!r} is not of [a-z-]{{1,32}}")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise LabelError(f"the value of tag {key} is not of [A-Za-z0-9._:/=@-]{{0,256}}")


def to_json(label: Label) -> dict[str, str]:
    """Return a label as a JSON object: its eight tags.

    Raises:
        LabelError: see `encode`.
    """
    return dict(_spelt(label))


@lru_cache(maxsize=4096)
def _spelt(label: Label) -> tuple[tuple[str, str], ...]:
    # A source's records share few labels, and each is spelt several times on its way.
    return tuple(encode(label).items())


def from_json(values: Mapping[str, str]) -> Label:
    """Read a label from its JSON object.

    Raises:
        LabelError: the object is not what `to_json` writes.
    """
    if not isinstance(values, Mapping):
        raise LabelError(f"a label is an object of {len(LABEL_TAGS)} strings, not {type(values).__name__}")
    return decode(values)


@lru_cache(maxsize=4_096)
def from_text(text: str | None) -> Label | None:
    """Read a label from its JSON as text; `None` where it cannot be read. Records and versions share few labels."""
    try:
        return from_json(json.loads(text or ""))
    except (ValueError, LabelError):
        return None


@lru_cache(maxsize=4_096)
def both_from_text(record: str | None, data: str | None) -> Labels | None:
    """Read the labels of a record and of its data from their JSON as texts; `None` where one cannot be read."""
    both = from_text(record), from_text(data)
    return None if both[0] is None or both[1] is None else Labels(record=both[0], data=both[1])


_KEY = re.compile(r"[a-z-]{1,32}")
_VALUE = re.compile(r"[A-Za-z0-9._:/=@-]{0,256}")
_COUNTRY = re.compile(r"[A-Z]{3}")
# Which codes there are is dated data (vocab/zones.toml); a code nobody knows is spelt and read, and holds no country.
_ZONE = re.compile(r"[A-Z]{2,8}(:[A-Z]{3})?")
_POLICY = re.compile(r"(?!none$)[a-z0-9][a-z0-9-]{0,62}")
_CRITICAL = re.compile("|".join(sorted(CRITICAL)))
_RETENTION = re.compile(r"(?P<keep>\d{4}-\d\d-\d\d)?:(?P<erase>\d{4}-\d\d-\d\d)?")
_NONE = "none"
_T = TypeVar("_T")


def _read(tags: Mapping[str, str]) -> Label:
    retention = _RETENTION.fullmatch(tags["sov-ret"])
    if retention is None:
        raise LabelError(f"sov-ret: {tags['sov-ret']!r} is not keepUntil:eraseBy")
    return Label(
        origin=_split(tags["sov-org"], "."),
        zones=_split(tags["sov-zone"], "/"),
        access=_parsed("sov-acc", tags, lambda text: Access[text.upper()]),
        critical=_split(tags["sov-crt"], "."),
        personal=_parsed("sov-pii", tags, lambda text: PersonalData[text.upper()]),
        policies=_split(tags["sov-pol"], "/"),
        retention=Retention(keep_until=_date(retention["keep"]), erase_by=_date(retention["erase"])),
        assurance=_parsed("sov-asl", tags, int),
    )


def _parsed(key: str, tags: Mapping[str, str], parse: Callable[[str], _T]) -> _T:
    try:
        return parse(tags[key])
    except (KeyError, ValueError) as error:
        raise LabelError(f"{key}: unknown value {tags[key]!r}") from error


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise LabelError(f"sov-ret: {error}") from error


def _split(text: str, separator: str) -> frozenset[str]:
    return frozenset() if text == _NONE else frozenset(text.split(separator))


def _members(values: frozenset[str], separator: str, pattern: re.Pattern[str], what: str) -> str:
    for value in values:
        if not pattern.fullmatch(value):
            raise LabelError(f"unknown {what} {value!r}")
    return separator.join(sorted(values)) or _NONE


def _class_name(kind: type[Access] | type[PersonalData], value: Access | PersonalData) -> str:
    if not isinstance(value, kind):
        raise LabelError(f"unknown {kind.__name__} {value!r}")
    return value.name.lower()


def _assurance(value: int) -> str:
    if not isinstance(value, int) or not 0 <= value <= 4:
        raise LabelError(f"storage assurance {value!r} is not 0 to 4")
    return str(int(value))
