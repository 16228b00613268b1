"""Harvest runs: at most one running per source, a checkpoint per page, an account at the end."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from node.errors import Conflict, FairnodeError, NotFound
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity
from node.model.run import HarvestRun, Outcome, RunError, RunStatus
from node.storage import ledger, schedule, stale
from node.storage.database import Database
from node.storage.owners import is_alive, this_process
from node.storage.sources import StoredSource
from node.storage.tables import run_findings, runs, sources


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

    def start(
        self,
        stored: StoredSource,
        window: Window,
        now: dt.datetime,
        *,
        plan: str = "",
        afresh: bool = False,
        only_due: bool = False,
    ) -> OpenRun:
        """Start a run, or take over the one a dead process left behind, at its last page.

        Args:
            plan: the digest of all that shapes the run's records and its list.
            afresh: give an interrupted run up as failed, and begin a new one.
            only_due: begin nothing where another process has ended a run since the source was found due, or is
                harvesting another source on the same host.

        Raises:
            Conflict: another process is harvesting the source or its host right now, or has just done it.
        """
        moment = _naive(now)
        with self._database.write() as connection:
            if only_due and (other := schedule.neighbour(connection, stored.id, stored.source.url, moment)):
                raise Conflict(f"source {stored.source.name!r} waits for {other!r}, which is on the same host")
            row = connection.execute(
                sa.select(runs).where(runs.c.source_id == stored.id, runs.c.status == RunStatus.RUNNING.value)
            ).first()
            if row is not None:
                if is_alive(row.owner, row.heartbeat, moment):
                    raise Conflict(f"source {stored.source.name!r} is being harvested by {row.owner} (run {row.id})")
                if not afresh:
                    connection.execute(
                        runs.update().where(runs.c.id == row.id).values(owner=this_process(), heartbeat=moment)
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
            due = sa.select(sources.c.id).where(sources.c.id == stored.id, schedule.is_due(now))
            if only_due and connection.execute(due).first() is None:
                raise Conflict(f"source {stored.source.name!r} is not due any more: another process has harvested it")
            try:
                result = connection.execute(
                    runs.insert().values(
                        source_id=stored.id,
                        status=RunStatus.RUNNING.value,
                        started=moment,
                        heartbeat=moment,
                        owner=this_process(),
                        window_from=window.from_,
                        window_until=window.until,
                        checkpoint=asdict(Checkpoint()),
                        headers=0,
                        repeated=0,
                        pages=0,
                        requests=0,
                        retries=0,
                        absent=0,
                        reconciled=0,
                        plan=plan,
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
        """End a run, and set its source's clock; `next_from` is remembered where the status is ok."""
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
            plan = connection.execute(sa.select(runs.c.plan).where(runs.c.id == run.id)).scalar_one()
            if status is RunStatus.OK:
                stale.mark(connection, [(stale.SOURCE, stored.source.name)])
            schedule.settle(
                connection, stored.id, status, now, plan=plan, full=run.window == Window(), next_from=next_from
            )

    def beat(self, run: OpenRun, now: dt.datetime) -> None:
        """Say that a run is still being worked on."""
        with self._database.write() as connection:
            connection.execute(
                runs.update()
                .where(runs.c.id == run.id, runs.c.owner == this_process(), runs.c.status == RunStatus.RUNNING.value)
                .values(heartbeat=_naive(now))
            )

    def let_go(self, run: OpenRun) -> None:
        """Leave a run to whoever comes next, without waiting for this process to be given up."""
        with self._database.write() as connection:
            connection.execute(
                runs.update()
                .where(runs.c.id == run.id, runs.c.owner == this_process(), runs.c.status == RunStatus.RUNNING.value)
                .values(owner="")
            )

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

    def met(self, run: int, code: str) -> bool:
        """Tell whether the ledger gives a reason for what became of one of a run's identifiers."""
        with self._database.read() as connection:
            return ledger.has_code(connection, run, code)

    def latest(
        self, source: str | None = None, limit: int = 50, *, before: int | None = None
    ) -> tuple[HarvestRun, ...]:
        """The latest runs, newest first, of one source or of all; or the latest `before` the run of that number."""
        query = _joined().order_by(runs.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(sources.c.name == source)
        if before is not None:
            query = query.where(runs.c.id < before)
        with self._database.read() as connection:
            return tuple(_run(connection, row) for row in connection.execute(query).all())


def advance(connection: Connection, run: int, page: Page, *, repeated: int, now: dt.datetime) -> None:
    """Move a run's checkpoint past a page, in the page's own transaction.

    Raises:
        Conflict: another process has taken the run over; the page must not be kept by this one.
    """
    size = page.complete_list_size
    # A source may claim more than a column holds.
    size = size if size is not None and 0 <= size < 2**31 else None
    moved = connection.execute(
        runs.update()
        .where(runs.c.id == run, runs.c.owner == this_process(), runs.c.status == RunStatus.RUNNING.value)
        .values(
            checkpoint=asdict(page.checkpoint),
            headers=runs.c.headers + page.listed,
            repeated=runs.c.repeated + repeated,
            pages=runs.c.pages + 1,
            heartbeat=_naive(now),
            complete_list_size=sa.func.coalesce(size, runs.c.complete_list_size),
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
        window=Window(from_=row.window_from, until=row.window_until),
        absent=row.absent,
        reconciled=row.reconciled,
        complete_list_size=row.complete_list_size,
        error=error,
    )


def _checkpoint(values: dict[str, Any]) -> Checkpoint:
    # What another version of the software wrote there and this one does not know is left out.
    return Checkpoint(**{each.name: _frozen(values[each.name]) for each in fields(Checkpoint) if each.name in values})


def _frozen(value: Any) -> Any:
    """Return what JSON made a list of as the tuple it was."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
