"""What the endpoint says of itself, held to COUNT queries of the same snapshot, and whole graphs by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib import RDF

from node.exposition.sparql_description import GEOSPARQL_FUNCTIONS
from node.settings import Settings, StoreSettings
from tests.servers.oxigraph import oxigraph_server
from tests.servers.sparql_endpoint import create_endpoint

BASE = "https://node.example"
VOID_URL = f"{BASE}/.well-known/void"
EXAMPLES_URL = f"{BASE}/.well-known/sparql-examples"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
DATASET = rdflib.URIRef(f"{BASE}/sparql#default-graph")
GRAPHS = {
    "http://e/g1": '<http://e/a> a <http://e/Book> ; <http://e/p> "one", "two" .',
    "http://e/g2": '<http://e/b> a <http://e/Book>, <http://e/Map> ; <http://e/p> "one" .',
}


@pytest.fixture(scope="module", params=["embedded", "remote"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    store = StoreSettings()
    if request.param == "remote":
        server = oxigraph_server()
        store = StoreSettings(graphs="sparql+" + server.__enter__())
        request.addfinalizer(lambda: server.__exit__(None, None, None))
    app = create_endpoint(Settings(home=tmp_path_factory.mktemp("home"), base_url=BASE, store=store))
    write(app.test_client(), GRAPHS)
    yield app.test_client()
    app.extensions["fairnode"].graphs.close()


def write(client: FlaskClient, graphs: dict[str, str]) -> None:
    with client.application.extensions["fairnode"].graphs.writer() as writer:
        for name, turtle in graphs.items():
            writer.replace(name, rdflib.Graph().parse(data=turtle, format="turtle").serialize(format="nt"))


def is_embedded(client: FlaskClient) -> bool:
    return bool(client.application.extensions["fairnode"].graphs.describes_itself)


def read(client: FlaskClient, url: str, accept: str = "text/turtle") -> rdflib.Graph:
    response = client.get(url, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    return rdflib.Graph().parse(data=response.data, format=response.mimetype)


def rows(client: FlaskClient, query: str) -> list[list[str]]:
    response = client.get(f"/sparql?{urlencode({'query': query})}", headers={"Accept": "application/json"})
    assert response.status_code == 200, response.text
    document = json.loads(response.data)
    return [[row[name]["value"] for name in document["head"]["vars"]] for row in document["results"]["bindings"]]


def count(client: FlaskClient, pattern: str) -> int:
    return int(rows(client, f"SELECT ({pattern} AS ?n) {{ ?s ?p ?o }}")[0][0])


def test_row_35_without_a_query_a_program_gets_the_service_description(client: FlaskClient) -> None:
    graph = read(client, "/sparql")

    (service,) = graph.subjects(RDF.type, SD.Service)
    assert set(graph.objects(service, SD.endpoint)) == {rdflib.URIRef(f"{BASE}/sparql")}
    assert client.get("/sparql").mimetype == "text/turtle"
    for accept in ("application/rdf+xml", "application/n-triples", "application/ld+json"):
        assert len(read(client, "/sparql", accept)) == len(graph)


def test_row_36_a_browser_gets_a_page_that_needs_nobody_else(client: FlaskClient) -> None:
    response = client.get("/sparql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert response.mimetype == "text/html"
    assert "<textarea" in response.text
    for foreign in ("<script", 'src="http', 'href="http'):
        assert foreign not in response.text


def test_row_37_the_service_description_says_what_is_true_and_no_more(client: FlaskClient) -> None:
    graph = read(client, "/sparql")

    (service,) = graph.subjects(RDF.type, SD.Service)
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert set(graph.objects(service, SD.feature)) == {SD.UnionDefaultGraph}
    assert len(set(graph.objects(service, SD.resultFormat))) == 9
    functions = set(map(str, graph.objects(service, SD.extensionFunction)))
    assert functions == (set(GEOSPARQL_FUNCTIONS) if is_embedded(client) else set())
    assert graph.value(graph.value(service, SD.defaultDataset), SD.defaultGraph) == DATASET
    assert graph.value(DATASET, VOID.triples).value == count(client, "COUNT(*)")
    named = set(map(str, graph.objects(None, SD.name)))
    assert named == ({f"{BASE}/catalog", VOID_URL, EXAMPLES_URL} if is_embedded(client) else {f"{BASE}/catalog"})


@pytest.mark.parametrize("client", ["embedded"], indirect=True)
def test_row_37_every_function_that_is_named_is_there(client: FlaskClient) -> None:
    one, other = (
        f'"{text}"^^<http://www.opengis.net/ont/geosparql#wktLiteral>' for text in ("POINT(1 2)", "POINT(1 3)")
    )
    metre = ", <http://www.opengis.net/def/uom/OGC/1.0/metre>"
    for function in GEOSPARQL_FUNCTIONS:
        unit = metre if function.endswith("/distance") else ""
        assert rows(client, f"SELECT (<{function}>({one}, {other}{unit}) AS ?x) {{}}")[0], function


def test_row_38_void_counts_what_queries_of_the_same_snapshot_count(client: FlaskClient) -> None:
    def is_exact() -> int:
        graph = read(client, "/.well-known/void")
        triples: int = graph.value(DATASET, VOID.triples).value
        assert triples == count(client, "COUNT(*)")
        assert graph.value(DATASET, VOID.distinctSubjects).value == count(client, "COUNT(DISTINCT ?s)")
        assert graph.value(DATASET, VOID.distinctObjects).value == count(client, "COUNT(DISTINCT ?o)")
        assert graph.value(DATASET, VOID.properties).value == count(client, "COUNT(DISTINCT ?p)")
        for kind, figure, query in (
            ("class", VOID.entities, "SELECT ?k (COUNT(DISTINCT ?s) AS ?n) { ?s a ?k } GROUP BY ?k"),
            ("property", VOID.triples, "SELECT ?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k"),
        ):
            parts = graph.objects(DATASET, VOID[f"{kind}Partition"])
            told = sorted([str(graph.value(part, VOID[kind])), str(graph.value(part, figure))] for part in parts)
            assert told == sorted(rows(client, query))
        return triples

    before = is_exact()
    write(client, {"http://e/g3": '<http://e/c> a <http://e/Film> ; <http://e/q> "new" .'})
    try:
        assert is_exact() == before + 2
    finally:
        write(client, {"http://e/g3": ""})


def test_void_names_its_snapshot_and_is_unchanged_until_the_next(client: FlaskClient) -> None:
    first = client.get("/.well-known/void")

    again = client.get("/.well-known/void", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    if is_embedded(client):
        answer = client.get("/sparql?query=ASK%7B%7D")
        assert first.headers["X-Fairnode-Snapshot"] == answer.headers["X-Fairnode-Snapshot"] != ""


@pytest.mark.parametrize("client", ["embedded"], indirect=True)
def test_row_39_the_endpoint_answers_from_the_graphs_it_describes_itself_in(client: FlaskClient) -> None:
    executable = "http://www.w3.org/ns/shacl#SPARQLExecutable"
    examples = rows(client, f"SELECT DISTINCT ?e FROM <{EXAMPLES_URL}> {{ ?e a <{executable}> }}")
    (triples,) = rows(client, f"SELECT ?n FROM NAMED <{VOID_URL}> {{ GRAPH ?g {{ <{DATASET}> <{VOID.triples}> ?n }} }}")

    assert len(examples) >= 30
    # They are not in the default graph: who counts everything counts the records.
    assert int(triples[0]) == count(client, "COUNT(*)")


@pytest.mark.parametrize("accept", ["text/turtle", "application/n-triples", "application/rdf+xml"])
def test_row_54_a_graph_is_read_by_its_name(client: FlaskClient, accept: str) -> None:
    expected = rdflib.Graph().parse(data=GRAPHS["http://e/g1"], format="turtle")

    one = client.get("/sparql/graphs?graph=http://e/g1", headers={"Accept": accept})
    head = client.head("/sparql/graphs?graph=http://e/g1", headers={"Accept": accept})

    assert one.mimetype == head.mimetype == accept
    assert set(rdflib.Graph().parse(data=one.data, format=accept)) == set(expected)
    assert (head.status_code, head.data) == (200, b"")
    assert len(read(client, "/sparql/graphs?default")) == count(client, "COUNT(*)")


def test_row_54_a_graph_that_is_not_there_is_a_404_and_one_that_has_no_name_a_400(client: FlaskClient) -> None:
    for url, status in (
        ("/sparql/graphs?graph=http://e/unknown", 404),
        ("/sparql/graphs?graph=relative", 400),
        ("/sparql/graphs", 400),
        ("/sparql/graphs?graph=http://e/g1&default", 400),
    ):
        assert client.get(url).status_code == client.head(url).status_code == status, url
        assert client.get(url).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_row_54_nobody_writes_a_graph(client: FlaskClient, method: str) -> None:
    before = count(client, "COUNT(*)")

    response = client.open("/sparql/graphs?graph=http://e/g1", method=method, data=b"<a:a> <a:b> <a:c> .")

    assert response.status_code == 403
    assert response.json["code"] == "sparql.refused"
    assert count(client, "COUNT(*)") == before


@pytest.mark.parametrize("client", ["embedded"], indirect=True)
def test_row_54_the_graphs_that_describe_the_endpoint_are_read_alike(client: FlaskClient) -> None:
    for url, name in (("/.well-known/void", VOID_URL), ("/.well-known/sparql-examples", EXAMPLES_URL)):
        assert set(read(client, f"/sparql/graphs?graph={name}")) == set(read(client, url))


@pytest.mark.parametrize("url", ["/.well-known/void", "/.well-known/sparql-examples", "/sparql/graphs?default"])
def test_scripts_of_any_origin_read_what_describes_the_endpoint(client: FlaskClient, url: str) -> None:
    preflight = client.options(url, headers={"Origin": "https://other.example"})

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert client.get(url).headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(url, headers={"Accept": "image/png"}).status_code == 406
