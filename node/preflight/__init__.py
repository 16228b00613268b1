"""Looks a repository over before it is harvested: what it says of itself, whether it keeps to its protocol, what a
harvest would make of a sample of its records, and how long all of them would take. Nothing is kept.

It needs a harvester and the network, no home and no store; `docs/how-to/check-a-repository-in-ci.md` shows it at work.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from node.errors import FairnodeError
from node.executors import InlineExecutor
from node.harvest.protocols import Harvester
from node.model.oai import Record
from node.model.preflight import Estimate, Fix, PreflightReport, Question, Sample, Verdict
from node.model.report import Severity
from node.model.repository import RepositoryDescription
from node.model.run import RunError
from node.model.source import Source
from node.preflight.conformance import as_fixes, check_description, check_headers
from node.preflight.ranking import rank
from node.preflight.sampling import Checked, Taken, check, take
from node.preflight.small_window import check_window
from node.preflight.timed_fetch import OpenFetch, TimedFetch, opening
from node.telemetry import logger
from node.validation import load_profile
from node.visitor_errors import PreflightTimeout

__all__ = ["Limits", "PreflightReport", "Verdict", "opening", "preflight"]

_log = logger("preflight")
Say = Callable[[str], None]
# Share of the time that a slow list leaves for looking at what of it came.
_SPARED = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a preflight goes.

    Attributes:
        sample: records looked at, at most.
        seconds: the whole preflight may take.
    """

    sample: int = 500
    seconds: float = 120.0


def preflight(
    source: Source,
    harvester: Harvester,
    open_fetch: OpenFetch,
    *,
    now: dt.datetime,
    limits: Limits = Limits(),
    profile: str = "fair",
    base_url: str = "http://127.0.0.1:8000",
    executor: Executor | None = None,
    clock: Callable[[], float] = time.monotonic,
    say: Say = lambda text: None,
) -> PreflightReport:
    """Look a repository over and return what was found out; nothing about the repository is raised.

    Args:
        source: where and what to ask: `url`, `kind`, `metadata_prefix` and `set_specs` count.
        harvester: of the source's kind.
        open_fetch: opens the way to the network; see `opening`.
        now: UTC, to judge datestamps by.
        profile: the validation profile, or a shapes file; empty maps only.
        base_url: of the node, below which IRIs are minted.
        executor: where records are mapped and validated; the caller's own thread by default.
        clock: seconds that only ever move forward.
        say: takes a line of progress now and then.

    Raises:
        ProfileError: the profile cannot be used.
    """
    begun = clock()
    shapes = load_profile(profile) if profile else None
    fetch = TimedFetch(open_fetch, limits.seconds, clock=clock)
    question = Question(
        url=source.url,
        kind=source.kind,
        metadata_prefix=source.metadata_prefix,
        set_specs=source.set_specs,
        sample=limits.sample,
        profile=profile,
    )
    report = PreflightReport(question=question, started=now, profile_digest=shapes.digest if shapes else "")
    try:
        say(f"asking {source.url} what it is")
        description = harvester.describe(source, fetch)
        report = replace(report, description=description)
        fetch.spare = _SPARED * limits.seconds
        taken = take(source, harvester, fetch, limits.sample, say=say)
        fetch.spare = 0.0
        checked = check(
            source,
            taken.records,
            executor or InlineExecutor(),
            fetch,
            profile=profile,
            base_url=base_url,
            today=now.date(),
            say=say,
        )
        report = replace(
            report,
            sample=_sample(taken, checked),
            estimate=_estimate(description, taken, checked),
            fixes=rank(taken.records, checked.prepared, shapes.shapes if shapes else ()),
            error=_error(taken, checked),
        )
        say("trying whether it lists changes alone")
        window = check_window(source, harvester, fetch, description.granularity, taken.records)
        said = (
            *check_description(description, source),
            *as_fixes(taken.findings),
            *check_headers(taken.records, description, source, now),
            *window.fixes,
            *_shortcomings(taken, checked),
        )
        report = replace(
            report,
            incremental=window.state,
            incremental_note=window.note,
            conformance=tuple(sorted(said, key=lambda fix: (-fix.severity, -fix.records, fix.code))),
        )
    except FairnodeError as error:
        report = replace(report, error=_run_error(error))
    except Exception as error:
        _log.exception("a preflight broke down", url=source.url)
        report = replace(report, error=_run_error(FairnodeError(f"{type(error).__name__}: {error}")))
    return replace(report, seconds=round(clock() - begun, 3), requests=fetch.requests, retries=fetch.retries)


def _sample(taken: Taken, checked: Checked) -> Sample:
    prepared = checked.prepared.values()
    rejected = sum(item.problem is not None for item in prepared)
    quarantined = sum(item.problem is None and item.report is not None and item.report.blocking for item in prepared)
    reports = [item.report for item in prepared if item.report is not None]
    letters: dict[str, tuple[float, float]] = {}
    for report in reports:
        for letter, gained, possible in report.by_letter:
            before = letters.get(letter, (0.0, 0.0))
            letters[letter] = (before[0] + gained, before[1] + possible)
    stamps = sorted(record.header.datestamp for record in taken.records if record.header.datestamp)
    return Sample(
        records=len(taken.records),
        pages=len(taken.page_seconds),
        whole=taken.whole and taken.listed <= len(taken.records),
        deleted=sum(record.header.deleted for record in taken.records),
        published=len(checked.prepared) - rejected - quarantined,
        quarantined=quarantined,
        rejected=rejected,
        repeated=len(taken.records) - len({_key(index, record) for index, record in enumerate(taken.records)}),
        score=sum(report.score for report in reports),
        max_score=sum(report.max_score for report in reports),
        by_letter=tuple((letter, *letters[letter]) for letter in "FAIR" if letter in letters),
        oldest=stamps[0] if stamps else "",
        newest=stamps[-1] if stamps else "",
    )


def _key(index: int, record: Record) -> str | int:
    return record.header.identifier or index


def _estimate(description: RepositoryDescription, taken: Taken, checked: Checked) -> Estimate:
    """Reckon how long a full harvest takes: pages come one after the other, records are checked beside that."""
    pages = len(taken.page_seconds)
    # The first page pays for what a harvest asks once, such as Identify.
    paces = taken.page_seconds[1:] or taken.page_seconds
    page_seconds = sum(paces) / len(paces) if paces else 0.0
    told = taken.complete_list_size if taken.complete_list_size is not None else description.records
    records = taken.listed if taken.whole else told
    estimate = Estimate(
        records=records, page_seconds=round(page_seconds, 4), record_seconds=round(checked.record_seconds, 5)
    )
    if records is None or not taken.listed:
        reason = "the repository does not say how many records it has" if taken.listed else "no record was listed"
        return replace(estimate, reckoned=f"not reckoned: {reason}")
    page_size = taken.listed / pages
    all_pages = max(1, round(records / page_size + 0.49))
    fetching, checking = all_pages * page_seconds, records * checked.record_seconds
    return replace(
        estimate,
        seconds=round(max(fetching, checking), 1),
        reckoned=(
            f"{records} records, {page_size:.0f} a page, are {all_pages} pages; one took {page_seconds:.2f} s "
            f"(mean of {len(paces)}), all take {fetching:.1f} s; beside that, mapping and validating take "
            f"{1000 * checked.record_seconds:.1f} ms a record on one processor, {checking:.1f} s; the longer counts"
        ),
    )


def _shortcomings(taken: Taken, checked: Checked) -> tuple[Fix, ...]:
    found = []
    if not taken.records and taken.error is None:
        found.append(
            Fix(
                code="preflight.no-records",
                severity=Severity.VIOLATION,
                message="the repository lists no record",
                advice="Compare the format and the sets asked for with what the repository offers.",
            )
        )
    over = [error.message for error in (taken.error, checked.error) if isinstance(error, PreflightTimeout)]
    if over and taken.records:
        found.append(
            Fix(
                code="preflight.cut-short",
                severity=Severity.WARNING,
                message=f"the sample is smaller than asked for: {'; '.join(over)}",
                advice="Give the preflight more time, or ask for a smaller sample.",
            )
        )
    return tuple(found)


def _error(taken: Taken, checked: Checked) -> RunError | None:
    """Return why the sample is not what it should be; a sample cut short by time is still a sample."""
    for error in (taken.error, checked.error):
        if error is not None and not (isinstance(error, PreflightTimeout) and taken.records):
            return _run_error(error)
    return None


def _run_error(error: FairnodeError) -> RunError:
    return RunError(code=error.code, message=error.message, advice=error.advice)
