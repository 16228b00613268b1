"""Dates the way sitemaps and HTTP spell them, in UTC.

W3C Date and Time Formats (https://www.w3.org/TR/NOTE-datetime), IMF-fixdate (RFC 9110, section 5.6.7).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def earliest(text: str) -> dt.datetime | None:
    """Return the first moment of a year, month, day or time; `None` where the text is none of them."""
    span = _span(text)
    return span[0] if span else None


def latest(text: str) -> dt.datetime | None:
    """Return the last moment of a year, month, day or time; `None` where the text is none of them."""
    span = _span(text)
    return span[1] if span else None


def spelt(moment: dt.datetime) -> str:
    """Return a moment as `YYYY-MM-DDThh:mm:ssZ`; fractions of a second are cut off."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sent(headers: Mapping[str, str]) -> dt.datetime | None:
    """Return when an answer was sent, by the server's own clock; `None` where it gives no Date."""
    return _http_date(headers.get("date", ""))


def made(headers: Mapping[str, str]) -> dt.datetime | None:
    """Return when an answer was made, by the server's own clock: its Date, less the time a cache has kept it.

    A file has been lying there since its Last-Modified, and tells nothing of what happened after it. `None` where the
    server gives no Date.
    """
    moment = sent(headers)
    if moment is None:
        return None
    age = headers.get("age", "").strip()
    if age.isdecimal() and len(age) < 10:
        moment -= dt.timedelta(seconds=int(age))
    modified = _http_date(headers.get("last-modified", ""))
    return min(moment, modified) if modified else moment


_DATE = re.compile(
    r"(?P<year>[1-9]\d{3})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[Tt ](?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s?(?P<zone>[Zz]|[+-]\d\d:?\d\d)?)?)?)?"
)


def _span(text: str) -> tuple[dt.datetime, dt.datetime] | None:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    try:
        if found["time"]:
            zone = (found["zone"] or "Z").upper().replace("Z", "+00:00")
            moment = dt.datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{found['time']}{zone}")
            first = moment.astimezone(dt.UTC)
            # A fraction that was cut off still belongs to the second.
            return first, first + dt.timedelta(seconds=1 if found["time"].count(":") == 2 else 60)
        first = dt.datetime(year, month, day, tzinfo=dt.UTC)
        if found["day"]:
            return first, first + dt.timedelta(days=1)
        if found["month"]:
            return first, first + dt.timedelta(days=31)
        return first, first + dt.timedelta(days=366)
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
