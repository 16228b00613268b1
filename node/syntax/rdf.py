"""RDF from strangers and for them: Turtle, N-Triples, RDF/XML and JSON-LD, to and from triples without blank nodes.

Reading is streamed and bounded; a name for a blank node is made as RDF 1.1 Concepts, section 3.5, allows
(https://www.w3.org/TR/rdf11-concepts/#section-skolemization).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pyoxigraph as ox
from lxml import etree

from node.errors import SyntaxRefused, TooLarge
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import RDF_TYPE
from node.syntax.budget import TermBudget
from node.syntax.contexts import with_contexts_inlined
from node.syntax.nesting import refuse_deep
from node.syntax.ntriples import node_of, term_of
from node.syntax.positions import oversized, refusal
from node.syntax.rdf_xml import scanned
from node.syntax.xml import MAX_BYTES, xml_text

MAX_TRIPLES = 1_000_000


def parse_rdf(
    data: bytes,
    media_type: str,
    *,
    base_iri: str,
    max_bytes: int = MAX_BYTES,
    max_triples: int = MAX_TRIPLES,
    minted: set[Iri] | None = None,
) -> tuple[Triple, ...]:
    """Return the triples of a document, each once, in its order.

    Args:
        data: the document.
        media_type: `text/turtle`, `application/n-triples`, `application/rdf+xml` or `application/ld+json`; parameters
            are ignored.
        base_iri: absolute; relative IRIs are resolved against it, and the n-th blank node is named `{base_iri}#b{n}`
            (`-b{n}` where the base has a fragment), past the names the document uses itself.
        max_bytes, max_triples: the largest document read.
        minted: takes the names that were given to blank nodes.

    Raises:
        TooLarge: it passes a limit.
        Truncated: an RDF/XML document ends too early.
        SyntaxRefused: it is not RDF in that format, holds named graphs, names a JSON-LD context that is not at hand,
            or an IRI that is none; with line and column.
    """
    name = media_type.partition(";")[0].strip().lower()
    if name not in _FORMATS:
        raise SyntaxRefused(f"{media_type} is no RDF format; there are {', '.join(_FORMATS)}")
    if len(data) > max_bytes:
        raise TooLarge(f"the document has {len(data)} bytes, at most {max_bytes} are read")
    sent = data
    if name == "application/rdf+xml":
        # A DTD of 700 bytes makes the RDF/XML parser allocate without end; it must never see one.
        data = scanned(data)
    elif name == "application/ld+json":
        data = with_contexts_inlined(data, max_bytes)
    else:
        refuse_deep(data)
    reading = _Reading()
    found: dict[tuple[Node | ox.BlankNode, Node, Node | ox.BlankNode], None] = {}
    base = None if name == "application/n-triples" else base_iri
    try:
        for quad in ox.parse(data, _FORMATS[name], base_iri=base, without_named_graphs=True):
            found[(reading.term(quad.subject), reading.node(quad.predicate), reading.term(quad.object))] = None
            if len(found) > max_triples:
                raise TooLarge(f"the document holds more than {max_triples} triples")
    except MemoryError as error:
        raise oversized(data, _FORMATS[name], base_iri=base) from error
    except (SyntaxError, ValueError) as error:
        rewritten = name == "application/ld+json" and data is not sent
        raise refusal(error, data, _FORMATS[name], base_iri=base, rewritten=rewritten) from error
    triples, names = reading.named(found, base_iri)
    if minted is not None:
        minted.update(names)
    return triples


def write_rdf(triples: Iterable[Triple], media_type: str, *, prefixes: Mapping[str, str] | None = None) -> bytes:
    """Return triples as a document, each once, grouped by subject in the order of first appearance.

    Args:
        triples: any.
        media_type: one that `parse_rdf` reads.
        prefixes: by prefix, for the formats that have them.

    Raises:
        SyntaxRefused: an IRI is none; or the format is RDF/XML and a property cannot be an element name
            (RDF 1.1 XML Syntax, section 3).
    """
    if media_type not in _FORMATS:
        raise SyntaxRefused(f"{media_type} is no RDF format; there are {', '.join(_FORMATS)}")
    groups: dict[Iri, dict[tuple[Iri, Node], None]] = {}
    for subject, predicate, value in triples:
        if media_type == "application/rdf+xml" and isinstance(value, Literal):
            value = Literal(xml_text(value.value), language=value.language, datatype=value.datatype)
        groups.setdefault(subject, {})[(predicate, value)] = None
    terms: dict[Node, ox.NamedNode | ox.Literal] = {}

    def term(node: Node) -> ox.NamedNode | ox.Literal:
        found = terms.get(node)
        if found is None:
            found = terms[node] = term_of(node)
        return found

    statements = [
        ox.Triple(term(subject), term(predicate), term(value))  # type: ignore[arg-type]
        for subject, about in groups.items()
        for predicate, value in (sorted(about, key=_typed_first) if media_type == "application/rdf+xml" else about)
    ]
    written = ox.serialize(statements, format=_FORMATS[media_type], prefixes=dict(prefixes or {}))
    assert written is not None
    if media_type == "application/rdf+xml":
        # Left as it is, every parser reads a carriage return as a line feed (XML 1.0, section 2.11).
        written = written.replace(b"\r", b"&#13;")
        _check_names(written)
    return written


_FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}

_ENDS_IN_NAME = re.compile(r"[/#:][A-Za-z_][A-Za-z0-9_.-]*$")
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class _Reading:
    """Terms met so far, each kept once: a prefix spelt out a million times is one string."""

    def __init__(self) -> None:
        self._terms: dict[_Term, Node] = {}
        self._budget = TermBudget()

    def term(self, term: _Term) -> Node | ox.BlankNode:
        return term if isinstance(term, ox.BlankNode) else self.node(term)

    def node(self, term: _Term) -> Node:
        found = self._terms.get(term)
        if found is None:
            # A prefix can be as long as the document, and each use of it spells it out.
            self._budget.spend(term)
            found = self._terms[term] = node_of(term)
        return found

    def named(
        self, found: Iterable[tuple[Node | ox.BlankNode, Node, Node | ox.BlankNode]], base_iri: str
    ) -> tuple[tuple[Triple, ...], Iterable[Iri]]:
        stem = f"{base_iri}{'-' if '#' in base_iri else '#'}b"
        taken = {node for node in self._terms.values() if isinstance(node, Iri) and node.startswith(stem)}
        names: dict[ox.BlankNode, Iri] = {}
        number = 0

        def name(node: Node | ox.BlankNode) -> Node:
            nonlocal number
            if not isinstance(node, ox.BlankNode):
                return node
            while node not in names:
                number += 1
                if (candidate := Iri(f"{stem}{number}")) not in taken:
                    names[node] = candidate
            return names[node]

        triples = []
        for subject, predicate, value in found:
            triple = (name(subject), predicate, name(value))
            assert isinstance(triple[0], Iri) and isinstance(predicate, Iri)
            triples.append((triple[0], predicate, triple[2]))
        return tuple(triples), names.values()


def _typed_first(statement: tuple[Iri, Node]) -> int:
    """The library makes the first class of a subject its element's name, so it must be one that can be a name."""
    predicate, value = statement
    if predicate != RDF_TYPE:
        return 1
    return 0 if isinstance(value, Iri) and _ENDS_IN_NAME.search(value) else 2


def _check_names(document: bytes) -> None:
    """The library writes an empty or broken element name where a property has no local part."""
    try:
        etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise SyntaxRefused(f"a property cannot be written as an element of RDF/XML: {error.msg}") from error
