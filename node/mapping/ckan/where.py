"""Where and when, as CKAN packages say it: ckanext-spatial's `spatial`, ckanext-dcat's fields and objects.

https://docs.ckan.org/projects/ckanext-dcat/en/latest/mapping/#spatial-coverage
"""

from __future__ import annotations

from node.mapping import geojson
from node.mapping.ckan.fields import Fields
from node.mapping.coverage import coverage, period_of
from node.mapping.json_reading import JsonReading, Part, member, peek
from node.model.dcat import Period, Place
from node.model.rdf import Iri
from node.terms import dates, identifiers


def places(reading: JsonReading, fields: Fields) -> tuple[Place, ...]:
    """Return the places: the shape first, with the place's name."""
    names = fields.text("spatial_text") or None
    shapes = [shape for part in fields.parts("spatial", "spatial_bbox") if (shape := _shape(reading, part))]
    found = [Place(name=names or shape.name, iri=shape.iri, bbox=shape.bbox, wkt=shape.wkt) for shape in shapes[:1]]
    found += shapes[1:] or ([] if shapes or not names else [_by_name(names)])
    found += [Place(iri=iri) for iri in fields.links("spatial_uri")]
    for part in fields.parts("spatial_coverage"):
        found += _place(reading, part)
    return tuple(dict.fromkeys(found))


def periods(reading: JsonReading, fields: Fields) -> tuple[Period, ...]:
    """Return the periods."""
    found = [Period(start=fields.date("temporal_start"), end=fields.date("temporal_end"))]
    for part in fields.parts("temporal_coverage", "temporal"):
        if part.members:
            found.append(_period(reading, part))
            continue
        text = reading.line(part)
        period = period_of(text) if text else None
        if text and period is None:
            reading.note("mapping.date-unreadable", f"“{text}” is no period", part, text)
        found += [period] if period else []
    return tuple(dict.fromkeys(period for period in found if period != Period()))


def _period(reading: JsonReading, part: Part) -> Period:
    ends = []
    for one in (member(part, "start"), member(part, "end")):
        text = reading.line(one)
        known = dates.date(text) if text else None
        if text and known is None:
            reading.note("mapping.date-unreadable", f"“{text}” is no date", one, text)
        ends.append(known)
    return Period(start=ends[0], end=ends[1])


def _place(reading: JsonReading, part: Part) -> list[Place]:
    if not part.members:
        text = reading.line(part)
        return [_by_name(text)] if text else []
    name = reading.line(member(part, "text")) or None
    iri = _link(reading, member(part, "uri"))
    wanted = [member(part, name) for name in ("bbox", "geom", "centroid") if name in part.members]
    shape = next((shape for one in wanted if (shape := _shape(reading, reading.embedded(one)))), None)
    found = [Place(name=name, bbox=shape.bbox, wkt=shape.wkt)] if shape else [Place(name=name)] if name else []
    return [*found, Place(iri=iri)] if iri else found


def _shape(reading: JsonReading, part: Part) -> Place | None:
    """A geometry in GeoJSON, or any text a coverage may be."""
    if not part.members:
        text = reading.line(part)
        return _by_name(text) if text else None
    reading.take(part)
    found = geojson.place(part.value)
    if found is None:
        text = f"a geometry of type {peek(member(part, 'type')) or 'unknown'}"
        reading.note("mapping.geometry-unreadable", f"{text} does not lie on the globe", part)
    return found


def _by_name(text: str) -> Place:
    found = coverage(text)
    return found if isinstance(found, Place) else Place(name=text)


def _link(reading: JsonReading, part: Part) -> Iri | None:
    found = identifiers.iri(peek(part))
    if found:
        reading.take(part)
    return found
