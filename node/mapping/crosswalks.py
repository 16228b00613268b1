"""The crosswalks there are, and which of them reads a payload."""

from __future__ import annotations

from functools import lru_cache

from node.errors import MappingError
from node.mapping import (
    cerif_openaire,
    ckan,
    cmdi,
    csw_record,
    dcat,
    ddi3,
    ddi25,
    iso19115_3,
    iso19139,
    marcxml,
    mets,
    mods,
    oai_datacite,
    oai_dc,
    ogc_record,
    qdc,
    rocrate,
    schema_org,
)
from node.mapping.offers import settled
from node.mapping.protocols import JSON, XML, Crosswalk, MappingContext, Recognising, Writer
from node.model.mapped import Mapped
from node.syntax import parse_json, parse_xml

CROSSWALKS: tuple[Crosswalk, ...] = (
    oai_dc.CROSSWALK,
    oai_datacite.CROSSWALK,
    iso19139.CROSSWALK,
    iso19115_3.CROSSWALK,
    csw_record.CROSSWALK,
    marcxml.CROSSWALK,
    mods.CROSSWALK,
    mets.CROSSWALK,
    ddi25.CROSSWALK,
    ddi3.CROSSWALK,
    cerif_openaire.CROSSWALK,
    cmdi.CROSSWALK,
    qdc.CROSSWALK,
    ckan.CROSSWALK,
    ogc_record.CROSSWALK,
    rocrate.CROSSWALK,
    schema_org.CROSSWALK,
    dcat.CROSSWALK,
)
"""In the order they are asked: RO-Crate before schema.org, whose terms it uses; last `dcat`, which takes any RDF."""
WRITERS: tuple[Writer, ...] = (oai_dc.WRITER, oai_datacite.WRITER, dcat.WRITER)


def crosswalk_for(prefix: str, payload: bytes = b"", media_type: str = "application/xml") -> Crosswalk:
    """Return the crosswalk for a metadata prefix, else the one that knows the payload by its root or its structure.

    Prefixes are each repository's own choice (OAI-PMH 2.0, section 3.4); the root's namespace is not.

    Raises:
        MappingError: neither is known.
        SyntaxRefused: the payload is XML or JSON that does not pass the gate.
    """
    media_type = media_type.partition(";")[0].strip().lower()
    named = _named(prefix.lower(), media_type)
    if named is not None:
        return named
    fitting = [crosswalk for crosswalk in CROSSWALKS if media_type in crosswalk.media_types]
    root = str(parse_xml(payload).tag) if media_type in XML and payload.lstrip().startswith(b"<") else ""
    namespace = root[1:].partition("}")[0] if root.startswith("{") else ""
    document = parse_json(payload) if media_type in JSON and payload else None
    for crosswalk in fitting:
        if namespace and any(_is_like(namespace, known) for known in crosswalk.namespaces):
            return crosswalk
        if media_type not in XML and (not isinstance(crosswalk, Recognising) or crosswalk.recognises(document)):
            return crosswalk
    known = ", ".join(crosswalk.prefixes[0] for crosswalk in CROSSWALKS)
    seen = f"with the root “{root}”" if root else f"of the media type {media_type}"
    raise MappingError(f"no crosswalk reads the format “{prefix}” {seen}; there are {known}")


@lru_cache(maxsize=256)
def _named(prefix: str, media_type: str) -> Crosswalk | None:
    """Every record of a source asks for the same."""
    fitting = (crosswalk for crosswalk in CROSSWALKS if media_type in crosswalk.media_types)
    return next((crosswalk for crosswalk in fitting if prefix in crosswalk.prefixes), None)


def read(prefix: str, payload: bytes, context: MappingContext) -> Mapped:
    """Map a payload with the crosswalk for its format.

    Raises:
        MappingError: the format is unknown, or the payload is not a document of it.
        SyntaxRefused: the payload did not pass the syntax gate.
    """
    return settled(crosswalk_for(prefix, payload, context.media_type).read(payload, context), context.iri)


def _is_like(namespace: str, known: str) -> bool:
    return namespace.startswith(known[:-1]) if known.endswith("*") else namespace == known
