"""What a crosswalk makes of a payload: the resource, and an honest account of what it did not use."""

from __future__ import annotations

from dataclasses import dataclass

from node.model.dcat import Resource
from node.model.rdf import Triple
from node.model.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A part of the payload that no rule of the crosswalk consumed.

    Attributes:
        path: the element path or RDF property, such as `resource/geoLocations/geoLocation/geoLocationPolygon`.
        value: its text, at most 200 characters.
        source_line: the line in the payload, counted from 1; `None` where the format has no lines.
    """

    path: str
    value: str
    source_line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The result of reading one payload.

    Attributes:
        resource: what was understood.
        extra: triples of an RDF payload that the resource has no place for; they are kept in the record's graph.
        unmapped: what was not consumed.
        findings: what was consumed with reservations (an unreadable date, an unknown licence name).
    """

    resource: Resource
    extra: tuple[Triple, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    findings: tuple[Finding, ...] = ()
