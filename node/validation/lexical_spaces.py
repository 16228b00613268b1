"""The lexical spaces of XML Schema's datatypes, to the letter (XSD 1.1, part 2, https://www.w3.org/TR/xmlschema11-2/).

A literal is ill-typed where its form is not in the lexical space of its datatype (RDF 1.1 Concepts, section 3.3).
Whitespace is part of the form: RDF does not collapse it. Types that RDF does not list (section 5.1) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from node.namespaces import PREFIXES

XSD = PREFIXES["xsd"]


@lru_cache(maxsize=16384)
def is_in_lexical_space(form: str, datatype: str) -> bool | None:
    """Tell whether a form is one of a datatype, given by its IRI; `None` for one that is not known here."""
    test = _SPACES.get(datatype.removeprefix(XSD)) if datatype.startswith(XSD) else None
    return test(form) if test is not None else None


_Test = Callable[[str], bool]


def _matching(pattern: str) -> _Test:
    matches = re.compile(pattern).fullmatch
    return lambda form: matches(form) is not None


def _integer(least: int | None = None, most: int | None = None) -> _Test:
    def test(form: str) -> bool:
        found = _INTEGER.fullmatch(form)
        if found is None:
            return False
        # A number of a million digits takes minutes to read; its length says enough.
        digits = found[2].lstrip("0") or "0"
        if len(digits) > _MOST_DIGITS:
            return (most if found[1] != "-" else least) is None
        number = int(f"-{digits}" if found[1] == "-" else digits)
        return (least is None or number >= least) and (most is None or number <= most)

    return test


_INTEGER = re.compile(r"([+-]?)([0-9]+)")
_MOST_DIGITS = 20

_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_YEAR = r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_DATE = re.compile(rf"(?P<year>{_YEAR})-(?P<month>{_MONTH})-(?P<day>{_DAY})(?P<rest>.*)", re.DOTALL)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _with_date(rest: str) -> _Test:
    matches = re.compile(rest).fullmatch

    def test(form: str) -> bool:
        found = _DATE.fullmatch(form)
        if found is None or matches(found["rest"]) is None:
            return False
        month, day = int(found["month"]), int(found["day"])
        # Of a year only the last four digits count; the year 0 is one (section 3.3.7).
        if month == 2 and day == 29:
            year = int(found["year"][-4:])
            return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return day <= _DAYS[month - 1]

    return test


def _month_and_day(form: str) -> bool:
    found = _MONTH_DAY.fullmatch(form)
    return found is not None and int(found[2]) <= _DAYS[int(found[1]) - 1]


_MONTH_DAY = re.compile(rf"--({_MONTH})-({_DAY}){_ZONE}")


def _base64(form: str) -> bool:
    # A single space may follow each character but the last (section 3.3.16).
    if form != form.strip(" ") or "  " in form:
        return False
    return _BASE64.fullmatch(form.replace(" ", "")) is not None


_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")
_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = f"{_START}\\-.0-9\xb7\u0300-\u036f\u203f-\u2040"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_FLOAT = _matching(rf"{_NUMBER}(?:[Ee][+-]?[0-9]+)?|[+-]?INF|NaN")
_YEARS = r"(?:[0-9]+Y(?:[0-9]+M)?|[0-9]+M)"
_HOURS = r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)"
_DAYTIME = rf"(?:[0-9]+D{_HOURS}?|{_HOURS})"

_SPACES: dict[str, _Test] = {
    "string": lambda form: True,
    "normalizedString": _matching(r"[^\t\n\r]*"),
    "token": _matching(r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?"),
    "language": _matching(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*"),
    "Name": _matching(f"[:{_START}][:{_NAME}]*"),
    "NCName": _matching(f"[{_START}][{_NAME}]*"),
    "NMTOKEN": _matching(f"[:{_NAME}]+"),
    "boolean": _matching(r"true|false|1|0"),
    "decimal": _matching(_NUMBER),
    "float": _FLOAT,
    "double": _FLOAT,
    "integer": _integer(),
    "nonPositiveInteger": _integer(most=0),
    "negativeInteger": _integer(most=-1),
    "nonNegativeInteger": _integer(0),
    "positiveInteger": _integer(1),
    "long": _integer(-(2**63), 2**63 - 1),
    "int": _integer(-(2**31), 2**31 - 1),
    "short": _integer(-(2**15), 2**15 - 1),
    "byte": _integer(-(2**7), 2**7 - 1),
    "unsignedLong": _integer(0, 2**64 - 1),
    "unsignedInt": _integer(0, 2**32 - 1),
    "unsignedShort": _integer(0, 2**16 - 1),
    "unsignedByte": _integer(0, 2**8 - 1),
    "date": _with_date(_ZONE),
    "dateTime": _with_date(f"T{_TIME}{_ZONE}"),
    "dateTimeStamp": _with_date(f"T{_TIME}{_ZONE.removesuffix('?')}"),
    "time": _matching(_TIME + _ZONE),
    "gYear": _matching(_YEAR + _ZONE),
    "gYearMonth": _matching(f"{_YEAR}-{_MONTH}{_ZONE}"),
    "gMonth": _matching(f"--{_MONTH}{_ZONE}"),
    "gMonthDay": _month_and_day,
    "gDay": _matching(f"---{_DAY}{_ZONE}"),
    "duration": _matching(f"-?P(?:{_YEARS}{_DAYTIME}?|{_DAYTIME})"),
    "yearMonthDuration": _matching(f"-?P{_YEARS}"),
    "dayTimeDuration": _matching(f"-?P{_DAYTIME}"),
    "hexBinary": _matching(r"(?:[0-9a-fA-F]{2})*"),
    "base64Binary": _base64,
    # Any text: what an IRI is, XML Schema leaves to others (section 3.3.17).
    "anyURI": lambda form: True,
}
