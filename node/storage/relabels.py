"""The journal of relabelling: an object whose label changed is on record until nothing of its old label is left.

Steps: `ordered`, then `copied` (it is where it belongs, under its new label, beside what was there before), then
`committed` (SQL says so too), then `done` (every older copy and version is gone). `node.storage.moving` does the work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Label
from node.sovereignty.labels import join
from node.sovereignty.tags import from_json, to_json
from node.storage.changes import utc_seconds
from node.storage.custody_tables import relabels
from node.storage.database import Database
from node.storage.owners import is_alive, this_process
from node.storage.tables import objects, records
from node.storage.upsert import chunks

ORDERED, COPIED, COMMITTED, DONE = "ordered", "copied", "committed", "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabel:
    """A job: the object, how far it is, and from where and what to where and what.

    Attributes:
        id: its number.
        kind, digest, key: the object.
        step: `ordered`, `copied`, `committed` or `done`.
        old_zone, old_label: what SQL said when the job was planned.
        new_zone: where it goes; `None` until that is planned.
        new_label: what it gets.
        ordered: when, UTC without zone.
        attempts: how often it failed.
        error: why it failed last.
    """

    id: int
    kind: str
    digest: str
    key: str
    step: str
    old_zone: str
    old_label: Label
    new_zone: str | None
    new_label: Label
    ordered: dt.datetime
    attempts: int
    error: str | None


def release_blocked() -> sa.ColumnElement[bool]:
    """Return the condition, on a row of `records`, that an object of it is being relabelled: it may not be released."""
    mine = ((relabels.c.kind == "raw") & (relabels.c.digest == records.c.raw_digest)) | (
        (relabels.c.kind == "rdf") & (relabels.c.digest == records.c.rdf_digest)
    )
    return sa.exists().where(relabels.c.step != DONE, mine).correlate(records)


def order(connection: Connection, wanted: Mapping[tuple[str, str], Label], now: dt.datetime) -> int:
    """Put objects, by kind and digest, on record for a label; return how many jobs are new or changed.

    Where a job for the object is open already, the object gets the join of both labels, for labels only tighten on
    their own. An object that is not kept is passed over.
    """
    count = 0
    for some in chunks(sorted(wanted)):
        kept = {(row.kind, row.digest): row for row in _rows(connection, [digest for _, digest in some])}
        open_jobs = {(job.kind, job.digest): job for job in _open(connection, [digest for _, digest in some])}
        for name in some:
            row, job, label = kept.get(name), open_jobs.get(name), wanted[name]
            if row is None:
                continue
            if job is None:
                connection.execute(relabels.insert().values(**_fresh(row, to_json(label), ORDERED, now)))
            elif (tighter := join(job.new_label, label)) != job.new_label or job.step == COMMITTED:
                connection.execute(
                    relabels.update()
                    .where(relabels.c.id == job.id)
                    .values(step=ORDERED, new_label=to_json(tighter), new_zone=None)
                )
            else:
                continue
            count += 1
    return count


def leave_behind(connection: Connection, rows: Sequence[Mapping[str, Any]], now: dt.datetime) -> None:
    """Put on record what rows of `objects`, about to be written, leave behind: a copy elsewhere, or an older version.

    Such a job begins `committed`: the object is where it belongs, and only what is left of it has to go.
    """
    for some in chunks(rows):
        digests = [row["digest"] for row in some]
        before = {(row.kind, row.digest): row for row in _rows(connection, digests)}
        changed = [
            (before[name], row)
            for row in some
            if (name := (row["kind"], row["digest"])) in before
            and (before[name].zone, before[name].label) != (row["zone"], row["label"])
        ]
        if not changed:
            continue
        underway = {(job.kind, job.digest) for job in _open(connection, digests)}
        for old, row in changed:
            if (old.kind, old.digest) not in underway:
                # A job that is under way finds the row changed, and begins again.
                values = _fresh(old, row["label"], COMMITTED, now)
                connection.execute(relabels.insert().values(**{**values, "new_zone": row["zone"]}))


def read(row: Any) -> Relabel:
    """Return the job that a row of the journal tells of."""
    return Relabel(
        id=row.id,
        kind=row.kind,
        digest=row.digest,
        key=row.key,
        step=row.step,
        old_zone=row.old_zone,
        old_label=from_json(row.old_label),
        new_zone=row.new_zone,
        new_label=from_json(row.new_label),
        ordered=row.ordered,
        attempts=row.attempts,
        error=row.error,
    )


class Relabels:
    """Reads and writes the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, limit: int | None = None, *, after: int = 0) -> tuple[Relabel, ...]:
        """Return jobs that are not done, oldest first."""
        query = sa.select(relabels).where(relabels.c.step != DONE, relabels.c.id > after).order_by(relabels.c.id)
        with self._database.read() as connection:
            return tuple(read(row) for row in connection.execute(query.limit(limit)))

    def waiting(self) -> tuple[int, int]:
        """Return how many jobs are open, and how many of them have failed at least once."""
        query = sa.select(sa.func.count(), sa.func.count().filter(relabels.c.attempts > 0))
        with self._database.read() as connection:
            row = connection.execute(query.where(relabels.c.step != DONE)).one()
        return row[0], row[1]

    def blocks(self, local_id: str) -> bool:
        """Tell whether a record may not be released, because an object of it is being relabelled."""
        query = sa.select(records.c.id).where(records.c.local_id == local_id, release_blocked())
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def claim(self, job: int, now: dt.datetime) -> Relabel | None:
        """Take a job over, or return `None` where it is done or another process is at work on it."""
        with self._database.write() as connection:
            row = connection.execute(sa.select(relabels).where(relabels.c.id == job).with_for_update()).first()
            if row is None or row.step == DONE:
                return None
            if row.owner and is_alive(row.owner, row.heartbeat, utc_seconds(now)):
                return None
            values = {"owner": this_process(), "heartbeat": utc_seconds(now)}
            connection.execute(relabels.update().where(relabels.c.id == job).values(**values))
        return read(row)

    def plan(self, job: int, row: Any, zone: str, label: Label) -> None:
        """Write down where the object goes and what it is there, before anything is put."""
        with self._database.write() as connection:
            connection.execute(
                relabels.update()
                .where(relabels.c.id == job)
                .values(
                    step=ORDERED,
                    old_zone=row.zone,
                    old_label=row.label,
                    new_zone=zone,
                    new_label=to_json(label),
                )
            )

    def advance(self, connection: Connection, job: int, step: str, now: dt.datetime) -> None:
        """Write down that a step is taken."""
        values: dict[str, Any] = {"step": step, "heartbeat": utc_seconds(now)}
        if step == DONE:
            values |= {"ended": utc_seconds(now), "owner": "", "error": None}
        connection.execute(relabels.update().where(relabels.c.id == job).values(**values))

    def fail(self, connection: Connection, job: int, error: str) -> None:
        """Write down that a job got stuck, and let go of it."""
        connection.execute(
            relabels.update()
            .where(relabels.c.id == job)
            .values(attempts=relabels.c.attempts + 1, error=error[:1000], owner="")
        )


def _rows(connection: Connection, digests: Sequence[str]) -> Sequence[Any]:
    return connection.execute(sa.select(objects).where(objects.c.digest.in_(digests))).all()


def _open(connection: Connection, digests: Sequence[str]) -> list[Relabel]:
    query = sa.select(relabels).where(relabels.c.digest.in_(digests), relabels.c.step != DONE)
    return [read(row) for row in connection.execute(query)]


def _fresh(row: Any, label: Mapping[str, str], step: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "digest": row.digest,
        "key": row.key,
        "step": step,
        "old_zone": row.zone,
        "old_label": row.label,
        "new_label": dict(label),
        "ordered": utc_seconds(now),
        "attempts": 0,
        "owner": "",
    }
