"""Members of an event stream: which thing each is about, when it was said, and what it says.

Member extraction: https://w3id.org/tree/specification#member-extraction-algorithm; activities:
https://semiceu.github.io/LDES-DCAT-AP-feeds/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum

from harvesters.dcat_graph import Graph
from harvesters.dcat_listing import is_resource_class
from harvesters.gathered_lists import Mention
from harvesters.ldes_stream import PUBLISHED, VERSION_OF, Stream, TreePage, follow, stamp_of
from node.model.dcat import CLASSES, OFFER_CLASSES
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import expand
from node.syntax import from_ntriples, to_ntriples


class Kind(Enum):
    """What a member is about."""

    RECORD = "record"
    PART = "part"
    """Something that datasets are described with, and that a feed may tell of apart from them."""
    OTHER = "other"
    DELETION = "deletion"
    ELSEWHERE = "elsewhere"
    """Nothing is said here; the member's own address may tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a stream.

    Attributes:
        member: its IRI.
        node: what it is about.
        stamp: when it was said, as text that sorts; empty where it does not say.
        datestamp: that as it is written.
        blank: what the names of blank nodes in `triples` begin with.
        type: a class of the thing.
    """

    member: str
    node: str
    kind: Kind
    stamp: str
    datestamp: str = ""
    blank: str = ""
    type: str = ""
    triples: tuple[Triple, ...] = ()

    def mention(self) -> Mention:
        """Return the member as it is gathered, under what it is about."""
        head = {name: value for name, value in asdict(self).items() if name not in ("node", "stamp", "kind", "triples")}
        text = json.dumps({**head, "kind": self.kind.value}) + "\n" + to_ntriples(self.triples)
        return Mention(self.node, self.stamp, text.encode())


def member_of(mention: Mention) -> Member:
    """Return a member that was gathered."""
    head, _, text = mention.value.decode().partition("\n")
    fields = json.loads(head)
    fields["kind"] = Kind(fields["kind"])
    return Member(node=mention.key, stamp=mention.stamp, triples=from_ntriples(text), **fields)


def members(page: TreePage, stream: Stream) -> Iterable[Member]:
    """Yield the members on a page, in document order."""
    found = page.members()
    nodes = {member: _node(page.envelope(member), member, stream) for member in found}
    others = {*nodes.values(), *found}
    for member, node in nodes.items():
        envelope = page.envelope(member)
        stamps = [
            value
            for value in follow(envelope, member, stream.timestamp or (PUBLISHED,))
            if isinstance(value, Literal) and stamp_of(value)
        ]
        stamp = max(map(stamp_of, stamps), default="")
        datestamp = max((value.value for value in stamps), default="")[:100]
        triples: list[Triple] = []
        if _is_deletion(envelope, member, node, stream):
            kind, graph = Kind.DELETION, envelope
        else:
            graph, triples = _extracted(page, member, node, stream, others - {node, member})
            kind = _kind(graph, triples, node)
        yield Member(
            member=member,
            node=node,
            kind=kind,
            stamp=stamp,
            datestamp=datestamp,
            blank=page.blank,
            type=next((value for value in graph.types(node) if isinstance(value, Iri)), ""),
            triples=tuple(triples),
        )


def _node(envelope: Graph, member: Iri, stream: Stream) -> Iri:
    """Return what a member is a version of, or an activity upon; itself where it is none."""
    paths = [stream.version_of] if stream.version_of else [(predicate,) for predicate in VERSION_OF]
    for path in paths:
        for value in follow(envelope, member, path):
            if isinstance(value, Iri) and not envelope.is_blank(value):
                return value
    return member


def _is_deletion(envelope: Graph, member: Iri, node: Iri, stream: Stream) -> bool:
    said: set[Node] = {*follow(envelope, member, stream.delete_path), *envelope.types(member), *envelope.types(node)}
    return not said.isdisjoint(stream.deletions)


def _extracted(page: TreePage, member: Iri, node: Iri, stream: Stream, others: set[Iri]) -> tuple[Graph, list[Triple]]:
    """Return the statements a member brings about its thing."""
    named = page.payload(member)
    if named is not None:
        said = list(named.statements())
        is_version = named.describes(member) and not named.describes(node)
        return _renamed(page.blank, said, member, node, stream) if is_version else (named, said)
    graph = page.default
    if node != member and graph.describes(node):
        return graph, graph.part([node], lambda other: other in others or _is_own(graph, other))
    if not graph.describes(member):
        return graph, []
    part = graph.part([member], lambda other: other in others or _is_own(graph, other))
    return (graph, part) if member == node else _renamed(page.blank, part, member, node, stream)


def _renamed(blank: str, triples: list[Triple], member: Iri, node: Iri, stream: Stream) -> tuple[Graph, list[Triple]]:
    """Return a version's statements as those of what it is a version of."""
    links = {stream.version_of[0]} if stream.version_of else set(VERSION_OF)
    about = [
        (node if subject == member else subject, predicate, node if value == member else value)
        for subject, predicate, value in triples
        if not (subject == member and predicate in links and value == node)
    ]
    return Graph(about, blank), about


def _kind(graph: Graph, triples: list[Triple], node: Iri) -> Kind:
    if not triples:
        return Kind.ELSEWHERE
    types = graph.types(node)
    is_about_another = not types and not graph.describes(node)
    if is_about_another or not _RECORDS.isdisjoint(types) or graph.values(node, expand("dcat:distribution")):
        return Kind.RECORD
    return Kind.PART if not _PARTS.isdisjoint(types) else Kind.OTHER


def _is_own(graph: Graph, node: Iri) -> bool:
    return any(is_resource_class(kind) for kind in graph.types(node)) and not graph.is_blank(node)


_RECORDS = frozenset((*CLASSES, *OFFER_CLASSES, expand("dcat:DatasetSeries"), expand("dcat:Resource")))
# The standalone entities of DCAT-AP Feeds (section 1.1.1) that belong to a dataset, and their usual subclasses.
_PARTS = frozenset(
    expand(name)
    for name in (
        "dcat:Distribution", "foaf:Agent", "foaf:Organization", "foaf:Person", "foaf:Group", "vcard:Kind",
        "vcard:Organization", "vcard:Individual", "vcard:Group", "dct:LicenseDocument", "dct:RightsStatement",
        "dct:Location", "dct:PeriodOfTime", "dct:Standard", "spdx:Checksum", "adms:Identifier", "foaf:Document",
    )
)  # fmt: skip
