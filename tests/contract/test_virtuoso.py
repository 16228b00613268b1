"""What Virtuoso needs beyond the contract that every graph store passes (`test_graphs`): its limits, terms, extensions.

What cannot hold there is told in docs/how-to/run-on-virtuoso.md.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import requests

from node.bootstrap import initialise, open_node
from node.demo.repository import SampleRepository
from node.demo.sample import sample_records
from node.errors import FairnodeError, QueryRefused, QueryTimeout, QueryTooLarge, SettingsError, StorageError
from node.exposition.sparql_examples import examples
from node.exposition.sparql_guard import admit
from node.model.label import Audience
from node.model.source import Source
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, SparqlSettings, StoreSettings
from node.storage.graphs import GraphQuery, GraphStore, open_graph_store
from node.storage.graphs.counting import Counter
from tests.contract.test_graphs import JSON, ask, triple, values, write
from tests.contract.test_sparql_canary import QUERIES, canary, spelt
from tests.servers.virtuoso import PASSWORD_ENV, PATHS, ROWS, VirtuosoServer

XSD = "http://www.w3.org/2001/XMLSchema#"
LIMITS = SparqlSettings(timeout=20)


def open_store(server: VirtuosoServer) -> GraphStore:
    return open_graph_store(f"sparql+{server.url}", Path(), LIMITS, PATHS)


@pytest.fixture(scope="module")
def graphs(virtuoso: VirtuosoServer) -> Iterator[GraphStore]:
    store = open_store(virtuoso)
    assert store.clear()
    write(store, many="".join(triple(f"s{number}", "v", "q") for number in range(ROWS + 1)), a=triple("s", "a"))
    yield store
    store.close()


@pytest.mark.parametrize("media_type", ["text/csv", JSON])
def test_an_answer_that_the_store_cuts_at_its_own_limit_is_an_error(graphs: GraphStore, media_type: str) -> None:
    with pytest.raises(QueryTooLarge, match=f"{ROWS} rows"):
        ask(graphs, "SELECT ?s { ?s <http://e/q> ?o }", media_type)

    few = ask(graphs, f"SELECT ?s {{ ?s <http://e/q> ?o }} LIMIT {ROWS - 1}", media_type)

    assert few.count("http://e/s") == ROWS - 1


def test_a_graph_that_the_store_cuts_at_its_own_limit_is_an_error(graphs: GraphStore) -> None:
    with pytest.raises(QueryTooLarge, match=f"{ROWS} rows"):
        ask(graphs, "CONSTRUCT { ?s <http://e/r> ?o } WHERE { ?s <http://e/q> ?o }", "text/turtle")


def test_an_answer_that_the_store_cuts_at_its_time_limit_is_an_error(graphs: GraphStore) -> None:
    endless = (
        "SELECT (COUNT(*) AS ?n) { ?a <http://e/q> ?x . ?b <http://e/q> ?y . ?c <http://e/q> ?z FILTER(?a != ?b) }"
    )

    # Virtuoso takes no time limit below a second, and answers 200 when it is over.
    with pytest.raises(QueryTimeout):
        b"".join(graphs.query(GraphQuery(text=endless, media_type=JSON), timeout=1.5).chunks())


TERMS = {
    f'"{text}"^^<{datatype}>'
    for datatype, texts in {
        f"{XSD}integer": ("x", "", "9223372036854775808", "1e3"),
        f"{XSD}nonNegativeInteger": ("many", "12"),
        f"{XSD}decimal": ("0.000000000000000000001", "1e5", "2.5"),
        f"{XSD}double": ("1e400", "high"),
        f"{XSD}boolean": ("TRUE", "", "true", "false"),
        f"{XSD}date": ("-0044-03-15", "2024", "2024-05-06", "soon"),
        f"{XSD}dateTime": ("2024-01-02", "2024-01-02T03:04:05-00:00", "2024-01-02T03:04:05Z"),
        f"{XSD}gYear": ("-0044", "2024"),
        f"{XSD}time": ("12:00:00", "noon"),
        f"{XSD}duration": ("P1Y", "PT5M"),
        f"{XSD}dayTimeDuration": ("P1D",),
        f"{XSD}yearMonthDuration": ("P1Y",),
        "http://www.opengis.net/ont/geosparql#wktLiteral": ("POINT(1.00 2)", "nowhere"),
        "http://e/type": ("x", "urn:fairnode:as-written:"),
    }.items()
    for text in texts
} | {
    '"nodeID://b1"',
    '"a\\tb\\u0001 \\"type\\": \\"bnode\\", ^^<urn:fairnode:as-written:x>"@en',
    '"42"',
    '""',
    "<http://e/o>",
}


def test_a_literal_that_the_store_would_change_or_refuse_comes_back_as_it_was(graphs: GraphStore) -> None:
    write(graphs, terms="".join(f"<http://e/t> <http://e/t> {term} .\n" for term in TERMS))
    query = "SELECT ?o { GRAPH <http://e/terms> { ?s ?p ?o } }"

    table = ox.parse_query_results(ask(graphs, query).encode(), ox.QueryResultsFormat.JSON)
    graph = ask(graphs, "CONSTRUCT { ?s ?p ?o } { GRAPH <http://e/terms> { ?s ?p ?o } }", "application/n-triples")

    wanted = {quad.object for term in TERMS for quad in ox.parse(f"<a:s> <a:p> {term} .", ox.RdfFormat.N_TRIPLES)}
    assert isinstance(table, ox.QuerySolutions)
    assert {row[0] for row in table} == wanted
    assert {quad.object for quad in ox.parse(graph, ox.RdfFormat.N_TRIPLES)} == wanted


@pytest.mark.parametrize("term", ['"P1Y"^^xsd:duration', '"x"^^xsd:integer', "'''2024'''^^xsd:date"])
def test_a_query_finds_a_literal_that_the_store_would_change(graphs: GraphStore, term: str) -> None:
    write(
        graphs,
        terms=f'<http://e/t> <http://e/t> "{term.strip(chr(39)).split("^")[0].strip(chr(34) + chr(39))}"'
        f"^^<{XSD}{term.rpartition(':')[2]}> .",
    )

    assert values(graphs, f"PREFIX xsd: <{XSD}> SELECT ?s {{ ?s <http://e/t> {term} }}") == ["http://e/t"]


def test_a_name_that_the_store_would_cut_off_is_told_from_every_other(graphs: GraphStore) -> None:
    long = "http://e/" + "x" * 3000
    write(graphs, long=f"<{long}1> <http://e/t> <{long}2> .\n<nodeID://b1> <http://e/t> <http://e/o> .\n")

    assert len(set(values(graphs, "SELECT ?s ?o { GRAPH <http://e/long> { ?s ?p ?o } }"))) == 4
    assert values(graphs, f"SELECT ?p {{ <{long}1> ?p <{long}2> }}") == ["http://e/t"]
    assert values(graphs, "SELECT ?s { GRAPH <http://e/long> { ?s ?p ?o FILTER(isBlank(?s)) } }") == []


# The embedded store has a spelling of its own for some numbers.
KEPT_BY_BOTH = sorted(
    term for term in TERMS if not any(kind in term for kind in ("-00:00", "#double", "#decimal", "#nonNegativeInteger"))
)
FORMATS = [JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"]


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_format_is_byte_for_byte_that_of_the_embedded_store(
    graphs: GraphStore, media_type: str, tmp_path: Path
) -> None:
    embedded = open_graph_store("oxigraph:graphs", tmp_path, LIMITS, StoreSettings())
    for store in (graphs, embedded):
        write(
            store, formats="".join(f"<http://e/f{at}> <http://e/t> {term} .\n" for at, term in enumerate(KEPT_BY_BOTH))
        )
    rows = "SELECT ?s ?o ?unbound { GRAPH <http://e/formats> { ?s ?p ?o } } ORDER BY STR(?s)"

    answers = [ask(store, rows, media_type) for store in (graphs, embedded)]
    truths = [ask(store, f"ASK {{ <http://e/f{n}> ?p ?o }}") for store in (graphs, embedded) for n in (0, 999)]
    embedded.close()

    assert answers[0] == answers[1]
    assert truths[:2] == truths[2:]


def test_the_stores_own_graphs_are_in_no_dataset(virtuoso: VirtuosoServer, graphs: GraphStore) -> None:
    own = "http://www.openlinksw.com/schemas/virtrdf#"
    raw = requests.get(f"{virtuoso.url}/sparql", {"query": f"ASK {{ GRAPH <{own}> {{ ?s ?p ?o }} }}"}, timeout=20)
    everything = "{ ?s ?p ?o }"

    assert "1" in raw.text
    assert all(
        name.startswith("http://e/") for name in values(graphs, f"SELECT DISTINCT ?g {{ GRAPH ?g {everything} }}")
    )
    assert values(graphs, f"SELECT (COUNT(*) AS ?n) {everything}") == values(
        graphs, f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {everything} FILTER(STRSTARTS(STR(?g), 'http://e/')) }}"
    )
    assert values(graphs, f"SELECT ?s {{ GRAPH <{own}> {everything} }}") == []
    assert values(graphs, f"SELECT ?s {everything}", default_graphs=(own,)) == []
    assert values(graphs, f"SELECT ?s {{ GRAPH ?g {everything} }}", named_graphs=(own,)) == []


def test_no_function_of_the_store_is_called_and_no_query_makes_it_send_requests(
    virtuoso: VirtuosoServer, graphs: GraphStore
) -> None:
    calls = [f"SELECT ({name}('CANARY') AS ?x) {{}}" for name in ("bif:http_get", "<bif:http_get>", "x:http_get")]
    with canary() as (url, heard):
        for call in calls:
            requests.get(f"{virtuoso.url}/sparql", {"query": spelt(f"PREFIX x: <bif:> {call}", url)}, timeout=20)
        alone, refused = len(heard), 0
        for query in (*calls, *(f"PREFIX x: <bif:> {call}" for call in calls), *QUERIES):
            graph = query.startswith(("CONSTRUCT", "DESCRIBE"))
            try:
                ask(graphs, spelt(query, url), "text/turtle" if graph else JSON)
            except FairnodeError:
                refused += 1

    # Whoever reaches it without the node can have it ask anybody.
    assert alone == len(calls)
    assert len(heard) == alone
    assert refused >= 2 * len(calls)


def test_group_concat_needs_no_separator(graphs: GraphStore) -> None:
    write(graphs, words=triple("w", "a", "w") + triple("w", "b", "w"))

    found = values(graphs, "SELECT (GROUP_CONCAT(?o) AS ?all) { SELECT ?o { ?s <http://e/w> ?o } ORDER BY ?o }")

    assert found in (["a b"], ["b a"])


def test_what_the_store_cannot_evaluate_is_refused_without_its_words(graphs: GraphStore) -> None:
    far = f"SELECT ?s {{ ?s ?p ?o }} OFFSET {ROWS + 1}"

    for query in (far, f'SELECT * {{ FILTER(NOW() - "P7D"^^<{XSD}dayTimeDuration> > NOW()) }}'):
        with pytest.raises(QueryRefused, match="graph store"):
            ask(graphs, query)


def test_more_graphs_than_the_store_names_at_once_are_all_named(graphs: GraphStore) -> None:
    names = [f"http://e/n/{number}é" for number in range(ROWS + 1)]
    service = graphs.service()  # type: ignore[attr-defined]
    for start in range(0, len(names), 1000):
        quads = " ".join(f"GRAPH <{name}> {{ <http://e/s> <http://e/n> 1 }}" for name in names[start : start + 1000])
        graphs.update(f"INSERT DATA {{ {quads} }}")  # type: ignore[attr-defined]

    with graphs.writer() as writer:
        assert writer is not None
        found = set(writer.graphs())
    for update in service.removals(lambda: names):
        graphs.update(update)  # type: ignore[attr-defined]

    assert set(names) < found
    assert values(graphs, "SELECT ?g { GRAPH ?g { <http://e/s> <http://e/n> 1 } }") == []


def test_who_asks_without_the_account_cannot_write(virtuoso: VirtuosoServer, graphs: GraphStore) -> None:
    insert = "INSERT DATA { GRAPH <http://e/intruder> { <http://e/s> <http://e/p> 1 } }"

    for path in ("/sparql", "/sparql-auth"):
        assert not requests.post(f"{virtuoso.url}{path}", {"update": insert}, timeout=20).ok
        assert not requests.post(f"{virtuoso.url}{path}", {"query": insert}, timeout=20).ok
    assert values(graphs, "ASK { GRAPH <http://e/intruder> { ?s ?p ?o } }".replace("ASK", "SELECT *")) == []


def test_the_check_tells_of_a_lower_limit_and_of_an_account_that_may_not_write(
    virtuoso: VirtuosoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted() -> tuple[str, ...]:
        store = open_store(virtuoso)
        try:
            return store.check()
        finally:
            store.close()

    notes = noted()
    assert [str(ROWS) in note for note in notes] == [True]
    monkeypatch.setenv(PASSWORD_ENV, "wrong")
    with pytest.raises(StorageError, match="401"):
        noted()


def test_an_account_without_a_password_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_ENV, raising=False)

    with pytest.raises(SettingsError, match=PASSWORD_ENV):
        open_graph_store("sparql+http://127.0.0.1:9", Path(), LIMITS, PATHS)


def test_a_killed_store_has_what_it_acknowledged(virtuoso: VirtuosoServer, graphs: GraphStore) -> None:
    write(graphs, kept=triple("k", "old", "k"))
    write(graphs, kept=triple("k", "kept", "k"))
    before = graphs.snapshot()

    virtuoso.kill_and_start_again()

    assert values(graphs, "SELECT ?o { ?s <http://e/k> ?o }") == ["kept"]
    assert graphs.snapshot() == before


# Examples whose answer Virtuoso is free to choose otherwise (LIMIT without an order), rounds otherwise, or refuses.
CHOSEN = {"005", "007", "010", "015", "018"}
ROUNDED = {"034"}
REFUSED = {"028": "GeoSPARQL functions", "031": "a path from what a subselect found", "041": "a duration subtracted"}


def test_a_whole_node_on_it_is_sound_counts_and_answers_as_on_the_embedded_store(
    virtuoso: VirtuosoServer, tmp_path: Path
) -> None:
    settings = Settings(
        base_url="http://node.example",
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",)),
        compute=ComputeSettings(executor="inline"),
    ).model_copy(update={"home": tmp_path})
    initialise(settings, dt.datetime.now(dt.UTC))
    node = open_node(settings)
    few = [each for number, each in enumerate(sample_records()) if number % 7 < 2]
    with SampleRepository(records=few) as sample:
        for name, url, kind in (("oai", sample.url, "oai-pmh"), ("dcat", sample.catalogue_url, "dcat")):
            prefix = "oai_datacite" if kind == "oai-pmh" else "dcat"
            source = Source(name=name, url=url, kind=kind, metadata_prefix=prefix)
            node.sources.add(source, dt.datetime.now(dt.UTC))
            harvest_source(node, name, now=lambda: dt.datetime.now(dt.UTC))
    store = open_store(virtuoso)
    assert store.clear()
    write(store, stranger=triple("s", "twice"), other=triple("s", "twice"))
    there = dataclasses.replace(node.projection, stores={Audience.PUBLIC: store})

    odd = there.verify()
    there.rebuild()
    here, whole = node.projection.verify(), there.verify()
    counts = [Counter(each).counts(lambda seconds: None) for each in (node.graphs, store)]
    differing = {
        example.iri.rpartition("#")[2]
        for example in examples("http://node.example").each
        if len({_answer(each, example.query) for each in (node.graphs, store)}) > 1
    }
    node.close()
    store.close()

    assert (odd.strangers, odd.repeated) == (2, 1)
    assert whole.sound
    assert whole == here
    assert counts[1].snapshot is not None
    assert dataclasses.replace(counts[0], snapshot=None) == dataclasses.replace(counts[1], snapshot=None)
    assert differing - CHOSEN - ROUNDED == set(REFUSED)


def _answer(store: GraphStore, query: str) -> tuple[str, ...]:
    """Return what a query finds, in no order and without its LIMIT; the error where it is refused."""
    admitted = admit(re.sub(r"\nLIMIT \d+\s*$", "", query))
    media_type = {"SELECT": "text/csv", "ASK": JSON}.get(admitted.form, "application/n-triples")
    asked = GraphQuery(
        text=admitted.text,
        media_type=media_type,
        dataset=admitted.dataset,
        default_graphs=admitted.default_graphs,
        named_graphs=admitted.named_graphs,
    )
    try:
        return tuple(sorted(b"".join(store.query(asked).chunks()).decode().splitlines()))
    except QueryRefused as error:
        return ("refused", error.code)
