"""DataCite metadata, bare or in the wrapper DataCite made for OAI-PMH, read and written.

Specifications: DataCite Metadata Schema 4.6 (https://datacite-metadata-schema.readthedocs.io/en/4.6/) and its
predecessors to kernel 2; DataCite OAI schema 1.1 (https://schema.datacite.org/oai/oai-1.1/).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.errors import MappingError
from node.mapping.datacite.reading import read_resource
from node.mapping.datacite.writing import write
from node.mapping.elements import Reading, local_name, namespace
from node.mapping.protocols import XML, MappingContext
from node.model.dcat import Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri
from node.namespaces import DATACITE_3, DATACITE_4, OAI_DATACITE
from node.syntax import parse_xml

_KERNEL = "http://datacite.org/schema/kernel-"


class OaiDataCite:
    """The crosswalk and the writer of `oai_datacite`."""

    prefixes: tuple[str, ...] = (
        "oai_datacite",
        "datacite",
        "oai_datacite3",
        "oai_datacite4",
        "datacite3",
        "datacite4",
        "oai_openaire_datacite",
    )
    namespaces: tuple[str, ...] = (
        OAI_DATACITE,
        "http://schema.datacite.org/oai/oai-1.0/",
        DATACITE_4,
        DATACITE_3,
        f"{_KERNEL}2.2",
        f"{_KERNEL}2.1",
        f"{_KERNEL}2.0",
    )
    media_types: tuple[str, ...] = XML
    prefix: str = "oai_datacite"
    namespace: str = OAI_DATACITE
    schema: str = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a DataCite `resource`, wrapped or bare; see `Crosswalk.read`."""
        document = parse_xml(payload)
        root = _resource_element(document)
        if root is None:
            raise MappingError(f"{document.tag!r} holds no DataCite resource")
        reading = Reading(document, root)
        if root is not document:
            wrapper = (element for element in document.iterchildren("*") if local_name(element) in _WRAPPER)
            reading.take(*wrapper)
        if not namespace(root).startswith(_KERNEL):
            message = f"the resource is in {namespace(root) or 'no namespace'}, not in {DATACITE_4}"
            reading.note("mapping.namespace", message, root, namespace(root) or None)
        resource, extra = read_resource(reading, context)
        return Mapped(resource=resource, extra=extra, unmapped=reading.unmapped(), findings=tuple(reading.findings))

    def write(self, resource: Resource, *, base: Iri | None = None) -> str:
        """Return the resource as an `oai_datacite` element; see `Writer.write`."""
        return write(resource)


CROSSWALK = OaiDataCite()
WRITER = CROSSWALK

_WRAPPER = ("schemaVersion", "datacentreSymbol", "isReferenceQuality")


def _resource_element(document: Element) -> Element | None:
    if local_name(document) == "resource":
        return document
    return next((element for element in document.iter("*") if local_name(element) == "resource"), None)
