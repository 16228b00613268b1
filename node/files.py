"""Records in files: what `fairnode map` and `fairnode validate` read, with no node around it.

A file is RDF, a document of a metadata format that a crosswalk reads, or an OAI-PMH answer (OAI-PMH 2.0, section 3)
with many such documents in it. What it is, its name and then its content tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from node.errors import FairnodeError, MappingError, SyntaxRefused
from node.mapping.crosswalks import crosswalk_for, read
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.pointers import RawRecord
from node.mapping.pointers.parts import of_xml
from node.mapping.protocols import MappingContext
from node.model.dcat import CLASSES, Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri, Node, Triple
from node.namespaces import NAMELESS, OAI, PREFIXES, RDF_TYPE
from node.syntax import element_bytes, parse_json, parse_rdf, parse_xml
from node.terms import identifiers

MEDIA_TYPES = {
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".jsonld": "application/ld+json",
    ".json": "application/ld+json",
    ".geojson": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".xml": "application/xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """One record in a file, not yet read.

    Attributes:
        identifier: of an OAI-PMH record; empty where it has none, and for a file that is one record as a whole.
        payload: the document.
        media_type: of the payload.
        prefix: of the crosswalk to map it with; `None` for RDF that is taken as it is.
        element: the payload within the file, whose lines are meant; `None` where the file is the payload.
        file: the bytes of the file that `element` is in.
    """

    identifier: str = ""
    payload: bytes
    media_type: str
    prefix: str | None = None
    element: Element | None = None
    file: bytes = b""

    @property
    def called(self) -> str:
        """What tells an OAI-PMH record from the others in its file; empty for a file that is one record as a whole."""
        return self.identifier or (f"line {self.element.sourceline}" if self.element is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One record in a file.

    Attributes:
        triples: all it says.
        focus: the resource that was mapped; `None` for RDF, where every resource counts.
        kinds: (IRI, value of a `ResourceKind`) of its resources, sorted.
        part: of the file, which the record is in.
        blank: names given to what are blank nodes in the file.
    """

    triples: tuple[Triple, ...]
    focus: Iri | None
    kinds: tuple[tuple[str, str], ...]
    part: FilePart
    blank: frozenset[Iri] = frozenset()

    @property
    def raw(self) -> RawRecord | None:
        """What is to be asked where something is in the file; `None` where its syntax has no places.

        The document is read once more for it, which takes longer than reading what it says.
        """
        part = self.part
        lines = of_xml(part.element, part.file) if part.element is not None else None
        return RawRecord.read(part.payload, part.prefix or "", part.media_type, lines)


def mapped_file(data: bytes, suffix: str, prefix: str) -> Mapped:
    """Map a payload, or the payload of an OAI-PMH record or GetRecord answer around it.

    Raises:
        MappingError: it is not a document of that format.
        SyntaxRefused: it did not pass the syntax gate.
    """
    media_type = MEDIA_TYPES.get(suffix.lower(), "application/xml")
    payload = _payload(data) if media_type == "application/xml" else data
    return _mapped(payload, prefix, media_type)


def parts_of_file(data: bytes, suffix: str, prefix: str | None = None) -> tuple[FilePart, ...]:
    """Return the records in a file; of an OAI-PMH answer all that are not deleted, in its order.

    Args:
        suffix: of the file's name, such as `.ttl`; empty where there is none.
        prefix: of the crosswalk; `None` finds out.

    Raises:
        MappingError: it holds no record, or nothing that is known.
        SyntaxRefused: it did not pass the syntax gate.
    """
    media_type = MEDIA_TYPES.get(suffix.lower()) or _sniffed(data)
    if media_type not in _XML:
        known = prefix or _crosswalk(data, media_type)
        return (FilePart(payload=data, media_type=media_type, prefix=known),)
    root = parse_xml(data)
    if root.tag == _RDF_ROOT and prefix is None:
        return (FilePart(payload=data, media_type="application/rdf+xml"),)
    found = tuple(_payloads(root, prefix, data))
    if found:
        return found
    if str(root.tag).startswith(f"{{{OAI}}}"):
        error = root.find(f"{{{OAI}}}error")
        said = f" but the error {error.get('code')}: {(error.text or '').strip()}" if error is not None else ""
        raise MappingError(
            f"line {root.sourceline}: this OAI-PMH answer holds no record{said}",
            advice="Save an answer to GetRecord or ListRecords.",
        )
    return (FilePart(payload=data, media_type="application/xml", prefix=prefix or _crosswalk(data, "application/xml")),)


def record_of(part: FilePart) -> FileRecord:
    """Return what a part says, in the words of DCAT-AP.

    Raises:
        MappingError: it is not a document of its format.
        SyntaxRefused: it did not pass the syntax gate; the message names the position.
    """
    if part.prefix is None:
        minted: set[Iri] = set()
        triples = parse_rdf(part.payload, part.media_type, base_iri=NAMELESS, minted=minted)
        kinds = {subject: CLASSES[value].value for subject, predicate, value in triples
                 if predicate == RDF_TYPE and isinstance(value, Iri) and value in CLASSES}  # fmt: skip
        return FileRecord(
            triples=triples, focus=None, kinds=tuple(sorted(kinds.items())), part=part, blank=frozenset(minted)
        )
    resource = (mapped := _mapped(part.payload, part.prefix, part.media_type)).resource
    name = _stated(resource)
    shared = [triple for _, bundle in shared_nodes(resource) for triple in bundle]
    told = (*to_triples(resource, base=NAMELESS), *mapped.extra, *shared)
    return FileRecord(
        triples=_called(told, name, part.identifier or name),
        focus=name,
        kinds=((name, resource.kind.value),),
        part=part,
    )


def _mapped(payload: bytes, prefix: str, media_type: str) -> Mapped:
    return read(prefix, payload, MappingContext(iri=NAMELESS, identifier=NAMELESS, media_type=media_type))


def _stated(resource: Resource) -> Iri:
    """The first address by which a record calls itself or its page; `NAMELESS` where it states none."""
    if resource.iri != NAMELESS:
        return resource.iri
    # A page at a Handle is no identifier of the record, and is not to make it look as if it had a persistent one.
    pages = sorted(filter(None, (resource.landing_page, *resource.pages)), key=identifiers.is_persistent)
    names = (*resource.identifiers, *resource.alternate_identifiers, *pages)
    found = filter(None, map(identifiers.iri, names))
    return next((name for name in found if _GLOBAL.match(name)), NAMELESS)


def _called(triples: Iterable[Triple], name: Iri, identifier: str) -> tuple[Triple, ...]:
    """The statements of a record with its name, and names below it, in place of `NAMELESS`.

    A crosswalk names things below what it is told to, before it knows what address the record states.
    """
    # An IRI has one fragment at most.
    below, long = f"{name}-" if "#" in name else f"{name}#", len(NAMELESS) + 1

    def named(iri: Iri) -> Iri:
        if not iri.startswith(NAMELESS):
            return iri
        return name if iri == NAMELESS else Iri(below + iri[long:]) if iri[long - 1] == "#" else iri

    def value(node: Node) -> Node:
        if isinstance(node, Iri):
            return named(node)
        return node._replace(value=identifier) if node.value == NAMELESS else node

    return tuple((named(subject), predicate, value(node)) for subject, predicate, node in triples)


def _payload(data: bytes) -> bytes:
    root = parse_xml(data)
    metadata = root if root.tag == f"{{{OAI}}}metadata" else root.find(f".//{{{OAI}}}metadata")
    if metadata is None:
        return data
    return element_bytes(metadata[0]) if len(metadata) else data


def _payloads(root: Element, prefix: str | None, file: bytes) -> Iterator[FilePart]:
    """The payloads of the OAI-PMH records in a document."""
    for metadata in root.iter(f"{{{OAI}}}metadata"):
        element = next(metadata.iterchildren("*"), None)
        if element is None:
            continue
        record = metadata.getparent()
        identifier = record.findtext(f"{{{OAI}}}header/{{{OAI}}}identifier", "") if record is not None else ""
        yield FilePart(
            identifier=identifier.strip(),
            payload=element_bytes(element),
            media_type="application/xml",
            # Without a prefix, the root of each payload decides.
            prefix=prefix or "",
            element=element,
            file=file,
        )


def _crosswalk(data: bytes, media_type: str) -> str | None:
    """The prefix of the crosswalk that knows a document by its content; `None` for RDF."""
    if media_type in ("text/turtle", "application/n-triples", "application/rdf+xml"):
        return None
    try:
        prefix = crosswalk_for("", data, media_type).prefixes[0]
    except SyntaxRefused:
        raise
    except MappingError as error:
        raise MappingError(error.message, advice="Name the format with --from.") from error
    return None if prefix == "dcat" and media_type != "application/xml" else prefix


def _sniffed(data: bytes) -> str:
    """The media type of a document without a name: XML, JSON, else Turtle, which N-Triples are too."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if (start[:1] == b"<" and not _IRI_FIRST.match(start)) or start[:4] in (b"\xff\xfe<\x00", b"\xfe\xff\x00<"):
        return "application/xml"
    if start[:1] in (b"{", b"["):
        try:
            parse_json(data)
        except FairnodeError:
            # A blank node of Turtle begins like a list of JSON.
            return "application/ld+json" if start[:1] == b"{" else "text/turtle"
        return "application/ld+json"
    return "text/turtle"


_GLOBAL = re.compile(r"(?!.*/\.well-known/genid/)(https?://[^/]|urn:(?!fairnode:)|info:)")
"""What F1-02 of the profile `fair` takes for a name that means the same everywhere."""
_XML = ("application/xml", "application/rdf+xml")
_RDF_ROOT = f"{{{PREFIXES['rdf']}}}RDF"
# `<https://example.org/d> a ...` is Turtle, `<resource xmlns="...">` is not.
_IRI_FIRST = re.compile(rb"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]*>\s")
