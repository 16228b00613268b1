"""One record in a file: what `fairnode map` and `fairnode validate` read, with no node around it."""

from __future__ import annotations

from node.errors import MappingError
from node.mapping import read
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.protocols import MappingContext
from node.model.mapped import Mapped
from node.model.rdf import Iri, Triple
from node.namespaces import OAI
from node.syntax import element_bytes, parse_rdf, parse_xml

MEDIA_TYPES = {
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".jsonld": "application/ld+json",
    ".json": "application/ld+json",
    ".rdf": "application/rdf+xml",
}
_BASE = Iri("urn:fairnode:file")


def mapped_file(data: bytes, suffix: str, prefix: str) -> Mapped:
    """Map a payload, or the payload of an OAI-PMH record or GetRecord answer around it.

    Raises:
        MappingError: it is not a document of that format.
        SyntaxRefused: it did not pass the syntax gate.
    """
    media_type = MEDIA_TYPES.get(suffix.lower(), "application/xml")
    payload = _payload(data) if media_type == "application/xml" else data
    return read(prefix, payload, MappingContext(iri=_BASE, identifier=str(_BASE), media_type=media_type))


def triples_of_file(data: bytes, suffix: str, prefix: str | None) -> tuple[Triple, ...]:
    """Return the RDF of a file: parsed as it is where `prefix` is `None`, else mapped.

    Raises:
        MappingError: the file is neither RDF by its name nor of a named format.
        SyntaxRefused: it did not pass the syntax gate.
    """
    if prefix is None:
        media_type = MEDIA_TYPES.get(suffix.lower())
        if media_type is None:
            raise MappingError(
                f"a {suffix or 'nameless'} file is not RDF by its name",
                advice=f"Name the format with --from, or use one of {', '.join(MEDIA_TYPES)}.",
            )
        return parse_rdf(data, media_type, base_iri=_BASE)
    mapped = mapped_file(data, suffix, prefix)
    shared = [triple for _, bundle in shared_nodes(mapped.resource) for triple in bundle]
    return (*to_triples(mapped.resource, base=_BASE), *mapped.extra, *shared)


def _payload(data: bytes) -> bytes:
    root = parse_xml(data)
    metadata = root if root.tag == f"{{{OAI}}}metadata" else root.find(f".//{{{OAI}}}metadata")
    if metadata is None:
        return data
    return element_bytes(metadata[0]) if len(metadata) else data
