"""Constraints on each value node by itself: value type, range, string and membership
(https://www.w3.org/TR/shacl/#core-components, sections 4.1, 4.3, 4.4 and 4.8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from node.model.rdf import Iri, Literal
from node.namespaces import PREFIXES
from node.validation.compiled.checks import Test
from node.validation.compiled.literals import is_strictly_typed, is_well_typed, native, order
from node.validation.compiled.shapes_graph import NotCompiled, ShapesGraph
from node.validation.record_graph import BlankNode, Term
from node.validation.statements import SH

_XSD = PREFIXES["xsd"]
_RDFS = PREFIXES["rdfs"]
_COUNTABLE = {_XSD + name for name in ("integer", "long", "int", "short", "byte", "nonNegativeInteger")}


def has_class(graph: ShapesGraph, shape: Term) -> Iterator[Test]:
    """`sh:class`, one test a value."""
    for kind in graph.parameters(shape, "class"):
        yield lambda record, value, kind=kind: record.is_instance(value, kind)  # type: ignore[misc]


def has_datatype(graph: ShapesGraph, shape: Term) -> Iterator[Test]:
    """`sh:datatype`."""
    datatype = graph.only(shape, "datatype")
    is_typed = is_strictly_typed if graph.strict_xsd else is_well_typed
    if datatype == _XSD + "string":
        yield lambda record, value: isinstance(value, Literal) and value.language is None and value.datatype is None
    elif datatype == PREFIXES["rdf"] + "langString":
        yield (
            lambda record, value: (
                isinstance(value, Literal)
                and (value.language is not None or (value.datatype == datatype and is_well_typed(value)))
            )
        )
    elif datatype == _RDFS + "Literal":
        # Every literal is one (RDF Schema, section 2.3), which pySHACL takes at its word.
        yield lambda record, value: isinstance(value, Literal)
    elif datatype == _RDFS + "Datatype":
        yield lambda record, value: isinstance(value, Literal) and value.datatype is not None
    else:
        yield lambda record, value: isinstance(value, Literal) and value.datatype == datatype and is_typed(value)


def has_node_kind(graph: ShapesGraph, shape: Term) -> Iterator[Test]:
    """`sh:nodeKind`."""
    allowed = _NODE_KINDS.get(str(graph.only(shape, "nodeKind")), ())
    yield lambda record, value: type(value) in allowed


def is_in_range(graph: ShapesGraph, shape: Term, local: str) -> Iterator[Test]:
    """`sh:minExclusive`, `sh:minInclusive`, `sh:maxExclusive` and `sh:maxInclusive`."""
    holds = _RANGES[local]
    for limit in graph.parameters(shape, local):
        if not isinstance(limit, Literal):
            raise NotCompiled(f"sh:{local} is no literal")

        def test(record: object, value: Term, limit: Literal = limit) -> bool:
            found = order(value, limit) if isinstance(value, Literal) else None
            return found is not None and holds(found)

        yield test


def has_length(graph: ShapesGraph, shape: Term, local: str) -> Iterator[Test]:
    """`sh:minLength` and `sh:maxLength`."""
    limit = _count(graph.only(shape, local), local, _COUNTABLE)
    if local == "minLength":
        yield lambda record, value: limit == 0 or (not isinstance(value, BlankNode) and len(_text(value)) >= limit)
    else:
        yield lambda record, value: not isinstance(value, BlankNode) and len(_text(value)) <= limit


def matches(graph: ShapesGraph, shape: Term) -> Iterator[Test]:
    """`sh:pattern` with `sh:flags`, of which pySHACL knows `i` and `m`."""
    flags = graph.only(shape, "flags")
    letters = flags.value.lower() if isinstance(flags, Literal) else ""
    options = (re.IGNORECASE if "i" in letters else 0) | (re.MULTILINE if "m" in letters else 0)
    for pattern in graph.parameters(shape, "pattern"):
        if not isinstance(pattern, Literal) or pattern.datatype is not None or isinstance(flags, Iri | BlankNode):
            raise NotCompiled("sh:pattern or sh:flags is no text")
        try:
            search = re.compile(pattern.value, options).search
        except (re.error, OverflowError) as error:
            raise NotCompiled(f"sh:pattern is no regular expression: {error}") from error
        yield lambda record, value, search=search: (  # type: ignore[misc]
            not isinstance(value, BlankNode) and search(_text(value)) is not None
        )


def has_language(graph: ShapesGraph, shape: Term) -> Iterator[Test]:
    """`sh:languageIn`: pySHACL compares whole tags, and their first parts."""
    head = graph.only(shape, "languageIn")
    assert head is not None
    wanted = set()
    for item in graph.items(head):
        if not isinstance(item, Literal) or item.datatype is not None:
            raise NotCompiled("sh:languageIn holds what is no text")
        wanted.add(item.value.lower())

    def test(record: object, value: Term) -> bool:
        if not isinstance(value, Literal) or not value.language:
            return False
        return "*" in wanted or value.language in wanted or value.language.partition("-")[0] in wanted

    yield test


def is_member(graph: ShapesGraph, shape: Term) -> Iterator[Test]:
    """`sh:in`."""
    head = graph.only(shape, "in")
    assert head is not None
    members = frozenset() if head == PREFIXES["rdf"] + "nil" else frozenset(graph.items(head))
    yield lambda record, value: value in members


def count(graph: ShapesGraph, shape: Term, local: str) -> int | None:
    """Return a whole number that a SHACL property gives, `None` where it is absent.

    Raises:
        NotCompiled: it is none from 0 on.
    """
    value = graph.only(shape, local)
    return None if value is None else _count(value, local, {_XSD + "integer"})


_NODE_KINDS: dict[str, tuple[type, ...]] = {
    SH + "IRI": (Iri,),
    SH + "Literal": (Literal,),
    SH + "BlankNode": (BlankNode,),
    SH + "IRIOrLiteral": (Iri, Literal),
    SH + "BlankNodeOrIRI": (BlankNode, Iri),
    SH + "BlankNodeOrLiteral": (BlankNode, Literal),
}
_RANGES: dict[str, Callable[[int], bool]] = {
    "minExclusive": lambda found: found > 0,
    "minInclusive": lambda found: found >= 0,
    "maxExclusive": lambda found: found < 0,
    "maxInclusive": lambda found: found <= 0,
}


def _count(value: Term | None, local: str, datatypes: set[str]) -> int:
    if isinstance(value, Literal) and value.datatype in datatypes and is_well_typed(value):
        number = native(value).value
        if isinstance(number, int) and number >= 0:
            return number
    raise NotCompiled(f"sh:{local} is no number from 0 on")


def _text(value: Term) -> str:
    return value if isinstance(value, str) else value.value
