"""The graph of a document, and the part of it that is about one resource, as a document of its own.

A part holds the resource's statements and what hangs below it: blank nodes, and things that are no resource of their
own, such as distributions, agents and contact points. It is N-Triples whose blank nodes are named by what they say, so
that a resource that did not change gives the same bytes wherever its document puts it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import PREFIXES, RDF_TYPE
from node.syntax import to_ntriples

MEDIA_TYPE = "application/n-triples"


class Graph:
    """The statements of a document, or of several that were merged.

    Args:
        triples: in document order.
        blank: what the names of blank nodes begin with.
    """

    def __init__(self, triples: Iterable[Triple], blank: str) -> None:
        self._blank: tuple[str, ...] = (blank,)
        self._about: dict[Iri, list[tuple[Iri, Node]]] = {}
        self._size = 0
        self._given = 0
        self._add(triples)

    def merge(self, triples: Iterable[Triple], blank: str) -> None:
        """Add the statements of another document."""
        self._blank = (*self._blank, blank)
        self._add(triples)

    def subjects(self) -> Iterator[Iri]:
        """Return every subject, in document order."""
        return iter(self._about)

    def statements(self) -> Iterator[Triple]:
        """Yield every statement, by subject."""
        for subject, about in self._about.items():
            for predicate, value in about:
                yield subject, predicate, value

    def describes(self, node: Node) -> bool:
        """Say whether more than its class is stated about a node."""
        return isinstance(node, Iri) and any(predicate != RDF_TYPE for predicate, _ in self._about.get(node, ()))

    def types(self, node: Iri) -> set[Node]:
        """Return the classes of a node."""
        return {value for predicate, value in self._about.get(node, ()) if predicate == RDF_TYPE}

    def values(self, node: Iri, *predicates: Iri) -> list[Node]:
        """Return the values of some predicates, in document order."""
        return [value for predicate, value in self._about.get(node, ()) if predicate in predicates]

    def texts(self, node: Iri, *predicates: Iri) -> list[str]:
        """Return the literals of some predicates as text, empty ones left out."""
        found = (value.value.strip() for value in self.values(node, *predicates) if isinstance(value, Literal))
        return [text for text in found if text]

    def is_blank(self, node: Node) -> bool:
        """Say whether a node was blank."""
        return isinstance(node, Iri) and node.startswith(self._blank)

    def part(self, roots: Iterable[Iri], is_other: Callable[[Iri], bool]) -> list[Triple]:
        """Return the statements about some nodes and what hangs below them, the nearest first.

        Args:
            roots: where to start.
            is_other: whether a node is a resource of its own, where the walk ends.
        """
        waiting = list(dict.fromkeys(roots))
        seen = set(waiting)
        found: list[Triple] = []
        for node in waiting:
            for predicate, value in self._about.get(node, ()):
                found.append((node, predicate, value))
                if not isinstance(value, Iri) or value in seen or predicate == RDF_TYPE or value not in self._about:
                    continue
                # A concept's neighbours lead through the whole vocabulary.
                if predicate.startswith(_SKOS) and not self.is_blank(value):
                    continue
                if not is_other(value):
                    seen.add(value)
                    waiting.append(value)
        self._given += len(found)
        return found

    @property
    def repetition(self) -> float:
        """How many times its own size the parts handed out amount to."""
        return self._given / (self._size + 1000)

    def payload(self, triples: Iterable[Triple]) -> bytes:
        """Return statements as N-Triples, blank nodes by labels that come of what is said about them."""
        triples = list(triples)
        names = self._labels(triples)
        if not names:
            return to_ntriples(triples).encode()
        # The names stand in for labels until the text is written, so they must not be in any literal.
        stem = self._blank[0]
        standins = {node: Iri(f"{stem}-{number}") for node, number in names.items()}

        def renamed(node: Iri) -> Iri:
            return standins.get(node, node)

        text = to_ntriples(
            (renamed(subject), predicate, renamed(value) if isinstance(value, Iri) else value)
            for subject, predicate, value in triples
        )
        text = re.sub(rf"<{re.escape(stem)}-(\d+)>", r"_:b\1", text)
        # At line feeds alone: a literal may hold other separators of lines, such as U+2028.
        return "".join(sorted(f"{line}\n" for line in text.split("\n") if line)).encode()

    def _add(self, triples: Iterable[Triple]) -> None:
        for subject, predicate, value in triples:
            self._about.setdefault(subject, []).append((predicate, value))
            self._size += 1

    def _labels(self, triples: list[Triple]) -> dict[Iri, int]:
        """Number the blank nodes by what is said about them, to a depth that tells apart what documents hold."""
        blanks: dict[Iri, str] = {}
        for subject, _, value in triples:
            for node in (subject, value):
                if isinstance(node, Iri) and self.is_blank(node):
                    blanks.setdefault(node, "")
        kinds = 0
        for _ in range(_ROUNDS if blanks else 0):
            said: dict[Iri, list[str]] = {node: [] for node in blanks}
            for subject, predicate, value in triples:
                if subject in said:
                    said[subject].append(f"> {predicate} {_told(value, blanks)}")
                if isinstance(value, Iri) and value in said:
                    said[value].append(f"< {predicate} {_told(subject, blanks)}")
            blanks = {
                node: hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()
                for node, lines in said.items()
            }
            if (now := len(set(blanks.values()))) == kinds:
                break
            kinds = now
        ordered = sorted(blanks, key=lambda node: blanks[node])
        return {node: number for number, node in enumerate(ordered, start=1)}


_SKOS = PREFIXES["skos"]
_ROUNDS = 12


def _told(node: Node, blanks: dict[Iri, str]) -> str:
    if isinstance(node, Literal):
        return f"{node.value!r} {node.language} {node.datatype}"
    return f"_:{blanks[node]}" if node in blanks else node
