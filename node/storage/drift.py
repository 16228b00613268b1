"""Audits of what is really stored, as SQL keeps them: where each stands, what it found, and when the next is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import Conflict, NotFound
from node.model.drift import Deviation, Drift, DriftRun
from node.storage.changes import utc_seconds
from node.storage.custody_tables import drift_findings, drift_runs
from node.storage.database import Database
from node.storage.owners import is_alive, this_process
from node.storage.tables import clock

RUNNING, STOPPED, ENDED = "running", "stopped", "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an audit goes on.

    Attributes:
        zone: the zone it is in; empty before the first, and `None` after the last, among the graphs.
        after: the last key that was compared there.
        digests: by kind of object, the digest up to which the database's rows were compared.
        record: the number of the last record whose graph was looked for.
    """

    zone: str | None = ""
    after: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    record: int = 0


class DriftRuns:
    """Reads and writes audits of what is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, zone: str | None, repair: bool, now: dt.datetime) -> tuple[int, Place, bool]:
        """Go on with the audit of this kind that was stopped, or begin one; return its number, place, and if it is new.

        Raises:
            Conflict: a process is at work on it.
        """
        moment = utc_seconds(now)
        with self._database.write() as connection:
            query = sa.select(drift_runs).where(drift_runs.c.status != ENDED, drift_runs.c.repair == repair)
            query = query.where(drift_runs.c.zone == zone if zone else drift_runs.c.zone.is_(None))
            row = connection.execute(query.order_by(drift_runs.c.id.desc())).first()
            mine = {"status": RUNNING, "owner": this_process(), "heartbeat": moment}
            if row is not None:
                if row.status == RUNNING and is_alive(row.owner, row.heartbeat, moment):
                    raise Conflict("another process is at work on this audit", advice="Try again when it has ended.")
                connection.execute(drift_runs.update().where(drift_runs.c.id == row.id).values(**mine))
                return row.id, Place(**row.checkpoint), False
            values = {"zone": zone, "repair": repair, "started": moment, "checkpoint": _values(Place()), "counts": {}}
            made = connection.execute(drift_runs.insert().values(**values, **mine).returning(drift_runs.c.id))
            return made.scalar_one(), Place(), True

    def advance(
        self,
        connection: Connection,
        number: int,
        place: Place,
        counts: Mapping[Drift, int],
        found: Sequence[Deviation],
        now: dt.datetime,
    ) -> None:
        """Keep what a batch came to, and where the audit goes on, in one transaction with what was repaired."""
        row = connection.execute(sa.select(drift_runs).where(drift_runs.c.id == number).with_for_update()).one()
        if row.owner != this_process():
            raise Conflict("another process has taken this audit over")
        total = {drift.value: row.counts.get(drift.value, 0) + counts.get(drift, 0) for drift in Drift}
        values = {"checkpoint": _values(place), "counts": total, "heartbeat": utc_seconds(now)}
        connection.execute(drift_runs.update().where(drift_runs.c.id == number).values(**values))
        if found:
            connection.execute(
                drift_findings.insert(),
                [
                    {
                        "run_id": number,
                        "drift": each.drift.value,
                        "zone": each.zone,
                        "key": each.key,
                        "incident": each.incident,
                        "repaired": each.repaired,
                        "detail": each.detail[:1000],
                    }
                    for each in found
                ],
            )

    def end(self, number: int, now: dt.datetime, *, stopped: bool = False) -> None:
        """Close an audit, or let go of one that goes on another time."""
        values: dict[str, Any] = {"status": STOPPED} if stopped else {"status": ENDED, "ended": utc_seconds(now)}
        with self._database.write() as connection:
            connection.execute(drift_runs.update().where(drift_runs.c.id == number).values(owner="", **values))

    def repaired(self, connection: Connection, number: int, zone: str, keys: Sequence[str]) -> None:
        """Write down that findings were put right after all."""
        mine = (drift_findings.c.run_id == number) & (drift_findings.c.zone == zone) & drift_findings.c.key.in_(keys)
        connection.execute(drift_findings.update().where(mine).values(repaired=True))

    def get(self, number: int) -> DriftRun:
        """Return an audit.

        Raises:
            NotFound: there is no such audit.
        """
        found = self._runs(drift_runs.c.id == number, 1)
        if not found:
            raise NotFound(
                f"there is no audit {number} of what is stored", advice="`fairnode store audits` lists them."
            )
        return found[0]

    def latest(self, limit: int = 50) -> tuple[DriftRun, ...]:
        """Return audits, the newest first."""
        return self._runs(sa.true(), limit)

    def last_done(self) -> DriftRun | None:
        """Return the newest audit of everything that came to its end."""
        found = self._runs((drift_runs.c.status == ENDED) & drift_runs.c.zone.is_(None), 1)
        return found[0] if found else None

    def findings(self, number: int, limit: int, *, after: int = 0) -> tuple[tuple[int, Deviation], ...]:
        """Return what an audit found, each with its number, after the one with the number `after`."""
        query = sa.select(drift_findings).where(drift_findings.c.run_id == number, drift_findings.c.id > after)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(drift_findings.c.id).limit(limit)).all()
        return tuple(
            (
                row.id,
                Deviation(
                    drift=Drift(row.drift),
                    zone=row.zone,
                    key=row.key,
                    incident=row.incident,
                    repaired=row.repaired,
                    detail=row.detail,
                ),
            )
            for row in rows
        )

    def keys_of(self, number: int, drift: Drift, zone: str) -> tuple[str, ...]:
        """Return the keys of one class that an audit found in a zone and did not put right."""
        query = sa.select(drift_findings.c.key).where(
            drift_findings.c.run_id == number,
            drift_findings.c.drift == drift.value,
            drift_findings.c.zone == zone,
            ~drift_findings.c.repaired,
        )
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def unrepaired(self, number: int) -> tuple[dict[Drift, int], int]:
        """Return by class what an audit found and did not put right, and how much of it is an incident."""
        query = (
            sa.select(drift_findings.c.drift, sa.func.count(), sa.func.count().filter(drift_findings.c.incident))
            .where(drift_findings.c.run_id == number, ~drift_findings.c.repaired)
            .group_by(drift_findings.c.drift)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {Drift(row[0]): row[1] for row in rows}, sum(row[2] for row in rows)

    def is_due(self, every_hours: float, now: dt.datetime) -> bool:
        """Tell whether the worker is to begin, or go on with, an audit of everything."""
        if not every_hours:
            return False
        last = self.last_done()
        if last is not None:
            since = last.started
        else:  # a node that has just been made has nothing to audit
            with self._database.read() as connection:
                since = connection.execute(sa.select(clock.c.earliest)).scalar_one()
        return bool(since + dt.timedelta(hours=every_hours) <= utc_seconds(now))

    def _runs(self, condition: sa.ColumnElement[bool], limit: int) -> tuple[DriftRun, ...]:
        incidents = sa.func.count().filter(drift_findings.c.incident)
        repaired = sa.func.count().filter(drift_findings.c.repaired)
        mine = drift_findings.c.run_id == drift_runs.c.id
        query = sa.select(
            drift_runs,
            sa.select(incidents).where(mine).scalar_subquery().label("incidents"),
            sa.select(repaired).where(mine).scalar_subquery().label("repaired"),
        )
        with self._database.read() as connection:
            rows = connection.execute(query.where(condition).order_by(drift_runs.c.id.desc()).limit(limit)).all()
        return tuple(
            DriftRun(
                number=row.id,
                zone=row.zone,
                repair=row.repair,
                status=row.status,
                started=row.started,
                ended=row.ended,
                counts={drift: row.counts.get(drift.value, 0) for drift in Drift},
                incidents=row.incidents,
                repaired=row.repaired,
            )
            for row in rows
        )


def _values(place: Place) -> dict[str, Any]:
    return {
        "zone": place.zone,
        "after": place.after,
        "digests": dict(place.digests),
        "record": place.record,
    }
