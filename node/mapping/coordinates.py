"""Coordinates as cataloguers write them: MARC 21 field 034 and the statements of field 255 and of MODS.

Sources: MARC 21 Bibliographic, 034 (https://www.loc.gov/marc/bibliographic/bd034.html) and 255
(https://www.loc.gov/marc/bibliographic/bd255.html), MODS 3.8, cartographics
(https://www.loc.gov/standards/mods/userguide/subject.html#cartographics).
"""

from __future__ import annotations

import re

from node.mapping.geometry import bbox, number, point_wkt
from node.model.dcat import Place


def degrees(text: str) -> float | None:
    """Return decimal degrees of one coordinate; `None` where it cannot be read.

    Read are `W0123000`, `W012.583333`, `W01230.5000`, `W0123000.50`, `+012.583333`, `-12.5` and `W 12⁰30ʹ00ʺ`:
    hemisphere or sign, then degrees, minutes and seconds, any of the last two left out.
    """
    plain = text.strip()
    if len(plain) > _LONGEST:
        return None
    for pattern in (_PACKED, _MARKED, _DECIMAL):
        found = pattern.fullmatch(plain)
        if found:
            parts = [number(found[name] or "0") for name in ("degrees", "minutes", "seconds")]
            whole, minutes, seconds = (part or 0.0 for part in parts)
            if minutes >= 60 or seconds >= 60:
                return None
            is_negative = found["sign"].upper() in _NEGATIVE
            value = round(whole + minutes / 60 + seconds / 3600, 6)
            return -value if is_negative else value
    return None


def box_or_point(west: str, east: str, north: str, south: str) -> Place | None:
    """Return the place that four coordinates bound: a point where they meet; `None` where they lie on no globe."""
    sides = [degrees(text) for text in (west, south, east, north)]
    if any(side is None for side in sides):
        return None
    left, bottom, right, top = (side or 0.0 for side in sides)
    if (left, bottom) == (right, top):
        wkt = point_wkt(left, bottom)
        return Place(wkt=wkt) if wkt else None
    box = bbox(left, bottom, right, top)
    return Place(bbox=box) if box else None


def statement(text: str) -> Place | None:
    """Return the place of a statement: `(W 16⁰30ʹ--E 15⁰/N 71⁰--N 35⁰)` or `W0163000 E0150000 N0710000 N0350000`.

    Longitudes come first, west before east, then latitudes, north before south.
    """
    plain = text.strip().strip("()[]. ")
    if len(plain) > 4 * _LONGEST:
        return None
    halves = plain.split("/")
    sides = [side for half in halves for side in _BETWEEN.split(half.strip())] if len(halves) == 2 else plain.split()
    if len(sides) == 2 and len(halves) == 2:
        sides = [sides[0], sides[0], sides[1], sides[1]]
    return box_or_point(*sides) if len(sides) == 4 else None


_LONGEST = 60
_NEGATIVE = frozenset({"W", "S", "-", "−"})
_PACKED = re.compile(
    r"(?P<sign>[WESN+-])(?P<degrees>\d{3}(?:\.\d{1,12})?)"
    r"(?:(?P<minutes>\d{2}(?:\.\d{1,12})?)(?P<seconds>\d{2}(?:\.\d{1,12})?)?)?",
    re.IGNORECASE | re.ASCII,
)
_MARKED = re.compile(
    r"(?P<sign>[WESNO])\.?\s*(?P<degrees>\d{1,3}(?:[.,]\d{1,12})?)\s*[°⁰º˚]?\s*"
    r"(?:(?P<minutes>\d{1,2}(?:[.,]\d{1,12})?)\s*['ʹ′’]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:[.,]\d{1,12})?)\s*(?:[\"ʺ″”]|'')\s*)?",
    re.IGNORECASE | re.ASCII,
)
_DECIMAL = re.compile(r"(?P<sign>[+-]?)(?P<degrees>\d{1,3}(?:\.\d{1,15})?)(?P<minutes>)(?P<seconds>)", re.ASCII)
_BETWEEN = re.compile(r"(?<!\s)\s*(?:--+|[–—])\s*")
