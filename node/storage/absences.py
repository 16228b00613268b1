"""Records that complete lists no longer hold: after so many sightings of their absence they count as deleted.

Many repositories tell of no deletions (OAI-PMH 2.0, section 2.5.1: `no`, `transient`), and most other protocols cannot.
A list may miss a record by accident, so one absence deletes nothing.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.deletions import bury
from node.storage.sources import StoredSource
from node.storage.tables import absences, ledger, records, runs


class Absences:
    """What complete lists missed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, run: int, source: StoredSource) -> tuple[int, int]:
        """Return how many live records a run did not list, and how many live records the source has."""
        live = _live(source)
        with self._database.read() as connection:
            missing = connection.execute(
                sa.select(sa.func.count()).select_from(records).where(live, ~_listed(run))
            ).scalar_one()
            total = connection.execute(sa.select(sa.func.count()).select_from(records).where(live)).scalar_one()
        return missing, total

    def forget(self, run: int, source: StoredSource) -> None:
        """Forget the absences of records that a run listed again, whatever it listed."""
        again = sa.select(records.c.id).where(records.c.source_id == source.id, _listed(run))
        with self._database.write() as connection:
            connection.execute(absences.delete().where(absences.c.record_id.in_(again)))

    def note(self, run: int, source: StoredSource) -> int:
        """Note which live records a complete run missed, once for each run; return how many."""
        missed = sa.select(records.c.id).where(_live(source), ~_listed(run))
        with self._database.write() as connection:
            connection.execute(
                absences.update()
                .where(absences.c.record_id.in_(missed), absences.c.run_id != run)
                .values(sightings=absences.c.sightings + 1, run_id=run)
            )
            fresh = sa.select(records.c.id, sa.literal(1), sa.literal(run)).where(
                _live(source), ~_listed(run), ~sa.exists().where(absences.c.record_id == records.c.id)
            )
            connection.execute(absences.insert().from_select(["record_id", "sightings", "run_id"], fresh))
            count: int = connection.execute(
                sa.select(sa.func.count()).select_from(absences).where(absences.c.run_id == run)
            ).scalar_one()
            connection.execute(runs.update().where(runs.c.id == run).values(absent=count + runs.c.reconciled))
        return count

    def settle(self, run: int, source: StoredSource, now: Clock, *, batch: int = 500) -> int:
        """Delete the records that the last `reconcile_after` complete lists missed; return how many.

        A run that is killed here goes on where it stood.
        """
        total = 0
        if not source.source.reconcile_after:
            return total
        gone = (
            sa.select(records.c.id, records.c.audience, records.c.seq, records.c.subject)
            .join(absences, absences.c.record_id == records.c.id)
            .where(absences.c.run_id == run, absences.c.sightings >= source.source.reconcile_after, _live(source))
            .order_by(records.c.id)
            .limit(batch)
        )
        while True:
            with self._database.write() as connection:
                rows = connection.execute(gone).all()
                if not rows:
                    return total
                bury(connection, rows, now)
                connection.execute(absences.delete().where(absences.c.record_id.in_([row.id for row in rows])))
                connection.execute(
                    runs.update().where(runs.c.id == run).values(reconciled=runs.c.reconciled + len(rows))
                )
                total += len(rows)


def _live(source: StoredSource) -> Any:
    return (records.c.source_id == source.id) & (records.c.state != "deleted")


def _listed(run: int) -> Any:
    return sa.exists().where(ledger.c.run_id == run, ledger.c.identifier == records.c.identifier)
