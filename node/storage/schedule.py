"""When each source is due: after a run the next one is set, in the transaction that ends the run.

A running run is itself the lease of its source (a partial unique index, a heartbeat and a fenced checkpoint), so that
several workers on several machines never harvest one source twice, nor two sources on one host at the same time.
"""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.run import RunStatus
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.owners import is_alive
from node.storage.tables import clock, runs, sources

FIRST_RETRY = dt.timedelta(minutes=15)
"""At most how long after its first failure a source is tried again; each further failure doubles it."""
LONGEST_RETRY = dt.timedelta(days=7)
_JITTER = 0.25


class Schedule:
    """The sources' clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: dt.datetime, *, limit: int = 1000) -> tuple[str, ...]:
        """Return the names of the sources that are due and that nobody is harvesting, the longest waiting first.

        A run that a dead process left behind is due at once. A run that is under way is told from it when it is
        started: `Runs.start` knows whose it is.
        """
        interrupted = sa.exists().where(runs.c.source_id == sources.c.id, runs.c.status == RunStatus.RUNNING.value)
        query = (
            sa.select(sources.c.name)
            .where(~sources.c.paused, sources.c.interval > 0, is_due(now) | interrupted)
            .order_by(sources.c.next_run.is_not(None), sources.c.next_run, sources.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def put_off(self, source: int, now: dt.datetime) -> None:
        """Set the next run of a source that could not even be begun."""
        with self._database.write() as connection:
            settle(connection, source, RunStatus.FAILED, now)


def is_due(now: dt.datetime) -> Any:
    """The SQL condition on `sources` that one is due; one never harvested is."""
    return sources.c.next_run.is_(None) | (sources.c.next_run <= utc_seconds(now))


def settle(
    connection: Connection,
    source: int,
    status: RunStatus,
    now: dt.datetime,
    *,
    plan: str = "",
    full: bool = False,
    next_from: str | None = None,
) -> None:
    """Set a source's clock after a run.

    Args:
        plan: what the run made its records with.
        full: it listed everything.
        next_from: from where the next incremental run goes on; `None` leaves it as it is, and an empty text
            makes the next run a full one.
    """
    row = connection.execute(sa.select(sources.c.interval, sources.c.failures).where(sources.c.id == source)).one()
    moment = utc_seconds(now)
    failures = row.failures + 1 if status is RunStatus.FAILED else 0
    pause = retry_after(failures, source) if failures else dt.timedelta(seconds=row.interval)
    values: dict[str, Any] = {"failures": failures, "next_run": moment + pause}
    if status is RunStatus.OK:
        values["last_ok"] = moment
        if full:
            values |= {"last_full": moment, "plan": plan}
        if next_from is not None:
            values["next_from"] = next_from
    connection.execute(sources.update().where(sources.c.id == source).values(values))


def retry_after(failures: int, source: int) -> dt.timedelta:
    """Return how long the source of that number is left alone after it failed so many times in a row.

    Up to a quarter less than the doubled time, by source and failure: sources that failed together, as when the node
    itself was cut off, do not come back together.
    """
    doubled: dt.timedelta = FIRST_RETRY * 2 ** min(failures - 1, 20)
    share = zlib.crc32(f"{source}:{failures}".encode()) / 2**32
    pause: dt.timedelta = min(LONGEST_RETRY, doubled) * (1 - _JITTER * share)
    return dt.timedelta(seconds=round(pause.total_seconds()))


def neighbour(connection: Connection, source: int, url: str, now: dt.datetime) -> str | None:
    """Return the name of another source on the same host that somebody is harvesting right now.

    The clock's row is locked till the transaction ends, so that two workers cannot both find the host free.
    """
    host = urlsplit(url).hostname
    connection.execute(sa.select(clock.c.seq).with_for_update()).all()
    underway = (
        sa.select(sources.c.name, sources.c.url, runs.c.owner, runs.c.heartbeat)
        .join(runs, runs.c.source_id == sources.c.id)
        .where(runs.c.status == RunStatus.RUNNING.value, sources.c.id != source)
        .order_by(sources.c.name)
    )
    for row in connection.execute(underway):
        if urlsplit(row.url).hostname == host and is_alive(row.owner, row.heartbeat, now):
            return str(row.name)
    return None
