"""The journal of relabelling: an object whose label changed is on record until nothing of its old label is left.

Steps: `ordered`, then `copied` (it is where it belongs, under its new label, beside what was there before), then
`committed` (SQL says so too), then `done` (every older copy and version is gone). `node.storage.moving` does the work.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError
from node.model.label import Label
from node.sovereignty.labels import join
from node.sovereignty.tags import from_json, to_json
from node.storage.changes import utc_seconds
from node.storage.custody_tables import relabels
from node.storage.database import Database
from node.storage.owners import is_alive, this_process
from node.storage.tables import objects, records, versions
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
    their own; what a stuck job need not do any more, `Relabels.ease` finds out. An object that is not kept is passed
    over. Jobs are held until the end of the transaction, so that none is eased by what the records said before it.
    """
    count = 0
    for some in chunks(sorted(wanted)):
        kept = {(row.kind, row.digest): row for row in _rows(connection, [digest for _, digest in some])}
        digests = [digest for _, digest in some]
        underway = {(job.kind, job.digest): job for job in open_jobs(connection, digests, lock=True)}
        for name in some:
            row, job, label = kept.get(name), underway.get(name), wanted[name]
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
        underway = {(job.kind, job.digest) for job in open_jobs(connection, digests)}
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


def close(connection: Connection, name: tuple[str, str], now: dt.datetime) -> None:
    """End the open job of an object, by kind and digest, that is not there any more."""
    mine = (relabels.c.kind == name[0]) & (relabels.c.digest == name[1]) & (relabels.c.step != DONE)
    values = {"step": DONE, "ended": utc_seconds(now), "owner": "", "error": None}
    connection.execute(relabels.update().where(mine).values(**values))


def open_jobs(connection: Connection, digests: Sequence[str], *, lock: bool = False) -> list[Relabel]:
    """Return the jobs of objects with these digests that are not done; with `lock` they are held."""
    query = sa.select(relabels).where(relabels.c.digest.in_(digests), relabels.c.step != DONE).order_by(relabels.c.id)
    return [read(row) for row in connection.execute(query.with_for_update() if lock else query)]


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

    def ease(self, job: Relabel) -> Relabel:
        """Return a job, let off what nobody asks of its object any more.

        A job that got stuck asks for the join of all that was ever ordered. Where the labels of the object's records
        have become looser meanwhile, which takes two people or another agreement, it asks for no more than they do, and
        never for less than the object has: nothing that is stored is loosened by it. Earlier versions stay tightened.
        """
        with self._database.write() as connection:
            row = connection.execute(sa.select(relabels).where(relabels.c.id == job.id).with_for_update()).one()
            current = read(row)
            asked = _asked(connection, current)
            if current.step != ORDERED or asked is None:
                return current
            has = [from_json(row.label) for row in _rows(connection, [job.digest]) if row.kind == job.kind]
            label = join(asked, *has)
            if label == current.new_label or join(current.new_label, label) != current.new_label:
                return current
            if _is_earlier(connection, job):
                return current
            values = {"new_label": to_json(label), "new_zone": None}
            connection.execute(relabels.update().where(relabels.c.id == job.id).values(**values))
        return dataclasses.replace(current, new_label=label, new_zone=None)

    def plan(self, job: Relabel, row: Any, zone: str, label: Label) -> bool:
        """Write down where the object goes and what it is there, before anything is put.

        Returns:
            Whether the job still asks for what it did; if not nothing is written, and it begins again.
        """
        values = {"old_zone": row.zone, "old_label": row.label, "new_zone": zone, "new_label": to_json(label)}
        mine = relabels.c.id == job.id
        with self._database.write() as connection:
            now = read(connection.execute(sa.select(relabels).where(mine).with_for_update()).one())
            if (now.step, now.new_label) != (ORDERED, job.new_label):
                return False
            connection.execute(relabels.update().where(mine).values(**values))
        return True

    def advance(self, connection: Connection, job: Relabel, step: str, now: dt.datetime) -> bool:
        """Write down that a step is taken; return whether the job is still as far as that, with a plan.

        It is not where something else was ordered while the step was taken: then it begins again.
        """
        values: dict[str, Any] = {"step": step, "heartbeat": utc_seconds(now)}
        if step == DONE:
            values |= {"ended": utc_seconds(now), "owner": "", "error": None}
        mine = (relabels.c.id == job.id) & (relabels.c.step == job.step) & relabels.c.new_zone.is_not(None)
        return connection.execute(relabels.update().where(mine).values(**values)).rowcount > 0

    def fail(self, connection: Connection, job: int, error: str) -> None:
        """Write down that a job got stuck, and let go of it."""
        connection.execute(
            relabels.update()
            .where(relabels.c.id == job)
            .values(attempts=relabels.c.attempts + 1, error=error[:1000], owner="")
        )


def _rows(connection: Connection, digests: Sequence[str]) -> Sequence[Any]:
    return connection.execute(sa.select(objects).where(objects.c.digest.in_(digests))).all()


def _asked(connection: Connection, job: Relabel) -> Label | None:
    """Return the join of the labels of all records that a job's object is of now.

    Nothing where that is not known: no record has it, or the label of one cannot be read.
    """
    mine = _digest_of(records, job.kind) == job.digest
    try:
        found = connection.execute(sa.select(records.c.record_label).where(mine)).scalars()
        labels = [from_json(value) for value in found]
    except LabelError:
        return None
    return join(*labels) if labels else None


def _is_earlier(connection: Connection, job: Relabel) -> bool:
    """Tell whether a job's object is of an earlier version of a record that has another one now."""
    query = sa.select(versions.c.record_id).join(records, records.c.id == versions.c.record_id)
    query = query.where(
        _digest_of(versions, job.kind) == job.digest,
        _digest_of(records, job.kind).is_distinct_from(job.digest),
    )
    return connection.execute(query.limit(1)).first() is not None


def _digest_of(table: sa.Table, kind: str) -> sa.ColumnElement[str]:
    return table.c.raw_digest if kind == "raw" else table.c.rdf_digest


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
