"""The whole story of a harvest: pages come in, records are prepared, kept and projected, and the ledger balances.

The page is the unit of work: one fetch, one prepared batch, one transaction, one checkpoint. While a page is kept the
next one is being prepared and the one after it fetched.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Self

from node import __version__
from node.batches import Batch, ahead, put_objects
from node.errors import Conflict, FairnodeError, LedgerImbalance, SettingsError, StorageError
from node.harvest.protocols import Fetch
from node.model.oai import Page, Window
from node.model.run import HarvestRun, RunStatus
from node.node import Node
from node.prepare import Job, prepare_all
from node.storage.deletions import OUT_OF_BOUNDS
from node.storage.inventory import Holding
from node.storage.kept import Action, Kept, local_id
from node.storage.runs import OpenRun
from node.storage.sources import StoredSource, agreement_to_json
from node.telemetry import RECORDS, RUNS, logger
from node.terms import vocabularies
from node.validation import load_profile
from node.verdict import decide

_log = logger("pipeline")
# Larger batches leave the graph store less to tidy up; the text of so many records is some 16 MB.
_PROJECT_EVERY = 2000

Progress = Callable[[Page, int], None]


def harvest_source(
    node: Node,
    name: str,
    *,
    now: Callable[[], dt.datetime],
    window: Window | None = None,
    afresh: bool = False,
    progress: Progress | None = None,
) -> HarvestRun:
    """Harvest a source to its end and return the run's account; what goes wrong with the source is in the account.

    Args:
        now: the clock, UTC.
        window: an incremental run's bounds; a run that an earlier process left unfinished goes on with its own.
        afresh: give an unfinished run up and begin again.
        progress: called after each page with the page and the records kept so far.

    Raises:
        NotFound: no such source.
        Conflict: another process is harvesting it.
        SettingsError: nothing harvests that kind of source.
    """
    stored = node.sources.get(name)
    harvester = node.harvesters.get(stored.source.kind)
    if harvester is None:
        raise SettingsError(
            f"nothing harvests sources of kind {stored.source.kind!r}",
            advice=f"Kinds at hand: {', '.join(sorted(node.harvesters))}.",
        )
    run = node.runs.start(stored, window or Window(), now(), afresh=afresh)
    fetch = node.open_fetch(stored.source)
    error: FairnodeError | None = None
    try:
        if not run.checkpoint.done:
            pages = harvester.pages(stored.source, fetch, run.window, run.checkpoint)
            _take_in(node, stored, run, pages, now, progress)
    except Conflict:
        raise  # the run is another process's now, and its end too
    except FairnodeError as problem:
        error = problem
    except Exception as problem:
        _log.exception("a harvest broke down", source=name, run=run.id)
        error = FairnodeError(f"{type(problem).__name__}: {problem}")
    return _end(node, stored, run, fetch, error, now)


def _take_in(
    node: Node,
    stored: StoredSource,
    run: OpenRun,
    pages: Iterator[Page],
    now: Callable[[], dt.datetime],
    progress: Progress | None,
) -> None:
    job = _job(node, stored, now().date())
    recipe = _recipe(node, job)
    done = 0
    with _Projector(node) as projector, ExitStack() as stack:
        batches = stack.enter_context(closing(ahead(node, stored, pages, job, recipe)))
        for batch in batches:
            kept, holdings = _judge(node, stored, batch, job, recipe)
            node.records.keep(run.id, stored, batch.page, kept, now, holdings=holdings)
            done += len(kept)
            for item in kept:
                RECORDS.labels(stored.source.name, item.entry.outcome.value).inc()
            projector.add(kept)
            if progress is not None:
                progress(batch.page, done)


def project(node: Node, fresh: Mapping[str, str] | None = None, *, publish: bool) -> None:
    """Write the graphs that wait. A graph store that does not answer stops nobody: they go on waiting."""
    try:
        node.projection.run(fresh, publish=publish)
    except StorageError as error:
        _log.error("graphs wait to be written", waiting=node.projection.waiting(), code=error.code, why=error.message)


class _Projector:
    """Writes the graphs of pages already kept, in a thread of its own, while the next pages are kept."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="project")
        self._fresh: dict[str, str] = {}
        self._underway: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        self._thread.shutdown()
        if kind is not None:
            return  # what is left over is read back from the objects at the end of the run
        if self._underway is not None:
            self._underway.result()
        if self._fresh:
            project(self._node, self._fresh, publish=False)

    def add(self, kept: Sequence[Kept]) -> None:
        for item in kept:
            if item.action is Action.PUBLISH and item.prepared is not None:
                self._fresh[item.rdf_digest] = item.prepared.ntriples
        if len(self._fresh) >= _PROJECT_EVERY:
            if self._underway is not None:
                self._underway.result()
            self._underway = self._thread.submit(project, self._node, self._fresh, publish=False)
            self._fresh = {}


def _judge(
    node: Node, stored: StoredSource, batch: Batch, job: Job, recipe: str
) -> tuple[Sequence[Kept], Sequence[Holding]]:
    """Decide on a page with what is known now: pages kept since it was fetched may have told more of its records."""
    known = node.records.known(stored, [record.header.identifier for record in batch.records])
    review = stored.source.agreement.review
    frozen = review is not None and review < job.today
    verdicts = decide(batch, known, recipe, job.today, frozen=frozen)
    if not verdicts.undone:
        return verdicts.kept, batch.holdings
    pairs = [
        (local_id(job.source, record.header.identifier), record)
        for record in (batch.records[index] for index in verdicts.undone)
    ]
    late = dict(zip(verdicts.undone, prepare_all(pairs, job), strict=True))
    holdings, refused = put_objects(node, late)
    whole = dataclasses.replace(batch, prepared={**batch.prepared, **late}, refused={**batch.refused, **refused})
    return decide(whole, known, recipe, job.today, frozen=frozen).kept, (*batch.holdings, *holdings)


def _end(
    node: Node,
    stored: StoredSource,
    run: OpenRun,
    fetch: Fetch,
    error: FairnodeError | None,
    now: Callable[[], dt.datetime],
) -> HarvestRun:
    """Settle deletions within bounds, check the ledger, close the run, publish the graph."""
    name = stored.source.name
    account = node.runs.get(run.id)
    if account.error is not None and account.error.code == OUT_OF_BOUNDS:
        suspicion: str | None = account.error.message  # decided before the process was killed
    else:
        suspicion = _out_of_bounds(node, stored, run, account, complete=error is None and run.window == Window())
        if suspicion:
            node.deletions.hold(run.id, suspicion)
    if not suspicion:
        node.deletions.settle(run.id, stored, now)
    project(node, publish=True)
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
    RUNS.labels(status.value).inc()
    _log.info("harvest ended", source=name, run=run.id, status=status.value, listed=account.listed)
    return node.runs.get(run.id)


def _next_from(node: Node, stored: StoredSource, run: OpenRun) -> str | None:
    """Return from where the next run may go on; nothing where this one left a gap behind it or after it."""
    begun, known = run.window.from_, stored.source.next_from
    gap = begun is not None and (known is None or begun > known)
    return None if gap or run.window.until is not None else node.runs.checkpoint(run.id).response_date


def _out_of_bounds(
    node: Node, stored: StoredSource, run: OpenRun, account: HarvestRun, *, complete: bool
) -> str | None:
    bounds = stored.source.bounds
    doomed, live = node.deletions.pending(run.id, stored)
    if complete and account.listed < bounds.min_records:
        return f"{account.listed} records listed, at least {bounds.min_records} expected"
    if complete and bounds.max_records is not None and account.listed > bounds.max_records:
        return f"{account.listed} records listed, at most {bounds.max_records} expected"
    if live and doomed / live > bounds.max_deleted_share:
        return f"{doomed} of {live} records would be deleted, a larger share than {bounds.max_deleted_share:g}"
    return None


def _job(node: Node, stored: StoredSource, today: dt.date) -> Job:
    return Job(
        base_url=node.settings.base_url,
        source=stored.source.name,
        metadata_prefix=stored.source.metadata_prefix,
        agreement=stored.source.agreement,
        profile=node.settings.validation.profile,
        today=today,
    )


def _recipe(node: Node, job: Job) -> str:
    """Return the digest of all that shapes a record but its payload; when it changes, records are prepared anew."""
    parts: Sequence[object] = (
        __version__,
        vocabularies.digest(),
        load_profile(job.profile).digest if job.profile else "",
        job.base_url,
        job.metadata_prefix,
        agreement_to_json(job.agreement),
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
