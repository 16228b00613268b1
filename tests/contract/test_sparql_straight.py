"""The straight way of the commonest queries says what the application says, header by header, and takes no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask

from node.bootstrap import initialise, open_node
from node.settings import ComputeSettings, Settings, SparqlSettings, VisitorSettings
from node.web import create_app

ROWS = " ".join(f'"value {number}"' for number in range(100))
SHORT = f"SELECT ?v {{ VALUES ?v {{ {ROWS} }} }}"
LONG = f"SELECT * {{ VALUES ?v {{ {ROWS} }} VALUES ?w {{ {ROWS} }} }}"
ONE = "SELECT * { ?s ?p ?o }"
STRAIGHT = (
    ({"query": ONE}, {}),
    ({"query": ONE}, {"Accept": "text/csv"}),
    ({"query": ONE, "format": "xml"}, {}),
    ({"query": "ASK {}"}, {"Accept": "application/json;q=0.5, application/sparql-results+xml"}),
    ({"query": "CONSTRUCT WHERE { ?s ?p ?o }"}, {"Accept": "application/ld+json", "Accept-Encoding": "gzip"}),
    ({"query": "DESCRIBE <http://e/s>"}, {"Accept-Encoding": "br, *;q=0"}),
    ({"query": LONG}, {"Accept-Encoding": "identity"}),
    ({"query": LONG}, {"Accept-Encoding": "gzip, deflate"}),
    ({"query": SHORT}, {"Accept-Encoding": "gzip"}),
)
APPLICATION = (
    ({"query": "SELECT * FROM <http://e/g> { ?s ?p ?o }"}, {}),
    ({"query": ONE, "default-graph-uri": "http://e/g"}, {}),
    ({"query": "SELECT nonsense"}, {}),
    ({"query": "SELECT * { ?s e:p ?o }"}, {"Accept": "text/html"}),
    ({"query": ONE}, {"Accept": "image/png"}),
    ({"query": f"{ONE} #{'x' * 40_000}"}, {}),
    ({"query": "SELECT * { SERVICE <http://e/sparql> { ?s ?p ?o } }"}, {}),
    ({"query": "LOAD <http://e/x>"}, {}),
    ({"query": "ASK {} #\0"}, {}),
    ({}, {"Accept": "text/turtle"}),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    settings = Settings(
        base_url="https://node.example",
        compute=ComputeSettings(executor="inline"),
        visitors=VisitorSettings(proxies=1),
        sparql=SparqlSettings(client_burst=9999),
    ).model_copy(update={"home": tmp_path_factory.mktemp("straight")})
    initialise(settings, dt.datetime(2026, 11, 25, tzinfo=dt.UTC))
    with closing(open_node(settings)) as node:
        with node.graphs.writer() as writer:
            assert writer is not None
            writer.replace("http://e/g", '<http://e/s> <http://e/p> "o" .\n')
        yield create_app(node)


@pytest.mark.parametrize(("parameters", "headers"), STRAIGHT + APPLICATION)
def test_both_ways_give_one_answer(app, parameters, headers):
    asked = {"path": "/sparql", "query_string": parameters, "buffered": True}
    client = app.test_client(use_cookies=False)
    straight = client.get(**asked, headers=headers)
    # A cookie that is nobody's session: the application finds that nobody is asking.
    around = client.get(**asked, headers={**headers, "Cookie": "other=1"})

    assert straight.status_code == around.status_code
    assert straight.data == around.data
    assert sorted(straight.headers) == sorted(around.headers)


@pytest.mark.parametrize(("parameters", "headers"), STRAIGHT)
def test_a_plain_query_by_nobody_is_answered_before_the_application(app, parameters, headers, monkeypatch):
    def unreachable(environ, start_response):
        raise AssertionError(environ.get("fairnode.sparql.failed", "the application was asked"))

    monkeypatch.setattr(app.wsgi_app, "_app", unreachable)
    first = app.test_client(use_cookies=False).get("/sparql", query_string=parameters, buffered=True, headers=headers)
    again = app.test_client(use_cookies=False).get(
        "/sparql", query_string=parameters, buffered=True, headers={**headers, "If-None-Match": first.headers["ETag"]}
    )

    assert (first.status_code, again.status_code) == (200, 304)
    for name in ("ETag", "Cache-Control", "X-Fairnode-Snapshot", "Vary"):
        assert again.headers[name] == first.headers[name], "RFC 9110, section 15.4.5"
    assert again.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT"])
def test_other_methods_and_whoever_brings_something_go_to_the_application(app, method, monkeypatch):
    asked = []

    def noted(environ, start_response):
        asked.append(environ["REQUEST_METHOD"])
        start_response("204 No Content", [])
        return []

    monkeypatch.setattr(app.wsgi_app, "_app", noted)
    client = app.test_client(use_cookies=False)
    client.open("/sparql?query=ASK%7B%7D", method=method)
    client.get("/sparql?query=ASK%7B%7D", headers={"Authorization": "Bearer nonsense"})
    client.get("/sparql?query=ASK%7B%7D", headers={"Cookie": "fairnode-session=1"})

    assert asked == [method, "GET", "GET"]


def test_nobody_says_how_long_an_answer_is_that_is_not_made(app):
    client = app.test_client(use_cookies=False)

    assert "Content-Length" not in client.head("/sparql", query_string={"query": LONG}).headers
    assert client.head("/sparql", query_string={"query": ONE}).headers["Content-Length"] != "0"


def test_each_client_has_a_share_of_its_own_on_both_ways_together(app):
    def ask(client: str, **more: str) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.9, {client}", **more}
        return app.test_client(use_cookies=False).get("/sparql?query=ASK%7B%7D", headers=headers).status_code

    shares = app.wsgi_app.shares
    shares.take("192.0.2.1").end(1e9)

    assert [ask("192.0.2.1"), ask("192.0.2.1", Cookie="other=1"), ask("192.0.2.2")] == [429, 429, 200]
