"""Dates the way OAI-PMH spells them (https://www.openarchives.org/OAI/openarchivesprotocol.html#Dates)."""

from __future__ import annotations

import datetime as dt

from node.model.oai import Window

DAY = "YYYY-MM-DD"


def spell_window(window: Window, granularity: str) -> Window:
    """Return a window in a repository's granularity, both ends in the same one (sections 2.7.1 and 3.3.1).

    A day covers all of its seconds, so nothing that was asked for is left out.
    """
    from_, until = window.from_, window.until
    if granularity == DAY or all(len(end) == len(DAY) for end in (from_, until) if end is not None):
        return Window(from_=from_ and from_[: len(DAY)], until=until and until[: len(DAY)])
    return Window(from_=_seconds(from_, "00:00:00"), until=_seconds(until, "23:59:59"))


def utc_seconds(text: str) -> str | None:
    """Return a responseDate as `YYYY-MM-DDThh:mm:ssZ`, or `None` where it is no date; an offset is reckoned with."""
    try:
        when = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if when.tzinfo is not None:
        try:
            when = when.astimezone(dt.UTC)
        except OverflowError:
            return None
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when.year >= 1000 else None


def _seconds(text: str | None, time_of_day: str) -> str | None:
    return f"{text}T{time_of_day}Z" if text is not None and len(text) == len(DAY) else text
