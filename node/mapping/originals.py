"""The formats in which a record is given on as it was harvested, beside those that the node writes itself.

A format is given on under one prefix and in one namespace (OAI-PMH 2.0, section 3.4): that of the payload's root.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.etree import _Element as Element

from node.mapping import cerif_openaire, cmdi, ddi25, iso19115_3, iso19139, marcxml, mets, mods
from node.mapping.protocols import XML, Crosswalk
from node.syntax import element_bytes, parse_xml

_ROOT = re.compile(r"<[^\s/>?!]+")
LARGEST = 2**20
"""Bytes of a payload that is given on over OAI-PMH, at most; of a larger one there is the raw record."""


@dataclass(frozen=True, slots=True)
class Original:
    """A format that is given on.

    Attributes:
        prefix, namespace, schema: as ListMetadataFormats says them.
        crosswalk: that reads it; it knows by which prefixes sources offer it.
    """

    prefix: str
    namespace: str
    schema: str
    crosswalk: Crosswalk


_LOC = "http://www.loc.gov/standards"
_DDI = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
_CERIF = "https://www.openaire.eu/schema/cris/1.1/openaire-cerif-profile.xsd"
ORIGINALS: tuple[Original, ...] = (
    Original("iso19139", "http://www.isotc211.org/2005/gmd", "http://www.isotc211.org/2005/gmd/gmd.xsd",
             iso19139.CROSSWALK),
    Original("iso19115-3", "http://standards.iso.org/iso/19115/-3/mdb/2.0",
             "https://schemas.isotc211.org/19115/-3/mdb/2.0/mdb.xsd", iso19115_3.CROSSWALK),
    Original("marcxml", "http://www.loc.gov/MARC21/slim", f"{_LOC}/marcxml/schema/MARC21slim.xsd", marcxml.CROSSWALK),
    Original("mods", "http://www.loc.gov/mods/v3", f"{_LOC}/mods/mods.xsd", mods.CROSSWALK),
    Original("mets", "http://www.loc.gov/METS/", f"{_LOC}/mets/mets.xsd", mets.CROSSWALK),
    Original("oai_ddi25", "ddi:codebook:2_5", _DDI, ddi25.CROSSWALK),
    Original("oai_cerif_openaire", "https://www.openaire.eu/cerif-profile/1.1/", _CERIF, cerif_openaire.CROSSWALK),
    Original("cmdi", "http://www.clarin.eu/cmd/1", "https://infra.clarin.eu/CMDI/1.x/xsd/cmd-envelop.xsd",
             cmdi.CROSSWALK),
)  # fmt: skip


def original_of(payload: bytes, media_type: str) -> tuple[tuple[str, str], ...]:
    """Return a payload by the prefix it is given on under, as one XML element; nothing where it is not given on.

    Raises:
        SyntaxRefused: the payload is no XML.
    """
    if media_type not in XML or len(payload) > LARGEST:
        return ()
    likely = [original for original in ORIGINALS if original.namespace.encode() in payload]
    if not likely:
        return ()
    root = parse_xml(payload)
    for original in likely:
        if str(root.tag).startswith(f"{{{original.namespace}}}"):
            return ((original.prefix, _on_its_own(root)),)
    return ()


def _on_its_own(root: Element) -> str:
    """Return an element that stays what it is inside another document, whatever namespace is the default there."""
    text = element_bytes(root).decode("utf-8")
    if None in root.nsmap or all("{" in str(each.tag) for each in root.iter("*")):
        return text
    return _ROOT.sub(r'\g<0> xmlns=""', text, count=1)


def given_on(harvested: frozenset[str]) -> tuple[Original, ...]:
    """Return the formats that records of sources harvested by these prefixes can have."""
    return tuple(each for each in ORIGINALS if not harvested.isdisjoint(each.crosswalk.prefixes))
