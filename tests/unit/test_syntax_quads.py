"""RDF datasets at the gate: named graphs, names of blank nodes, limits."""

from __future__ import annotations

import pytest

from node.errors import SyntaxRefused, TooLarge
from node.model.rdf import Iri, Literal
from node.syntax.quads import parse_quads

BASE = "https://example.org/doc"


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("application/trig", '<g> { <a> <p> "x" } <a> <p> "y" .'),
        (
            "application/n-quads; charset=utf-8",
            '<https://example.org/a> <https://example.org/p> "x" <https://example.org/g> .\n'
            '<https://example.org/a> <https://example.org/p> "y" .\n',
        ),
        (
            "application/ld+json",
            '[{"@id": "g", "@graph": [{"@id": "a", "https://example.org/p": "x"}]},'
            ' {"@id": "a", "https://example.org/p": "y"}]',
        ),
    ],
)
def test_statements_keep_the_name_of_their_graph(media_type: str, text: str) -> None:
    found = parse_quads(text.encode(), media_type, base_iri=BASE)

    a, p, g = (Iri(f"https://example.org/{name}") for name in "apg")
    assert set(found) == {(a, p, Literal("x"), g), (a, p, Literal("y"), None)}


def test_a_document_without_graphs_is_read_as_triples_are() -> None:
    found = parse_quads(b"<a> <p> <b> .", "text/turtle", base_iri=BASE)

    assert found == ((Iri("https://example.org/a"), Iri("https://example.org/p"), Iri("https://example.org/b"), None),)


def test_blank_nodes_have_names_that_the_document_does_not_use_itself() -> None:
    found = parse_quads(b"<#b1> <p> [ <q> [] ] . _:g { <a> <p> <b> }", "application/trig", base_iri=BASE)

    names = {term for quad in found for term in quad if isinstance(term, Iri) and term.startswith(f"{BASE}#b")}
    assert len(names) == 4, "the document's own, two nodes and a graph"
    assert f"{BASE}#b1" in names


@pytest.mark.parametrize(
    ("text", "limits", "error"),
    [
        (b"<a> <p> <b> ", {}, SyntaxRefused),
        (b"<a> <p> <b> . <a> <p> <c> .", {"max_quads": 1}, TooLarge),
        (b"<a> <p> <b> .", {"max_bytes": 5}, TooLarge),
        (b"@prefix x: <http://x/" + b"y" * 9000 + b"> . x:a x:b x:c .", {}, SyntaxRefused),
    ],
)
def test_what_is_broken_or_too_large_is_refused(text: bytes, limits: dict[str, int], error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_quads(text, "application/trig", base_iri=BASE, **limits)
