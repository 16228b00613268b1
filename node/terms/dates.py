"""Dates and periods as foreign metadata writes them, as literals that are valid in XML Schema.

Read: ISO 8601, EDTF (https://www.loc.gov/standards/datetime/), DCMI Period, and national forms where only one reading
is possible. Written: xsd:gYear, xsd:gYearMonth, xsd:date, xsd:dateTime (https://www.w3.org/TR/xmlschema11-2/).
"""

from __future__ import annotations

import calendar
import re
from functools import lru_cache

from node.model.dcat import Period
from node.model.rdf import Literal
from node.namespaces import expand
from node.terms.month_names import month

YEAR = expand("xsd:gYear")
YEAR_MONTH = expand("xsd:gYearMonth")
DATE = expand("xsd:date")
DATE_TIME = expand("xsd:dateTime")

LONGEST = 120
"""Characters: longer texts are sentences."""


def date(text: str) -> Literal | None:
    """Return a date with the precision it is written in; `None` where it is none, or might be two.

    `03/04/2020` is the third of April or the fourth of March, so it is `None`; `25/12/2020` and `03.04.2020` are not
    ambiguous. Marks of doubt (`2020?`, `ca. 1850`, `[1999]`) are dropped: XML Schema has no place for them.
    """
    return _date(text) if len(text) <= LONGEST else None


def period(text: str) -> Period | None:
    """Return a period of two dates, either end open; `None` for a single date, or where an end cannot be read.

    Read are `2001-01-01/2003-12-31`, `2001/..`, `../2003`, `2001 - 2003`, `start=2001; end=2003;` (DCMI Period),
    decades (`199X`, `1990s`) and seasons (`2001-21`, EDTF level 1). A period that ends before it starts is `None`.
    """
    return _period(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=8192)
def _date(text: str) -> Literal | None:
    plain = _DOUBT.sub("", text.strip())
    bracketed = _BRACKETS.fullmatch(plain)
    if bracketed:
        plain = bracketed["inner"].strip()
    found = _ISO.fullmatch(plain)
    if found:
        return _iso(found)
    for pattern in (_YEAR_FIRST, _BASIC, _DAY_FIRST):
        found = pattern.fullmatch(plain)
        if found:
            return _day(found["year"], found["month"], found["day"])
    found = _SLASHED.fullmatch(plain)
    if found:
        return _slashed(int(found["first"]), int(found["second"]), found["year"])
    return _worded(plain)


def _iso(found: re.Match[str]) -> Literal | None:
    year, month_number, day = found["year"], found["month"], found["day"]
    if day is None:
        return _year_month(year, month_number) if month_number else _year(year)
    known = _day(year, month_number, day)
    if known is None or found["hour"] is None:
        return known
    hour, minute, second = int(found["hour"]), int(found["minute"]), found["second"] or "00"
    is_midnight = hour == 24 and minute == 0 and float(second) == 0
    if not (is_midnight or (hour < 24 and minute < 60 and float(second) < 60)):
        return None
    zone = (found["zone"] or "").upper()
    if zone not in ("", "Z"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) * 60 + int(digits[2:]) > 14 * 60 or int(digits[2:]) > 59:
            return None
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    return Literal(f"{known.value}T{hour:02}:{minute:02}:{second}{zone}", datatype=DATE_TIME)


def _slashed(first: int, second: int, year: str) -> Literal | None:
    if first == second or second > 12:
        return _day(year, str(first), str(second))
    return _day(year, str(second), str(first)) if first > 12 else None


def _worded(text: str) -> Literal | None:
    found = _WORDED_DAY_FIRST.fullmatch(text) or _WORDED_MONTH_FIRST.fullmatch(text)
    number = month(found["name"]) if found else None
    if found is None or number is None:
        return None
    if found["day"]:
        return _day(found["year"], str(number), found["day"])
    return _year_month(found["year"], str(number))


def _year(year: str) -> Literal | None:
    # XML Schema 1.0 has no year 0; repositories write it for "unknown".
    return Literal(year, datatype=YEAR) if year.lstrip("-") != "0000" else None


def _year_month(year: str, number: str) -> Literal | None:
    known = _year(year)
    return Literal(f"{year}-{int(number):02}", datatype=YEAR_MONTH) if known and 1 <= int(number) <= 12 else None


def _day(year: str, number: str, day: str) -> Literal | None:
    known = _year_month(year, number)
    if known is None:
        return None
    # Years before our era, whose leap years XML Schema 1.0 and 1.1 count differently, get the benefit of the doubt.
    last = calendar.monthrange(abs(int(year)), int(number))[1] if int(year) > 0 else 29 if int(number) == 2 else 31
    return Literal(f"{known.value}-{int(day):02}", datatype=DATE) if 1 <= int(day) <= last else None


@lru_cache(maxsize=4096)
def _period(text: str) -> Period | None:
    plain = text.strip()
    parts = {found["name"].lower(): found["value"] for found in _COMPONENT.finditer(plain)}
    if parts:
        return _between(parts.get("start", ""), parts.get("end", ""))
    found = _DECADE.fullmatch(plain)
    if found:
        return Period(start=_year(found["decade"] + "0"), end=_year(found["decade"] + "9"))
    if _date(plain):
        return None
    for pattern in (_INTERVAL, _YEARS, _SPACED):
        found = pattern.fullmatch(plain)
        if found:
            return _between(found["start"] or "", found["end"] or "")
    return _edtf(plain) if _EDTF.fullmatch(plain) else None


def _between(first: str, last: str) -> Period | None:
    start, end = _date(first), _date(last)
    is_readable = (start or _OPEN.fullmatch(first)) and (end or _OPEN.fullmatch(last))
    if not is_readable or not (start or end):
        return None
    if start and end and not (start.value.startswith("-") or end.value.startswith("-")):
        shared = min(len(start.value), len(end.value), len("2001-01-01"))
        if start.value[:shared] > end.value[:shared]:
            return None
    return Period(start=start, end=end)


def _edtf(text: str) -> Period | None:
    """What only EDTF says: seasons, unspecified digits."""
    # Its grammar takes a tenth of a second to build, and hardly any date asks for it.
    from edtf import parse_edtf

    try:
        known = parse_edtf(text)
        first, last = known.lower_strict(), known.upper_strict()
        start, end = (_day(f"{edge.tm_year:04}", str(edge.tm_mon), str(edge.tm_mday)) for edge in (first, last))
    except Exception:
        # The library's errors are not only its own: TypeError, AttributeError and OverflowError were seen.
        return None
    return Period(start=start, end=end) if start and end and start.value <= end.value else None


_ISO = re.compile(
    r"(?P<year>-?[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}(?:[.][0-9]{1,9})?))?"
    r"\s?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?|[Zz]|[+-][0-9]{2}:[0-9]{2})?)?)?"
)
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})")
_BASIC = re.compile(r"(?P<year>[12][0-9]{3})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})\.\s?(?P<month>[0-9]{1,2})\.\s?(?P<year>[0-9]{4})")
_SLASHED = re.compile(r"(?P<first>[0-9]{1,2})(?P<mark>[/-])(?P<second>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})")
_WORDED_DAY_FIRST = re.compile(
    r"(?:(?P<day>[0-9]{1,2})(?:\.|st|nd|rd|th|er|º)?[\s-]+(?:de\s+)?)?(?P<name>[^\W\d_]{3,12})\.?,?[\s-]+(?:de\s+)?(?P<year>[0-9]{4})"
)
_WORDED_MONTH_FIRST = re.compile(
    r"(?P<name>[^\W\d_]{3,12})\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{4})"
)
_DOUBT = re.compile(r"^(?:ca?\.?|circa|©|c(?=[0-9]))\s*(?=[0-9\[])|[?~%]+$", re.IGNORECASE)
_BRACKETS = re.compile(r"\[(?P<inner>[^\[\]]+)\]")
_COMPONENT = re.compile(r"\b(?P<name>start|end)\s*=\s*(?P<value>[^;]*)", re.IGNORECASE)
_INTERVAL = re.compile(r"(?P<start>[^/]*)/(?P<end>[^/]*)")
_YEARS = re.compile(r"(?P<start>[0-9]{4})\s*[-–—]\s*(?P<end>[0-9]{4})?")
_SPACED = re.compile(r"(?:from\s+)?(?P<start>\S.*?)\s+(?:[-–—]|to|until|bis)\s+(?P<end>\S.*)", re.IGNORECASE)
_DECADE = re.compile(r"(?P<decade>[0-9]{3})(?:[Xx]|0s|0'?s)")
_EDTF = re.compile(r"[-0-9XYu]{4,12}")
_OPEN = re.compile(r"\s*(?:\.\.|open|unknown|present|now|ongoing|\*)?\s*", re.IGNORECASE)
