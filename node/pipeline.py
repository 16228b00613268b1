"""The whole story of a harvest: pages come in, records are prepared, kept and projected, and the ledger balances.

The page is the unit of work: one fetch, one prepared batch, one transaction, one checkpoint. While a page is kept the
next one is being prepared and the one after it fetched.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress

from node import __version__
from node.audit.harvest_judging import made
from node.audit.harvested import Handover
from node.batches import Batch, ahead, put_objects, with_known
from node.credential_settings import credentials_for
from node.errors import Conflict, FairnodeError, SettingsError
from node.garbage import settled
from node.model.label import Access
from node.model.oai import Page, Window
from node.model.run import HarvestRun
from node.node import Node
from node.prepare import Job, prepare_all
from node.projector import Projector
from node.settlement import end_run
from node.sovereignty.senders import believed, sender_of
from node.storage.agreements import agreement_to_json
from node.storage.inventory import Holding
from node.storage.kept import Kept, local_id
from node.storage.meanwhile import DecidedMeanwhile
from node.storage.owners import Heartbeat
from node.storage.runs import OpenRun
from node.storage.sources import StoredSource
from node.storage.vouched import vouching
from node.telemetry import GIVEN_UP, RECORDS, logger
from node.terms import vocabularies
from node.terms.additions import digest as additions_digest
from node.terms.additions import read_additions
from node.validation import load_profile
from node.verdict import decide

_log = logger("pipeline")

Progress = Callable[[Page, int], None]


def harvest_source(
    node: Node,
    name: str,
    *,
    now: Callable[[], dt.datetime],
    window: Window | None = None,
    afresh: bool = False,
    only_due: bool = False,
    progress: Progress | None = None,
) -> HarvestRun:
    """Harvest a source to its end and return the run's account; what goes wrong with the source is in the account.

    Args:
        now: the clock, UTC.
        window: what to ask for; `Window()` is everything, `None` what is due (see `due_window`). A run that an earlier
            process left unfinished goes on with its own.
        afresh: give an unfinished run up and begin again.
        only_due: harvest nothing that is not due any more.
        progress: called after each page with the page and the records kept so far.

    Raises:
        NotFound: no such source.
        Conflict: another process is harvesting it, or has just done it.
        SettingsError: nothing harvests that kind of source.
    """
    stored = node.sources.get(name)
    harvester = node.harvesters.get(stored.source.kind)
    if harvester is None:
        raise SettingsError(
            f"nothing harvests sources of kind {stored.source.kind!r}",
            advice=f"Kinds at hand: {', '.join(sorted(node.harvesters))}.",
        )
    job = _job(node, stored, now().date())
    recipe = _recipe(job)
    plan = _plan(node, stored, recipe)
    if window is None:
        window = due_window(stored, plan, now())
    run = node.runs.start(stored, window, now(), plan=plan, afresh=afresh, only_due=only_due)
    fetch = node.open_fetch(stored.source)
    error: FairnodeError | None = None
    with Heartbeat(lambda: node.runs.beat(run, now())), settled():
        try:
            if not run.checkpoint.done:
                pages = harvester.pages(stored.source, fetch, run.window, run.checkpoint)
                job = dataclasses.replace(job, run=f"harvest {run.id}")
                _take_in(node, stored, run, pages, job, recipe, now, progress)
        except Conflict:
            raise  # the run is another process's now, and its end too
        except FairnodeError as problem:
            error = problem
        except Exception as problem:
            _log.exception("a harvest broke down", source=name, run=run.id)
            error = FairnodeError(f"{type(problem).__name__}: {problem}")
        except BaseException:
            node.runs.let_go(run)
            raise
        return end_run(node, stored, run, fetch, error, now)


def due_window(stored: StoredSource, plan: str, now: dt.datetime) -> Window:
    """Return what the next run of a source should ask for: what changed since the last good one, or everything.

    Everything is listed where there was no good run yet, where the last complete list is older than `full_every`, and
    where its records would be made differently today: another profile, vocabulary, agreement or version, or
    zones that may hold what none would hold before.
    """
    standing, since = stored.standing, stored.source.next_from
    if not since or standing.last_full is None or standing.plan != plan:
        return Window()
    age = now.astimezone(dt.UTC).replace(tzinfo=None) - standing.last_full
    return Window() if age >= dt.timedelta(seconds=stored.source.full_every) else Window(from_=since)


def _take_in(
    node: Node,
    stored: StoredSource,
    run: OpenRun,
    pages: Iterator[Page],
    job: Job,
    recipe: str,
    now: Callable[[], dt.datetime],
    progress: Progress | None,
) -> None:
    done, given_up = 0, frozenset[str]()
    handover = Handover(node, job.audited, now)
    with Projector(node) as projector, ExitStack() as stack:
        batches = stack.enter_context(closing(ahead(node, stored, pages, job, recipe)))
        for batch in batches:
            while True:
                kept, holdings = _judge(node, stored, batch, job, recipe)
                with suppress(DecidedMeanwhile):
                    node.records.keep(run.id, stored, batch.page, kept, now, holdings=holdings)
                    break
            handover.keep(kept)
            given_up |= _given_up(stored.source.name, run, kept, given_up)
            done += len(kept)
            for outcome, number in Counter(item.entry.outcome.value for item in kept).items():
                RECORDS.labels(stored.source.name, outcome).inc(number)
            projector.add(kept)
            if progress is not None:
                progress(batch.page, done)


def _given_up(source: str, run: OpenRun, kept: Sequence[Kept], said: frozenset[str]) -> frozenset[str]:
    """Say which checks the run does without by now; returns those that were not said before."""
    found = frozenset(check for item in kept if item.prepared for check in item.prepared.given_up) - said
    for check in sorted(found):
        GIVEN_UP.labels(source).inc()
        _log.warning(
            "a check took too long of several records and is not asked any more in this run",
            source=source,
            run=run.id,
            check=check,
            advice="Mend the shape, most likely its sh:pattern, and audit the source.",
        )
    return found


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
    late = dict(zip(verdicts.undone, prepare_all(pairs, with_known(job, known)), strict=True))
    holdings, refused = put_objects(node, late)
    whole = dataclasses.replace(batch, prepared={**batch.prepared, **late}, refused={**batch.refused, **refused})
    return decide(whole, known, recipe, job.today, frozen=frozen).kept, (*batch.holdings, *holdings)


def _job(node: Node, stored: StoredSource, today: dt.date) -> Job:
    sender = sender_of(node.settings, stored.source.url)
    login = credentials_for(node.settings.credentials, stored.source.url) if sender is None else None
    return Job(
        base_url=node.settings.base_url,
        source=stored.source.name,
        metadata_prefix=stored.source.metadata_prefix,
        agreement=stored.source.agreement,
        profile=node.settings.validation.profile,
        audited=node.settings.validation.audited,
        make_judgement=made,
        today=today,
        spellings=read_additions(node.settings.home),
        sender=sender,
        former=vouching(node.database, stored.id) if sender is None else "",
        login=None if login is None else Access[login.access.upper()],
    )


def _recipe(job: Job) -> str:
    """Return the digest of all that shapes a record but its payload; when it changes, records are prepared anew."""
    parts: Sequence[object] = (
        __version__,
        vocabularies.digest(),
        load_profile(job.profile).digest if job.profile else "",
        job.base_url,
        job.metadata_prefix,
        agreement_to_json(job.agreement),
        *((additions_digest(job.spellings),) if job.spellings else ()),
        *(("login", job.login) if job.login is not None else ()),
        *(believed(job.sender) if job.sender is not None else ()),
        *(("former", job.former) if job.former else ()),
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _plan(node: Node, stored: StoredSource, recipe: str) -> str:
    """Return the digest of the recipe, of what is listed and of the zones: when it changes, all is listed anew.

    Of a record that no zone would hold nothing was kept, so that only the source can give it when there is one.
    """
    source = stored.source
    parts = (recipe, source.kind, source.url, source.set_specs, *(repr(zone) for zone in node.vault.zones))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
