"""No text of a record ends a statement, a graph or an update of a graph store, whoever put it there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from node.errors import StorageError, SyntaxRefused
from node.model.rdf import Iri, Literal
from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import GraphQuery, GraphStore, open_graph_store
from node.syntax import to_ntriples
from tests.servers.oxigraph import oxigraph_server
from tests.servers.virtuoso import PATHS as VIRTUOSO_PATHS

S, P = Iri("http://e/s"), Iri("http://e/p")
KEPT = '<http://e/kept> <http://e/p> "kept" .\n'
ESCAPES = (
    '> . } } ; DROP ALL ; INSERT DATA { GRAPH <http://e/evil> { <http://e/x> <http://e/y> "z',
    "a> } } ; CLEAR ALL #",
    "a\n} } ;\nDROP ALL ;\n#",
    '" . } } ; DROP ALL #',
    '\\" . } } ; DROP ALL #',
    "\\u0022 . } } ; DROP ALL #",
    "\\u003E } } ; DROP ALL #",
    "''' \"\"\" } } ; LOAD <http://127.0.0.1:9/> #",
    "\x00\x1f\x7f\u2028\ud800 } } ; DROP ALL",
    "a\r\n\r\nDROP ALL",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with oxigraph_server() as url:
        yield url


@pytest.fixture(params=["embedded", "remote", "virtuoso"])
def graphs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    url, paths = "oxigraph:graphs", StoreSettings()
    if request.param == "remote":
        url = "sparql+" + request.getfixturevalue("server")
    elif request.param == "virtuoso":
        url, paths = "sparql+" + request.getfixturevalue("virtuoso").url, VIRTUOSO_PATHS
    store = open_graph_store(url, tmp_path, SparqlSettings(timeout=10), paths)
    assert store.clear()
    with store.writer() as writer:
        assert writer is not None
        writer.replace("http://e/kept", KEPT)
    yield store
    store.close()


def rows(store: GraphStore) -> list[tuple[str, ...]]:
    query = GraphQuery(
        text="SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }", media_type="application/sparql-results+json"
    )
    answer = store.query(query)
    solutions = ox.parse_query_results(b"".join(answer.chunks()), ox.QueryResultsFormat.JSON)
    assert isinstance(solutions, ox.QuerySolutions)
    return sorted(tuple(str(term) for term in solution) for solution in solutions)


@pytest.mark.parametrize("text", ESCAPES)
@pytest.mark.parametrize("place", ["subject", "predicate", "object", "literal", "language", "datatype"])
def test_no_text_of_a_record_becomes_an_update(graphs: GraphStore, text: str, place: str) -> None:
    iri = Iri("http://e/" + text)
    triple = {
        "subject": (iri, P, S),
        "predicate": (S, iri, S),
        "object": (S, P, iri),
        "literal": (S, P, Literal(text)),
        "language": (S, P, Literal("x", language=text)),
        "datatype": (S, P, Literal("x", datatype=iri)),
    }[place]

    with graphs.writer() as writer:
        assert writer is not None
        writer.replace("http://e/mine", to_ntriples([triple]))

    found = rows(graphs)
    assert [row[0] for row in found] == ["<http://e/kept>", "<http://e/mine>"]
    if place == "literal":
        assert found[1][3] == str(ox.Literal(text.replace("\ud800", "\ufffd")))


@pytest.mark.parametrize("text", ESCAPES)
def test_no_name_of_a_graph_becomes_an_update(graphs: GraphStore, text: str) -> None:
    before = rows(graphs)

    with graphs.writer() as writer:
        assert writer is not None
        with pytest.raises((StorageError, SyntaxRefused, UnicodeEncodeError)):
            writer.replace("http://e/" + text, KEPT)

    assert rows(graphs) == before


@pytest.mark.parametrize("text", ESCAPES)
def test_text_that_is_no_n_triples_is_not_sent(graphs: GraphStore, text: str) -> None:
    before = rows(graphs)

    with graphs.writer() as writer:
        assert writer is not None
        with pytest.raises((StorageError, SyntaxRefused, UnicodeEncodeError)):
            writer.replace("http://e/mine", f"<http://e/{text}> <http://e/p> <http://e/o> .\n")

    assert rows(graphs) == before
