"""Records of OGC API - Records as GeoJSON features.

Specification: OGC API - Records, part 1, https://docs.ogc.org/is/20-004r1/20-004r1.html, section "Record"; geometries
after RFC 7946.
"""

from __future__ import annotations

from node.errors import MappingError
from node.mapping.json_reading import JsonReading
from node.mapping.ogc_record_reading import read_resource
from node.mapping.protocols import MappingContext
from node.model.mapped import Mapped
from node.syntax import JsonValue, parse_json


class OgcRecord:
    """The crosswalk of `ogc_record`."""

    prefixes: tuple[str, ...] = ("ogc_record", "ogcapi-records", "ogcapi_records", "record-geojson")
    namespaces: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json", "application/ld+json", "application/geo+json")

    def recognises(self, document: JsonValue) -> bool:
        """Tell whether a document is a GeoJSON feature with a title; items of STAC are another format."""
        if not isinstance(document, dict) or document.get("type") != "Feature" or "stac_version" in document:
            return False
        properties = document.get("properties")
        return isinstance(properties, dict) and "title" in properties

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a record; see `Crosswalk.read`."""
        document = parse_json(payload)
        if not isinstance(document, dict) or not isinstance(document.get("properties"), dict):
            raise MappingError("the document is no GeoJSON feature with properties")
        reading = JsonReading(document)
        if document.get("type") != "Feature":
            reading.note("mapping.document", "the document does not say that it is a GeoJSON Feature")
        resource, extra = read_resource(reading, context)
        return Mapped(resource=resource, extra=extra, unmapped=reading.unmapped(), findings=tuple(reading.findings))


CROSSWALK = OgcRecord()
