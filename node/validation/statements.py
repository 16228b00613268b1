"""The statements of shapes files, by subject and predicate, each subject with the file it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyoxigraph as ox

from node.errors import ProfileError
from node.namespaces import PREFIXES

SH = PREFIXES["sh"]
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

FIRST = ox.NamedNode(PREFIXES["rdf"] + "first")
REST = ox.NamedNode(PREFIXES["rdf"] + "rest")
NIL = ox.NamedNode(PREFIXES["rdf"] + "nil")


def parse_turtle(files: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, ox.Quad]]:
    """Yield the statements of files, each with the name of its file; blank nodes of two files never meet.

    Raises:
        ProfileError: a file is not Turtle; the message names file and line.
    """
    for name, data in files:
        try:
            for quad in ox.parse(data, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
                yield name, quad
        except SyntaxError as error:
            raise ProfileError(f"{name}, line {error.lineno}: {error.msg}") from error
        except ValueError as error:
            raise ProfileError(f"{name}: {error}") from error


class Statements:
    """An index over the statements of a profile's files."""

    def __init__(self) -> None:
        self._about: dict[Term, dict[ox.NamedNode, list[Term]]] = {}
        self._file: dict[Term, str] = {}
        self._above: dict[Term, Term] = {}

    @classmethod
    def parse(cls, files: Sequence[tuple[str, bytes]]) -> Statements:
        """Read files of Turtle, given with their names; raises `ProfileError`."""
        found = cls()
        for name, quad in parse_turtle(files):
            found._about.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
            found._file.setdefault(quad.subject, name)
            if isinstance(quad.object, ox.BlankNode):
                found._above[quad.object] = quad.subject
        return found

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

    def file(self, node: Term) -> str:
        """Return the name of the first file that describes a node."""
        return self._file[node]

    def where(self, node: Term) -> str:
        """Return the file and the node, a blank node by the nearest node above it that has an IRI."""
        named, seen = node, {node}
        while not isinstance(named, ox.NamedNode) and named in self._above and self._above[named] not in seen:
            named = self._above[named]
            seen.add(named)
        text = str(named) if named == node else f"a blank node below {named}"
        return f"{self._file.get(node) or self._file.get(named, 'profile')}: {text}"
