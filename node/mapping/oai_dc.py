"""Unqualified Dublin Core as OAI-PMH carries it, read and written.

Specifications: OAI-PMH 2.0, section 2.5
(https://www.openarchives.org/OAI/openarchivesprotocol.html#Record), DCMES 1.1
(https://www.dublincore.org/specifications/dublin-core/dces/), which says of every element that it may repeat.
Qualified elements (dcterms) that sources slip in are read like the element they refine.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping.elements import Reading, children, namespace
from node.mapping.oai_dc_reading import read_resource
from node.mapping.oai_dc_writing import write
from node.mapping.protocols import XML, MappingContext
from node.model.dcat import Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri
from node.namespaces import DC, OAI_DC
from node.syntax import parse_xml


class OaiDc:
    """The crosswalk and the writer of `oai_dc`."""

    prefixes: tuple[str, ...] = ("oai_dc", "dc")
    namespaces: tuple[str, ...] = (OAI_DC,)
    media_types: tuple[str, ...] = XML
    prefix: str = "oai_dc"
    namespace: str = OAI_DC
    schema: str = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map an `oai_dc:dc` element; see `Crosswalk.read`."""
        root = parse_xml(payload)
        reading = Reading(root)
        elements = children(root)
        if not (elements.keys() & _ELEMENTS) and namespace(root) != OAI_DC:
            raise MappingError(f"{root.tag!r} is no Dublin Core document")
        if namespace(root) != OAI_DC:
            reading.note("mapping.namespace", f"the root is {root.tag!r}, not {{{OAI_DC}}}dc", root, str(root.tag))
        _note_namespaces(reading, elements)
        resource = read_resource(reading, elements, context)
        return Mapped(resource=resource, unmapped=reading.unmapped(), findings=tuple(reading.findings))

    def write(self, resource: Resource, *, base: Iri | None = None) -> str:
        """Return the resource as an `oai_dc:dc` element; see `Writer.write`."""
        return write(resource)


CROSSWALK = OaiDc()
WRITER = CROSSWALK

_ELEMENTS = frozenset(
    [
        "title",
        "creator",
        "subject",
        "description",
        "publisher",
        "contributor",
        "date",
        "type",
        "format",
        "identifier",
        "source",
        "language",
        "relation",
        "coverage",
        "rights",
    ]
)


def _note_namespaces(reading: Reading, elements: dict[str, list[Element]]) -> None:
    for name in sorted(elements.keys() & _ELEMENTS):
        first = elements[name][0]
        if namespace(first) != DC and not namespace(first).startswith("http://purl.org/dc/"):
            reading.note("mapping.namespace", f"{name} is not in the namespace {DC}", first, namespace(first) or None)
            return
