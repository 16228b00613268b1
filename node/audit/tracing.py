"""Findings of an audit with the place in the raw record they come from, looked up when somebody asks.

An audit holds no places: they follow from the raw record, which is kept, and would be the larger part of its bytes.
`docs/explanation/decisions/pointers.md` says how they are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from node.audit.waiving import Standing
from node.mapping.pointers import Pointer, RawRecord
from node.model.audit import Yardstick
from node.storage.audited_records import AuditedRecords
from node.storage.raws import Raws
from node.validation.pointing import pointers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A finding of an audit in the raw record.

    Attributes:
        standing: the finding as it counts today.
        place: the element it comes from, or that is missing; `None` where that cannot be said.
        untraced: why it cannot be said; empty where it can.
    """

    standing: Standing
    place: Pointer | None = None
    untraced: str = ""


def traced(found: Iterable[Standing], measure: Yardstick, records: AuditedRecords, raws: Raws) -> Iterator[Traced]:
    """Yield findings with their places; those of one record must follow on each other.

    Args:
        measure: what the records were judged by.
    """
    for judgement, group in groupby(found, key=lambda each: each.judgement):
        mine = tuple(group)
        triples = records.statements(judgement)
        if triples is None:
            why = "the record changed or left since it was judged: audit its source again"
            yield from (Traced(standing=each, untraced=why) for each in mine)
            continue
        raw, why = _raw(judgement.local_id, raws)
        if raw is None:
            yield from (Traced(standing=each, untraced=why) for each in mine)
            continue
        places = pointers_of([each.finding for each in mine], raw, measure.files, triples)
        yield from (Traced(standing=each, place=place) for each, place in zip(mine, places, strict=True))


def _raw(local_id: str, raws: Raws) -> tuple[RawRecord | None, str]:
    """A raw record, or why it is not there."""
    kept = raws.one(local_id)
    if kept is None or kept.payload is None:
        return None, f"the raw record cannot be had: {kept.lost if kept else 'the node has none'}"
    raw = RawRecord.read(kept.payload, kept.metadata_prefix, kept.media_type)
    return raw, "" if raw else f"places in {kept.media_type} are not known"
