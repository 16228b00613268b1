"""DataCite geoLocations as places.

Source: DataCite Metadata Schema 4.6, property 18 (https://datacite-metadata-schema.readthedocs.io/en/4.6/properties/geolocation/);
in kernel 3 a point is the text `latitude longitude`, a box two such points, south-west first.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element as Element

from node.mapping.coverage import coverage
from node.mapping.elements import Reading, all_text, children
from node.mapping.geometry import Box, bbox, number, point_wkt, polygon_wkt
from node.model.dcat import Place
from node.terms import codes


def places(reading: Reading, element: Element) -> Iterator[Place]:
    """Return the places of one geoLocation: its name goes with its first shape, further shapes are further places."""
    parts = children(element)
    names = [name for name in map(reading.line, parts.get("geoLocationPlace", ())) if name]
    written = [(one, _dcmi(one)) for one in parts.get("geoLocationBox", ())]
    reading.take(*(one for one, place in written if place))
    boxes = [_box(reading, one) for one, place in written if place is None]
    polygons = [_polygon(reading, one) for one in parts.get("geoLocationPolygon", ())]
    points = [_point(reading, one) for one in parts.get("geoLocationPoint", ())]
    shapes = [place for _, place in written if place] + [Place(bbox=box) for box in boxes if box]
    shapes += [Place(wkt=wkt) for wkt in (*polygons, *points) if wkt]
    for position in range(max(len(names), len(shapes))):
        name = names[position] if position < len(names) else None
        shape = shapes[position] if position < len(shapes) else Place()
        iri = codes.country_iri(name) if name and len(name) <= 60 else None
        yield Place(name=name, iri=iri, bbox=shape.bbox, wkt=shape.wkt)


def _dcmi(element: Element) -> Place | None:
    """A box that a source wrote as DCMI Box, which kernel 3 does not foresee; one without extent is a point."""
    text = "" if len(element) else (element.text or "").strip()
    place = coverage(text) if "=" in text else None
    return place if isinstance(place, Place) and (place.bbox or place.wkt) else None


def _box(reading: Reading, element: Element) -> Box | None:
    values = _numbers(reading, element, _BOX)
    if len(values) == 4:
        west, south, east, north = values
        found = bbox(west, south, east, north)
        if found:
            return found
    _unreadable(reading, element, "box")
    return None


def _point(reading: Reading, element: Element) -> str | None:
    values = _numbers(reading, element, _POINT)
    found = point_wkt(values[0], values[1]) if len(values) == 2 else None
    if found is None:
        _unreadable(reading, element, "point")
    return found


def _polygon(reading: Reading, element: Element) -> str | None:
    # inPolygonPoint only says which side is inside; without it the smaller side is meant, as in WKT.
    corners = children(element).get("polygonPoint", [])
    values = [_numbers(reading, corner, _POINT) for corner in corners]
    complete = all(len(value) == 2 for value in values)
    found = polygon_wkt([(value[0], value[1]) for value in values]) if complete else None
    if found is None:
        _unreadable(reading, element, "polygon")
    return found


def _numbers(reading: Reading, element: Element, names: tuple[str, ...]) -> list[float]:
    """The named numbers in order, of child elements (kernel 4) or of the element's text (kernel 3)."""
    parts = children(element)
    if parts:
        texts = [reading.line(parts[name][0]) if name in parts else "" for name in names]
    else:
        words = reading.line(element).replace(",", " ").split()
        # "latitude longitude" of each corner becomes longitude, latitude.
        texts = [words[place ^ 1] for place in range(len(words))] if len(words) == len(names) else []
    values = [number(text) for text in texts]
    return [value for value in values if value is not None]


def _unreadable(reading: Reading, element: Element, shape: str) -> None:
    text = " ".join(all_text(element).split())
    if text:
        reading.take(element)
        reading.note("mapping.geometry-unreadable", f"“{text}” is no {shape} on the globe", element, text)


_BOX = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude", "northBoundLatitude")
_POINT = ("pointLongitude", "pointLatitude")
