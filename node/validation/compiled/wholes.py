"""Constraints on all value nodes of a focus node together: languages, property pairs, `sh:hasValue`, `sh:closed`
(https://www.w3.org/TR/shacl/#core-components, sections 4.4, 4.5 and 4.8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES, RDF_TYPE
from node.validation.compiled.checks import Fault, Whole
from node.validation.compiled.literals import native
from node.validation.compiled.shapes_graph import NotCompiled, ShapesGraph
from node.validation.record_graph import RecordGraph, Term, Values
from node.validation.statements import SH

_XSD_BOOLEAN = PREFIXES["xsd"] + "boolean"


def has_unique_languages(graph: ShapesGraph, shape: Term) -> Iterator[Whole]:
    """`sh:uniqueLang`, one result a language that is used twice."""
    if not is_true(graph.only(shape, "uniqueLang")):
        return

    def judge(record: RecordGraph, focus: Term, values: Values) -> list[None]:
        tags = [value.language for value in values if isinstance(value, Literal) and value.language]
        return [None] * sum(tags.count(tag) > 1 for tag in set(tags)) if len(tags) > 1 else []

    yield judge


def equals(graph: ShapesGraph, shape: Term) -> Iterator[Whole]:
    """`sh:equals`."""
    for other in _properties(graph, shape, "equals"):

        def judge(record: RecordGraph, focus: Term, values: Values, other: Iri = other) -> list[Term]:
            compared = record.values(focus, other)
            return [
                *(each for each in values if each not in compared),
                *(each for each in compared if each not in values),
            ]

        yield judge


def is_disjoint(graph: ShapesGraph, shape: Term) -> Iterator[Whole]:
    """`sh:disjoint`."""
    for other in _properties(graph, shape, "disjoint"):

        def judge(record: RecordGraph, focus: Term, values: Values, other: Iri = other) -> list[Term]:
            compared = record.values(focus, other)
            return [each for each in values if each in compared] if compared else []

        yield judge


def is_less(graph: ShapesGraph, shape: Term, local: str) -> Iterator[Whole]:
    """`sh:lessThan` and `sh:lessThanOrEquals`: one result a pair that is not in order."""
    holds = _ORDERS[local]
    for other in _properties(graph, shape, local):

        def judge(record: RecordGraph, focus: Term, values: Values, other: Iri = other) -> list[Term]:
            for each in values:
                # Also where there is nothing to compare it with.
                _comparable(each)
            pairs = ((each, compared) for each in values for compared in record.values(focus, other))
            return [each for each, compared in pairs if not _in_order(holds, each, compared)]

        yield judge


def has_value(graph: ShapesGraph, shape: Term) -> Iterator[Whole]:
    """`sh:hasValue`, one result a value that is missing."""
    for wanted in graph.parameters(shape, "hasValue"):
        yield lambda record, focus, values, wanted=wanted: () if wanted in values else (None,)  # type: ignore[misc]


def is_closed(graph: ShapesGraph, shape: Term) -> Iterator[Whole]:
    """`sh:closed` with `sh:ignoredProperties`; a result has the property as its path."""
    closed = graph.only(shape, "closed")
    if not isinstance(closed, Literal) or closed.datatype != _XSD_BOOLEAN:
        raise NotCompiled("sh:closed is neither true nor false")
    if not is_true(closed):
        return
    allowed: set[Term] = set()
    for head in graph.parameters(shape, "ignoredProperties"):
        allowed.update(() if head == PREFIXES["rdf"] + "nil" else graph.items(head))
    for nested in graph.parameters(shape, "property"):
        allowed.update(graph.parameters(nested, "path"))
    resource = PREFIXES["rdfs"] + "Resource"

    def judge(record: RecordGraph, focus: Term, values: Values) -> Iterator[Fault]:
        for node in values:
            for predicate, objects in record.about.get(node, {}).items():
                if predicate not in allowed:
                    for value in objects:
                        if predicate != RDF_TYPE or value != resource:
                            yield Fault(shape, focus, value, SH + "ClosedConstraintComponent", predicate)

    yield judge


def is_true(value: Term | None) -> bool:
    """Return whether a boolean parameter says `true`; SHACL asks for that word, so `1` says nothing.

    Raises:
        NotCompiled: it is no boolean.
    """
    if not isinstance(value, Literal) or value.datatype != _XSD_BOOLEAN:
        raise NotCompiled("a parameter is neither true nor false")
    return value.value.lower() == "true"


_ORDERS: dict[str, Callable[[object, object], bool]] = {
    "lessThan": lambda one, other: bool(one < other),  # type: ignore[operator]
    "lessThanOrEquals": lambda one, other: bool(one <= other),  # type: ignore[operator]
}


def _properties(graph: ShapesGraph, shape: Term, local: str) -> list[Iri]:
    found = graph.parameters(shape, local)
    if not all(isinstance(each, Iri) for each in found):
        raise NotCompiled(f"sh:{local} is no IRI")
    return [each for each in found if isinstance(each, Iri)]


def _in_order(holds: Callable[[object, object], bool], one: Term, other: Term) -> bool:
    left, right = _comparable(one), _comparable(other)
    return (type(left) is str) is (type(right) is str) and holds(left, right)


def _comparable(term: Term) -> object:
    """pySHACL compares texts and IRIs as Python strings, other literals as rdflib orders them."""
    if isinstance(term, Iri):
        return str(term)
    if not isinstance(term, Literal):
        raise TypeError("a blank node has no order")
    found = native(term)
    return str(found.value) if isinstance(found.value, str) else found
