"""Shapes files as they are asked: read from Turtle, and every shape that reports has a name.

All who read the shapes of a profile read them here, so that they mean the same node by the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyoxigraph as ox

from node.validation.naming import Names, names_of
from node.validation.statements import Said, Statements, parsed


def read_statements(files: Sequence[tuple[str, bytes]]) -> Statements:
    """Return the statements of Turtle files, given with their names.

    Raises:
        ProfileError: a file is not Turtle; the message names file and line.
    """
    said = tuple(parsed(files))
    statements = Statements(said)
    names = names_of(statements)
    return Statements(_renamed(each, names) for each in said) if names else statements


def parse_turtle(files: Sequence[tuple[str, bytes]]) -> Iterator[ox.Quad]:
    """Yield the same statements one by one; raises `ProfileError` likewise."""
    said = tuple(parsed(files))
    names = names_of(Statements(said))
    return (_renamed(each, names)[2] for each in said)


def _renamed(said: Said, names: Names) -> Said:
    file, line, quad = said
    subject, value = names.get(quad.subject, quad.subject), names.get(quad.object, quad.object)
    return file, line, ox.Quad(subject, quad.predicate, value)
