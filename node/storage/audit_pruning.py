"""What is left of audits that nobody needs any more, and its removal, a little at a time.

An audit is kept while it is young, while it is among the latest of its sources and profile, and for ever once somebody
has signed it. A judgement is kept while an audit that is kept consists of it, while a waiver names its record, while it
is about a record as it is now by the latest version of its profile, for then the next audit has use for it, and for a
few days in any case: an audit may be under way that has it already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from node.storage.audit_tables import audit_members, audit_signatures, audits, judgements, waivers, yardsticks
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.judgements import CONTENT, auditable
from node.storage.tables import records

_GRACE = dt.timedelta(days=7)
# By profile: the yardstick that an audit just begun would most likely be by.
_LATEST = sa.select(sa.func.max(yardsticks.c.id)).group_by(yardsticks.c.profile)
# Rows a transaction: whoever else writes to a SQLite database waits for no more than these.
_BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was removed, or would be."""

    audits: int
    judgements: int
    yardsticks: int


class AuditPruning:
    """Removes what is left of old audits.

    Args:
        keep_last: audits that are kept of the same sources by the same profile, whatever their age.
        keep_days: days that any audit is kept after it was last confirmed.
    """

    def __init__(self, database: Database, *, keep_last: int, keep_days: int) -> None:
        self._database = database
        self._keep_last = keep_last
        self._keep_days = keep_days

    def old(self, now: dt.datetime) -> tuple[str, ...]:
        """Return the digests of the audits that are kept no longer, the oldest first."""
        place = sa.func.row_number().over(
            partition_by=(audits.c.scope, yardsticks.c.profile),
            order_by=(audits.c.confirmed.desc(), audits.c.id.desc()),
        )
        ranked = (
            sa.select(audits.c.id, audits.c.digest, audits.c.confirmed, place.label("place"))
            .join(yardsticks, yardsticks.c.id == audits.c.yardstick_id)
            .subquery()
        )
        query = (
            sa.select(ranked.c.digest)
            .where(
                ranked.c.place > self._keep_last,
                ranked.c.confirmed < utc_seconds(now - dt.timedelta(days=self._keep_days)),
                ranked.c.digest.not_in(sa.select(audit_signatures.c.audit_digest)),
            )
            .order_by(ranked.c.id)
        )
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def prune(self, now: dt.datetime) -> Pruned:
        """Remove old audits, the judgements that nothing refers to, and the yardsticks that nothing was measured by.

        Interrupted, it leaves nothing half removed; the next time it goes on. A signature that comes in meanwhile
        keeps its audit.
        """
        removed = sum(self._remove(digest) for digest in self.old(now))
        return Pruned(audits=removed, judgements=self._unneeded(now), yardsticks=self._unused())

    def _remove(self, digest: str) -> int:
        signed = sa.exists().where(audit_signatures.c.audit_digest == audits.c.digest)
        with self._database.write() as connection:
            done = connection.execute(audits.delete().where(audits.c.digest == digest, sa.not_(signed)))
            return done.rowcount

    def _unneeded(self, now: dt.datetime) -> int:
        removed, today = 0, now.date()
        with self._database.read() as connection:
            latest = connection.execute(_LATEST).scalars().all()
        for first, last in self._spans():
            query = judgements.delete().where(
                judgements.c.id.between(first, last),
                sa.not_(sa.exists().where(audit_members.c.judgement_id == judgements.c.id)),
                judgements.c.yardstick_id.not_in(latest)
                | sa.not_(
                    sa.exists().where(
                        records.c.local_id == judgements.c.local_id, auditable(), judgements.c.content == CONTENT
                    )
                ),
                # The highest number stays taken: SQLite would give it again, and an audit under way may hold it.
                judgements.c.id != sa.select(sa.func.max(judgements.c.id)).scalar_subquery(),
                # Those of earlier releases do not say when they were made: they are old.
                sa.func.coalesce(judgements.c.judged, dt.date.min) < today - _GRACE,
                judgements.c.local_id.not_in(
                    sa.select(waivers.c.record).where(
                        waivers.c.record.is_not(None), waivers.c.ended.is_(None), waivers.c.expires > today
                    )
                ),
            )
            with self._database.write() as connection:
                removed += connection.execute(query).rowcount
        return removed

    def _spans(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last number of each batch of judgements."""
        after = 0
        while True:
            some = sa.select(judgements.c.id).where(judgements.c.id > after).order_by(judgements.c.id).limit(_BATCH)
            found = some.subquery()
            with self._database.read() as connection:
                first, last = connection.execute(sa.select(sa.func.min(found.c.id), sa.func.max(found.c.id))).one()
            if last is None:
                return
            yield first, last
            after = last

    def _unused(self) -> int:
        """Remove yardsticks without audits and judgements, but for those whose rules a waiver still names."""
        removed = 0
        with self._database.write() as connection:
            named = set(connection.execute(sa.select(waivers.c.code)).scalars())
            idle = sa.select(yardsticks.c.id, yardsticks.c.rules).where(
                yardsticks.c.id.not_in(_LATEST),
                yardsticks.c.id.not_in(sa.select(audits.c.yardstick_id)),
                yardsticks.c.id.not_in(sa.select(judgements.c.yardstick_id).distinct()),
            )
            for row in connection.execute(idle).all():
                if not named.intersection(rule["code"] for rule in row.rules):
                    connection.execute(yardsticks.delete().where(yardsticks.c.id == row.id))
                    removed += 1
        return removed
