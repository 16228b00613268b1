"""What a viewer may read of audits: figures that count nothing that is hidden from it, and the findings of records it
may see, in the version it may see.

Fail closed: a finding quotes its record, so it is told only where the record is live, the decision that was stored with
it admits the viewer, the same decision asked again today does, and it was judged as it is now: nobody knows who might
see an older version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.audit import Audit, Judgement
from node.model.label import Audience
from node.model.peer import Viewer
from node.sovereignty.decide import admits
from node.storage.audit_tables import audit_members, judgements
from node.storage.database import Database
from node.storage.judgements import COLUMNS, CONTENT, auditable, judgement_of
from node.storage.peer_terms import terms_of
from node.storage.tables import records, sources
from node.storage.visibility import visibility

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementPage:
    """Judgements by local id; `after` is the last of them where a next page goes on, `None` at the end.

    Places in the audit are told to nobody: between two of them lies what is hidden.
    """

    judgements: tuple[Judgement, ...]
    after: str | None


class AuditViews:
    """Reads audits for a viewer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        audit: Audit,
        viewer: Viewer,
        today: dt.date,
        *,
        after: str = "",
        limit: int = 100,
        place: int | None = None,
        since: Audit | None = None,
        record: str | None = None,
        failing: bool = True,
    ) -> JudgementPage:
        """Return a part of the judgements that the viewer may read, with their verdicts.

        Args:
            after: the local id that the page begins after, whether there is such a record or not.
            place: only those that fail the rule in this place of the yardstick's.
            since: only those that are not in this audit, too.
            record: only that of the record of this local id.
            failing: only those with findings.
        """
        query = (
            sa.select(*COLUMNS, judgements.c.verdicts, audit_members.c.position)
            .add_columns(records.c.record_label, records.c.source_id)
            .select_from(
                audit_members.join(judgements, judgements.c.id == audit_members.c.judgement_id).join(
                    records, records.c.local_id == judgements.c.local_id
                )
            )
            .where(
                audit_members.c.audit_id == audit.number,
                judgements.c.content == CONTENT,
            )
            .order_by(audit_members.c.position)
            .limit(limit + 1)
        )
        if failing:
            query = query.where(judgements.c.failures != "[]")
        if place is not None:
            query = query.where(sa.func.substr(judgements.c.checks, place + 1, 1) == "f")
        if since is not None:
            other = audit_members.alias()
            query = query.where(
                sa.not_(sa.exists().where(other.c.audit_id == since.number, other.c.judgement_id == judgements.c.id))
            )
        if record is not None:
            query = query.where(judgements.c.local_id == record)
        found: list[Any] = []
        with self._database.read() as connection:
            query = query.where(visibility(connection, viewer, today).live)
            terms = {} if isinstance(viewer, Audience) else terms_of(connection, viewer, today)
            reached = _place(connection, audit.number, after)
            while len(found) <= limit:
                rows = connection.execute(query.where(audit_members.c.position > reached)).all()
                found += [
                    row for row in rows if admits(viewer, "list", row.record_label, today, terms.get(row.source_id))
                ]
                if len(rows) <= limit:
                    break
                reached = rows[-1].position
        shown = found[:limit]
        return JudgementPage(
            judgements=tuple(judgement_of(row) for row in shown),
            after=shown[-1].local_id if len(found) > limit else None,
        )

    def counted(self, names: Iterable[str], viewer: Viewer, today: dt.date) -> frozenset[str]:
        """Return those of some sources whose figures a viewer may be told: none of them counts what is hidden from it.

        Those are the sources of which it may see every record, or is owed the tombstone; to stewards they are all. A
        source that is no more says nothing of what it was.
        """
        wanted = frozenset(names)
        if viewer is Audience.STEWARD:
            return wanted
        with self._database.read() as connection:
            rows = connection.execute(sa.select(sources.c.id, sources.c.name).where(sources.c.name.in_(wanted)))
            known = {row.id: row.name for row in rows}
            seen = visibility(connection, viewer, today)
            # What may have been judged; what never was published is in no audit.
            judged = records.c.source_id.in_(known) & (records.c.seq.is_not(None) | auditable())
            hidden = set(
                connection.execute(
                    sa.select(records.c.source_id).where(judged, sa.not_(seen.listed)).distinct()
                ).scalars()
            )
            terms = {} if isinstance(viewer, Audience) else terms_of(connection, viewer, today)
            # The same decision asked again today, as for findings: once for each label.
            spelt = sa.cast(records.c.record_label, sa.Text)
            ones = sa.select(sa.func.min(records.c.id)).where(judged, seen.live).group_by(records.c.source_id, spelt)
            labels = sa.select(records.c.source_id, records.c.record_label).where(records.c.id.in_(ones))
            for row in connection.execute(labels):
                if not admits(viewer, "list", row.record_label, today, terms.get(row.source_id)):
                    hidden.add(row.source_id)
        return frozenset(name for source, name in known.items() if source not in hidden)

    def all(self, audit: Audit, viewer: Viewer, today: dt.date) -> Iterator[Judgement]:
        """Yield every judgement that the viewer may read; whether it may is decided anew for each part of them."""
        after: str | None = ""
        while after is not None:
            part = self.page(audit, viewer, today, after=after, limit=_PAGE, failing=False)
            yield from part.judgements
            after = part.after

    def judgements_in(self, audit: Audit, local_ids: Sequence[str]) -> dict[str, Judgement]:
        """Return what an audit says of some records, by local id; for comparing, never for showing as it is."""
        query = (
            sa.select(*COLUMNS)
            .join(audit_members, audit_members.c.judgement_id == judgements.c.id)
            .where(audit_members.c.audit_id == audit.number, judgements.c.local_id.in_(local_ids))
        )
        with self._database.read() as connection:
            return {row.local_id: judgement_of(row) for row in connection.execute(query)}


def _place(connection: Connection, audit: int, local_id: str) -> int:
    """Return the place in an audit, whose members go by local id, of the last one up to a local id; -1 before all."""
    last = (
        sa.select(audit_members.c.position)
        .join(judgements, judgements.c.id == audit_members.c.judgement_id)
        .where(audit_members.c.audit_id == audit, judgements.c.local_id <= local_id)
        .order_by(judgements.c.local_id.desc())
        .limit(1)
    )
    found: int | None = connection.execute(last).scalar_one_or_none() if local_id else None
    return -1 if found is None else found
