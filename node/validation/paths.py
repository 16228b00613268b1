"""SHACL property paths (https://www.w3.org/TR/shacl/#property-paths) as text: an IRI, or a SPARQL property path."""

from __future__ import annotations

import pyoxigraph as ox

from node.errors import ProfileError
from node.namespaces import PREFIXES
from node.validation.statements import FIRST, Statements, Term


def path_text(statements: Statements, shape: Term, path: Term) -> str:
    """Return the IRI of a predicate path as it is, any other path in SPARQL's syntax with the node's prefixes.

    Args:
        shape: whose path it is.

    Raises:
        ProfileError: it is no well-formed path.
    """
    if isinstance(path, ox.Literal | ox.Triple):
        raise ProfileError(
            f"{statements.where(shape, 'path')}: {path} is not a well-formed sh:path", advice="A property is an IRI."
        )
    return path.value if isinstance(path, ox.NamedNode) else _text(statements, path, 0)


def short_path(statements: Statements, shape: Term, path: Term) -> str:
    """Return a path as somebody reads it best: in SPARQL's syntax, a predicate too; raises as `path_text`."""
    return short(path.value) if isinstance(path, ox.NamedNode) else path_text(statements, shape, path)


def short(iri: str) -> str:
    """Return an IRI as a CURIE with the node's prefixes, in angle brackets where there is none."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and iri[len(namespace) :].isidentifier():
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"


# Deeper than any path somebody can read; a path that holds itself ends here.
_DEPTH = 8
_SUFFIXES = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


def _text(statements: Statements, path: Term, depth: int) -> str:
    if isinstance(path, ox.NamedNode):
        return short(path.value)
    if depth <= _DEPTH:
        if FIRST in statements.about(path):
            return "/".join(_group(statements, step, depth) for step in statements.items(path, path))
        for head in statements.objects(path, "alternativePath"):
            return "|".join(_text(statements, step, depth + 1) for step in statements.items(head, path))
        for step in statements.objects(path, "inversePath"):
            return "^" + _group(statements, step, depth)
        for local, suffix in _SUFFIXES.items():
            for step in statements.objects(path, local):
                return _group(statements, step, depth) + suffix
    raise ProfileError(f"{statements.where(path)}: not a well-formed sh:path")


def _group(statements: Statements, path: Term, depth: int) -> str:
    text = _text(statements, path, depth + 1)
    return text if isinstance(path, ox.NamedNode) else f"({text})"
