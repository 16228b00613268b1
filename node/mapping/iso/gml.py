"""Simple GML geometries as Well-Known Text: points, and polygons without holes (ISO 19136, sections 10.3 and 10.5).

The order of GML coordinates is that of their reference system (OGC 08-038r7), and many documents name none. An order is
taken where the system says it, where only one order lies on the globe, or where only one lies in the document's own
bounding boxes; otherwise it is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.etree import _Element as Element

from node.mapping.elements import Reading, all_text, local_name
from node.mapping.envelope import take_whole
from node.mapping.geometry import Box, number, point_wkt, polygon_wkt

Points = list[tuple[float, float]]

MOST_POINTS = 2000
"""Of one polygon: finer ones are data, not metadata."""


def shapes(reading: Reading, holder: Element, boxes: Sequence[Box]) -> Iterator[str]:
    """Return the geometries within an element, longitude first; what cannot be read is noted and stays unmapped.

    Args:
        boxes: bounding boxes the document gives, by which the order of coordinates may be told.
    """
    for element in holder.iter("*"):
        name = local_name(element)
        if name not in _GEOMETRIES:
            continue
        written = _points(element) if name in ("Point", "Polygon", "PolygonPatch") else []
        points = _ordered(written, _reference(element, holder), boxes)
        wkt = (point_wkt(*points[0]) if name == "Point" else polygon_wkt(points)) if points else None
        if wkt is None:
            text = " ".join(all_text(element).split())
            message = f"“{text[:80]}” is no simple {name} whose order of coordinates is known"
            reading.note("mapping.geometry-unreadable", message, element, text)
        else:
            take_whole(reading, element)
            yield wkt


def _points(element: Element) -> Points:
    """The coordinate pairs in the order in which they are written; empty where they are not simple."""
    if any(local_name(inner) in ("interior", "innerBoundaryIs") for inner in element.iter("*")):
        return []
    numbers: list[float | None] = []
    dimension = 2
    for inner in element.iter("*"):
        name = local_name(inner)
        if inner.get("srsDimension", "").strip() == "3":
            dimension = 3
        if name in ("pos", "posList"):
            numbers += map(number, all_text(inner).split())
        elif name == "coordinates":
            # GML 2 parts the numbers of a pair by commas; a third one would be a height.
            numbers += (number(text) for pair in all_text(inner).split() for text in pair.split(",")[:2])
        if len(numbers) > MOST_POINTS * dimension:
            return []
    if not numbers or len(numbers) % dimension or any(value is None for value in numbers):
        return []
    known = [value for value in numbers if value is not None]
    return [(known[at], known[at + 1]) for at in range(0, len(known), dimension)]


def _ordered(points: Points, reference: str, boxes: Sequence[Box]) -> Points:
    """The points with the longitude first; empty where nothing tells the order."""
    turned = [(second, first) for first, second in points]
    if _LONGITUDE_FIRST.search(reference):
        return points
    if _LATITUDE_FIRST.search(reference):
        return turned
    if reference and not _EITHER.search(reference):
        return []
    for fits in (_on_globe, lambda candidate: _in_boxes(candidate, boxes)):
        is_plain, is_turned = fits(points), fits(turned)
        if is_plain != is_turned:
            return points if is_plain else turned
    return points if points == turned else []


def _reference(element: Element, holder: Element) -> str:
    """The reference system of a geometry, its own or that of one around it."""
    inner = (one.get("srsName", "") for one in element.iter("*"))
    around: Element | None = element
    while around is not None and around is not holder:
        if around.get("srsName"):
            return around.get("srsName", "").strip()
        around = around.getparent()
    return next(filter(None, inner), "").strip()


def _on_globe(points: Points) -> bool:
    return all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in points)


def _in_boxes(points: Points, boxes: Sequence[Box]) -> bool:
    # Boxes are written with fewer digits than what they bound.
    return any(
        all(west - 0.05 <= x <= east + 0.05 and south - 0.05 <= y <= north + 0.05 for x, y in points)
        for west, south, east, north in boxes
    )


_GEOMETRIES = frozenset({"Point", "Polygon", "PolygonPatch", "LineString", "Curve", "Envelope", "Circle"})
_LONGITUDE_FIRST = re.compile(r"CRS:?/?:?(?:1\.3:)?:?84\b|/0/CRS84\b", re.IGNORECASE)
# WGS 84, ETRS89 and their like, by the names that promise the order of the EPSG register.
_LATITUDE_FIRST = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|/def/crs/EPSG/[\d.]+/)(?:4326|4258|4979|4937)$", re.IGNORECASE
)
# `EPSG:4326` stands for either order: older programs wrote the longitude first.
_EITHER = re.compile(r"^(?:EPSG:|http://www\.opengis\.net/gml/srs/epsg\.xml#)?(?:4326|4258)$|WGS[ _]?84", re.IGNORECASE)
