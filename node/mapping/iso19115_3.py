"""ISO 19115-1:2014 metadata in the encoding of ISO/TS 19115-3:2016, datasets and services, read.

Specification: https://schemas.isotc211.org/19115/-3/, namespaces of the versions 1.0 and 2.0, as GeoDCAT-AP 3 maps what
they say (https://semiceu.github.io/GeoDCAT-AP/).
"""

from __future__ import annotations

from node.mapping.iso.encodings import ISO_19115_3
from node.mapping.iso.reading import read_metadata
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped


class Iso191153:
    """The crosswalk of `iso19115-3`."""

    prefixes: tuple[str, ...] = (
        "iso19115-3",
        "iso19115-3.2018",
        "iso19115_3",
        "oai_iso19115-3",
        "mdb",
        "http://standards.iso.org/iso/19115/-3/mdb/2.0",
        "http://standards.iso.org/iso/19115/-3/mdb/1.0",
    )
    namespaces: tuple[str, ...] = (
        "http://standards.iso.org/iso/19115/-3/mdb/*",
        "http://www.isotc211.org/namespace/mdb/*",
    )
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map an `mdb:MD_Metadata`; see `Crosswalk.read`."""
        return read_metadata(payload, context, ISO_19115_3)


CROSSWALK = Iso191153()
