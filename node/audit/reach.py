"""What the results of each shape rest on, as a digest: where it is the same in two profiles, the results are the same.

A shape rests on all that can be reached from its node in the shapes graph (SHACL, section 1.1): the shapes it refers
to, its path, its lists, the classes it names; on the vocabularies; and on the engine. Its points, the check it
requires, its name and its description decide no result: scores are worked out anew from verdicts.

Shapes that report through each other by sh:property go together: the results of the inner one come from all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyoxigraph as ox

from node.namespaces import RDF_TYPE
from node.validation import Profile
from node.validation.shapes import FNS, Shape, by_targets
from node.validation.shapes_files import read_statements
from node.validation.statements import FIRST, NIL, REST, SH, Statements, Term

_SILENT = frozenset(
    {
        ox.NamedNode(FNS + "points"),
        ox.NamedNode(FNS + "requires"),
        ox.NamedNode(SH + "name"),
        ox.NamedNode(SH + "description"),
    }
)
"""What is said of a shape and decides no result."""
_PROPERTY = ox.NamedNode(SH + "property")
_DISJOINT = ox.NamedNode(SH + "qualifiedValueShapesDisjoint")
_PLAIN_KINDS = frozenset({ox.NamedNode(SH + "NodeShape"), ox.NamedNode(SH + "PropertyShape")})


def digests(profile: Profile, engine: str) -> dict[str, str]:
    """Return, by the id of each shape of a profile, the digest of what its results rest on.

    Args:
        engine: the digest of the engine's code and libraries.
    """
    reach = _Reach(read_statements(profile.files))
    known = {shape.id: _sha256(reach.closure(ox.NamedNode(shape.iri))) for shape in profile.shapes}
    whole = "".join(hashlib.sha256(data).hexdigest() for _, data in profile.files) if reach.loops else ""
    about = _sha256([engine, profile.vocabularies, str(profile.judges_record), whole])
    found: dict[str, str] = {}
    for members in _together(profile, reach.statements):
        together = _sha256([about, *(f"{name} {known[name]}" for name in sorted(members))])
        found |= dict.fromkeys(members, together)
    return found


def only(profile: Profile, ids: frozenset[str]) -> Profile:
    """Return a profile that asks only some of the shapes; of shapes that go together, ask all or none."""
    shapes = tuple(shape for shape in profile.shapes if shape.id in ids)
    return replace(profile, shapes=shapes, digest=_sha256([profile.digest, *(shape.id for shape in shapes)]))


def _together(profile: Profile, statements: Statements) -> Iterator[list[str]]:
    """Yield the ids of shapes whose results cannot be told apart."""
    above: dict[str, str] = {shape.id: shape.id for shape in profile.shapes}
    names = {ox.NamedNode(shape.iri): shape.id for shape in profile.shapes}

    def top(name: str) -> str:
        while above[name] != name:
            name = above[name]
        return name

    for node, name in names.items():
        for inner in statements.about(node).get(_PROPERTY, ()):
            if isinstance(inner, ox.NamedNode) and inner in names:
                above[top(names[inner])] = top(name)
    for members in by_targets(profile.shapes):
        # The engine looks the targets of all of them up once, and where one is a class it has targets by that, too.
        if any(_is_more_than_shape(shape, statements) for shape in members):
            for shape in members:
                above[top(shape.id)] = top(members[0].id)
    groups: dict[str, list[str]] = {}
    for name in above:
        groups.setdefault(top(name), []).append(name)
    yield from groups.values()


def _is_more_than_shape(shape: Shape, statements: Statements) -> bool:
    kinds = statements.about(ox.NamedNode(shape.iri)).get(ox.NamedNode(RDF_TYPE), ())
    return not _PLAIN_KINDS.issuperset(kinds)


class _Reach:
    """Walks a shapes graph.

    Attributes:
        loops: a blank node that leads back to itself was met: it has no digest of its own.
    """

    def __init__(self, statements: Statements) -> None:
        self.statements = statements
        self.loops = False
        self._texts: dict[Term, str] = {}
        self._open: set[Term] = set()
        self._parents: dict[Term, list[Term]] = {}
        for subject in statements:
            for inner in statements.about(subject).get(_PROPERTY, ()):
                self._parents.setdefault(inner, []).append(subject)

    def closure(self, start: ox.NamedNode) -> list[str]:
        """Return what is said of all nodes that a shape leads to, in a fixed order."""
        seen: set[Term] = {start}
        waiting: list[Term] = [start]
        while waiting:
            node = waiting.pop()
            about = self.statements.about(node)
            nearby = [value for values in _telling(about).values() for value in values]
            if _DISJOINT in about:
                # Such a shape looks at its siblings, so at all that the shapes around it say (section 4.7.3).
                nearby += self._parents.get(node, ())
            for each in nearby:
                if each not in seen and self.statements.about(each):
                    seen.add(each)
                    waiting.append(each)
        return sorted(f"{node} {self._said(node)}" for node in seen if isinstance(node, ox.NamedNode))

    def _said(self, node: Term) -> str:
        """Return the digest of what is said of a node, and of the blank nodes in that."""
        about = _telling(self.statements.about(node))
        return _sha256(
            f"{predicate} {text}"
            for predicate in sorted(about, key=str)
            for text in sorted(self._text(value) for value in dict.fromkeys(about[predicate]))
        )

    def _text(self, value: Term) -> str:
        if not isinstance(value, ox.BlankNode):
            return str(value)
        if value not in self._texts:
            if value in self._open:
                self.loops = True
                return "loop"
            self._open.add(value)
            self._texts[value] = self._list(value) or self._said(value)
            self._open.discard(value)
        return self._texts[value]

    def _list(self, head: Term) -> str:
        """Return the digest of a list, member by member, for some have thousands; nothing where it is none."""
        members: list[str] = []
        seen: set[Term] = set()
        node = head
        while node != NIL:
            about = self.statements.about(node)
            first, rest = about.get(FIRST, ()), about.get(REST, ())
            if len(about) != 2 or len(first) != 1 or len(rest) != 1 or node in seen:
                return ""
            seen.add(node)
            members.append(self._text(first[0]))
            node = rest[0]
        return f"list {_sha256(members)}"


def _telling(about: Mapping[ox.NamedNode, Iterable[Term]]) -> dict[ox.NamedNode, Iterable[Term]]:
    return {predicate: values for predicate, values in about.items() if predicate not in _SILENT}


def _sha256(parts: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        # Each part by its own digest, so that moving text from one part to the next changes the whole.
        whole.update(hashlib.sha256(part.encode()).digest())
    return whole.hexdigest()
