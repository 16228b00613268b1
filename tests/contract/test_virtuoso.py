"""What a node asks of a graph store, asked of a real Virtuoso: the reading part of the contract, and where it differs.

Where it cannot pass is told in docs/explanation/decisions/sparql-workers.md.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import QueryRefused, QueryTooLarge
from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import GraphStore, open_graph_store
from tests.contract.test_graphs import ask, check_named_datasets, triple, values, write
from tests.servers.virtuoso import ROWS, virtuoso_server


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    with virtuoso_server(tmp_path_factory.mktemp("virtuoso")) as url:
        paths = StoreSettings(graphs_query_path="/sparql", graphs_update_path="/sparql")
        store = open_graph_store(f"sparql+{url}", Path(), SparqlSettings(timeout=20), paths)
        write(store, a=triple("s", "a"), b=triple("s", "b"), c=triple("s", "old"))
        write(store, c=triple("s", "c"), many="".join(triple(f"s{number}", "v", "q") for number in range(ROWS + 1)))
        yield store
        store.close()


def test_the_default_graph_is_the_union_of_all_graphs(graphs: GraphStore) -> None:
    assert values(graphs, "SELECT ?o { <http://e/s> <http://e/p> ?o }") == ["a", "b", "c"]
    assert values(graphs, "SELECT ?g { GRAPH ?g { <http://e/s> <http://e/p> ?o } }") == [
        "http://e/a",
        "http://e/b",
        "http://e/c",
    ]


def test_a_dataset_that_is_named_is_all_there_is(graphs: GraphStore) -> None:
    check_named_datasets(graphs)


def test_solutions_and_graphs_come_in_the_formats_that_are_asked_for(graphs: GraphStore) -> None:
    one = "SELECT ?s ?o { GRAPH <http://e/a> { ?s ?p ?o } }"

    assert json.loads(ask(graphs, one))["results"]["bindings"][0]["o"]["value"] == "a"
    assert list(csv.reader(io.StringIO(ask(graphs, one, "text/csv")))) == [["s", "o"], ["http://e/s", "a"]]
    assert "<literal>a</literal>" in ask(graphs, one, "application/sparql-results+xml")
    made = ask(graphs, "CONSTRUCT { ?s <http://e/q> ?o } { GRAPH <http://e/a> { ?s ?p ?o } }", "application/n-triples")
    assert made.split() == ["<http://e/s>", "<http://e/q>", '"a"', "."]


def test_a_syntax_error_is_the_querys_fault_without_the_words_of_the_store(graphs: GraphStore) -> None:
    with pytest.raises(QueryRefused) as refused:
        ask(graphs, "SELECT * { ?")

    assert refused.value.status == 400
    assert "Virtuoso" not in refused.value.message


@pytest.mark.parametrize("media_type", ["text/csv", "application/sparql-results+json"])
def test_an_answer_that_the_store_cuts_at_its_own_limit_is_an_error(graphs: GraphStore, media_type: str) -> None:
    with pytest.raises(QueryTooLarge, match=f"{ROWS} rows"):
        ask(graphs, "SELECT ?s { ?s <http://e/q> ?o }", media_type)

    few = ask(graphs, f"SELECT ?s {{ ?s <http://e/q> ?o }} LIMIT {ROWS - 1}", media_type)

    assert few.count("http://e/s") == ROWS - 1
