"""Does selective harvesting really work? A small window of time is asked for, and its records are compared with the
sample's (OAI-PMH 2.0, section 2.7.1).

A repository that ignores `from` sends everything each time; one that loses records in a window loses them for ever.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from node.harvest.protocols import Harvester
from node.model.oai import Record, Window
from node.model.preflight import Example, Fix, Incremental
from node.model.report import Severity
from node.model.source import Source
from node.preflight.conformance import DAY, spelt_in
from node.preflight.ranking import EXAMPLES
from node.preflight.sampling import Taken, take
from node.preflight.timed_fetch import TimedFetch
from node.visitor_errors import PreflightTimeout

_MOST_PAGES = 3
_MOST_RECORDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCheck:
    """What came of it: the answer, how it was tried in words, and what to mend."""

    state: Incremental = Incremental.UNCHECKED
    note: str = ""
    fixes: tuple[Fix, ...] = ()


def check_window(
    source: Source, harvester: Harvester, fetch: TimedFetch, granularity: str, records: Sequence[Record]
) -> WindowCheck:
    """Ask for the rarest datestamp of the sample alone; where all are alike, for what came after it.

    Datestamps with fractions of seconds cannot be asked for alone: there it is the newest one, and what came after it.
    """
    stamps = [(record, spelt_in(granularity, record.header.datestamp)) for record in records]
    counts = Counter(stamp for _, stamp in stamps if stamp is not None)
    if not counts:
        reason = "no datestamp in the repository's granularity" if granularity else "the protocol has no datestamps"
        return WindowCheck(note=f"not tried: {reason}")
    is_exact = all(stamp in (None, record.header.datestamp[: len(granularity)]) for record, stamp in stamps)
    if not is_exact:
        chosen = max(counts)
        window, said = Window(from_=chosen), f"from {chosen}"
    elif len(counts) > 1:
        least = min(counts.values())
        chosen = max(stamp for stamp, count in counts.items() if count == least)
        window, said = Window(from_=chosen, until=chosen), f"from and until {chosen}"
    else:
        chosen = _after(next(iter(counts)), granularity)
        window, said = Window(from_=chosen), f"from {chosen}"
    taken = take(source, harvester, fetch, _MOST_RECORDS, window=window, most_pages=_MOST_PAGES)
    if isinstance(taken.error, PreflightTimeout):
        return WindowCheck(note=f"asked for {said}; the time was over before the answer")
    if taken.error is not None:
        return WindowCheck(
            state=Incremental.MISSES,
            note=f"asked for {said}; refused",
            fixes=(
                Fix(
                    code="preflight.window-refused",
                    severity=Severity.VIOLATION,
                    message=f"asked for records {said}, the repository fails: {taken.error.message}",
                    advice="Support from and until; without them each harvest must list everything.",
                ),
            ),
        )
    expected = {record.header.identifier: record for record, stamp in stamps if stamp == chosen}
    return _judge(taken, expected, chosen, said, granularity, is_point=window.until is not None)


def _judge(
    taken: Taken, expected: dict[str, Record], chosen: str, said: str, granularity: str, *, is_point: bool
) -> WindowCheck:
    answered = [(record, spelt_in(granularity, record.header.datestamp)) for record in taken.records]
    before = [record for record, stamp in answered if stamp is not None and stamp < chosen]
    beyond = [record for record, stamp in answered if is_point and stamp is not None and stamp > chosen]
    got = {record.header.identifier for record in taken.records}
    lost = [record for identifier, record in expected.items() if identifier not in got] if taken.whole else []
    fixes = []
    if before:
        fixes.append(
            _fix(
                "preflight.from-ignored",
                Severity.WARNING,
                f"asked for records {said}, the repository also sends older ones",
                "Obey the from argument; each incremental harvest lists more than it should.",
                before,
            )
        )
    if beyond:
        fixes.append(
            _fix(
                "preflight.until-ignored",
                Severity.WARNING,
                f"asked for records {said}, the repository also sends newer ones",
                "Obey the until argument; a long list cannot be fetched in parts.",
                beyond,
            )
        )
    if lost:
        fixes.append(
            _fix(
                "preflight.window-misses",
                Severity.VIOLATION,
                f"asked for records {said}, the repository leaves out some that have this datestamp",
                "Both ends of a window are inclusive (section 2.7.1); an incremental harvest never gets these records.",
                lost,
            )
        )
    state = Incremental.MISSES if lost else Incremental.IGNORED if fixes else Incremental.WORKS
    note = f"asked for {said}: {len(taken.records)} records came, {len(before) + len(beyond)} of another time"
    if expected:
        note += f"; of {len(expected)} in the sample {len(lost)} were missing"
    return WindowCheck(state=state, note=note, fixes=tuple(fixes))


def _after(stamp: str, granularity: str) -> str:
    form = "%Y-%m-%d" if granularity == DAY else "%Y-%m-%dT%H:%M:%SZ"
    step = dt.timedelta(days=1) if granularity == DAY else dt.timedelta(seconds=1)
    try:
        return (dt.datetime.strptime(stamp, form) + step).strftime(form)
    except (ValueError, OverflowError):
        return stamp  # digits that are no date; the repository will say so


def _fix(code: str, severity: Severity, message: str, advice: str, records: Sequence[Record]) -> Fix:
    return Fix(
        code=code,
        severity=severity,
        message=message,
        advice=advice,
        records=len(records),
        examples=tuple(
            Example(identifier=each.header.identifier, path="header/datestamp", value=each.header.datestamp[:100])
            for each in records[:EXAMPLES]
        ),
    )
