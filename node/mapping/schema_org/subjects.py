"""What a work is about: keywords, themes of the EU's vocabulary, concepts of other schemes.

https://schema.org/keywords, https://schema.org/about, https://schema.org/DefinedTerm, https://schema.org/variableMeasured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.model.rdf import Iri, Literal
from node.terms import identifiers, vocabularies


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The topics of one resource."""

    keywords: tuple[Literal, ...]
    themes: tuple[Iri, ...]
    concepts: tuple[Iri, ...]


def subjects(graph: Graph, node: Part) -> Subjects:
    """Return the topics of a node.

    Of a measured variable, the concept counts that its `propertyID` names: its name is the name of a column.
    """
    words: dict[Literal, None] = {}
    themes: dict[Iri, None] = {}
    concepts: dict[Iri, None] = {}
    for literal, concept in _topics(graph, node):
        theme = (concept and vocabularies.theme(concept)) or (literal and vocabularies.theme(literal.value)) or None
        if theme:
            themes[theme] = None
        if concept and concept != theme:
            concepts[concept] = None
        if literal:
            words[literal] = None
    return Subjects(keywords=tuple(words), themes=tuple(themes), concepts=tuple(concepts))


def _topics(graph: Graph, node: Part) -> Iterator[tuple[Literal | None, Iri | None]]:
    keywords = graph.values(node, "keywords")
    for value in keywords:
        yield from _topic(graph, value, is_list=len(keywords) == 1)
    for value in graph.values(node, "about", "category"):
        yield from _topic(graph, value, is_list=False)
    for value in graph.values(node, "variableMeasured"):
        for one in graph.values(value, "propertyID") if graph.is_node(value) else ():
            concept = identifiers.iri(peek(one) or graph.id(one))
            if concept:
                graph.text(one)
                graph.take(one)
                yield None, concept


def _topic(graph: Graph, value: Part, *, is_list: bool) -> Iterator[tuple[Literal | None, Iri | None]]:
    if graph.is_node(value):
        names = graph.literals(value, "name")[:1]
        ways = [one for one in graph.values(value, "@id", "url", "sameAs", "termCode") if identifiers.iri(peek(one))]
        concept = identifiers.iri(peek(ways[0])) if ways else None
        if names or concept:
            graph.take(value)
            graph.reading.take(*ways[:1], *graph.values(value, "inDefinedTermSet", "termCode"))
            yield next(iter(names), None), concept
        return
    literal = graph.literal(value)
    if literal is None:
        return
    concept = identifiers.iri(literal.value)
    if concept:
        yield None, concept
        return
    # One text of several keywords is a list (https://schema.org/keywords).
    for word in _words(literal.value) if is_list else [literal.value]:
        yield Literal(word, language=literal.language), None


def _words(text: str) -> list[str]:
    mark = "," if "," in text else ";"
    return [word for part in re.split(mark, text) if (word := part.strip())]
