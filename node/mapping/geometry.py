"""Bounding boxes and Well-Known Text (OGC 06-103r4), longitude first, as GeoSPARQL's default CRS 84 orders them.

GeoSPARQL 1.1, section 8.5.1: https://docs.ogc.org/is/22-047r1/22-047r1.html#_well_known_text
"""

from __future__ import annotations

import math
import re

Box = tuple[float, float, float, float]


def bbox(west: float, south: float, east: float, north: float) -> Box | None:
    """Return the box if it lies on the globe, else `None`; west greater than east crosses the antimeridian."""
    on_globe = all(-180 <= x <= 180 for x in (west, east)) and -90 <= south <= north <= 90
    return (west, south, east, north) if on_globe else None


def bbox_to_wkt(box: Box) -> str:
    """Return a box as POLYGON, or as MULTIPOLYGON where it crosses the antimeridian (RFC 7946, section 3.1.9)."""
    west, south, east, north = box
    if west > east:
        return f"MULTIPOLYGON(({_ring((west, south, 180, north))}),({_ring((-180, south, east, north))}))"
    return f"POLYGON({_ring(box)})"


def bbox_of_wkt(text: str) -> Box | None:
    """Return the box that a WKT POLYGON or antimeridian MULTIPOLYGON draws; `None` where it draws something else."""
    found = _BOX_WKT.fullmatch(text.strip())
    if found is None:
        return None
    boxes = [_box_of_ring(ring) for ring in _RING.findall(found["rings"])]
    if len(boxes) == 1:
        return boxes[0]
    if len(boxes) == 2 and boxes[0] and boxes[1]:
        first, second = boxes[0], boxes[1]
        if first[2] == 180 and second[0] == -180 and (first[1], first[3]) == (second[1], second[3]):
            return (first[0], first[1], second[2], first[3])
    return None


def point_wkt(longitude: float, latitude: float) -> str | None:
    """Return a POINT, or `None` where it does not lie on the globe."""
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        return None
    return f"POINT({_number(longitude)} {_number(latitude)})"


def polygon_wkt(points: list[tuple[float, float]]) -> str | None:
    """Return a POLYGON of (longitude, latitude) pairs, closed if it was left open; `None` below three points."""
    if len(set(points)) < 3 or any(point_wkt(*point) is None for point in points):
        return None
    closed = points if points[0] == points[-1] else [*points, points[0]]
    return f"POLYGON(({_pairs(closed)}))"


def points_of_wkt(text: str) -> list[tuple[float, float]]:
    """Return the (longitude, latitude) pairs of a POINT or of a POLYGON's only ring; empty for anything else."""
    found = _ONE_PART.fullmatch(text.strip())
    if found is None:
        return []
    pairs = [pair.split() for pair in found["pairs"].split(",")]
    values = [(number(pair[0]), number(pair[1])) for pair in pairs if len(pair) == 2]
    points = [(x, y) for x, y in values if x is not None and y is not None]
    return points if len(points) == len(pairs) else []


def number(text: str) -> float | None:
    """Return a finite decimal number; a decimal comma is read too; `None` for anything else."""
    try:
        value = float(text.strip().replace(",", ".", 1))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _ring(box: Box) -> str:
    west, south, east, north = box
    return f"({_pairs([(west, north), (west, south), (east, south), (east, north), (west, north)])})"


def _pairs(points: list[tuple[float, float]]) -> str:
    return ",".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _box_of_ring(pairs: str) -> Box | None:
    points = points_of_wkt(f"POLYGON(({pairs}))")
    xs, ys = sorted({x for x, _ in points}), sorted({y for _, y in points})
    if len(points) != 5 or points[0] != points[-1] or len(xs) != 2 or len(ys) != 2 or len(set(points)) != 4:
        return None
    return bbox(xs[0], ys[0], xs[1], ys[1])


_BOX_WKT = re.compile(r"(?:<[^>]*CRS84>\s*)?(?:MULTI)?POLYGON\s*\((?P<rings>.*)\)", re.IGNORECASE | re.DOTALL)
_RING = re.compile(r"\(([^()]*)\)")
_ONE_PART = re.compile(r"(?:<[^>]*CRS84>\s*)?(?:POINT\s*\(|POLYGON\s*\(\s*\()(?P<pairs>[^()]*)\)\s*\)?", re.IGNORECASE)
