"""Qualified Dublin Core, read: DCMI terms below one root, under the many roots that carry them.

Specifications: DCMI Metadata Terms (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/), the containers
of DSpace, OCLC, the British Library, NSDL, Dataverse and OLAC, and DSpace's own `xoai`. There is no one schema: what
makes a document one of this format is that the root's children are terms.
"""

from __future__ import annotations

from dataclasses import replace

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping.dcterms import xoai
from node.mapping.dcterms.reading import OLAC, is_term, read_terms
from node.mapping.draft import Draft
from node.mapping.elements import Reading, namespace
from node.mapping.protocols import XML, MappingContext
from node.model.mapped import Mapped
from node.namespaces import DC, PREFIXES
from node.syntax import parse_xml


class QualifiedDublinCore:
    """The crosswalk of `oai_qdc`."""

    prefixes: tuple[str, ...] = (
        "oai_qdc", "qdc", "dcterms", "oai_dcterms", "oai_dcq", "dcq", "nsdl_dc", "olac", "xoai", "qualifieddc",
    )  # fmt: skip
    namespaces: tuple[str, ...] = (
        PREFIXES["dct"],
        "http://dspace.org/qualifieddc/",
        "http://epubs.cclrc.ac.uk/xmlns/qdc/",
        "http://worldcat.org/xmlschemas/qdc-1.0/",
        "http://www.bl.uk/namespaces/oai_dcq/",
        "http://www.openarchives.org/OAI/2.0/oai_dcterms/",
        "http://www.openarchives.org/OAI/2.0/oai_qdc/",
        "http://ns.nsdl.org/nsdl_dc*",
        "http://dublincore.org/documents/dcmi-terms/",
        OLAC,
        xoai.XOAI,
    )
    media_types: tuple[str, ...] = XML

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a container of DCMI terms, or an item of DSpace; see `Crosswalk.read`.

        Raises:
            MappingError: no element holds DCMI terms.
        """
        document = parse_xml(payload)
        if namespace(document) == xoai.XOAI:
            return _read_item(document, context)
        root = next((one for one in document.iter("*") if any(is_term(child) for child in one)), None)
        if root is None:
            raise MappingError(f"{document.tag!r} holds no Dublin Core terms")
        reading = Reading(document, root)
        first = next(child for child in root if is_term(child))
        if namespace(first) not in (PREFIXES["dct"], DC):
            message = f"the terms are in {namespace(first) or 'no namespace'}, not in {PREFIXES['dct']}"
            reading.note("mapping.namespace", message, first, namespace(first) or None)
        reading.attribute(root, "schemaVersion")
        draft = Draft(reading, context)
        read_terms(draft, root)
        return draft.mapped()


CROSSWALK = QualifiedDublinCore()


def _read_item(document: Element, context: MappingContext) -> Mapped:
    reading = Reading(document)
    fields = xoai.rename(reading, document)
    if not fields:
        raise MappingError("the item has no metadata in a schema of Dublin Core")
    draft = Draft(reading, context)
    read_terms(draft, fields)
    derived = xoai.read_files(draft, document)
    mapped = draft.mapped()
    return replace(mapped, unmapped=(*mapped.unmapped, *derived))
