"""Triples as RDF/XML text, written straight away: one typed element a subject, one element a property, no reparse.

RDF 1.1 XML Syntax (https://www.w3.org/TR/rdf-syntax-grammar/), sections 2.13 (typed node elements) and 5.1 (the names
that RDF keeps for itself). What is written parses back to the same triples.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from functools import lru_cache

from lxml import etree

from node.mapping.xml_writing import attribute, content, opening_tag
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import PREFIXES, RDF_TYPE, XSI
from node.syntax import parse_xml, write_rdf
from node.syntax.ntriples import node_of, term_of

SCHEMA = "http://www.openarchives.org/OAI/2.0/rdf.xsd"


def rdf_xml(triples: Sequence[Triple]) -> str:
    """Return an rdf:RDF element, grouped by subject in the order of first appearance, with its xsi:schemaLocation.

    Terms are mended as `node.syntax.write_rdf` does, and characters that XML forbids are left out.

    Raises:
        SyntaxRefused: an IRI is none, or a property cannot be the name of an element.
    """
    nodes: dict[Iri, _Described] = {}
    for subject, predicate, value in triples:
        node = nodes.get(subject)
        if node is None:
            node = nodes[subject] = _Described()
        if predicate == RDF_TYPE and node.kind is None and isinstance(value, Iri):
            node.kind = _tag(value)
            if node.kind is not None:
                continue
        line = _property(predicate, value)
        if line is None:
            return _by_library(triples)
        node.lines[line] = None
    return "".join((_START, *(_element(subject, node) for subject, node in nodes.items()), "</rdf:RDF>"))


class _Described:
    """A subject on its way to an element: the tag of its class, and its properties, each once."""

    __slots__ = ("kind", "lines")

    def __init__(self) -> None:
        self.kind: tuple[str, str] | None = None
        self.lines: dict[str, None] = {}


def _element(subject: Iri, node: _Described) -> str:
    start, end = node.kind or ("rdf:Description", "rdf:Description")
    return f'\t<{start} rdf:about="{_iri(subject)}">\n{"".join(node.lines)}\t</{end}>\n'


def _property(predicate: Iri, value: Node) -> str | None:
    tag = _tag(predicate)
    if tag is None:
        return None
    start, end = tag
    if isinstance(value, Literal):
        return f"\t\t<{start}{_kind(value.language, value.datatype)}>{content(value.value)}</{end}>\n"
    return f'\t\t<{start} rdf:resource="{_iri(value)}"/>\n'


@lru_cache(maxsize=1024)
def _tag(iri: Iri) -> tuple[str, str] | None:
    """What starts and ends an element named by an IRI; `None` where no element can be, or RDF keeps the name."""
    text = term_of(iri).value
    local = text[len(text.rstrip(_IN_NAMES)) :].lstrip(_NOT_FIRST)
    namespace = text.removesuffix(local)
    if not local or text in _KEPT:
        return None
    prefix = _PREFIX_OF.get(namespace)
    if prefix is not None:
        return f"{prefix}:{local}", f"{prefix}:{local}"
    if namespace == _XMLNS or not _PLAIN_NAMESPACE.fullmatch(namespace):
        return None
    return f'p:{local} xmlns:p="{attribute(namespace)}"', f"p:{local}"


@lru_cache(maxsize=4096)
def _iri(iri: Iri) -> str:
    return attribute(term_of(iri).value)


@lru_cache(maxsize=1024)
def _kind(language: str | None, datatype: Iri | None) -> str:
    """The attribute that says a literal's language, or else its datatype; a plain text needs neither."""
    term = node_of(term_of(Literal("", language=language, datatype=datatype)))
    assert isinstance(term, Literal)
    if term.language is not None:
        return f' xml:lang="{attribute(term.language)}"'
    return f' rdf:datatype="{attribute(term.datatype)}"' if term.datatype is not None else ""


def _by_library(triples: Iterable[Triple]) -> str:
    """Names beyond ASCII, and the refusal of what is no name, are left to the RDF library."""
    root = parse_xml(write_rdf(triples, "application/rdf+xml", prefixes=PREFIXES))
    root.set(f"{{{XSI}}}schemaLocation", f"{PREFIXES['rdf']} {SCHEMA}")
    return str(etree.tostring(root, encoding="unicode"))


_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}
_SORTED = dict(sorted(PREFIXES.items(), key=lambda pair: pair[1]))
_START = opening_tag("rdf:RDF", _SORTED, {PREFIXES["rdf"]: SCHEMA}) + "\n"
# Characters of XML names, without a colon, in every edition of XML; and those among them that begin none.
_NOT_FIRST = string.digits + ".-"
_IN_NAMES = string.ascii_letters + "_" + _NOT_FIRST
# Namespaces in XML, section 3: no prefix may be bound to it.
_XMLNS = "http://www.w3.org/2000/xmlns/"
# libxml2 refuses a document with a namespace that it does not take for a URI.
_PLAIN_NAMESPACE = re.compile(r"(?:https?://[A-Za-z0-9.-]+/|urn:[a-z0-9-]+:)[A-Za-z0-9._~!$&'()*+,;=:@/?-]*#?")
# Section 5.1: the syntax's own words, which no element for a property or a class may be called.
_KEPT = frozenset(
    PREFIXES["rdf"] + name
    for name in (
        *("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype"),
        *("Description", "li", "aboutEach", "aboutEachPrefix", "bagID"),
    )
)
