"""The statements of shapes files, by subject and predicate, each with the file and line it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import IO, cast
from urllib.parse import quote

import pyoxigraph as ox

from node.errors import ProfileError
from node.namespaces import PREFIXES

SH = PREFIXES["sh"]
FNS = "https://w3id.org/fairnode/shapes#"
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Said = tuple[str, int, ox.Quad]
"""A statement, with the file and the line that it came from."""

FIRST = ox.NamedNode(PREFIXES["rdf"] + "first")
REST = ox.NamedNode(PREFIXES["rdf"] + "rest")
NIL = ox.NamedNode(PREFIXES["rdf"] + "nil")


def parsed(files: Sequence[tuple[str, bytes]]) -> Iterator[Said]:
    """Yield the statements of Turtle files, given with their names; blank nodes of two files never meet.

    Raises:
        ProfileError: a file is not Turtle; the message names file and line.
    """
    for name, data in files:
        lines = _Lines(data)
        try:
            for quad in ox.parse(
                cast(IO[bytes], lines), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True, base_iri=_base(name)
            ):
                if isinstance(quad.object, ox.Triple):
                    raise ProfileError(f"{name}, line {lines.number}: a triple within a triple: shapes are RDF 1.1")
                yield name, lines.number, quad
        except SyntaxError as error:
            raise ProfileError(
                f"{name}, line {error.lineno}, column {error.offset}: {error.msg}",
                advice="Correct the Turtle at the place named; what went wrong may be shortly before it.",
            ) from error
        except ValueError as error:
            raise ProfileError(f"{name}, line {lines.number}: {error}") from error


def _base(name: str) -> str:
    """What `<>` and `<#Shape>` are relative to: the file's name without its folder, so that ids are everybody's."""
    return f"file:///{quote(PurePath(name).name)}"


class _Lines:
    """A file that a parser gets line by line, since it keeps no positions: it reads on only when it needs more.

    Attributes:
        number: of the line it was given last.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._start = 0
        self.number = 0

    def read(self, size: int = -1) -> bytes:
        """Return the rest of a line, or so many bytes of it; none at the end."""
        start = self._start
        if start >= len(self._data):
            return b""
        if not start or self._data[start - 1 : start] == b"\n":
            self.number += 1
        end = self._data.find(b"\n", start) + 1 or len(self._data)
        self._start = min(end, start + size) if size >= 0 else end
        return self._data[start : self._start]


class Statements:
    """An index over the statements of a profile's files."""

    def __init__(self, said: Iterable[Said]) -> None:
        self._about: dict[Term, dict[ox.NamedNode, list[Term]]] = {}
        self._file: dict[Term, str] = {}
        self._line: dict[tuple[Term, ox.NamedNode | None], int] = {}
        self._above: dict[Term, Term] = {}
        for name, line, quad in said:
            self._line.setdefault((quad.subject, None), line)
            self._line.setdefault((quad.subject, quad.predicate), line)
            self._about.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
            self._file.setdefault(quad.subject, name)
            if isinstance(quad.object, ox.BlankNode):
                self._above[quad.object] = quad.subject

    def __iter__(self) -> Iterator[Term]:
        return iter(self._about)

    def about(self, subject: Term) -> Mapping[ox.NamedNode, Sequence[Term]]:
        """Return values by predicate; empty for a node that is nowhere described."""
        return self._about.get(subject, {})

    def objects(self, subject: Term, local: str) -> Sequence[Term]:
        """Return the values of a SHACL property, given by its local name."""
        return self.about(subject).get(ox.NamedNode(SH + local), [])

    def literals(self, subject: Term, local: str) -> list[ox.Literal]:
        """Return the literals among the values of a SHACL property."""
        return [value for value in self.objects(subject, local) if isinstance(value, ox.Literal)]

    def items(self, head: Term, of: Term) -> list[Term]:
        """Return the members of an RDF list that is a value of the node `of`.

        Raises:
            ProfileError: it is no list with at least one member, or it bites its own tail.
        """
        members: list[Term] = []
        seen: set[Term] = set()
        node = head
        while node != NIL:
            first, rest = self.about(node).get(FIRST, []), self.about(node).get(REST, [])
            if len(first) != 1 or len(rest) != 1 or node in seen:
                raise ProfileError(f"{self.where(of)}: a list that is not well-formed")
            seen.add(node)
            members.append(first[0])
            node = rest[0]
        if not members:
            raise ProfileError(f"{self.where(of)}: a list without members")
        return members

    def members(self, subject: Term, local: str) -> list[Term]:
        """Return the shapes that a SHACL property of a node refers to; `sh:and`, `sh:or`, `sh:xone` hold lists of them.

        Raises:
            ProfileError: see `items`.
        """
        values = self.objects(subject, local)
        if local not in ("and", "or", "xone"):
            return list(values)
        return [member for head in values for member in self.items(head, subject)]

    def file(self, node: Term) -> str:
        """Return the name of the first file that describes a node."""
        return self._file[node]

    def where(self, node: Term, local: str | None = None) -> str:
        """Return file, line and node, a blank node by the nearest node above it that has an IRI.

        Args:
            local: of the SHACL property that is meant; `None` means where the description of the node begins.
        """
        named, seen = node, {node}
        while not isinstance(named, ox.NamedNode) and named in self._above and self._above[named] not in seen:
            named = self._above[named]
            seen.add(named)
        text = str(named) if named == node else f"a blank node below {named}"
        own = self._line.get((node, ox.NamedNode(SH + local))) if local is not None else None
        line = own or self._line.get((node, None)) or self._line.get((named, None))
        file = self._file.get(node) or self._file.get(named, "profile")
        return f"{file}, line {line}: {text}" if line else f"{file}: {text}"

    def place(self, node: Term) -> str:
        """Return file and line where the description of a node begins."""
        return f"{self._file[node]}, line {self._line[node, None]}"
