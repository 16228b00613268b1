"""A canary on loopback: no form of query makes an endpoint, or a query process alone, open a connection to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from node.errors import FairnodeError
from node.settings import Settings, SparqlSettings, StoreSettings
from node.storage.graphs import GraphQuery
from node.storage.graphs.query_pool import QueryPool
from node.storage.graphs.query_process import Limits
from tests.servers.oxigraph import oxigraph_server
from tests.servers.sparql_endpoint import create_endpoint

SERVICE = "SERVICE <CANARY> { ?s ?p ?o }"
QUERIES = (
    f"SELECT * {{ {SERVICE} }}",
    "SELECT * { SERVICE SILENT <CANARY> { ?s ?p ?o } }",
    f"SELECT * {{ VALUES ?s {{ <http://e/1> <http://e/2> }} {SERVICE} }}",
    "SELECT * { VALUES ?where { <CANARY> } SERVICE ?where { ?s ?p ?o } }",
    "SELECT * { VALUES ?where { <CANARY> } SERVICE SILENT ?where { ?s ?p ?o } }",
    "SELECT * { ?where a <http://e/Endpoint> SERVICE ?where { ?s ?p ?o } }",
    f"SELECT * {{ OPTIONAL {{ {SERVICE} }} }}",
    f"SELECT * {{ {{ ?s ?p ?o }} UNION {{ {SERVICE} }} }}",
    f"SELECT * {{ ?s ?p ?o MINUS {{ {SERVICE} }} }}",
    f"SELECT * {{ {{ SELECT ?s {{ {SERVICE} }} LIMIT 1 }} }}",
    f"SELECT * {{ GRAPH ?g {{ {SERVICE} }} }}",
    f"SELECT * {{ ?s ?p ?o FILTER(NOT EXISTS {{ {SERVICE} }}) }}",
    f"SELECT (EXISTS {{ {SERVICE} }} AS ?there) {{}}",
    f"ASK {{ {SERVICE} }}",
    f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {SERVICE} }}",
    f"CONSTRUCT WHERE {{ {SERVICE} }}",
    f"DESCRIBE ?s {{ {SERVICE} }}",
    "PREFIX c: <CANARY> SELECT * { SERVICE c: { ?s ?p ?o } }",
    "BASE <CANARY> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "SELECT * { SERVICE\n#\n<\\u0068\\u0074tp:ADDRESS> { ?s ?p ?o } }",
    "SELECT * FROM <CANARY> { ?s ?p ?o }",
    "SELECT * FROM NAMED <CANARY> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * FROM <CANARY> FROM NAMED <CANARY> { { ?s ?p ?o } UNION { GRAPH <CANARY> { ?a ?b ?c } } }",
    "CONSTRUCT { ?s ?p ?o } FROM <CANARY> WHERE { ?s ?p ?o }",
    "SELECT * { GRAPH <CANARY> { ?s ?p ?o } }",
    "DESCRIBE <CANARY>",
    "DESCRIBE <CANARY> FROM <CANARY>",
    "LOAD <CANARY>",
    "LOAD SILENT <CANARY> INTO GRAPH <http://e/g>",
    "INSERT { ?s ?p ?o } USING <CANARY> WHERE { ?s ?p ?o }",
    'DEFINE get:soft "replace" SELECT * FROM <CANARY> { ?s ?p ?o }',
    'DEFINE input:grab-all "yes" SELECT * { ?s ?p ?o }',
    "SELECT * { ?s ?p ?o FILTER(<CANARY>(?s)) }",
    "SELECT (<CANARY>(1) AS ?x) {}",
    "SELECT * { ?s <CANARY> ?o }",
    'SELECT * { ?s <http://jena.apache.org/text#query> ("x" "CANARY") }',
    "SELECT * { ?x <java:java.net.URL> <CANARY> }",
    "SELECT (IRI('CANARY') AS ?x) (<http://www.w3.org/2005/xpath-functions#doc>('CANARY') AS ?y) {}",
)


@contextmanager
def canary() -> Iterator[tuple[str, list[object]]]:
    """Yield the URL of a port and what connected to it."""
    heard: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            with suppress(OSError):  # shut down
                while True:
                    connection, address = listener.accept()
                    heard.append(address)
                    connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", heard
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def spelt(query: str, url: str) -> str:
    return query.replace("CANARY", url).replace("ADDRESS", url.removeprefix("http:"))


@pytest.mark.parametrize("engine", ["embedded", "remote"])
def test_row_49_no_form_of_query_reaches_the_network_through_the_endpoint(engine: str, tmp_path: Path) -> None:
    with oxigraph_server() as server, canary() as (url, heard):
        graphs = "oxigraph:graphs" if engine == "embedded" else f"sparql+{server}"
        app = create_endpoint(
            Settings(
                home=tmp_path, store=StoreSettings(graphs=graphs), sparql=SparqlSettings(timeout=5, client_burst=9999)
            )
        )
        store, client = app.extensions["fairnode"].graphs, app.test_client()
        with store.writer() as writer:
            a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
            writer.replace("http://e/g", f"<{url}> {a} <http://e/Endpoint> .")
        answered = []
        for query in QUERIES:
            text = spelt(query, url)
            answered.append(client.get(f"/sparql?{urlencode({'query': text})}"))
            answered.append(client.post("/sparql", data=text, content_type="application/sparql-query"))
            answered.append(client.post("/sparql", data={"update": text}))
        everything = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
        for name in ("default-graph-uri", "named-graph-uri"):
            answered.append(client.get(f"/sparql?{urlencode({'query': everything, name: url})}"))
        answered.append(client.get(f"/sparql/graphs?{urlencode({'graph': url})}"))
        store.close()

        assert heard == []
    # An engine apart answers 500 to functions that it does not know.
    expected = {200, 400, 403, 404} | ({500} if engine == "remote" else set())
    assert {answer.status_code for answer in answered} == expected
    for query, answer in zip(QUERIES, answered[::3], strict=False):
        assert ("SERVICE" in query) == (answer.status_code == 403), query


def test_row_49_no_form_of_query_reaches_the_network_from_a_query_process_past_the_guard(tmp_path: Path) -> None:
    limits = Limits(timeout=5, memory_mb=512, max_rows=1000, max_bytes=10**6)
    pool = QueryPool(tmp_path, workers=1, queue=1, limits=limits)
    with canary() as (url, heard):
        for query in QUERIES:
            with suppress(FairnodeError):
                text = spelt(query, url)
                is_graph = text.startswith(("CONSTRUCT", "DESCRIBE"))
                media_type = "text/turtle" if is_graph else "application/sparql-results+json"
                b"".join(pool.query(GraphQuery(text=text, media_type=media_type)).chunks())
        walls = pool.isolation
        pool.close()

        if not walls:
            pytest.skip("this system allows neither a network namespace nor a seccomp filter")
        assert heard == []
