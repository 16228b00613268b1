"""Which thing a node is: its DOI, its other identifiers, and its pages.

https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md#identifier: PropertyValue with the scheme's
address of identifiers.org as `propertyID`; texts and addresses are read too.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph, iri
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import identifiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The names of one resource.

    Attributes:
        doi: the first DOI.
        names: every identifier, the DOI first.
        page: the landing page.
        pages: further pages about it.
    """

    doi: Iri | None
    names: tuple[str, ...]
    page: Iri | None
    pages: tuple[Iri, ...]


def identity(graph: Graph, node: Part) -> Identity:
    """Return how a node is identified, and where it is shown."""
    names = {name: None for value in graph.values(node, "identifier", _CITE_AS) if (name := _identifier(graph, value))}
    own = iri(graph.id(node))
    links = list(graph.links(node, "url"))
    for value in graph.values(node, "mainEntityOfPage"):
        page = graph.link(value)
        if page:
            links.append(page)
    for same in graph.links(node, "sameAs"):
        if identifiers.is_persistent(same):
            names[same] = None
        else:
            links.append(same)
    if own and (identifiers.is_persistent(own) or own not in links):
        names[own] = None
    doi = next((Iri(name) for name in names if name.startswith("https://doi.org/")), None)
    doi = doi or next((link for link in links if link.startswith("https://doi.org/")), None)
    if doi:
        names[doi] = None
    pages = [link for link in dict.fromkeys(links) if link != doi and link.startswith("http")]
    page = next(iter(pages), None) or doi or (own if own and own.startswith("http") else None)
    ordered = tuple(sorted(names, key=lambda name: name != doi))
    return Identity(doi=doi, names=ordered, page=page, pages=tuple(pages[1:]))


def _identifier(graph: Graph, value: Part) -> str:
    """An identifier as an IRI where its scheme has one, else as it is written; empty where there is none."""
    if not graph.is_node(value):
        text = graph.text(value)
        return iri(text) or text
    scheme = next(filter(None, map(peek, graph.values(value, "propertyID"))), "")
    # https://registry.identifiers.org/registry/doi names the scheme DOI.
    plain = scheme.rstrip("/").rpartition("/")[2]
    texts = [peek(one) for one in graph.values(value, "value", "url", "@id") if peek(one)]
    known = next((found for text in texts if (found := identifiers.resolve(plain, _bare(text, plain)))), None)
    if known is None and texts and plain.lower() in _STRICT:
        message = f"“{texts[0]}” is no valid {plain}"
        graph.reading.note("mapping.identifier-unreadable", message, value, texts[0])
    if texts or graph.first(value, "name"):
        graph.take(value)
        graph.reading.take(*graph.values(value, "propertyID", "value", "url", "name", expand("dct:conformsTo")))
    return known or next(iter(texts), "")


def _bare(text: str, scheme: str) -> str:
    """An identifier without the prefix identifiers.org gives it, save those that belong to the identifier."""
    prefix, colon, rest = text.partition(":")
    return rest if colon and prefix.lower() == scheme.lower() and scheme.lower() not in ("ark", "urn") else text


_CITE_AS = "https://www.iana.org/assignments/link-relations#cite-as"
_STRICT = frozenset({"doi", "handle", "hdl", "ark"})
