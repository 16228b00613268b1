"""Metadata formats: foreign payloads into the model, the model out again, one file per format."""

from __future__ import annotations

from node.errors import MappingError
from node.mapping import dcat, oai_datacite, oai_dc
from node.mapping.protocols import Crosswalk, MappingContext, Writer
from node.model.mapped import Mapped
from node.syntax import parse_xml

CROSSWALKS: tuple[Crosswalk, ...] = (oai_dc.CROSSWALK, oai_datacite.CROSSWALK, dcat.CROSSWALK)
WRITERS: tuple[Writer, ...] = (oai_dc.WRITER, oai_datacite.WRITER, dcat.WRITER)


def crosswalk_for(prefix: str, payload: bytes = b"") -> Crosswalk:
    """Return the crosswalk for a metadata prefix, else the one that reads the payload's root.

    Prefixes are each repository's own choice (OAI-PMH 2.0, section 3.4); the root's namespace is not.

    Raises:
        MappingError: neither is known.
        SyntaxRefused: the payload is not XML that passes the gate.
    """
    wanted = prefix.lower()
    for crosswalk in CROSSWALKS:
        if wanted in crosswalk.prefixes:
            return crosswalk
    root = str(parse_xml(payload).tag) if payload.lstrip().startswith(b"<") else ""
    namespace = root[1:].partition("}")[0] if root.startswith("{") else ""
    for crosswalk in CROSSWALKS:
        if namespace and namespace in crosswalk.namespaces:
            return crosswalk
    known = ", ".join(crosswalk.prefixes[0] for crosswalk in CROSSWALKS)
    raise MappingError(f"no crosswalk reads the format “{prefix}” with the root “{root}”; there are {known}")


def read(prefix: str, payload: bytes, context: MappingContext) -> Mapped:
    """Map a payload with the crosswalk for its format.

    Raises:
        MappingError: the format is unknown, or the payload is not a document of it.
        SyntaxRefused: the payload did not pass the syntax gate.
    """
    if context.media_type in _RDF_ONLY:
        return dcat.CROSSWALK.read(payload, context)
    return crosswalk_for(prefix, payload).read(payload, context)


_RDF_ONLY = frozenset({"text/turtle", "application/ld+json", "application/n-triples", "application/trig", "text/n3"})
