"""From where the next incremental harvest goes on (OAI-PMH 2.0, sections 2.7.1 and 3.3.2; its implementation guidelines
for harvesters: https://www.openarchives.org/OAI/2.0/guidelines-harvester.htm).

The clock that stamps the records is the repository's, so its own responseDate counts, as it was before the list began.
An overlap covers records that get their datestamp before they become visible.
"""

from __future__ import annotations

import datetime as dt

from harvesters.oai_spelling import SECONDS, read_date, spell
from node.model.report import Finding, Severity

_TOLERATED = dt.timedelta(days=1)


def overlap(granularity: str) -> dt.timedelta:
    """Return how far a harvest goes back behind the one before it."""
    return dt.timedelta(hours=1) if granularity == SECONDS else dt.timedelta(days=1)


def bookmark(response_date: str, granularity: str, now: dt.datetime) -> str | None:
    """Return the bookmark in the repository's granularity; `None` where the repository has no clock.

    It is never later than the repository's clock or our own, less the overlap: a clock that is ahead would leave a gap.

    Args:
        response_date: what the repository said the time was.
        now: our own clock, UTC.
    """
    said = read_date(response_date)
    if said is None:
        return None
    try:
        return spell(max(min(said, now) - overlap(granularity), _FIRST), granularity)
    except OverflowError:
        return None


def check_clock(response_date: str, now: dt.datetime) -> tuple[Finding, ...]:
    """Return what is odd about a repository's clock."""
    said = read_date(response_date)
    if said is not None and abs(said - now) <= _TOLERATED:
        return ()
    message = (
        f"the repository's clock says “{response_date[:100]}”, ours {spell(now, SECONDS)}"
        if response_date
        else "the answer has no responseDate"
    )
    finding = Finding(
        code="harvest.clock",
        severity=Severity.WARNING,
        message=message,
        advice="Ask the repository's operator to set its clock; until then more records than needed are asked for.",
        path="responseDate",
        value=response_date[:100] or None,
    )
    return (finding,)


_FIRST = dt.datetime(1000, 1, 1, tzinfo=dt.UTC)
