"""Geographic and temporal extents as places and periods (ISO 19115:2003, B.3.1; ISO 19115-1, B.3.1).

Bounding polygons and times: GML 3.2 (ISO 19136, https://docs.ogc.org/is/07-036/07-036.pdf, sections 9.1.4, 10, 14.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml.etree import _Element as Element

from node.mapping.elements import all_text, children, local_name
from node.mapping.envelope import take_whole
from node.mapping.geometry import Box, bbox, number, point_wkt
from node.mapping.iso.document import Document
from node.mapping.iso.gml import shapes
from node.model.dcat import Period, Place
from node.model.rdf import Literal
from node.terms import codes, dates


def places(document: Document, identification: Element | None) -> tuple[Place, ...]:
    """Return the places of all extents, each once: an extent's description names its first shape."""
    extents = document.objects(identification, "extent")
    parts = [(extent, *_boxes(document, extent)) for extent in extents]
    known = [box for _, boxes, _ in parts for box in boxes]
    found: dict[Place, None] = {}
    for extent, boxes, points in parts:
        drawn = [Place(bbox=box) for box in boxes] + [Place(wkt=wkt) for wkt in points]
        for polygon in _included(document, extent, "polygon"):
            drawn += (Place(wkt=wkt) for wkt in shapes(document.reading, polygon, known))
        names = [name for name in map(document.text, document.properties(extent, "description")) if name]
        for position in range(max(len(names), len(drawn))):
            shape = drawn[position] if position < len(drawn) else Place()
            name = names[position] if position < len(names) else None
            iri = codes.country_iri(name) if name else None
            found[Place(name=name, iri=iri, bbox=shape.bbox, wkt=shape.wkt)] = None
        found |= dict.fromkeys(_identified(document, extent))
    return tuple(found)


def periods(document: Document, identification: Element | None) -> tuple[Period, ...]:
    """Return the periods of all extents, each once."""
    times = document.objects(identification, "extent/temporalElement/extent")
    found = (_period(document, time) for time in times)
    return tuple(dict.fromkeys(period for period in found if period))


def _boxes(document: Document, extent: Element) -> tuple[list[Box], list[str]]:
    """The bounding boxes of an extent; those without extent are points, as Well-Known Text."""
    boxes: list[Box] = []
    points: list[str] = []
    for element in _included(document, extent):
        if not children(element).keys() & set(_SIDES):
            continue
        texts = [document.first(element, side) for side in _SIDES]
        west, south, east, north = (number(text) for text in texts)
        box = None
        if west is not None and south is not None and east is not None and north is not None:
            box = bbox(west, south, east, north)
        if box is None:
            if any(texts):
                text = ", ".join(texts)
                document.reading.note("mapping.geometry-unreadable", f"“{text}” is no box on the globe", element, text)
        elif box[:2] == box[2:]:
            points += filter(None, (point_wkt(box[0], box[1]),))
        else:
            boxes.append(box)
    return boxes, points


def _included(document: Document, extent: Element, path: str = "") -> Iterator[Element]:
    """The geographic elements of an extent, or their properties at a path; those it excludes stay unmapped."""
    for element in document.objects(extent, "geographicElement"):
        kinds = document.properties(element, "extentTypeCode")
        if any(all_text(kind).strip() in ("0", "false") for kind in kinds):
            continue
        take_whole(document.reading, *kinds)
        yield from document.properties(element, path) if path else (element,)


def _identified(document: Document, extent: Element) -> Iterator[Place]:
    """Places by identifier: the address of an authority, a country's code, else a name."""
    for property_ in _included(document, extent, "geographicIdentifier/code"):
        link = document.anchor(property_)
        text = document.text(property_)
        country = codes.country_iri(text) if text else None
        iri = country or link
        if iri or text:
            yield Place(name=text or None, iri=iri)


def _period(document: Document, time: Element) -> Period | None:
    parts = children(time)
    if local_name(time) == "TimeInstant":
        instant = _date(document, parts.get("timePosition", ()))
        return Period(start=instant, end=instant) if instant else None
    start = _date(document, _positions(parts, "begin"))
    end = _date(document, _positions(parts, "end"))
    if start and end and start.value[:4] > end.value[:4] and not start.value.startswith("-"):
        text = f"{start.value}/{end.value}"
        document.reading.note("mapping.date-unreadable", f"the period “{text}” ends before it starts", time, text)
        return None
    return Period(start=start, end=end) if start or end else None


def _positions(parts: dict[str, list[Element]], name: str) -> Iterable[Element]:
    """The positions of one end: `beginPosition`, or the instant within `begin`."""
    yield from parts.get(f"{name}Position", ())
    for one in parts.get(name, ()):
        yield from (inner for inner in one.iter("*") if local_name(inner) == "timePosition")


def _date(document: Document, positions: Iterable[Element]) -> Literal | None:
    """The first date; `now`, `unknown`, `before` and `after` without one leave the end open (GML 3.2, 14.2.2.7)."""
    reading = document.reading
    for position in positions:
        indeterminate = reading.attribute(position, "indeterminatePosition")
        text = reading.line(position)
        date = dates.date(text) if text else None
        if date:
            return date
        if text and text.lower() not in _INDETERMINATE and not indeterminate:
            reading.note("mapping.date-unreadable", f"“{text}” is no date", position, text)
    return None


_SIDES = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
_INDETERMINATE = frozenset({"now", "unknown", "before", "after", "inapplicable", "missing", "present", "ongoing"})
