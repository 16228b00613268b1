"""The sample: the first records of a repository's list, mapped and validated as a harvest would."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from concurrent.futures import TimeoutError as OutOfPatience
from dataclasses import dataclass, field
from typing import Any

from node.errors import FairnodeError
from node.harvest.protocols import Harvester
from node.model.oai import Checkpoint, Record, Window
from node.model.prepared import Prepared
from node.model.report import Finding
from node.model.source import Agreement, Source
from node.preflight.timed_fetch import TimedFetch
from node.prepare import Job, prepare_all
from node.storage.kept import local_id
from node.validation import load_profile
from node.visitor_errors import PreflightTimeout

Say = Callable[[str], None]
_CHUNK = 25
_MOST_PAGES = 200


@dataclass(slots=True, kw_only=True)
class Taken:
    """What was taken from the list; filled while it is read, so that a failure leaves what came before it.

    Attributes:
        records: at most as many as asked for.
        page_seconds: how long each page took to arrive.
        listed: headers in the pages read, the unused rest of the last page included.
        complete_list_size: what the repository says.
        whole: the list ended.
        error: why it could not be read on.
    """

    records: list[Record] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    page_seconds: list[float] = field(default_factory=list)
    listed: int = 0
    complete_list_size: int | None = None
    whole: bool = False
    error: FairnodeError | None = None


def take(
    source: Source,
    harvester: Harvester,
    fetch: TimedFetch,
    wanted: int,
    *,
    window: Window | None = None,
    most_pages: int = _MOST_PAGES,
    say: Say = lambda text: None,
) -> Taken:
    """Read the list until enough records are there; nothing about the repository is raised."""
    taken = Taken()
    pages = harvester.pages(source, fetch, window or Window(), Checkpoint())
    try:
        while len(taken.records) < wanted and len(taken.page_seconds) < most_pages and not taken.whole:
            begun = time.monotonic()
            page = next(pages, None)
            if page is None:
                taken.whole = True
                break
            taken.page_seconds.append(time.monotonic() - begun)
            taken.records += page.records[: wanted - len(taken.records)]
            taken.findings += page.findings
            taken.listed += page.listed
            taken.complete_list_size = page.complete_list_size or taken.complete_list_size
            taken.whole = page.checkpoint.done
            say(f"{len(taken.records)} of {wanted} records fetched")
    except FairnodeError as error:
        taken.error = error
    finally:
        # Most lists are generators, which hold what they opened until they are closed.
        if isinstance(pages, Generator):
            pages.close()
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The records of a sample after mapping and validating.

    Attributes:
        prepared: by the index of the record; those that time did not reach are missing.
        record_seconds: one record took so long, on one processor.
        error: why some are missing; `None` where none is.
    """

    prepared: dict[int, Prepared]
    record_seconds: float
    error: FairnodeError | None = None


def check(
    source: Source,
    records: Sequence[Record],
    executor: Executor,
    fetch: TimedFetch,
    *,
    profile: str,
    base_url: str,
    today: dt.date,
    say: Say = lambda text: None,
) -> Checked:
    """Map and validate the live records, in the order of the list, as long as there is time."""
    job = Job(
        base_url=base_url,
        source=source.name,
        metadata_prefix=source.metadata_prefix,
        agreement=Agreement(),
        profile=profile,
        today=today,
    )
    live = [index for index, record in enumerate(records) if not record.header.deleted]
    chunks = [live[start : start + _CHUNK] for start in range(0, len(live), _CHUNK)]
    underway: list[tuple[list[int], Any]] = []
    error: FairnodeError | None = None
    for chunk in chunks:
        if not fetch.left:
            break
        pairs = [(local_id(source.name, records[index].header.identifier), records[index]) for index in chunk]
        underway.append((chunk, executor.submit(_prepare, pairs, job)))
    done: dict[int, Prepared] = {}
    paces: list[float] = []
    for chunk, future in underway:
        try:
            seconds, prepared = future.result(timeout=fetch.left)
        except OutOfPatience:
            future.cancel()
            break
        except BrokenExecutor as broken:
            error = FairnodeError(f"a process that checked records died: {broken}")
            break
        done.update(zip(chunk, prepared, strict=True))
        paces.append(seconds / len(chunk))
        say(f"{len(done)} of {len(live)} records checked")
    for _, future in underway:
        future.cancel()
    if len(done) < len(live) and error is None:
        error = PreflightTimeout(f"{len(done)} of {len(live)} records could be checked in time")
    # The least is that of a chunk in which nothing had to be loaded first.
    return Checked(prepared=done, record_seconds=min(paces, default=0.0), error=error)


def _prepare(pairs: Sequence[tuple[str, Record]], job: Job) -> tuple[float, list[Prepared]]:
    if job.profile:
        load_profile(job.profile)
    begun = time.perf_counter()
    prepared = prepare_all(pairs, job)
    return time.perf_counter() - begun, prepared
