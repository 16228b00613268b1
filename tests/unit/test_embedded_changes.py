"""Replacing a graph writes what changes in it, and leaves it saying the new text and nothing else."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from node.storage.graphs.embedded import graph_change

NAME = ox.NamedNode("https://example.org/g")
OTHER = '<urn:s> <urn:p> "other" <urn:g> .\n'
A, B = '<urn:s> <urn:p> "a" .\n', '<urn:s> <urn:p> "b\\n} ; DROP ALL \\u0085 \\\\u0022" .\n'
ONE, ONE_MORE = (f'<urn:s> <urn:n> "{text}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n' for text in ("1", "01"))


@pytest.mark.parametrize(
    ("before", "after", "verbs"),
    [
        (A + B, A + B, []),
        (A, A + B, ["INSERT"]),
        (A + B, B, ["DELETE"]),
        (A + ONE, B + ONE, ["DELETE", "INSERT"]),
        (A + ONE, A + ONE_MORE, ["DELETE", "INSERT"]),
        (A + ONE, A + ONE + ONE_MORE, ["INSERT"]),
        ("_:x <urn:p> <urn:o> .\n" + A, "_:y <urn:p> <urn:o> .\n", ["DROP", "INSERT"]),
    ],
)
def test_a_replaced_graph_says_the_new_text_and_nothing_else(before: str, after: str, verbs: list[str]) -> None:
    store, fresh = ox.Store(), ox.Store()
    store.load(OTHER.encode(), ox.RdfFormat.N_QUADS)
    store.load(before.encode(), ox.RdfFormat.N_TRIPLES, to_graph=NAME)
    fresh.load(after.encode(), ox.RdfFormat.N_TRIPLES, to_graph=NAME)

    change = graph_change(store, NAME, after.encode())
    store.update(change)

    assert [word for word in change.replace("DROP ALL", "").split() if word in ("DROP", "DELETE", "INSERT")] == verbs
    assert said(store) == said(fresh)
    assert len(store) == len(fresh) + 1


def said(store: ox.Store) -> list[str]:
    quads = store.quads_for_pattern(None, None, None, NAME)
    return sorted(" ".join(str(term) for term in quad.triple if not isinstance(term, ox.BlankNode)) for quad in quads)
