"""The interface of a crosswalk: one metadata format, in and, where it makes sense, out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from node.model.dcat import Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri
from node.syntax import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingContext:
    """What a crosswalk may know besides the payload.

    Attributes:
        iri: the IRI the node mints for the resource; used as subject where the payload brings no DOI or own IRI.
        identifier: the identifier at the source.
        media_type: of the payload (an RDF payload comes in several).
    """

    iri: Iri
    identifier: str
    media_type: str = "application/xml"


XML: tuple[str, ...] = ("application/xml", "text/xml")
"""The media types of payloads in XML."""
JSON: tuple[str, ...] = ("application/json", "application/ld+json", "application/geo+json")
"""The media types of payloads in JSON."""


class Crosswalk(Protocol):
    """One metadata format.

    Attributes:
        prefixes: the metadata prefixes it answers to, its own first.
        namespaces: XML namespaces of payload roots it reads; one that ends in `*` stands for all that begin like it.
        media_types: of the payloads it reads.
    """

    prefixes: tuple[str, ...]
    namespaces: tuple[str, ...]
    media_types: tuple[str, ...]

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a payload.

        Raises:
            MappingError: it is not a document of this format at all.
            SyntaxRefused: it did not pass the syntax gate.
        """
        ...


@runtime_checkable
class Recognising(Protocol):
    """A crosswalk of a format in JSON, which has no namespace to tell it by."""

    def recognises(self, document: JsonValue) -> bool:
        """Tell whether a document looks like one of this format; the payload may still turn out not to be."""
        ...


class Writer(Protocol):
    """A format the node can write.

    Attributes:
        prefix, namespace, schema: as ListMetadataFormats says them (OAI-PMH 2.0, section 4.4).
    """

    prefix: str
    namespace: str
    schema: str

    def write(self, resource: Resource, *, base: Iri | None = None) -> str:
        """Return the payload as one XML element with its own xsi:schemaLocation, XML 1.0 clean, no declaration.

        Args:
            base: where a format names nested things, their IRIs begin with it; `None` takes the resource's own IRI.
        """
        ...
