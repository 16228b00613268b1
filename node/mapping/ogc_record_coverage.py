"""Where and when, as records of OGC API - Records say it.

Geometries of RFC 7946; `time` of the record schema (https://docs.ogc.org/is/20-004r1/20-004r1.html), and the `extent`
of drafts and of collections.
"""

from __future__ import annotations

import re

from node.mapping import geojson
from node.mapping.coverage import period_of
from node.mapping.json_reading import JsonReading, Part, member, peek
from node.model.dcat import Period, Place
from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES
from node.terms import dates


def places(reading: JsonReading, record: Part, properties: Part) -> tuple[Place, ...]:
    """Return the geometry as a place; where it is null, the boxes of `bbox` and of the drafts' `extent`."""
    geometry = member(record, "geometry")
    boxes = [part for part in (member(record, "bbox"),) if part.value is not None]
    extent = member(member(properties, "extent"), "spatial")
    drawn = member(extent, "bbox").value
    boxes += [
        Part(f"{extent.pointer}/bbox/{at}", box) for at, box in enumerate(drawn if isinstance(drawn, list) else [])
    ]
    if geometry.members:
        place = geojson.place(geometry.value)
        reading.take(geometry, *boxes)
        if place:
            return (place,)
        kind = peek(member(geometry, "type")) or "unknown"
        reading.note("mapping.geometry-unreadable", f"a geometry of type {kind} does not lie on the globe", geometry)
    found: dict[Place, None] = {}
    for part in boxes:
        box = geojson.box(part.value)
        reading.take(part)
        if box:
            found[Place(bbox=box)] = None
        else:
            reading.note("mapping.geometry-unreadable", "a bbox does not lie on the globe", part)
    return tuple(found)


def periods(reading: JsonReading, record: Part, properties: Part) -> tuple[Period, ...]:
    """Return the time: a date, a timestamp or an interval, whose ends may be open (`..`); else the `extent`'s."""
    time = member(record, "time")
    found: list[Period | None] = []
    if time.members:
        found += [_moment(reading, member(time, name)) for name in ("date", "timestamp")]
        found.append(_interval(reading, member(time, "interval")))
    elif isinstance(time.value, list):
        found.append(_interval(reading, time))
    else:
        found.append(_moment(reading, time))
    intervals = member(member(member(properties, "extent"), "temporal"), "interval")
    if any(found):
        reading.take(intervals)
    else:
        drawn = intervals.value if isinstance(intervals.value, list) else []
        found += [_interval(reading, Part(f"{intervals.pointer}/{at}", value)) for at, value in enumerate(drawn)]
    return tuple(dict.fromkeys(period for period in found if period and period != Period()))


def resolutions(reading: JsonReading, record: Part) -> list[Literal]:
    """Return the temporal resolution, an ISO 8601 duration; any other text stays."""
    part = member(member(record, "time"), "resolution")
    if not _DURATION.fullmatch(peek(part)):
        return []
    return [Literal(reading.line(part), datatype=Iri(PREFIXES["xsd"] + "duration"))]


def _moment(reading: JsonReading, part: Part) -> Period | None:
    text = reading.line(part)
    known = period_of(text) if text else None
    if text and known is None:
        reading.note("mapping.date-unreadable", f"“{text}” is no period", part, text)
    return known


def _interval(reading: JsonReading, part: Part) -> Period | None:
    if not isinstance(part.value, list) or len(part.value) != 2:
        return None
    ends = []
    for one in (Part(f"{part.pointer}/{at}", value) for at, value in enumerate(part.value)):
        text = reading.line(one)
        known = dates.date(text) if text and text != ".." else None
        if text and text != ".." and known is None:
            reading.note("mapping.date-unreadable", f"“{text}” is no date", one, text)
        ends.append(known)
    return Period(start=ends[0], end=ends[1])


_DURATION = re.compile(
    r"P(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
)
