"""What a document of an event stream says: about the stream, its members, and the pages it leads to.

Linked Data Event Streams (https://w3id.org/ldes/specification), TREE (https://w3id.org/tree/specification).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from harvesters.dcat_documents import Document
from harvesters.dcat_graph import Graph
from harvesters.sitemap_dates import sent
from node.errors import HarvestError
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import RDF_TYPE, expand

TREE, LDES = "https://w3id.org/tree#", "https://w3id.org/ldes#"
ACTIVITY = "https://www.w3.org/ns/activitystreams#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
Path = tuple[Iri, ...]
"""A SHACL property path (SHACL, section 2.3.1) that is a predicate, or a sequence of predicates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a stream says of itself (LDES, section “Overview”).

    Attributes:
        node: its IRI.
        timestamp: the path to what orders its members; empty where it names none.
        version_of: the path to what a member is a version of; empty where it names none.
        deletions: the classes of members that say that something was deleted.
        delete_path: where a member says so.
    """

    node: Iri
    timestamp: Path = ()
    version_of: Path = ()
    deletions: frozenset[Node]
    delete_path: Path = (RDF_TYPE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A link to a further page (TREE, section “Traversing the search tree”).

    Attributes:
        node: the page's address.
        before: every member behind it is older than this; `None` where the relation does not say so.
    """

    node: str
    before: str | None = None


class TreePage:
    """A page of a stream, read.

    Attributes:
        url: after redirects, without fragment.
        is_immutable: it will never change (RFC 8246).
        sent: the server's clock, as `stamp_of` writes it; empty where it has none.
        default: the statements outside of named graphs; all of them where the page as a whole is a named graph.
        blank: what the names of blank nodes begin with.
    """

    def __init__(self, document: Document) -> None:
        self.url = document.url
        self.is_immutable = _is_immutable(document.headers.get("cache-control", ""))
        clock = sent(document.headers)
        self.sent = _stamp(clock) if clock else ""
        self.blank = document.blank
        self._named: dict[Iri, list[Triple]] = {}
        default: list[Triple] = []
        for subject, predicate, value, graph in document.quads:
            (default if graph is None else self._named.setdefault(graph, [])).append((subject, predicate, value))
        if not default:
            default = [triple for triples in self._named.values() for triple in triples]
        self.default = Graph(dict.fromkeys(default), document.blank)

    def stream(self, asked: str) -> tuple[Stream, str] | None:
        """Return the stream that this page tells of, and the address of its view; `None` where it tells of none.

        Args:
            asked: the address the page was asked for at.

        Raises:
            HarvestError: it has several views, and none of them is this page.
        """
        views = [
            (subject, _page(value))
            for subject, predicate, value in self.default.statements()
            if predicate == _VIEW and isinstance(value, Iri)
        ]
        here = [subject for subject, view in views if view in (self.url, asked)]
        if here:
            return self._described(here[0]), self.url
        if len({view for _, view in views}) > 1:
            known = ", ".join(view for _, view in views[:5])
            raise HarvestError(
                f"{self.url}: the stream has several views, and this is none: {known}",
                advice="Register the address of the view that should be harvested.",
            )
        if views:
            return self._described(views[0][0]), views[0][1]
        streams = [
            node for node in self.default.subjects() if not self.default.types(node).isdisjoint(_STREAM_CLASSES)
        ] or [subject for subject, predicate, _ in self.default.statements() if predicate == _MEMBER]
        return (self._described(streams[0]), self.url) if streams else None

    def titles(self, stream: Iri) -> list[str]:
        """Return the titles of a stream."""
        return self.default.texts(stream, expand("dct:title"), expand("rdfs:label"))

    def members(self) -> list[Iri]:
        """Return the members on this page, in document order."""
        found = (value for _, predicate, value in self.default.statements() if predicate == _MEMBER)
        return list(dict.fromkeys(value for value in found if isinstance(value, Iri)))

    def relations(self, stream: Stream) -> list[Relation]:
        """Return the pages this one leads to, each once."""
        found: dict[str, str | None] = {}
        for _, predicate, value in self.default.statements():
            if predicate != _RELATION or not isinstance(value, Iri):
                continue
            bound = self._bound(value, stream)
            for target in self.default.values(value, _NODE):
                if isinstance(target, Iri):
                    address = _page(target)
                    known = found.get(address)
                    found[address] = min(filter(None, (known, bound)), default=None)
        return [Relation(node=address, before=bound) for address, bound in found.items()]

    def envelope(self, member: Iri) -> Graph:
        """Return the statements in which a member's own ones are: the page's, or those of the graph it names."""
        if self.default.describes(member) or self.default.types(member) or member not in self._named:
            return self.default
        return Graph(self._named[member], self.blank)

    def payload(self, member: Iri) -> Graph | None:
        """Return the graph that a member names; `None` where it names none (TREE, “Member extraction”, 4)."""
        return Graph(self._named[member], self.blank) if member in self._named else None

    def _bound(self, relation: Iri, stream: Stream) -> str | None:
        types = self.default.types(relation)
        if _LESS.isdisjoint(types) or not stream.timestamp:
            return None
        paths = [read_path(self.default, value) for value in self.default.values(relation, _TREE_PATH)]
        if paths != [stream.timestamp]:
            return None
        values = [stamp_of(value) for value in self.default.values(relation, _VALUE) if isinstance(value, Literal)]
        return values[0] if len(values) == 1 and values[0] else None

    def _described(self, node: Iri) -> Stream:
        paths = {}
        for name in ("timestampPath", "versionOfPath", "versionDeletePath"):
            values = self.default.values(node, Iri(f"{LDES}{name}"))
            path = read_path(self.default, values[0]) if values else ()
            if path is None:
                raise HarvestError(
                    f"{self.url}: the stream's {name} is a path that is not understood",
                    advice="Paths that are a property, or a sequence of properties, are.",
                )
            paths[name] = path
        deletions = frozenset(self.default.values(node, Iri(f"{LDES}versionDeleteObject")))
        return Stream(
            node=node,
            timestamp=paths["timestampPath"],
            version_of=paths["versionOfPath"],
            deletions=deletions | _DELETIONS,
            delete_path=paths["versionDeletePath"] or (RDF_TYPE,),
        )


def follow(graph: Graph, node: Iri, path: Path) -> list[Node]:
    """Return the values at the end of a path."""
    reached: list[Node] = [node]
    for predicate in path:
        reached = [value for each in reached if isinstance(each, Iri) for value in graph.values(each, predicate)]
    return reached


def read_path(graph: Graph, value: Node) -> Path | None:
    """Return the path that a node stands for; `None` where it is of another kind."""
    if not isinstance(value, Iri):
        return None
    if not graph.is_blank(value):
        return (value,)
    found: list[Iri] = []
    node: Node = value
    while node != _NIL and len(found) < _LONGEST_PATH:
        first = graph.values(node, _FIRST) if isinstance(node, Iri) else []
        rest = graph.values(node, _REST) if isinstance(node, Iri) else []
        if len(first) != 1 or len(rest) != 1 or not isinstance(first[0], Iri) or graph.is_blank(first[0]):
            return None
        found.append(first[0])
        node = rest[0]
    return tuple(found) or None


def stamp_of(literal: Literal) -> str:
    """Return a date or a time as text that sorts as time does: UTC, to the microsecond; empty where it is none."""
    try:
        moment = dt.datetime.fromisoformat(literal.value.strip())
    except ValueError:
        return ""
    try:
        return _stamp(moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
    except OverflowError:
        return ""


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment.year >= 1000 else ""


_VIEW, _MEMBER, _RELATION, _NODE = (Iri(f"{TREE}{name}") for name in ("view", "member", "relation", "node"))
_TREE_PATH, _VALUE = Iri(f"{TREE}path"), Iri(f"{TREE}value")
_LESS = frozenset(Iri(f"{TREE}{name}") for name in ("LessThanRelation", "LessThanOrEqualToRelation"))
_STREAM_CLASSES = frozenset((Iri(f"{LDES}EventStream"), Iri(f"{TREE}Collection")))
# Remove was the word of the first drafts of DCAT-AP Feeds.
_DELETIONS: frozenset[Node] = frozenset(Iri(f"{ACTIVITY}{name}") for name in ("Delete", "Remove", "Tombstone"))
_FIRST, _REST, _NIL = Iri(f"{_RDF}first"), Iri(f"{_RDF}rest"), Iri(f"{_RDF}nil")
_LONGEST_PATH = 10
VERSION_OF = (Iri(f"{ACTIVITY}object"), expand("dct:isVersionOf"))
"""What says so where a stream does not name its path: DCAT-AP Feeds, and most streams of versions."""
PUBLISHED = Iri(f"{ACTIVITY}published")


def _page(address: str) -> str:
    return address.partition("#")[0]


def _is_immutable(cache_control: str) -> bool:
    return "immutable" in {word.partition("=")[0].strip().lower() for word in cache_control.split(",")}
