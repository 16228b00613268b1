"""Solutions that another endpoint sends, in SPARQL 1.1 Query Results JSON (https://www.w3.org/TR/sparql11-results-json/)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyoxigraph as ox

from node.errors import SyntaxRefused, TooLarge
from node.syntax.json import JsonValue, parse_json

_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Solutions:
    """The solutions of a SELECT query.

    Attributes:
        variables: names, without question mark.
        rows: each the terms of `variables` as SPARQL writes them (IRIs in angle brackets, literals quoted and escaped,
            blank nodes as `_:label`), `None` where one is unbound.
    """

    variables: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


def parse_solutions(data: bytes, *, max_bytes: int, max_rows: int) -> Solutions:
    """Return the solutions of a document.

    Raises:
        TooLarge: it is over a limit.
        SyntaxRefused: it is not such a document, it answers no SELECT query, or it holds a name or a term that
            SPARQL 1.1 has not.
    """
    document = parse_json(data, max_bytes)
    names, bindings = _member(_member(document, "head"), "vars"), _member(_member(document, "results"), "bindings")
    if not isinstance(names, list) or not isinstance(bindings, list):
        raise SyntaxRefused("the document is not the answer to a SELECT query")
    if len(bindings) > max_rows:
        raise TooLarge(f"more than {max_rows} solutions")
    variables = tuple(name for name in names if isinstance(name, str) and _NAME.fullmatch(name))
    if len(variables) != len(names) or len(set(variables)) != len(names):
        raise SyntaxRefused("a variable whose name SPARQL has not")
    return Solutions(variables=variables, rows=tuple(_row(binding, variables) for binding in bindings))


def _row(binding: JsonValue, variables: tuple[str, ...]) -> tuple[str | None, ...]:
    if not isinstance(binding, dict) or not binding.keys() <= set(variables):
        raise SyntaxRefused("a solution that binds what is no variable of the answer")
    return tuple(_term(binding[name]) if name in binding else None for name in variables)


def _term(term: JsonValue) -> str:
    """Return a term (section 3.2.2) as SPARQL writes it; what makes it is also what refuses a character too many."""
    kind, value = _member(term, "type"), _member(term, "value")
    language, datatype = _optional(term, "xml:lang"), _optional(term, "datatype")
    try:
        if kind == "uri" and isinstance(value, str):
            return str(ox.NamedNode(value))
        if kind == "bnode" and isinstance(value, str):
            return str(ox.BlankNode(value))
        if kind in ("literal", "typed-literal") and isinstance(value, str):
            if language is not None:
                return str(ox.Literal(value, language=language))
            return str(ox.Literal(value, datatype=ox.NamedNode(datatype) if datatype is not None else None))
    except ValueError as error:
        raise SyntaxRefused(f"a term that SPARQL has not: {error}") from error
    raise SyntaxRefused("a term that SPARQL 1.1 has not")


def _member(value: JsonValue, name: str) -> JsonValue:
    return value.get(name) if isinstance(value, dict) else None


def _optional(value: JsonValue, name: str) -> str | None:
    member = _member(value, name)
    if member is not None and not isinstance(member, str):
        raise SyntaxRefused(f"{name} is no text")
    return member
