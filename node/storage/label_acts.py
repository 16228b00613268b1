"""Changes of labels as the trail is told of them: each by the record's name, and the first labels of a page at once.

A first label is what the first harvest gives every record: an entry for each would be a chain as long as the catalogue.
One entry for a page names all of them, under the digests of the labels that they got.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.model.label import Audience, Label, Labels
from node.model.trail import Act
from node.sovereignty.explain import differences
from node.sovereignty.trail import label_digest
from node.storage.kept import Action, Kept, Known, local_id

_HARVEST = "harvest"


def relabelled(
    actor: str,
    record: str,
    before: tuple[Label | None, Label | None],
    after: Labels,
    audience: tuple[int | None, int | None],
    why: Sequence[str] = (),
) -> Act:
    """Return the entry of a record whose labels changed.

    Args:
        actor: who, as the trail names them.
        record: its local id.
        before: the record's label and the data's; `None` is one that could not be read.
        audience: the least audience that saw it, and that sees it from now on; `None` is nobody.
        why: what the trail says besides what changed.
    """
    reasons: list[str] = []
    for of, old, new in (("record", before[0], after.record), ("data", before[1], after.data)):
        if old is None:
            reasons.append(f"{of} label {label_digest(new)[:16]}, before: none that can be read")
        elif old != new:
            reasons.append(f"{of} label {label_digest(old)} -> {label_digest(new)}")
            reasons += (f"{of} {text}" for text in differences(old, new))
    if audience[0] != audience[1]:
        reasons.append(f"audience: {_word(audience[0])} -> {_word(audience[1])}")
    return Act(
        actor=actor,
        action="relabel",
        object=record,
        label=label_digest(after.record),
        permitted=True,
        reasons=(*reasons, *why),
    )


def labels_kept(source: str, run: int, kept: Sequence[Kept]) -> list[Act]:
    """Return what the trail is told of the labels that a page of a harvest gave: which changed, and which are new."""
    acts: list[Act] = []
    fresh: dict[Labels, list[str]] = {}
    for item in kept:
        if not item.writes_labels or item.prepared is None or item.prepared.labels is None:
            continue
        labels, known, name = item.prepared.labels, item.known, local_id(source, item.entry.identifier)
        if known is None or (known.record_label is None and known.data_label is None):
            fresh.setdefault(labels, []).append(name)
        elif (known.record_label, known.data_label) != (labels.record, labels.data):
            before = (known.record_label, known.data_label)
            why = (f"by run {run} of {source}",)
            acts.append(relabelled(_HARVEST, name, before, labels, _audiences(item, known), why))
    if fresh:
        count = sum(map(len, fresh.values()))
        lines = [
            f"record label {label_digest(labels.record)}, data label {label_digest(labels.data)}: {' '.join(named)}"
            for labels, named in fresh.items()
        ]
        reasons = (f"the first labels of {count} records, by run {run}", *lines)
        acts.append(Act(actor=_HARVEST, action="label", object=source, permitted=True, reasons=reasons))
    return acts


def _audiences(item: Kept, known: Known) -> tuple[int | None, int | None]:
    after = known.audience if item.action is Action.REFRESH or known.withheld else item.audience
    return known.audience, after


def _word(audience: int | None) -> str:
    return "nobody" if audience is None else Audience(audience).name.lower()
