"""Where and when, as schema.org says it.

https://schema.org/GeoShape and
https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md#spatial-coverage: latitude first, a box is
south-west then north-east, and GeoSPARQL beside them; https://schema.org/temporalCoverage: dates and intervals of
ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from node.mapping.coverage import coverage, period_of
from node.mapping.geometry import bbox, bbox_of_wkt, number, point_wkt, polygon_wkt
from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.model.dcat import Period, Place
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import codes, identifiers


def places(graph: Graph, node: Part, *names: str) -> tuple[Place, ...]:
    """Return the places that properties name."""
    found = (place for value in graph.values(node, *names) for place in _places(graph, value))
    return tuple(dict.fromkeys(found))


def periods(graph: Graph, node: Part, *names: str) -> tuple[Period, ...]:
    """Return the periods that properties name; a text that is none is noted."""
    found: dict[Period, None] = {}
    for value in graph.values(node, *names):
        if graph.is_node(value):
            continue
        text = graph.text(value)
        period = period_of(text) if text else None
        if period:
            found[period] = None
        elif text:
            graph.reading.note("mapping.date-unreadable", f"“{text}” is no period", value, text)
    return tuple(found)


def _places(graph: Graph, value: Part) -> Iterator[Place]:
    """A place's name goes with its first shape; further shapes are further places."""
    if not graph.is_node(value):
        text = graph.text(value)
        found = coverage(text) if text else None
        if isinstance(found, Place):
            yield found
        elif text:
            graph.reading.note("mapping.geometry-unreadable", f"“{text}” is no usable place", value, text)
        return
    shapes = [shape for one in (value, *graph.values(value, "geo")) for shape in _shapes(graph, one)]
    name = graph.first(value, "name", "alternateName") or _address(graph, value)
    authority = _authority(graph, value)
    if name or shapes or authority:
        graph.take(value)
    first = shapes[0] if shapes else Place()
    known = codes.country_iri(name) if name and len(name) <= 60 else None
    # A place with an authority's address and no shape is told by the address alone: its name is another place then.
    known = known or (authority if shapes else None)
    if name or shapes:
        yield Place(name=name or None, iri=known, bbox=first.bbox, wkt=first.wkt)
    yield from shapes[1:]
    if authority and authority != known:
        yield Place(iri=authority)


def _shapes(graph: Graph, node: Part) -> Iterator[Place]:
    if not graph.is_node(node):
        return
    boxes = [_drawn(graph, one, _box(peek(one)), "box") for one in graph.values(node, "box")]
    polygons = [_drawn(graph, one, _polygon(peek(one)), "polygon") for one in graph.values(node, "polygon")]
    found = [place for place in boxes if place]
    # The same shape is often drawn twice, as a box and as a polygon.
    found += [place for place in polygons if place and place not in found]
    sides = [graph.values(node, name)[:1] for name in ("longitude", "latitude")]
    if all(sides):
        values = [number(peek(one)) for (one,) in sides]
        x, y = values
        wkt = point_wkt(x, y) if x is not None and y is not None else None
        text = ", ".join(peek(one) for (one,) in reversed(sides))
        place = _drawn(graph, sides[0][0], Place(wkt=wkt) if wkt else None, "point", text)
        graph.reading.take(*(one for (one,) in sides))
        found += [place] if place else []
    found += _geometries(graph, node)
    if found:
        graph.take(node)
    yield from found


def _geometries(graph: Graph, node: Part) -> Iterator[Place]:
    """Shapes of GeoSPARQL (https://docs.ogc.org/is/22-047r1/22-047r1.html, 8.5), in its default reference system."""
    for geometry in graph.values(node, expand("geo:hasGeometry")):
        for value in graph.values(geometry, expand("geo:asWKT")):
            text = graph.text(value)
            shape = coverage(_CRS_84.sub("", text)) if text else None
            if isinstance(shape, Place) and (shape.wkt or shape.bbox):
                graph.take(geometry)
                yield shape
            elif text:
                graph.reading.note(
                    "mapping.geometry-unreadable", f"“{text[:200]}” is no shape on the globe", value, text
                )


def _drawn(graph: Graph, part: Part, place: Place | None, shape: str, text: str = "") -> Place | None:
    text = text or peek(part)
    if text:
        graph.reading.take(part)
    if text and place is None:
        graph.reading.note("mapping.geometry-unreadable", f"“{text[:200]}” is no {shape} on the globe", part, text)
    return place


def _box(text: str) -> Place | None:
    values = _numbers(text)
    if len(values) != 4:
        return None
    south, west, north, east = values
    if (south, west) == (north, east):
        wkt = point_wkt(west, south)
        return Place(wkt=wkt) if wkt else None
    found = bbox(west, south, east, north)
    return Place(bbox=found) if found else None


def _polygon(text: str) -> Place | None:
    values = _numbers(text)
    if len(values) % 2:
        return None
    wkt = polygon_wkt([(values[at + 1], values[at]) for at in range(0, len(values), 2)])
    box = bbox_of_wkt(wkt) if wkt else None
    return Place(bbox=box) if box else Place(wkt=wkt) if wkt else None


def _numbers(text: str) -> list[float]:
    values = [number(word) for word in re.split(r"[,\s]+", text) if word]
    found = [value for value in values if value is not None]
    return found if len(found) == len(values) else []


def _address(graph: Graph, node: Part) -> str:
    """The parts of a postal address that name a place."""
    for value in graph.values(node, "address"):
        if not graph.is_node(value):
            return graph.text(value)
        parts = (graph.first(value, name) for name in ("addressLocality", "addressRegion", "addressCountry"))
        text = ", ".join(filter(None, parts))
        if text:
            graph.take(value)
            return text
    return ""


def _authority(graph: Graph, node: Part) -> Iri | None:
    """The place's IRI in a gazetteer."""
    for value in graph.values(node, "@id", "sameAs", "identifier", "url"):
        found = identifiers.wikidata(peek(value)) or identifiers.iri(peek(value))
        if found and found.startswith(_GAZETTEERS):
            graph.reading.take(value)
            return found
    return None


_CRS_84 = re.compile(r"^<http://www\.opengis\.net/def/crs/OGC/1\.3/CRS84>\s*")
_GAZETTEERS = (
    "http://sws.geonames.org/", "https://sws.geonames.org/", "http://www.geonames.org/", "https://www.geonames.org/",
    "http://www.wikidata.org/entity/", "http://publications.europa.eu/resource/authority/",
    "http://vocab.getty.edu/tgn/", "http://marineregions.org/mrgid/",
)  # fmt: skip
