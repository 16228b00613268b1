"""Harvest runs: at most one running per source, a checkpoint per page, an account at the end."""

from __future__ import annotations

import datetime as dt
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from node.errors import Conflict, FairnodeError, NotFound
from node.model.oai import Checkpoint, Window
from node.model.report import Finding, Severity
from node.model.run import HarvestRun, Outcome, RunError, RunStatus
from node.storage import ledger
from node.storage.database import Database
from node.storage.sources import StoredSource
from node.storage.tables import run_findings, runs, sources

# A run whose owner, on another machine, has not been heard of for this long is taken over.
_LEASE = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run that is under way.

    Attributes:
        id: the run's number.
        checkpoint: where to go on; `Checkpoint()` for a new run.
        window: what the run asks for.
        resumed: an earlier process began it.
    """

    id: int
    checkpoint: Checkpoint
    window: Window
    resumed: bool


class Runs:
    """The runs of all sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, stored: StoredSource, window: Window, now: dt.datetime, *, afresh: bool = False) -> OpenRun:
        """Start a run, or take over the one a dead process left behind, at its last page.

        Args:
            afresh: give an interrupted run up as failed, and begin a new one.

        Raises:
            Conflict: another process is harvesting the source right now.
        """
        moment = _naive(now)
        with self._database.write() as connection:
            row = connection.execute(
                sa.select(runs).where(runs.c.source_id == stored.id, runs.c.status == RunStatus.RUNNING.value)
            ).first()
            if row is not None:
                if _alive(row.owner, row.heartbeat, moment):
                    raise Conflict(f"source {stored.source.name!r} is being harvested by {row.owner} (run {row.id})")
                if not afresh:
                    connection.execute(
                        runs.update().where(runs.c.id == row.id).values(owner=_owner(), heartbeat=moment)
                    )
                    return OpenRun(
                        id=row.id,
                        checkpoint=_checkpoint(row.checkpoint),
                        window=Window(from_=row.window_from, until=row.window_until),
                        resumed=True,
                    )
                connection.execute(
                    runs.update()
                    .where(runs.c.id == row.id)
                    .values(
                        status=RunStatus.FAILED.value,
                        ended=moment,
                        error_code="harvest.interrupted",
                        error_message="the run was interrupted and given up for a new one",
                        error_advice="Nothing to do: the new run lists everything again.",
                    )
                )
            try:
                result = connection.execute(
                    runs.insert().values(
                        source_id=stored.id,
                        status=RunStatus.RUNNING.value,
                        started=moment,
                        heartbeat=moment,
                        owner=_owner(),
                        window_from=window.from_,
                        window_until=window.until,
                        checkpoint=asdict(Checkpoint()),
                        headers=0,
                        repeated=0,
                        pages=0,
                        requests=0,
                        retries=0,
                    )
                )
            except IntegrityError as error:
                raise Conflict(f"source {stored.source.name!r} is being harvested by another process") from error
            key = result.inserted_primary_key
            assert key is not None
            return OpenRun(id=key[0], checkpoint=Checkpoint(), window=window, resumed=False)

    def finish(
        self,
        run: OpenRun,
        stored: StoredSource,
        status: RunStatus,
        now: dt.datetime,
        *,
        requests: int,
        retries: int,
        error: FairnodeError | None = None,
        next_from: str | None = None,
    ) -> None:
        """End a run; `next_from` is remembered for the source's next incremental run where the status is ok."""
        with self._database.write() as connection:
            connection.execute(
                runs.update()
                .where(runs.c.id == run.id)
                .values(
                    status=status.value,
                    ended=_naive(now),
                    requests=runs.c.requests + requests,
                    retries=runs.c.retries + retries,
                    error_code=error.code if error else None,
                    error_message=error.message if error else None,
                    error_advice=error.advice if error else None,
                )
            )
            if status is RunStatus.OK and next_from:
                connection.execute(sources.update().where(sources.c.id == stored.id).values(next_from=next_from))

    def checkpoint(self, run: int) -> Checkpoint:
        """Return where a run stands."""
        with self._database.read() as connection:
            values = connection.execute(sa.select(runs.c.checkpoint).where(runs.c.id == run)).scalar_one()
        return _checkpoint(values)

    def get(self, run: int) -> HarvestRun:
        """Return one run's account.

        Raises:
            NotFound: there is no such run.
        """
        with self._database.read() as connection:
            row = connection.execute(_joined().where(runs.c.id == run)).first()
            if row is None:
                raise NotFound(f"there is no run {run}", advice="`fairnode run list` names them all.")
            return _run(connection, row)

    def findings(self, run: int) -> tuple[Finding, ...]:
        """What was met about the source's answers in a run."""
        query = sa.select(run_findings).where(run_findings.c.run_id == run).order_by(run_findings.c.id)
        with self._database.read() as connection:
            return tuple(
                Finding(code=row.code, severity=Severity(row.severity), message=row.message, advice=row.advice)
                for row in connection.execute(query)
            )

    def latest(self, source: str | None = None, limit: int = 50) -> tuple[HarvestRun, ...]:
        """The latest runs, newest first, of one source or of all."""
        query = _joined().order_by(runs.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(sources.c.name == source)
        with self._database.read() as connection:
            return tuple(_run(connection, row) for row in connection.execute(query).all())


def advance(
    connection: Connection, run: int, checkpoint: Checkpoint, *, headers: int, repeated: int, now: dt.datetime
) -> None:
    """Move a run's checkpoint past a page, in the page's own transaction.

    Raises:
        Conflict: another process has taken the run over; the page must not be kept by this one.
    """
    moved = connection.execute(
        runs.update()
        .where(runs.c.id == run, runs.c.owner == _owner(), runs.c.status == RunStatus.RUNNING.value)
        .values(
            checkpoint=asdict(checkpoint),
            headers=runs.c.headers + headers,
            repeated=runs.c.repeated + repeated,
            pages=runs.c.pages + 1,
            heartbeat=_naive(now),
        )
    )
    if moved.rowcount != 1:
        raise Conflict(f"run {run} was taken over by another process")


def _joined() -> sa.Select[Any]:
    return sa.select(runs, sources.c.name.label("source")).join(sources, sources.c.id == runs.c.source_id)


def _run(connection: Connection, row: Any) -> HarvestRun:
    error = None
    if row.error_code:
        error = RunError(code=row.error_code, message=row.error_message or "", advice=row.error_advice or "")
    tally: dict[Outcome, int] = ledger.counts(connection, row.id)
    return HarvestRun(
        run=row.id,
        source=row.source,
        status=RunStatus(row.status),
        started=row.started,
        ended=row.ended,
        headers=row.headers,
        repeated=row.repeated,
        counts=tally,
        pages=row.pages,
        requests=row.requests,
        retries=row.retries,
        error=error,
    )


def _checkpoint(values: dict[str, Any]) -> Checkpoint:
    return Checkpoint(**{**values, "seen_positions": tuple(values.get("seen_positions", ()))})


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    """Return when a process began, in the system's own count, so that a number used again is told apart."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"


def _alive(owner: str, heartbeat: dt.datetime, now: dt.datetime) -> bool:
    host, _, process = owner.partition(":")
    pid, _, started = process.partition(":")
    if host == socket.gethostname() and pid.isdigit():
        # On this machine there is no need to guess, however long a page takes.
        if int(pid) == os.getpid():
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return _started(int(pid)) == started
    return now - heartbeat < _LEASE


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
