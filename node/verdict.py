"""What shall become of each record of a page: one outcome, with the reason where it is not the wished one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.batches import LONGEST_IDENTIFIER, OVERLONG, Batch, is_as_before, is_nameless, is_same
from node.errors import StorageError
from node.model.label import Audience
from node.model.oai import Record
from node.model.prepared import Prepared
from node.model.run import LedgerEntry, Outcome
from node.prepare import content_digest, rdf_digest
from node.sovereignty.decide import audience_of, is_over
from node.storage.kept import Action, Kept, Known

ERASED = "sovereignty.to-be-erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What was decided of a page.

    Attributes:
        kept: one per record, in the page's order.
        undone: indexes of records that must be prepared first: another page of the run changed them meanwhile, or
            somebody decided about their labels.
    """

    kept: tuple[Kept, ...]
    undone: tuple[int, ...]


def decide(batch: Batch, known: Mapping[str, Known], recipe: str, today: dt.date, *, frozen: bool) -> Verdicts:
    """Decide on a page, given what is known of its records now.

    A record listed twice in the page counts as it was listed last. `frozen`: the source's agreement is past its review
    date, so nothing new is released.
    """
    last = {record.header.identifier: index for index, record in enumerate(batch.records)}
    kept: list[Kept] = []
    undone: list[int] = []
    for index, record in enumerate(batch.records):
        identifier = record.header.identifier
        before, ready = known.get(identifier), batch.prepared.get(index)
        if last[identifier] != index:
            kept.append(Kept(action=Action.NOTE, entry=LedgerEntry(identifier=identifier, outcome=Outcome.UNCHANGED)))
            continue
        if is_nameless(record):
            kept.append(_nameless(record))
            continue
        live = not record.header.deleted
        if ready is None:
            outdated = live and not is_same(record, before, recipe, today)
        else:
            # Somebody decided about its labels while it was being prepared, or an earlier page had a later label.
            outdated = ready.overrides != (before.overrides if before is not None else ()) or _is_overtaken(
                ready, before
            )
        if outdated:
            undone.append(index)
        kept.append(_verdict(record, before, ready, batch.refused.get(index), recipe, today, frozen))
    return Verdicts(kept=tuple(kept), undone=tuple(undone))


def _is_overtaken(ready: Prepared, before: Known | None) -> bool:
    if before is None or before.received is None or before.received.released or ready.received is None:
        return False
    return before.received.peer == ready.received.peer and ready.received.datestamp < before.received.datestamp


def _nameless(record: Record) -> Kept:
    long = record.header.identifier.startswith(OVERLONG)
    reason = f"the identifier is longer than {LONGEST_IDENTIFIER} bytes" if long else "the header has no identifier"
    code = "harvest.identifier-too-long" if long else "harvest.no-identifier"
    entry = LedgerEntry(identifier=record.header.identifier, outcome=Outcome.REJECTED, code=code, reason=reason)
    return Kept(action=Action.NOTE, entry=entry)


def _verdict(
    record: Record,
    known: Known | None,
    ready: Prepared | None,
    refused: StorageError | None,
    recipe: str,
    today: dt.date,
    frozen: bool,
) -> Kept:
    identifier = record.header.identifier

    def entry(outcome: Outcome, code: str = "", reason: str = "") -> LedgerEntry:
        return LedgerEntry(identifier=identifier, outcome=outcome, code=code, reason=reason)

    if record.header.deleted:
        gone = known is not None and known.state == "deleted"
        return Kept(action=Action.NOTE, entry=entry(Outcome.UNCHANGED if gone else Outcome.DELETED), known=known)
    if ready is None:
        return _still(record, known)
    common: dict[str, Any] = {"prepared": ready, "known": known, "recipe": recipe}
    if ready.labels is not None and is_over(ready.labels.record, today):
        reason = f"to be erased by {ready.labels.record.retention.erase_by}; the node keeps nothing of it"
        overdue = entry(Outcome.QUARANTINED, ERASED, reason)
        if known is None or known.state == "deleted":
            return Kept(action=Action.NOTE, entry=overdue, known=known)
        # What is kept of it is erased by the worker.
        return Kept(action=Action.HOLD, entry=overdue, **common)
    if refused is not None:
        if known is not None and _refused_before(known, refused) and is_as_before(record, known, recipe, today):
            return _still(record, known)
        visible = known is not None and known.published
        held = entry(Outcome.QUARANTINED, refused.code, refused.message)
        return Kept(action=Action.WITHDRAW if visible else Action.HOLD, entry=held, **common)
    if ready.problem is not None:
        return Kept(action=Action.HOLD, entry=entry(Outcome.REJECTED, *ready.problem), **common)
    if ready.report is not None and ready.report.blocking:
        reason = "; ".join(finding.message for finding in ready.report.blocked_by)[:1000]
        return Kept(action=Action.HOLD, entry=entry(Outcome.QUARANTINED, "validation.blocking", reason), **common)
    if frozen:
        reason = "the source's agreement is past its review date; nothing new is released until it is renewed"
        held = entry(Outcome.QUARANTINED, "sovereignty.agreement-expired", reason)
        return Kept(action=Action.HOLD, entry=held, **common)
    return _publish(ready, known, entry, common, today)


def _still(record: Record, known: Known | None) -> Kept:
    """Unchanged; where the record is still held for the same reason as last time, the ledger says so."""
    code, reason = (known.held_code or "", known.held_reason or "") if known else ("", "")
    identifier = record.header.identifier
    entry = LedgerEntry(identifier=identifier, outcome=Outcome.UNCHANGED, code=code, reason=reason)
    return Kept(action=Action.NOTE, entry=entry, known=known)


def _refused_before(known: Known, refused: StorageError) -> bool:
    """Nothing of it is shown, and it is held for the very same reason."""
    return not known.published and (known.held_code, known.held_reason) == (refused.code, refused.message)


def _publish(ready: Prepared, known: Known | None, entry: Any, common: dict[str, Any], today: dt.date) -> Kept:
    assert ready.labels is not None
    digest, content = ready.rdf_digest or rdf_digest(ready), ready.content_digest or content_digest(ready)
    audience: Audience | None = audience_of(ready.labels.record, today)
    if known is not None and known.published:
        # What is withheld has no audience until its objects are sound, whatever is harvested.
        shown = audience if known.withheld else known.audience
        before = (known.content_digest, known.record_label, known.data_label, shown)
        if before == (content, ready.labels.record, ready.labels.data, audience):
            return Kept(action=Action.REFRESH, entry=entry(Outcome.UNCHANGED), **common)
    outcome = Outcome.UPDATED if known is not None and known.rdf_digest else Outcome.CREATED
    return Kept(
        action=Action.PUBLISH,
        entry=entry(outcome),
        rdf_digest=digest,
        content_digest=content,
        audience=audience,
        **common,
    )
