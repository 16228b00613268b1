"""How a run ends: within its bounds deletions are carried out, the ledger must balance, and the next run is set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from node.errors import FairnodeError, LedgerImbalance
from node.harvest.protocols import Fetch
from node.model.oai import Window
from node.model.run import HarvestRun, RunStatus
from node.node import Node
from node.prepare import NOT_HERE
from node.projector import project
from node.storage.deletions import OUT_OF_BOUNDS
from node.storage.moving import Mover
from node.storage.runs import OpenRun
from node.storage.sources import StoredSource
from node.telemetry import RUNS, logger

_log = logger("settlement")
# So few records may vanish from a list without anybody being surprised.
_HANDFUL = 5


def end_run(
    node: Node,
    stored: StoredSource,
    run: OpenRun,
    fetch: Fetch,
    error: FairnodeError | None,
    now: Callable[[], dt.datetime],
) -> HarvestRun:
    """Settle deletions within bounds, check the ledger, close the run, publish the graph; return the run's account.

    Args:
        fetch: what the run asked its source through.
        error: why the source could not be harvested to its end; `None` where it was.
    """
    name = stored.source.name
    account = node.runs.get(run.id)
    # Only a complete list of everything tells what is not there.
    whole = error is None and (run.window == Window() or node.runs.checkpoint(run.id).whole)
    if account.error is not None and account.error.code == OUT_OF_BOUNDS:
        suspicion: str | None = account.error.message  # decided before the process was killed
    else:
        suspicion = _out_of_bounds(node, stored, run, account, whole=whole)
        if suspicion:
            node.deletions.hold(run.id, suspicion)
    if not suspicion:
        node.deletions.settle(run.id, stored, now)
        node.absences.forget(run.id, stored)
        if whole:
            node.absences.note(run.id, stored)
            node.absences.settle(run.id, stored, now)
    Mover(node.database, node.vault, now).run()  # what the run's new labels left behind is not left to the worker
    account = node.runs.get(run.id)
    if not account.balanced:
        error = LedgerImbalance(f"{account.listed} identifiers listed, {sum(account.counts.values())} accounted for")
    status = RunStatus.FAILED if error else RunStatus.SUSPECT if suspicion else RunStatus.OK
    if suspicion and error is None:
        error = FairnodeError(suspicion, advice="Look at the source, then raise its bounds if this is right.")
        error.code = OUT_OF_BOUNDS
    node.runs.finish(
        run,
        stored,
        status,
        now(),
        requests=fetch.requests,
        retries=fetch.retries,
        error=error,
        next_from=_next_from(node, stored, run),
    )
    # Last, so that what the run brought and when its source was last seen are published at once.
    project(node, publish=True)
    RUNS.labels(status.value).inc()
    _log.info("harvest ended", source=name, run=run.id, status=status.value, listed=account.listed)
    return node.runs.get(run.id)


def _next_from(node: Node, stored: StoredSource, run: OpenRun) -> str | None:
    """Return from where the next run may go on; `None` where this one left a gap behind it or after it.

    Empty where the source said of records that they are unchanged, and the node does not have them: they will be given
    to nobody who does not ask for everything.
    """
    begun, known = run.window.from_, stored.source.next_from
    if node.runs.met(run.id, NOT_HERE):
        return ""
    gap = begun is not None and (not known or begun > known)
    return None if gap or run.window.until is not None else node.runs.checkpoint(run.id).bookmark


def _out_of_bounds(node: Node, stored: StoredSource, run: OpenRun, account: HarvestRun, *, whole: bool) -> str | None:
    bounds = stored.source.bounds
    if whole and account.listed < bounds.min_records:
        return f"{account.listed} records listed, at least {bounds.min_records} expected"
    if whole and bounds.max_records is not None and account.listed > bounds.max_records:
        return f"{account.listed} records listed, at most {bounds.max_records} expected"
    doomed, live = node.deletions.pending(run.id, stored)
    if live and doomed / live > bounds.max_deleted_share:
        return f"{doomed} of {live} records would be deleted, a larger share than {bounds.max_deleted_share:g}"
    if whole and stored.source.reconcile_after:
        missing, live = node.absences.missing(run.id, stored)
        if missing and not account.listed:
            return f"the list is empty, and {live} records are known"
        if missing > _HANDFUL and missing / live > bounds.max_absent_share:
            return f"{missing} of {live} records are not listed any more, over {bounds.max_absent_share:.0%}"
    return None
