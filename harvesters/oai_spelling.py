"""Dates the way OAI-PMH spells them (https://www.openarchives.org/OAI/openarchivesprotocol.html#Dates)."""

from __future__ import annotations

import datetime as dt
import re

from node.model.oai import Window

DAY, SECONDS = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"


def granularity_of(text: str) -> str:
    """Return the granularity a repository means; days where that is unclear, for all repositories know them (3.3.1)."""
    return SECONDS if text.strip().lower() == SECONDS.lower() else DAY


def granule(granularity: str) -> dt.timedelta:
    """Return the smallest step between two datestamps."""
    return dt.timedelta(seconds=1) if granularity == SECONDS else dt.timedelta(days=1)


def spell(when: dt.datetime, granularity: str) -> str:
    """Return a moment in UTC in a granularity; a day stands for all of its seconds."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if granularity == SECONDS else when.strftime("%Y-%m-%d")


def read_date(text: str) -> dt.datetime | None:
    """Return what a datestamp or responseDate means, in UTC and whole seconds; an offset is reckoned with."""
    try:
        when = dt.datetime.fromisoformat(text.strip())
        when = when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return when.replace(microsecond=0) if when.year >= 1000 else None


def utc_seconds(text: str) -> str | None:
    """Return a responseDate as `YYYY-MM-DDThh:mm:ssZ`, or `None` where it is no date."""
    when = read_date(text)
    return None if when is None else spell(when, SECONDS)


def is_datestamp(text: str) -> bool:
    """Return whether a text is spelt as one of the two granularities wants it, and names a day that exists."""
    return _LEGAL.fullmatch(text) is not None and read_date(text) is not None


def spell_window(window: Window, granularity: str) -> Window:
    """Return a window in a repository's granularity, both ends in the same one (sections 2.7.1 and 3.3.1).

    A day covers all of its seconds, so nothing that was asked for is left out.
    """
    from_, until = window.from_, window.until
    if granularity != SECONDS or all(len(end) == len(DAY) for end in (from_, until) if end is not None):
        return Window(from_=from_ and from_[: len(DAY)], until=until and until[: len(DAY)])
    return Window(from_=_seconds(from_, "00:00:00"), until=_seconds(until, "23:59:59"))


_LEGAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")


def _seconds(text: str | None, time_of_day: str) -> str | None:
    return f"{text}T{time_of_day}Z" if text is not None and len(text) == len(DAY) else text
