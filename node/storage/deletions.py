"""Deletions: entered in the ledger while a run goes on, carried out at its end, or held back as a whole.

A deletion leaves a tombstone with the sets and formats the record had (OAI-PMH 2.0, section 2.5.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.run import Outcome
from node.storage import stale, tombstones
from node.storage.changes import Clock, advance, utc_seconds
from node.storage.database import Database
from node.storage.details import silence
from node.storage.kept import local_id
from node.storage.sources import StoredSource
from node.storage.tables import changes, ledger, records, runs, shared_nodes

OUT_OF_BOUNDS = "harvest.out-of-bounds"


class Deletions:
    """The deletions that a run's ledger speaks of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle(self, run: int, source: StoredSource, now: Clock, *, batch: int = 500) -> int:
        """Make the deletions of a run's ledger true, batch by batch; return how many records left the view.

        A run that is killed here goes on where it stood: what is a tombstone already is passed over.
        """
        total = 0
        self._remember_strangers(run, source, now(), batch)
        while True:
            with self._database.write() as connection:
                rows = connection.execute(
                    sa.select(records.c.id, records.c.audience, records.c.seq, records.c.subject)
                    .join(ledger, ledger.c.identifier == records.c.identifier)
                    .where(
                        ledger.c.run_id == run,
                        ledger.c.outcome == Outcome.DELETED.value,
                        records.c.source_id == source.id,
                        records.c.state != "deleted",
                    )
                    .order_by(records.c.id)
                    .limit(batch)
                    .with_for_update(of=records)
                ).all()
                if not rows:
                    return total
                bury(connection, rows, now)
                total += len(rows)

    def _remember_strangers(self, run: int, source: StoredSource, now: dt.datetime, batch: int) -> None:
        """Note records that were deleted before the node ever saw them, so that the next run finds them unchanged.

        They were never visible here, so they are no tombstones to anyone.
        """
        unknown = (
            sa.select(ledger.c.identifier)
            .outerjoin(records, (records.c.identifier == ledger.c.identifier) & (records.c.source_id == source.id))
            .where(ledger.c.run_id == run, ledger.c.outcome == Outcome.DELETED.value, records.c.id.is_(None))
            .limit(batch)
        )
        while True:
            with self._database.write() as connection:
                names = connection.execute(unknown).scalars().all()
                if not names:
                    return
                connection.execute(records.insert(), [_stranger(run, source, name, now) for name in names])

    def pending(self, run: int, source: StoredSource) -> tuple[int, int]:
        """Return how many live records the run would delete, and how many live records the source has."""
        live = (records.c.source_id == source.id) & (records.c.state != "deleted")
        marked = (ledger.c.run_id == run) & (ledger.c.outcome == Outcome.DELETED.value)
        with self._database.read() as connection:
            doomed = connection.execute(
                sa.select(sa.func.count())
                .select_from(records.join(ledger, ledger.c.identifier == records.c.identifier))
                .where(live, marked)
            ).scalar_one()
            total = connection.execute(sa.select(sa.func.count()).select_from(records).where(live)).scalar_one()
        return doomed, total

    def hold(self, run: int, reason: str) -> None:
        """Turn the deletions of a suspect run into unchanged records, and say on the run why it is suspect.

        Both in one transaction: a run that is killed after it is still suspect when it is resumed.
        """
        with self._database.write() as connection:
            connection.execute(
                runs.update().where(runs.c.id == run).values(error_code=OUT_OF_BOUNDS, error_message=reason)
            )
            connection.execute(
                ledger.update()
                .where(ledger.c.run_id == run, ledger.c.outcome == Outcome.DELETED.value)
                .values(outcome=Outcome.UNCHANGED.value, code="harvest.deletion-held", reason=reason)
            )


def bury(connection: Connection, rows: Sequence[Any], now: Clock) -> None:
    """Turn records into tombstones; each row has the `id`, `audience`, `seq` and `subject` of its record.

    Args:
        rows: held until commit.
    """
    ids = [row.id for row in rows]
    published = [row for row in rows if row.seq is not None]
    touched = stale.touched_by(connection, ids)
    before = tombstones.levels(connection, ids)
    connection.execute(records.update().where(records.c.id.in_(ids)).values(state="deleted", held_code=None))
    # The rows stay, with the formats and sets the item had; what they said is gone.
    silence(connection, ids)
    if not published:
        return
    tick = advance(connection, len(published), now)
    stale.mark(connection, touched)
    connection.execute(shared_nodes.delete().where(shared_nodes.c.record_id.in_(ids)))
    for offset, row in enumerate(published):
        connection.execute(
            records.update().where(records.c.id == row.id).values(seq=tick.first + offset, datestamp=tick.datestamp)
        )
        connection.execute(
            changes.insert().values(
                seq=tick.first + offset,
                record_id=row.id,
                kind=Outcome.DELETED.value,
                at=tick.datestamp,
                audience=row.audience,
            )
        )
    tombstones.settle(connection, before)


def _stranger(run: int, source: StoredSource, identifier: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "source_id": source.id,
        "identifier": identifier,
        "local_id": local_id(source.source.name, identifier),
        "state": "deleted",
        "subject": "",
        "title": "",
        "kind": "",
        "source_datestamp": "",
        "source_sets": [],
        "metadata_prefix": source.source.metadata_prefix,
        "metadata_namespace": "",
        "media_type": "",
        "harvested": "",
        "seen_digest": "",
        "recipe": "",
        "created": utc_seconds(now),
        "run_id": run,
    }
