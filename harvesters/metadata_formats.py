"""The formats metadata comes in on the web, known by media type and profile, best first.

Profiles: RFC 6906 (https://www.rfc-editor.org/rfc/rfc6906); the media types are those that repositories use in
FAIR Signposting (https://signposting.org/FAIR/) and content negotiation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from node.errors import SyntaxRefused
from node.namespaces import XML
from node.syntax import JsonValue, element_bytes, parse_json, parse_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataFormat:
    """A format as a link or an answer names it.

    Attributes:
        prefix: the metadata prefix of the crosswalk that reads it; `xml` lets the root element tell.
        media_type: of the payload, as crosswalks know it.
        rank: the lower, the more it tells; see `EMBEDDED`.
        marks: one of them is in every payload of the format.
    """

    prefix: str
    media_type: str
    rank: int
    marks: tuple[bytes, ...] = ()


EMBEDDED = 4
"""Where schema.org JSON-LD inside a page stands among them: after what is meant for machines alone."""

_XML, _JSON_LD, _RDF_XML = "application/xml", "application/ld+json", "application/rdf+xml"
_DATACITE = MetadataFormat(prefix="oai_datacite", media_type=_XML, rank=0, marks=(b"datacite.org/schema",))
_DCAT = (b"/ns/dcat#", b"dcat-ap")
_SCHEMA_ORG = MetadataFormat(prefix="schema_org", media_type=_JSON_LD, rank=2, marks=(b"schema.org",))
_RO_CRATE = MetadataFormat(prefix="rocrate", media_type=_JSON_LD, rank=2, marks=(b"ro/crate", b"ro-crate"))
_BY_TYPE = {
    "application/vnd.datacite.datacite+xml": _DATACITE,
    "application/x-datacite+xml": _DATACITE,
    "application/dcat+xml": MetadataFormat(prefix="dcat", media_type=_RDF_XML, rank=1, marks=_DCAT),
    "text/turtle": MetadataFormat(prefix="dcat", media_type="text/turtle", rank=1, marks=_DCAT),
    "application/x-turtle": MetadataFormat(prefix="dcat", media_type="text/turtle", rank=1, marks=_DCAT),
    _RDF_XML: MetadataFormat(prefix="dcat", media_type=_RDF_XML, rank=1, marks=_DCAT),
    "application/n-triples": MetadataFormat(prefix="dcat", media_type="application/n-triples", rank=1, marks=_DCAT),
    "application/vnd.schemaorg.ld+json": _SCHEMA_ORG,
    "application/x-dc+xml": MetadataFormat(prefix="oai_dc", media_type=_XML, rank=6),
    "application/mods+xml": MetadataFormat(prefix="mods", media_type=_XML, rank=5),
    "application/marcxml+xml": MetadataFormat(prefix="marcxml", media_type=_XML, rank=5),
}
_DCAT_JSON_LD = MetadataFormat(prefix="dcat", media_type=_JSON_LD, rank=1, marks=_DCAT)
_ANY_JSON_LD = MetadataFormat(prefix="", media_type=_JSON_LD, rank=3)
_ANY_XML = MetadataFormat(prefix="xml", media_type=_XML, rank=5)


def format_of(media_type: str, profiles: Sequence[str] = ()) -> MetadataFormat | None:
    """Return the format that a media type and profiles name; `None` where it is none that can be read.

    Args:
        media_type: in lower case, without parameters.
        profiles: IRIs of profiles, an XML namespace or schema among them.
    """
    said = " ".join(profiles).lower()
    if media_type in (_XML, "text/xml"):
        return _DATACITE if "datacite.org/" in said else _ANY_XML
    if media_type in (_JSON_LD, "application/json") and _CRATES in said:
        return _RO_CRATE
    if media_type == _JSON_LD:
        if "schema.org" in said:
            return _SCHEMA_ORG
        return _DCAT_JSON_LD if "dcat" in said else _ANY_JSON_LD
    known = _BY_TYPE.get(media_type)
    # RDF that says it uses another vocabulary than DCAT is nothing that a crosswalk reads.
    return None if known and known.prefix == "dcat" and "schema.org" in said else known


def recognised(named: MetadataFormat, body: bytes, content_type: str) -> MetadataFormat | None:
    """Return the format that a payload is in, given what it was said to be; `None` where it is something else.

    A login page under status 200 is no metadata, whatever the link to it says.
    """
    start = body[:1024].lstrip().lower()
    if content_type in ("text/html", "application/xhtml+xml") or start.startswith((b"<!doctype html", b"<html")):
        return None
    if named.media_type == _XML and not start.startswith((b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return None
    if named.media_type == _JSON_LD and _is_crate(body):
        # Whatever else it was said to be: it is written in schema.org's terms, and may name DCAT's.
        return _RO_CRATE
    if named is _RO_CRATE:
        return None
    if named is _ANY_JSON_LD:
        return next((each for each in (_DCAT_JSON_LD, _SCHEMA_ORG) if any(mark in body for mark in each.marks)), None)
    if named is _ANY_XML and _is_datacite(body):
        return _DATACITE
    return named if not named.marks or any(mark in body for mark in named.marks) else None


def self_contained(body: bytes, media_type: str, url: str) -> bytes:
    """Return an RDF document that says itself what its relative IRIs are resolved against: where it came from.

    A document that cannot be read is returned as it is; its reader will say why.
    """
    try:
        if media_type == "text/turtle":
            # On the first line, so that every other keeps its number.
            return f"@base <{_iri(url)}> . ".encode() + body.removeprefix(b"\xef\xbb\xbf")
        if media_type == _RDF_XML:
            root = parse_xml(body)
            if root.get(_BASE) is None:
                root.set(_BASE, url)
                return element_bytes(root)
        if media_type == _JSON_LD:
            return json.dumps(_with_base(parse_json(body), _iri(url)), ensure_ascii=False).encode()
    except (SyntaxRefused, ValueError):
        return body
    return body


_BASE = f"{{{XML}}}base"
# Profiles and contexts of RO-Crate of any version (https://w3id.org/ro/crate).
_CRATES = "w3id.org/ro/crate"
_DESCRIPTORS = ("ro-crate-metadata.json", "ro-crate-metadata.jsonld")


def _is_datacite(body: bytes) -> bool:
    return b"datacite.org/schema/kernel" in body[:8192]


def _is_crate(body: bytes) -> bool:
    """Tell whether JSON-LD is an RO-Crate: by its context, or by a descriptor that says what the crate is about.

    Not by the words alone: the record of a dataset may well link to a crate.
    """
    if not any(mark in body for mark in _RO_CRATE.marks):
        return False
    try:
        document = parse_json(body)
    except SyntaxRefused:
        return False
    if not isinstance(document, dict):
        return False
    context, graph = document.get("@context"), document.get("@graph")
    if any(isinstance(one, str) and _CRATES in one for one in (context if isinstance(context, list) else [context])):
        return True
    return any(
        isinstance(node, dict) and "about" in node and str(node.get("@id", "")).endswith(_DESCRIPTORS)
        for node in (graph if isinstance(graph, list) else ())
    )


def _iri(url: str) -> str:
    """Escape what may stand in a URL that servers understand, and not in an IRI (RFC 3987, section 2.2)."""
    return "".join(char if char > " " and char not in '<>"{}|\\^`' else f"%{ord(char):02X}" for char in url)


def _with_base(document: JsonValue, url: str) -> JsonValue:
    if isinstance(document, list):
        return [_with_base(item, url) for item in document]
    if not isinstance(document, dict):
        return document
    context = document.get("@context")
    own = context if isinstance(context, list) else [] if context is None else [context]
    return {**document, "@context": [{"@base": url}, *own]}
