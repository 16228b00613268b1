"""GeoJSON geometries (RFC 7946, https://www.rfc-editor.org/rfc/rfc7946) as places: WGS 84, longitude first."""

from __future__ import annotations

import math

from node.mapping.geometry import Box, bbox, bbox_of_wkt, point_wkt
from node.model.dcat import Place
from node.syntax import JsonValue

Position = tuple[float, float]


def place(geometry: JsonValue) -> Place | None:
    """Return a geometry as a place: a box where it draws one, else Well-Known Text.

    `None` is anything that is no geometry, or one that does not lie on the globe. A Feature stands for its geometry.
    """
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    wkt = _wkt(geometry)
    box = bbox_of_wkt(wkt) if wkt else None
    return Place(bbox=box) if box else Place(wkt=wkt) if wkt else None


def box(values: JsonValue) -> Box | None:
    """Return a `bbox` member: west, south, east, north; heights, which six numbers have, are left out (section 5)."""
    if not isinstance(values, list) or len(values) not in (4, 6):
        return None
    numbers = [found for found in map(_number, values) if found is not None]
    half = len(values) // 2
    return bbox(numbers[0], numbers[1], numbers[half], numbers[half + 1]) if len(numbers) == len(values) else None


def _wkt(geometry: JsonValue) -> str | None:
    if not isinstance(geometry, dict):
        return None
    shape = _SHAPES.get(str(geometry.get("type")))
    if shape is None:
        return None
    name, depth = shape
    text = _coordinates(geometry.get("coordinates"), depth)
    if text is None:
        return None
    return f"{name}{text}" if depth else f"{name}({text})"


def _coordinates(value: JsonValue, depth: int) -> str | None:
    """Coordinates nested `depth` deep in brackets; `None` where one of them is no position on the globe."""
    if depth == 0:
        return _position(value)
    if not isinstance(value, list) or not value:
        return None
    parts = [_coordinates(one, depth - 1) for one in value]
    if None in parts or (depth > 1 and "" in parts):
        return None
    return f"({','.join(filter(None, parts))})"


def _position(value: JsonValue) -> str | None:
    if not isinstance(value, list) or len(value) < 2:
        return None
    longitude, latitude = _number(value[0]), _number(value[1])
    point = point_wkt(longitude, latitude) if longitude is not None and latitude is not None else None
    return point.removeprefix("POINT(").removesuffix(")") if point else None


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e6:
        return None
    return float(value) if math.isfinite(value) else None


# Well-Known Text's name of a geometry, and how deep its coordinates nest.
_SHAPES = {
    "Point": ("POINT", 0),
    "MultiPoint": ("MULTIPOINT", 1),
    "LineString": ("LINESTRING", 1),
    "MultiLineString": ("MULTILINESTRING", 2),
    "Polygon": ("POLYGON", 2),
    "MultiPolygon": ("MULTIPOLYGON", 3),
}
