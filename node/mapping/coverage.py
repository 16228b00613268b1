"""A Dublin Core coverage text as a place or a period.

Syntaxes: DCMI Box (https://www.dublincore.org/specifications/dublin-core/dcmi-box/), DCMI Point
(https://www.dublincore.org/specifications/dublin-core/dcmi-point/), DCMI Period
(https://www.dublincore.org/specifications/dublin-core/dcmi-period/), WKT, dates and ranges of ISO 8601, names.
"""

from __future__ import annotations

import re

from node.mapping.geometry import bbox, bbox_of_wkt, number, point_wkt
from node.model.dcat import Period, Place
from node.terms import codes, dates


def coverage(text: str) -> Place | Period | None:
    """Return what a coverage text says; a text in none of the syntaxes is a place's name.

    `None` is a text that follows a syntax yet says nothing usable, such as a box that does not lie on the globe.
    """
    parts = _components(text)
    if parts:
        return _from_components(parts)
    compass = {name.lower(): value for name, value in _COMPASS.findall(text)}
    if set(compass) == {"north", "south", "east", "west"}:
        return _from_components({f"{name}limit": value for name, value in compass.items()})
    if _WKT.match(text):
        box = bbox_of_wkt(text)
        return Place(bbox=box) if box else Place(wkt=text)
    if text[:1].isdigit() or text[:1] in "-./[":
        period = period_of(text)
        if period is not None:
            return period
    country = codes.country_iri(text) if len(text) <= 60 else None
    return Place(name=text, iri=country)


def period_of(text: str) -> Period | None:
    """Return a range or a single date as a period; `None` where it is neither."""
    period = dates.period(text)
    if period is None:
        date = dates.date(text)
        period = Period(start=date, end=date) if date else None
    return period


def _components(text: str) -> dict[str, str]:
    """The `name=value;` pairs of the DCMI encoding schemes; empty for any other text."""
    # Without a semicolon there is one pair at most; `eastlimit=1 westlimit=2` is read as points of the compass.
    if "=" not in text or (";" not in text and text.count("=") > 1):
        return {}
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    found = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return found if found.keys() & _KNOWN else {}


def _from_components(parts: dict[str, str]) -> Place | Period | None:
    name = parts.get("name") or None
    if "start" in parts or "end" in parts:
        start, end = (dates.date(parts.get(key, "")) for key in ("start", "end"))
        return Period(start=start, end=end) if start or end else None
    sides = [number(parts.get(f"{side}limit", "")) for side in ("west", "south", "east", "north")]
    west, south, east, north = sides
    if west is not None and south is not None and east is not None and north is not None:
        box = bbox(west, south, east, north)
        if box is None:
            return None
        return Place(name=name, bbox=box) if box[:2] != box[2:] else Place(name=name, wkt=point_wkt(west, south))
    x, y = number(parts.get("east", "")), number(parts.get("north", ""))
    wkt = point_wkt(x, y) if x is not None and y is not None else None
    return Place(name=name, wkt=wkt) if wkt or name else None


_KNOWN = {"start", "end", "northlimit", "southlimit", "eastlimit", "westlimit", "east", "north"}
_COMPASS = re.compile(r"\b(north|south|east|west)(?:limit|bound\w*)?\s*[:=]?\s*(-?\d+(?:\.\d+)?)", re.IGNORECASE)
_WKT = re.compile(r"(?:MULTI)?(?:POINT|POLYGON|LINESTRING)\s*\([-+\d\s.,()eE]+\)\s*$", re.IGNORECASE)
