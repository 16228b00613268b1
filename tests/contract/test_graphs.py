"""One contract for every graph store: the embedded one, and real Oxigraph and Virtuoso servers behind the SPARQL 1.1
Protocol. Virtuoso's are skipped where it is not installed; where it differs the test says so.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from node.errors import QueryRefused, QueryTooLarge, SettingsError, StorageError
from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import GraphQuery, GraphStore, open_graph_store
from tests.servers.oxigraph import oxigraph_server
from tests.servers.virtuoso import PATHS as VIRTUOSO_PATHS

JSON = "application/sparql-results+json"
SETTINGS = SparqlSettings(timeout=10, workers=2, queue=4, max_rows=2500, max_bytes=200_000)


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
    store = open_graph_store(url, tmp_path, SETTINGS, paths)
    assert store.clear()
    yield store
    store.close()


def triple(subject: str, value: str, predicate: str = "p") -> str:
    return f'<http://e/{subject}> <http://e/{predicate}> "{value}" .\n'


def write(graphs: GraphStore, **contents: str) -> None:
    with graphs.writer() as writer:
        assert writer is not None
        writer.replace_many([(f"http://e/{name}", text) for name, text in contents.items()])


def ask(graphs: GraphStore, text: str, media_type: str = JSON, **dataset: tuple[str, ...]) -> str:
    query = GraphQuery(text=text, media_type=media_type, dataset=bool(dataset), **dataset)  # type: ignore[arg-type]
    answer = graphs.query(query)
    try:
        return b"".join(answer.chunks()).decode()
    finally:
        answer.close()


def values(graphs: GraphStore, text: str, **dataset: tuple[str, ...]) -> list[str]:
    bindings = json.loads(ask(graphs, text, **dataset))["results"]["bindings"]
    return sorted(term["value"] for row in bindings for term in row.values())


def check_named_datasets(graphs: GraphStore) -> None:
    """Of the graphs a, b and c, each with a statement about itself, those that a request names are all there is."""
    both = "SELECT ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"

    assert values(graphs, both, default_graphs=("http://e/a",)) == ["a"]
    assert values(graphs, both, default_graphs=("http://e/a", "http://e/b")) == ["a", "b"]
    assert values(graphs, both, named_graphs=("http://e/c",)) == ["c"]
    assert values(graphs, both, default_graphs=("http://e/a",), named_graphs=("http://e/c",)) == ["a", "c"]
    assert values(graphs, both, default_graphs=("http://e/unknown",)) == []


def test_a_store_that_nobody_has_written_answers_as_an_empty_dataset(graphs: GraphStore) -> None:
    assert values(graphs, "SELECT ?s { ?s ?p ?o }") == []
    assert json.loads(ask(graphs, "ASK {}"))["boolean"] is True


def test_the_default_graph_is_the_union_of_all_graphs(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "one"), b=triple("t", "two"))

    assert values(graphs, "SELECT ?o { ?s ?p ?o }") == ["one", "two"]
    assert values(graphs, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }") == ["http://e/a", "http://e/b"]


def test_replacing_a_graph_leaves_nothing_of_what_it_held(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "one") + triple("s", "two"), b=triple("t", "kept"))

    write(graphs, a=triple("s", "three"))

    assert values(graphs, "SELECT ?o { ?s ?p ?o }") == ["kept", "three"]


def test_replacing_a_graph_by_nothing_removes_it(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "one"), b=triple("t", "two"))

    with graphs.writer() as writer:
        assert writer is not None
        writer.replace("http://e/a", "")
        remaining = list(writer.graphs()), writer.count()

    assert remaining == (["http://e/b"], 1)
    assert values(graphs, "SELECT ?o { ?s ?p ?o }") == ["two"]


def test_every_kind_of_literal_comes_back_as_it_was(graphs: GraphStore) -> None:
    text = '<http://e/s> <http://e/p> "a\\"b\\\\c\\n\\u00e9\\U0001F600"@en-gb , '.replace(" , ", " .\n")
    text += '<http://e/s> <http://e/p> "2024"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n# a comment\n'
    write(graphs, a="", b=text)
    write(graphs, b=text)

    rows = json.loads(ask(graphs, "SELECT ?o { ?s ?p ?o } ORDER BY LANG(?o)"))["results"]["bindings"]

    assert rows[0]["o"]["datatype"].endswith("gYear")
    assert rows[1]["o"] == {"type": "literal", "xml:lang": "en-gb", "value": 'a"b\\c\né😀'}


NOT_N_TRIPLES = [
    triple("s", "x") + "} }; DROP ALL; INSERT DATA { GRAPH <http://e/z> { <http://e/s> <http://e/p> 1",
    triple("s", "x") + "} }; DROP ALL; INSERT DATA { GRAPH <http://e/z> { <http://e/s> <http://e/p> 1 .\n",
    "this is not RDF",
    "<rel> <http://e/p> <http://e/o> .",
    '<http://e/s> <http://e/p> "x" <http://e/other> .\n',
    triple("s", "x").rstrip() + " " + triple("s", "y"),
    '<http://e/s> <http://e/p> "x .\n" .\n',
]


@pytest.mark.parametrize("hostile", NOT_N_TRIPLES)
@pytest.mark.parametrize("existing", ["a", "new"])
def test_what_is_not_n_triples_is_refused_and_changes_nothing(graphs: GraphStore, hostile: str, existing: str) -> None:
    write(graphs, a=triple("s", "one"))

    with graphs.writer() as writer, pytest.raises(StorageError):
        assert writer is not None
        writer.replace(f"http://e/{existing}", hostile)

    assert values(graphs, "SELECT ?o { ?s ?p ?o }") == ["one"]


@pytest.mark.parametrize("hostile", NOT_N_TRIPLES)
def test_of_many_graphs_those_before_a_refused_one_are_written_and_it_is_not(graphs: GraphStore, hostile: str) -> None:
    write(graphs, existing=triple("s", "old"))
    texts = {"new": triple("s", "new"), "existing": triple("s", "replaced"), "refused": triple("s", "half") + hostile}

    with pytest.raises(StorageError, match="http://e/refused"):
        write(graphs, **texts)

    assert values(graphs, "SELECT ?o { ?s ?p ?o }") == ["new", "replaced"]


SPELLINGS = {
    "tabs, no line end": '<http://e/s>\t<http://e/p>\t"v".',
    "carriage returns": '<http://e/s> <http://e/p> "v" .\r<http://e/s> <http://e/p> "w" .\r\n',
    "comments": '# so .\n<http://e/s> <http://e/p> "v" . # so .\n<http://e/s> <http://e/p> "w" .#so .\n',
    "a literal with a full stop": '<http://e/s> <http://e/p> "v . <http://e/x> .#" .\n',
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_of_many_graphs_each_keeps_its_statements_however_they_are_spelt(graphs: GraphStore, spelling: str) -> None:
    write(graphs, a=triple("s", "before"), b=SPELLINGS[spelling], c=triple("s", "after"))

    assert values(graphs, "SELECT ?o { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }") == []
    named = ["http://e/a", *["http://e/b"] * SPELLINGS[spelling].count("<http://e/p>"), "http://e/c"]
    assert values(graphs, "SELECT ?g { GRAPH ?g { ?s ?p ?o } }") == named


def test_a_label_means_another_blank_node_in_every_graph(graphs: GraphStore) -> None:
    write(graphs, a='_:b <http://e/p> "one" .\n', b='_:b <http://e/p> "two" .\n')

    assert values(graphs, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }") == ["2"]


def test_of_many_graphs_with_one_name_the_last_is_kept(graphs: GraphStore) -> None:
    first = [("a", triple("s", "1")), ("b", "# first\n" + triple("s", "3")), ("emptied", triple("s", "5")), ("new", "")]
    then = [("a", triple("s", "2")), ("b", triple("s", "4")), ("emptied", ""), ("new", triple("s", "6"))]

    with graphs.writer() as writer:
        assert writer is not None
        writer.replace_many([(f"http://e/{name}", text) for name, text in first + then])

    assert values(graphs, "SELECT ?o { ?s ?p ?o }") == ["2", "4", "6"]


def test_more_statements_than_one_load_takes_are_all_written(graphs: GraphStore) -> None:
    # As records have them: of one property alone, Virtuoso sometimes never ends to remove so many.
    text = "".join(triple(f"s{number // 40}", f"v{number}", f"p{number % 40}") for number in range(30_000))

    write(graphs, a=text, b=text, c=text, d=text)

    assert values(graphs, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")[:4] == ["30000"] * 4


def test_what_a_killed_load_left_behind_is_removed(tmp_path: Path) -> None:
    store = open_graph_store("oxigraph:graphs", tmp_path, SETTINGS, StoreSettings())
    write(store, a=triple("s", "kept"))
    (left := tmp_path / "graphs" / "live" / "bulk-1.sst").touch()

    write(store, b=triple("s", "next"))

    assert not left.exists()
    store.close()


@pytest.mark.parametrize("name", ["http://e/a> { } }; DROP ALL #", "relative", ""])
def test_a_graph_is_named_by_an_iri(graphs: GraphStore, name: str) -> None:
    with graphs.writer() as writer, pytest.raises(StorageError):
        assert writer is not None
        writer.replace(name, triple("s", "x"))


def test_there_is_one_writer_at_a_time_and_the_next_one_gets_its_turn(graphs: GraphStore) -> None:
    with graphs.writer() as first:
        with graphs.writer() as second:
            assert first is not None
            assert second is None
        assert not graphs.clear()

    with graphs.writer() as third:
        assert third is not None


def test_a_dataset_that_is_named_is_all_there_is(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "a"), b=triple("s", "b"), c=triple("s", "c"))

    check_named_datasets(graphs)


def test_a_graph_is_found_by_its_name_alone_and_beside_others(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "a"), b=triple("s", "b"))
    named = "GRAPH <http://e/a> { <http://e/s> ?p ?o }"

    assert values(graphs, f"SELECT ?o {{ {named} }}") == ["a"]
    assert values(graphs, f"SELECT ?x {{ {named} ?s ?p ?x }}") == ["a", "b"]
    assert values(graphs, f"SELECT ?o ?g {{ {named} GRAPH ?g {{ ?s ?p 'b' }} }}") == ["a", "http://e/b"]
    assert values(graphs, "SELECT ?o { GRAPH <http://e/unknown> { ?s ?p ?o } }") == []
    assert values(graphs, f"SELECT ?o {{ {named} }}", named_graphs=("http://e/a",)) == ["a"]
    assert values(graphs, f"SELECT ?o {{ {named} }}", named_graphs=("http://e/b",)) == []


def test_a_description_has_all_that_is_said_of_a_resource(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "a") + triple("t", "other"), b=triple("s", "b"))

    everywhere = ask(graphs, "DESCRIBE <http://e/s>", "application/n-triples")
    somewhere = ask(graphs, "DESCRIBE <http://e/s>", "application/n-triples", default_graphs=("http://e/a",))

    assert sorted(everywhere.splitlines()) == [triple("s", value).strip() for value in "ab"]
    assert somewhere == triple("s", "a")


def test_a_state_has_a_name_until_something_is_written(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "a"))
    first = graphs.snapshot()
    if first is None:
        pytest.skip("the SPARQL Protocol has no name for a state; what the node noted would be part of the union")

    answer = graphs.query(GraphQuery(text="ASK {}", media_type=JSON))
    write(graphs, a=triple("s", "b"))

    assert answer.snapshot == first
    assert graphs.snapshot() not in (None, first)


def test_the_dataset_of_the_request_wins_over_that_of_the_query(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "a"), b=triple("s", "b"))

    assert values(graphs, "SELECT ?o FROM <http://e/a> { ?s ?p ?o }", default_graphs=("http://e/b",)) == ["b"]


def test_graph_answers_come_as_the_graph_that_was_asked_for(graphs: GraphStore) -> None:
    write(graphs, a=triple("s", "one"))

    text = ask(graphs, "CONSTRUCT { ?s <http://e/q> ?o } WHERE { ?s ?p ?o }", "application/n-triples")

    assert text.strip() == '<http://e/s> <http://e/q> "one" .'


def test_a_syntax_error_is_the_querys_fault_and_has_a_position(graphs: GraphStore) -> None:
    with pytest.raises(QueryRefused, match="error at 1:13") as refused:
        ask(graphs, "SELECT * { ?")

    assert refused.value.status == 400


def test_an_answer_over_a_limit_breaks_off_instead_of_ending_early(graphs: GraphStore) -> None:
    lines = "".join(triple(f"s{number}", "x" * 10) for number in range(3000))
    write(graphs, a=lines)

    for text, limit in (
        ("SELECT ?s { ?s ?p ?o }", "rows"),
        ("SELECT * { ?s ?p ?o } LIMIT 2400", "bytes"),
    ):
        with pytest.raises(QueryTooLarge, match=limit):
            ask(graphs, text)
    assert len(values(graphs, "SELECT ?s { ?s ?p ?o } LIMIT 2000")) == 2000


def test_xml_stays_well_formed_whatever_the_literals_hold(graphs: GraphStore) -> None:
    write(graphs, a='<http://e/s> <http://e/p> "a\\u0001b\\u000Bc\\uFFFEd<&>" .\n')

    results = ask(graphs, "SELECT ?o { ?s ?p ?o }", "application/sparql-results+xml")
    rdf = ask(graphs, "CONSTRUCT WHERE { ?s ?p ?o }", "application/rdf+xml")

    for text in (results, rdf):
        assert "a\ufffdb\ufffdc\ufffdd<&>" in "".join(ElementTree.fromstring(text).itertext())


def test_row_51_a_reader_never_sees_a_half_replaced_graph(graphs: GraphStore) -> None:
    write(graphs, a="".join(triple(f"s{number}", "0") for number in range(20)))
    stop = threading.Event()

    def rewrite() -> None:
        for version in range(1, 40):
            if stop.is_set():
                return
            write(graphs, a="".join(triple(f"s{number}", str(version)) for number in range(20)))

    thread = threading.Thread(target=rewrite)
    thread.start()
    try:
        seen = [values(graphs, "SELECT ?o { ?s ?p ?o }") for _ in range(40)]
    finally:
        stop.set()
        thread.join()

    assert all(len(rows) == 20 and len(set(rows)) == 1 for rows in seen)


def test_a_store_that_answers_passes_its_check(graphs: GraphStore) -> None:
    assert isinstance(graphs.check(), tuple)


def test_a_service_that_does_not_answer_fails_its_check(tmp_path: Path) -> None:
    store = open_graph_store("sparql+http://127.0.0.1:9", tmp_path, SETTINGS, StoreSettings())

    with pytest.raises(StorageError):
        store.check()


@pytest.mark.parametrize("url", ["http://e/", "oxigraph:", "sparql+ftp://e/", "neo4j:x", "sparql+http:x"])
def test_a_url_of_no_known_store_is_a_settings_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        open_graph_store(url, tmp_path, SETTINGS, StoreSettings())
