"""Refusals as the trail is told of them: a record that somebody asked for by name, and one that no zone may hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from node.errors import LabelError, NoAdmissibleZone
from node.model.peer import Viewer
from node.model.trail import Act
from node.sovereignty.decide import decide_for
from node.sovereignty.tags import from_json
from node.sovereignty.trail import label_digest
from node.storage.agreements import admission_of, agreement_from_json
from node.storage.database import Database
from node.storage.kept import Kept, local_id
from node.storage.sources import StoredSource
from node.storage.tables import records, sources
from node.storage.visibility import visibility
from node.storage.withholding import why_withheld


def refusal(database: Database, local_id: str, viewer: Viewer, action: str, actor: str, today: dt.date) -> Act | None:
    """Return the refusal that a look-up without result was; `None` where there was no such record to be refused.

    Also of a record that the viewer is told is gone, but that is live for others. Reasons are those of this moment.

    Args:
        action: what the viewer was about: `read` or `download`.
        actor: who, as the trail names them.
    """
    with database.read() as connection:
        seen = visibility(connection, viewer, today)
        row = connection.execute(
            sa.select(
                records.c.state, records.c.record_label, records.c.held_code, sources.c.agreement,
                sources.c.name.label("source"),
                why_withheld().label("withheld"),
                sa.case((seen.live, True), else_=False).label("live"),
            )
            .join(sources, sources.c.id == records.c.source_id)
            .where(records.c.local_id == local_id, records.c.state != "deleted")
        ).first()  # fmt: skip
    if row is None:
        return None
    try:
        label = from_json(row.record_label)
    except LabelError as error:
        return Act(actor=actor, action=action, object=local_id, reasons=(f"the label cannot be read: {error}",))
    admission = admission_of(row.source, agreement_from_json(row.agreement), today)
    decision = decide_for(viewer, action, label, today=today, admission=admission)
    held = f"the record is held: {row.withheld or row.held_code or row.state}"
    # The label alone may permit it: then it is held back for another reason, such as objects that are being moved, or
    # was when it was asked for.
    reasons = decision.reasons or ("it may be had since" if row.live else held,)
    return Act(actor=actor, action=action, object=local_id, label=label_digest(label), reasons=reasons)


def placements_refused(source: StoredSource, kept: Sequence[Kept]) -> list[Act]:
    """Return what the trail is told of records that no zone may hold: once, not whenever they are met again."""
    return [
        Act(
            actor="harvest",
            action="place",
            object=local_id(source.source.name, item.entry.identifier),
            label=label_digest(item.prepared.labels.record) if item.prepared.labels else "",
            reasons=(item.entry.reason,),
        )
        for item in kept
        if item.prepared is not None and item.entry.code == NoAdmissibleZone.code
    ]
