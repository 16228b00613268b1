"""SERVICE: nothing but the endpoints that the operator allows is ever asked, and what these answer is bounded."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from node.settings import FetchSettings, Settings, SparqlSettings, StoreSettings
from node.storage.graphs import open_graph_store
from tests.servers.sparql_endpoint import create_endpoint, sparql_endpoint

JSON = "application/sparql-results+json"


@dataclass
class Canary:
    """A server on loopback that answers as it is told, and remembers what it was asked."""

    url: str
    heard: list[str] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}'
    wait: float = 0.0


@contextmanager
def canary_server() -> Iterator[Canary]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            canary.heard.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
            time.sleep(canary.wait)
            self.send_response(canary.status)
            for name, value in {"Content-Type": JSON, **canary.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(canary.body)

        do_POST = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    canary = Canary(f"http://127.0.0.1:{server.server_port}/sparql")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield canary
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of another node, served as nodes are."""
    home = tmp_path_factory.mktemp("peer")
    store = open_graph_store("oxigraph:graphs", home, SparqlSettings(), StoreSettings())
    with store.writer() as writer:
        lines = (f'<http://e/s{n}> <http://e/label> "label \\"{n}\\" \\\\u0041"@en .\n' for n in range(5))
        writer.replace("http://e/g", "".join(lines) + '_:b <http://e/blank> "b" .\n')
    store.close()
    with sparql_endpoint(home) as (host, port, _):
        yield f"http://{host}:{port}/sparql"


@pytest.fixture(scope="module")
def allowed() -> Iterator[Canary]:
    with canary_server() as server:
        yield server


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, peer: str, allowed: Canary) -> Iterator[FlaskClient]:
    settings = Settings(
        home=Path(tmp_path_factory.mktemp("home")),
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",)),
        sparql=SparqlSettings(services=(peer, allowed.url), timeout=5, client_burst=9999),
    )
    app = create_endpoint(settings)
    graphs = app.extensions["fairnode"].graphs
    with graphs.writer() as writer:
        for number in (1, 3, 9):
            writer.replace(f"http://e/g{number}", f'<http://e/s{number}> <http://e/p> "here {number}" .\n')
    yield app.test_client()
    graphs.close()


@pytest.fixture(autouse=True)
def reset(allowed: Canary) -> None:
    fresh = Canary(allowed.url)
    allowed.__dict__.update(fresh.__dict__)


def ask(client: FlaskClient, query: str) -> TestResponse:
    return client.get("/sparql?" + urlencode({"query": query}), headers={"Accept": JSON})


def values(response: TestResponse) -> list[list[str]]:
    assert response.status_code == 200, response.text
    rows = json.loads(response.data)["results"]["bindings"]
    return sorted([term["value"] for _, term in sorted(row.items())] for row in rows)


FORBIDDEN = [
    "SELECT * { SERVICE <CANARY> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <CANARY> { ?s ?p ?o } }",
    "PREFIX c: <CANARY> SELECT * { SERVICE c: { ?s ?p ?o } }",
    "BASE <CANARY> SELECT * { SERVICE <sparql> { ?s ?p ?o } }",
    "SELECT * { SERVICE <\\u0068ttp://127.0.0.1/> { ?s ?p ?o } }",
    "ASK { FILTER EXISTS { SERVICE <CANARY> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o OPTIONAL { service silent <CANARY> { ?s ?p ?o } } }",
    "SELECT * { BIND(<CANARY> AS ?e) SERVICE ?e { ?s ?p ?o } }",
    "SELECT * { SERVICE <ALLOWED> { SERVICE <CANARY> { ?s ?p ?o } } }",
    "SELECT * { SERVICE <ALLOWED?x> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://169.254.169.254/latest> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://[::1]/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://10.0.0.1/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("query", FORBIDDEN)
def test_row_49_no_form_of_service_reaches_who_is_not_allowed(client: FlaskClient, allowed: Canary, query: str) -> None:
    with canary_server() as canary:
        response = ask(client, query.replace("CANARY", canary.url).replace("ALLOWED", allowed.url))

        assert canary.heard == allowed.heard == []
    assert response.status_code == 403
    assert response.json["code"] == "sparql.refused"
    assert "SERVICE" in response.json["detail"]


def test_row_49_a_redirect_is_not_followed(client: FlaskClient, allowed: Canary) -> None:
    with canary_server() as canary:
        for status in (301, 302, 307, 308):
            allowed.status, allowed.headers = status, {"Location": canary.url}

            assert ask(client, f"SELECT * {{ SERVICE <{allowed.url}> {{ ?s ?p ?o }} }}").status_code == 502

        assert canary.heard == []


def test_row_50_an_allowed_peer_is_asked_and_its_answer_joined(client: FlaskClient, peer: str) -> None:
    query = f"""PREFIX e: <http://e/>
SELECT ?here ?label {{
  ?s e:p ?here .
  SERVICE <{peer}> {{ ?s e:label ?label }}
}}"""

    response = ask(client, query)

    assert values(response) == [["here 1", 'label "1" \\u0041'], ["here 3", 'label "3" \\u0041']]
    assert "ETag" not in response.headers  # what another endpoint says is no part of the snapshot


def test_row_50_it_stands_wherever_a_pattern_may(client: FlaskClient, peer: str) -> None:
    optional = f"SELECT ?s ?l {{ ?s <http://e/p> ?h OPTIONAL {{ SERVICE <{peer}> {{ ?s <http://e/label> ?l }} }} }}"
    exists = f"SELECT ?s {{ ?s <http://e/p> ?h FILTER NOT EXISTS {{ SERVICE <{peer}> {{ ?s <http://e/label> ?l }} }} }}"
    some = "{ SELECT ?s { ?s ?q ?r } LIMIT 9 }"
    twice = f"SELECT ?s {{ SERVICE <{peer}> {{ ?s ?p ?o }} SERVICE SILENT <{peer}> {some} }}"
    blank = f"SELECT ?s {{ SERVICE <{peer}> {{ ?s <http://e/blank> ?o }} }}"
    none = f"SELECT ?s {{ ?s <http://e/p> ?h . SERVICE <{peer}> {{ <http://e/s1> <http://e/label> [] }} }}"

    assert [len(row) for row in values(ask(client, optional))] == [1, 2, 2]
    assert values(ask(client, exists)) == [["http://e/s9"]]
    assert len(values(ask(client, twice))) == 5
    assert values(ask(client, blank))[0][0].startswith("urn:fairnode:blank:0:")
    assert len(values(ask(client, none))) == 3


HOSTILE_ANSWERS = [
    (200, b"<html>SECRET</html>"),
    (403, b"SECRET-TOKEN"),
    (500, b"SECRET"),
    (200, b'{"boolean":true,"head":{}}'),
    (
        200,
        b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"uri","value":"> } SERVICE <http://SECRET/"}}]}}',
    ),
    (200, b'{"head":{"vars":["x) {} } #SECRET"]},"results":{"bindings":[]}}'),
    (
        200,
        b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"a","xml:lang":"x)} #"}}]}}',
    ),
    (200, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"bnode","value":"a) } #SECRET"}}]}}'),
]


@pytest.mark.parametrize(("status", "body"), HOSTILE_ANSWERS)
def test_row_50_what_a_peer_says_amiss_is_an_error_without_its_words_and_silent_is_one_solution(
    client: FlaskClient, allowed: Canary, status: int, body: bytes
) -> None:
    allowed.status, allowed.body = status, body

    response = ask(client, f"SELECT * {{ SERVICE <{allowed.url}> {{ ?s ?p ?x }} }}")
    silent = ask(client, f"SELECT ?s {{ ?s <http://e/p> ?h SERVICE SILENT <{allowed.url}> {{ ?s ?p ?x }} }}")

    assert response.status_code == 502
    assert response.json["code"] == "sparql.service"
    assert "SECRET" not in response.text
    assert len(values(silent)) == 3


def test_row_50_a_peer_is_given_so_much_time_and_space(
    client: FlaskClient, allowed: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"SELECT * {{ SERVICE <{allowed.url}> {{ ?s ?p ?x }} }}"
    row = b'{"x":{"type":"literal","value":"v"}}'
    allowed.body = b'{"head":{"vars":["x"]},"results":{"bindings":[' + b",".join([row] * 10_001) + b"]}}"
    many = ask(client, query)
    allowed.body = b" " * (11 * 2**20)
    large = ask(client, query)
    monkeypatch.setattr("node.web.sparql_peers.SECONDS", 0.2)
    allowed.wait = 1.0
    started = time.monotonic()
    slow = ask(client, query)

    assert [response.status_code for response in (many, large, slow)] == [502, 502, 502]
    assert "10000 solutions" in many.json["detail"]
    assert time.monotonic() - started < 5


def test_row_37_federation_is_named_where_it_is_offered(client: FlaskClient) -> None:
    assert "sd:BasicFederatedQuery" in client.get("/sparql", headers={"Accept": "text/turtle"}).text
