"""Windows of datestamps that halve until the spot that breaks a repository is alone (OAI-PMH 2.0, section 2.7.1).

Both ends of a window are inclusive, so a window of one granule begins and ends at the same datestamp. An end that was
open stays open: records dated before the earliest datestamp, or in the future, belong to the outermost windows.
"""

from __future__ import annotations

import datetime as dt

from harvesters.oai_spelling import DAY, SECONDS, granule, read_date, spell
from node.errors import AnswerBroken, FairnodeError, HttpStatus, NotOaiPmh, OaiError, SyntaxRefused
from node.model.oai import Record, Window

Ends = tuple[str, str]
"""A window's datestamps; an empty one is open."""


def may_be_halved(error: FairnodeError) -> bool:
    """Return whether a smaller window may go well where a page always fails with this error.

    A record that breaks the server shows as a server error, as an answer that stops in the middle or is no XML any
    more, or as one that never comes. Tokens that die before a long list ends may outlive a shorter one. A host that
    refuses, or is not there, refuses every window alike.
    """
    if isinstance(error, HttpStatus):
        return error.status >= 500 and error.status not in (501, 503, 505)
    if isinstance(error, OaiError):
        return error.oai_code == "badResumptionToken"
    return isinstance(error, (AnswerBroken, SyntaxRefused, NotOaiPmh))


def halve(ends: Ends, granularity: str, bounds: tuple[dt.datetime, dt.datetime]) -> tuple[Ends, Ends] | None:
    """Return the two halves of a window; `None` where it is one granule wide.

    Args:
        ends: the window.
        bounds: what stands for open ends: the earliest datestamp and the time.
    """
    first, last = (_floor(read_date(end) or bound, granularity) for end, bound in zip(ends, bounds, strict=True))
    step = granule(granularity)
    if last - first < step:
        return None
    middle = _floor(first + (last - first) / 2, granularity)
    return (ends[0], spell(middle, granularity)), (spell(middle + step, granularity), ends[1])


def widened(ends: Ends, granularity: str) -> Ends:
    """Return a window that begins one granule earlier, unless it is one granule wide.

    Repositories that leave `until` itself out, or take a day for its midnight, would lose what lies between two halves.
    """
    first = read_date(ends[0])
    if first is None or ends[0] == ends[1]:
        return ends
    return spell(first - granule(granularity), granularity), ends[1]


def as_window(ends: Ends) -> Window:
    """Return a window as a request asks for it."""
    return Window(from_=ends[0] or None, until=ends[1] or None)


def as_ends(window: Window, granularity: str) -> Ends:
    """Return the datestamps of a window in full, each in the granularity."""
    first, last = (read_date(end) if end else None for end in (window.from_, window.until))
    if last is not None and window.until is not None and "T" not in window.until:
        last += dt.timedelta(days=1, seconds=-1)
    return spell(first, granularity) if first else "", spell(last, granularity) if last else ""


def is_outside(record: Record, ends: Ends) -> bool:
    """Return whether a record's datestamp is none that the window holds; one that is no date is taken on trust."""
    stamp = read_date(record.header.datestamp)
    if stamp is None:
        return False
    # Datestamps and windows may be spelt in different granularities: a day holds all of its seconds.
    is_by_day = any(text and "T" not in text for text in (*ends, record.header.datestamp))
    granularity = DAY if is_by_day else SECONDS
    stamp = _floor(stamp, granularity)
    first, last = read_date(ends[0]), read_date(ends[1])
    return (first is not None and stamp < _floor(first, granularity)) or (
        last is not None and stamp > _floor(last, granularity)
    )


def said(ends: Ends) -> str:
    """Return a window in words."""
    if ends[0] == ends[1]:
        return ends[0] or "everything"
    return f"{ends[0] or 'the beginning'} to {ends[1] or 'the end'}"


def _floor(when: dt.datetime, granularity: str) -> dt.datetime:
    return when if granule(granularity) < dt.timedelta(days=1) else when.replace(hour=0, minute=0, second=0)
