"""Every answer, also one that refuses or breaks down, has the headers that keep a browser from doing harm with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.web import create_app
from tests.servers.visited_node import visited_node

SECRET = "postgresql://user:hunter2@db.internal/records"
MARKUP = "%3Cscript%3Ealert(1)%3C/script%3E"
ANSWERS = (
    ("GET", "/", 200),
    ("GET", "/oai?verb=Identify", 200),
    ("GET", f"/oai?verb={MARKUP}", 200),
    ("GET", f"/oai?verb=ListRecords&resumptionToken={MARKUP}", 200),
    ("GET", "/catalog", 200),
    ("GET", "/sparql?query=ASK%7B%7D", 200),
    ("GET", "/sparql?query=CONSTRUCT%20WHERE%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D", 200),
    ("GET", f"/sparql?query={MARKUP}", 400),
    ("POST", "/sparql", 415),
    ("PUT", "/sparql", 405),
    ("DELETE", "/oai", 405),
    ("TRACE", "/", 405),
    ("GET", f"/{MARKUP}", 404),
    ("GET", f"/datasets/{MARKUP}", 404),
    ("GET", "/datasets/..%2F..%2Fetc%2Fpasswd", 404),
    ("GET", "/static/..%2Fapp.py", 404),
    ("GET", "/static/%2e%2e/headers.py", 404),
    ("GET", "/api/v1/nothing", 404),
    ("GET", f"/sources/{MARKUP}", 404),
    ("GET", "/broken", 500),
)
ACCEPTED = ("text/html", "application/problem+json", "text/turtle, application/rdf+xml;q=0.5, */*;q=0.1", "*/*")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    home: Path = tmp_path_factory.mktemp("home")
    with visited_node(home / "home") as node:
        app: Flask = create_app(node)

        @app.get("/broken")
        def broken() -> str:
            raise RuntimeError(f"cannot reach {SECRET}")

        yield app.test_client()


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
@pytest.mark.parametrize("accept", ACCEPTED)
def test_every_answer_of_every_face_has_its_headers(
    client: FlaskClient, method: str, path: str, status: int, accept: str
) -> None:
    answer = client.open(path, method=method, headers={"Accept": accept})

    assert answer.status_code in (status, 303, 406)
    policy = answer.headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy and "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    if answer.mimetype == "text/html":
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "<script" not in answer.text.lower()
    else:
        assert "sandbox" in policy
        assert answer.mimetype or not answer.data
    assert "Server" not in answer.headers


@pytest.mark.parametrize("accept", ACCEPTED)
def test_an_answer_that_breaks_down_tells_nothing_of_the_inside(client: FlaskClient, accept: str) -> None:
    answer = client.get("/broken", headers={"Accept": accept})

    assert answer.status_code == 500
    for word in ("hunter2", "RuntimeError", "Traceback", "cannot reach", ".py"):
        assert word not in answer.text


@pytest.mark.parametrize(
    "name", ["X-Injected: yes", "a\r\nX-Injected: yes", "a%0d%0aX-Injected:%20yes", "a%0aSet-Cookie:a=b"]
)
def test_nothing_of_a_request_becomes_a_header(client: FlaskClient, name: str) -> None:
    for path in ("/sources/{}", "/datasets/{}", "/login?next={}", "/{}/", "/catalog?format={}"):
        answer = client.get(path.format(name.replace("\r\n", "%0d%0a")))

        assert "X-Injected" not in answer.headers
        assert "\n" not in "".join(value for _, value in answer.headers)
        assert not any(value.startswith("a=b") for value in answer.headers.getlist("Set-Cookie"))
