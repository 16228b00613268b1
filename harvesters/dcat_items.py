"""Records of a catalogue: each the part of a graph that is about one resource, from its list or from its own address.

DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/). A resource that a catalogue lists and nothing describes is a record, too:
without metadata, with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harvesters.asking import Patience
from harvesters.dcat_bookmarks import unchanged_since
from harvesters.dcat_documents import Document, on_site, read_document
from harvesters.dcat_graph import MEDIA_TYPE, Graph
from harvesters.dcat_listing import FDP, Listed, is_resource_class, read_listing
from node.errors import FairnodeError, FetchError, HarvestError, HttpStatus, SyntaxRefused
from node.harvest.protocols import Fetch
from node.model.dcat import RESOURCE_OFFER_CLASSES
from node.model.oai import Header, Record
from node.model.rdf import Iri
from node.model.report import Finding, Severity
from node.namespaces import RDF_TYPE, expand

BLANK = "urn:fairnode:blank:"
"""What the identifiers of resources without address begin with; the rest is the SHA-256 of what they say."""
_MOST_DISTRIBUTIONS = 200
_MOST_RECORDS = 20


class Unavailable(Exception):
    """A resource cannot be fetched for now; a later run may find it."""

    def __init__(self, error: FetchError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of asking for a resource.

    Attributes:
        record: without metadata where nothing of it has changed.
        parted: it has distributions in further documents.
        whole: everything of it could be had.
    """

    record: Record
    parted: bool = False
    whole: bool = True


def graph_of(document: Document) -> Graph:
    """Return all statements of a document as one graph, whatever graphs it puts them in."""
    triples = dict.fromkeys((subject, predicate, value) for subject, predicate, value, _ in document.quads)
    return Graph(triples, document.blank)


def catalog_records(graph: Graph) -> dict[Iri, list[Iri]]:
    """Return the catalogue records (dcat:CatalogRecord) of a document, by the resource that each is about."""
    found: dict[Iri, list[Iri]] = {}
    for subject, predicate, value in graph.statements():
        if predicate == _PRIMARY_TOPIC and isinstance(value, Iri):
            found.setdefault(value, []).append(subject)
    return found


def described(graph: Graph, listed: Listed, records: Mapping[Iri, Sequence[Iri]]) -> Record:
    """Return the record of a resource that the graph describes.

    Args:
        records: as `catalog_records` found them.
    """
    return _record(graph, listed, tuple(records.get(listed.node, ()))[:_MOST_RECORDS])


class Items:
    """Makes records of what a document lists.

    Args:
        homes: addresses of the source; nothing is fetched from other hosts.
    """

    def __init__(self, fetch: Fetch, patience: Patience, homes: tuple[str, ...]) -> None:
        self._fetch = fetch
        self._patience = patience
        self._homes = homes

    def fetched(self, listed: Listed, stub: Graph, *, since: str = "", parted: bool = False) -> Fetched:
        """Return the record of a resource that has a document of its own, with its distributions.

        Args:
            stub: what the list says of it.
            since: an HTTP date after which it was read; empty where it must be read.
            parted: it may have distributions in further documents, so that its own tells only half.

        Raises:
            Unavailable: it cannot be had for now.
        """
        address = on_site(listed.node, *self._homes)
        if address is None:
            return _bare(listed, stub, "it is on another host, and only its own host is asked for it")
        try:
            document = self._get(address, since="" if parted else since)
        except (HarvestError, SyntaxRefused, HttpStatus) as error:
            return _bare(listed, stub, f"its own address does not: {error.message}")
        if document is None:
            return Fetched(record=_unchanged(listed))
        graph = graph_of(document)
        node = listed.node if graph.describes(listed.node) else _only_resource(graph, document.url)
        if node is None:
            return _bare(listed, stub, f"the document at {document.url} does not describe it")
        missing = _undescribed(graph, node)
        # Where all of it is here already, comparing it is safer than believing a date.
        if missing and since and unchanged_since(document.headers, since) and self._are_unchanged(missing, since):
            return Fetched(record=_unchanged(listed), parted=True)
        findings = tuple(self._with_distributions(graph, missing))
        same = Listed(node=node, catalogs=listed.catalogs, kind=_kind(graph, node, listed))
        records = tuple(catalog_records(graph).get(node, ()))[:_MOST_RECORDS]
        record = _record(graph, same, records, identifier=listed.node, findings=(*document.findings, *findings))
        return Fetched(record=record, parted=bool(missing), whole=not findings)

    def _with_distributions(self, graph: Graph, missing: Sequence[Iri]) -> Iterator[Finding]:
        """Add the descriptions of distributions that have documents of their own, as in a FAIR Data Point."""
        for number, value in enumerate(missing):
            address = on_site(value, *self._homes)
            reason = "it is on another host"
            if address is not None and number < _MOST_DISTRIBUTIONS:
                try:
                    document = self._get(address)
                except (HarvestError, SyntaxRefused, HttpStatus) as error:
                    reason = error.message
                else:
                    assert document is not None
                    graph.merge(dict.fromkeys(quad[:3] for quad in document.quads), document.blank)
                    if graph.describes(value):
                        continue
                    reason = "its own address does not describe it"
            elif address is not None:
                reason = f"the dataset has more than {_MOST_DISTRIBUTIONS} distributions"
            yield finding("harvest.part-missing", f"the distribution {value} is not described: {reason}", value)

    def _are_unchanged(self, parts: Sequence[Iri], since: str) -> bool:
        addresses = [on_site(part, *self._homes) for part in parts]
        try:
            return all(address is not None and self._get(address, since=since) is None for address in addresses)
        except (HarvestError, SyntaxRefused, HttpStatus):
            return False

    def _get(self, address: str, *, since: str = "") -> Document | None:
        """Fetch a document; `None` where it has not changed since a date.

        Raises:
            Unavailable: not now.
            HttpStatus: not ever, as far as the server says.
            HarvestError, SyntaxRefused: it is no RDF.
        """
        headers = {"If-Modified-Since": since} if since else {}
        try:
            return read_document(self._fetch, address, patience=self._patience, headers=headers)
        except HttpStatus as error:
            if since and error.status == 304:
                return None
            if is_lasting(error):
                raise
            raise Unavailable(error) from error
        except FetchError as error:
            raise Unavailable(error) from error


def is_lasting(error: HttpStatus) -> bool:
    """Say whether a status is the server's last word on a resource (RFC 9110, section 15.5)."""
    return 400 <= error.status < 500 and error.status not in (408, 425, 429)


def lost_member(address: Iri, error: FairnodeError) -> Record:
    """Return the record of a member of a container that cannot be read, and may have been a resource."""
    found = finding("harvest.not-described", f"a container holds it, and it cannot be read: {error.message}", address)
    return Record(header=Header(identifier=address), media_type=MEDIA_TYPE, metadata_prefix="dcat", findings=(found,))


def unavailable(listed: Listed, error: Unavailable) -> Record:
    """Return the record of a resource that cannot be fetched for now: its last good version stays."""
    message = f"the catalogue lists it, and it cannot be fetched: {error.error.message}"
    found = finding("harvest.item-unavailable", message, listed.node)
    header = Header(identifier=listed.node, set_specs=listed.catalogs)
    return Record(header=header, media_type=MEDIA_TYPE, metadata_prefix="dcat", findings=(found,))


def finding(code: str, message: str, value: str | None = None) -> Finding:
    """Return a finding about a list, or about a resource on it."""
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        advice=_ADVICE[code],
        value=None if value is None else value[:500],
    )


_PRIMARY_TOPIC = expand("foaf:primaryTopic")
_MODIFIED = expand("dct:modified")
_METADATA_MODIFIED = tuple(Iri(f"{fdp}metadataModified") for fdp in FDP)


def _record(
    graph: Graph,
    listed: Listed,
    records: Sequence[Iri],
    *,
    identifier: Iri | None = None,
    findings: tuple[Finding, ...] = (),
) -> Record:
    node = listed.node

    def is_other(other: Iri) -> bool:
        return any(is_resource_class(kind) for kind in graph.types(other)) and not graph.is_blank(other)

    part = graph.part((node, *records), is_other)
    if listed.kind is not None:
        part.append((node, RDF_TYPE, listed.kind))
        message = f"it has no class of DCAT; taken for a {listed.kind}, as the catalogue's link says"
        findings = (*findings, finding("harvest.class-added", message, node))
    payload = graph.payload(part)
    name: str = identifier or node
    if graph.is_blank(node) and identifier is None:
        name = BLANK + hashlib.sha256(payload).hexdigest()[:32]
        message = "it is a blank node, so that every change of it looks like another dataset"
        findings = (*findings, finding("harvest.no-address", message))
    stamps = (
        graph.texts(node, _MODIFIED)
        or [stamp for each in records for stamp in graph.texts(each, _MODIFIED)]
        or graph.texts(node, *_METADATA_MODIFIED)
    )
    return Record(
        header=Header(identifier=name, datestamp=max(stamps, default="")[:100], set_specs=listed.catalogs),
        metadata=payload,
        media_type=MEDIA_TYPE,
        metadata_prefix="dcat",
        findings=findings,
    )


def _bare(listed: Listed, stub: Graph, reason: str) -> Fetched:
    """A resource that nothing describes: what the list says of it is kept."""
    found = finding("harvest.not-described", f"the catalogue lists it and does not describe it; {reason}", listed.node)
    said = stub.part([listed.node], lambda _: True)
    header = Header(identifier=listed.node, set_specs=listed.catalogs)
    raw = stub.payload(said) if said else None
    record = Record(header=header, media_type=MEDIA_TYPE, metadata_prefix="dcat", findings=(found,), raw=raw)
    return Fetched(record=record, whole=False)


def _unchanged(listed: Listed) -> Record:
    header = Header(identifier=listed.node, set_specs=listed.catalogs)
    return Record(header=header, media_type=MEDIA_TYPE, metadata_prefix="dcat", unchanged=True)


def _undescribed(graph: Graph, node: Iri) -> tuple[Iri, ...]:
    """The distributions of a dataset that its own document only names."""
    links = [value for value in graph.values(node, expand("dcat:distribution")) if isinstance(value, Iri)]
    return tuple(value for value in dict.fromkeys(links) if not graph.describes(value))


def _only_resource(graph: Graph, url: str) -> Iri | None:
    """The one resource of a document that calls it otherwise than its catalogue does: http for https, a slash more."""
    found = [one.node for one in read_listing(graph, url).listed if graph.describes(one.node)]
    return found[0] if len(found) == 1 else None


def _kind(graph: Graph, node: Iri, listed: Listed) -> Iri | None:
    has_class = any(is_resource_class(kind) or kind in RESOURCE_OFFER_CLASSES for kind in graph.types(node))
    return None if has_class else listed.kind or expand("dcat:Dataset")


_ADVICE = {
    "harvest.class-added": "Ask the source to give the resource its class.",
    "harvest.item-unavailable": "Nothing, if it is rare: the next run asks again.",
    "harvest.list-changed": "Nothing, if it is rare: the next run lists it again.",
    "harvest.no-address": "Ask the source to give the dataset an IRI.",
    "harvest.not-described": "Ask the source to describe it in the catalogue, or at its own address as RDF.",
    "harvest.other-host": "Register the other catalogue as a source of its own, if it shall be harvested.",
    "harvest.part-missing": "Ask the source to describe the distribution at its own address as RDF.",
}
