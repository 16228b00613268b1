"""Records of CSW in their own form: Dublin Core with a bounding box.

Specifications: OGC 07-006r1, section 6.3.3 (https://portal.ogc.org/files/?artifact_id=20555), OGC 12-176r7
(https://docs.ogc.org/is/12-176r7/12-176r7.html); boxes after OWS Common, section 10.2. The elements of Dublin Core are
read as in `oai_dc`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping.elements import Reading, all_text, children, local_name, namespace
from node.mapping.envelope import take_whole
from node.mapping.geometry import bbox, number, point_wkt
from node.mapping.oai_dc_reading import read_resource
from node.mapping.protocols import XML, MappingContext
from node.model.dcat import Distribution, Place, ResourceKind
from node.model.mapped import Mapped
from node.model.rdf import Literal
from node.syntax import parse_xml
from node.terms import identifiers


class CswRecord:
    """The crosswalk of `csw_record`."""

    prefixes: tuple[str, ...] = ("csw_record", "csw", "csw:record")
    namespaces: tuple[str, ...] = ("http://www.opengis.net/cat/csw/*",)
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a csw:Record, also a brief one or a summary; see `Crosswalk.read`."""
        root = parse_xml(payload)
        if local_name(root) not in _ROOTS:
            raise MappingError(f"{root.tag!r} is no csw:Record")
        reading = Reading(root)
        if not namespace(root).startswith("http://www.opengis.net/cat/csw/"):
            reading.note("mapping.namespace", f"the root is {root.tag!r}, not csw:Record", root, str(root.tag))
        elements = children(root)
        ways = _ways(reading, elements)
        resource = read_resource(reading, elements, context)
        is_dataset = resource.kind is ResourceKind.DATASET
        links = tuple(replace(way, license=resource.license) for way in ways)
        resource = replace(
            resource,
            spatial=(*resource.spatial, *_boxes(reading, elements)),
            distributions=(links or resource.distributions) if is_dataset else (),
            endpoint_url=None if is_dataset else next((way.access_url for way in ways), None),
        )
        return Mapped(resource=resource, unmapped=reading.unmapped(), findings=tuple(reading.findings))


CROSSWALK = CswRecord()

_ROOTS = frozenset({"Record", "SummaryRecord", "BriefRecord"})


def _ways(reading: Reading, elements: dict[str, list[Element]]) -> list[Distribution]:
    """The addresses at which the resource can be had, taken out of `elements`; other references stay in.

    A reference with a `scheme`, and GeoNetwork's dc:URI, are online resources of ISO 19115.
    """
    found = []
    others = [element for element in elements.get("references", ()) if not element.get("scheme")]
    given = [element for element in elements.get("references", ()) if element.get("scheme")]
    for element in [*given, *elements.pop("URI", ())]:
        address = identifiers.iri(all_text(element).strip())
        if address is None:
            continue
        reading.take(element)
        for name in ("scheme", "protocol", "name", "description"):
            reading.attribute(element, name)
        title = " ".join((element.get("name") or element.get("description") or "").split())
        found.append(Distribution(access_url=address, title=(Literal(title),) if title else ()))
    elements["references"] = others
    return found


def _boxes(reading: Reading, elements: dict[str, list[Element]]) -> list[Place]:
    found = []
    for element in (*elements.get("BoundingBox", ()), *elements.get("WGS84BoundingBox", ())):
        corners = [all_text(corner).split() for corner in element if local_name(corner).endswith("Corner")]
        numbers = [number(text) for corner in corners for text in corner]
        reading.attribute(element, "crs")
        reading.attribute(element, "dimensions")
        place = _place(element, [value for value in numbers if value is not None]) if len(numbers) == 4 else None
        if place:
            take_whole(reading, element)
            found.append(place)
        else:
            text = " ".join(all_text(element).split())
            reading.note("mapping.geometry-unreadable", f"“{text[:200]}” is no box on the globe", element, text)
    return found


def _place(element: Element, numbers: list[float]) -> Place | None:
    """The box or point of two corners; in EPSG:4326, which most records name, the latitude comes first."""
    crs = element.get("crs", "")
    if len(numbers) != 4 or (crs and not _WGS_84.search(crs)):
        return None
    west, south, east, north = numbers
    if crs and "CRS84" not in crs and local_name(element) == "BoundingBox":
        south, west, north, east = numbers
    if (west, south) == (east, north):
        wkt = point_wkt(west, south)
        return Place(wkt=wkt) if wkt else None
    box = bbox(west, south, east, north)
    return Place(bbox=box) if box else None


_WGS_84 = re.compile(r"EPSG\S*[:/]4326$|CRS84$")
