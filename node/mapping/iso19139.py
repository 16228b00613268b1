"""ISO 19115:2003 metadata in the encoding of ISO/TS 19139:2007, datasets and services, read.

Specifications: https://schemas.isotc211.org/19139/-/gmd/1.0/, imagery metadata of ISO 19115-2 (gmi), services of
ISO 19119 (srv), as GeoDCAT-AP 3 maps them (https://semiceu.github.io/GeoDCAT-AP/).
"""

from __future__ import annotations

from node.mapping.iso.encodings import ISO_19139
from node.mapping.iso.reading import read_metadata
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped


class Iso19139:
    """The crosswalk of `iso19139`."""

    prefixes: tuple[str, ...] = (
        "iso19139",
        "oai_iso19139",
        "iso19139.gmd",
        "iso19115",
        "iso19115-2",
        "gmd",
        "gmi",
        "inspire",
        "http://www.isotc211.org/2005/gmd",
        "http://www.isotc211.org/2005/gmi",
    )
    # The Swiss profile has a root of its own.
    namespaces: tuple[str, ...] = ("http://www.isotc211.org/2005/*", "http://www.geocat.ch/2008/che")
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a `gmd:MD_Metadata` or `gmi:MI_Metadata`; see `Crosswalk.read`."""
        return read_metadata(payload, context, ISO_19139)


CROSSWALK = Iso19139()
