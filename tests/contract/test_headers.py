"""What goes with every answer: a strict policy for browsers, and no cache that mixes people up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from node.settings import Settings
from node.web import create_app
from tests.servers.visited_node import visited_node

PAGES = ("/", "/sources", "/register", "/login", "/logout", "/me", "/audit", "/nowhere")
DATA = (
    "/oai?verb=Identify",
    "/oai?verb=Nonsense",
    "/sparql?query=ASK%7B%7D",
    "/sparql?query=nonsense",
    "/catalog",
    "/api/v1/openapi.json",
    "/healthz",
    "/metrics",
    "/static/style.css",
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with visited_node(tmp_path / "home") as node:
        yield create_app(node).test_client()


def test_a_page_may_run_nothing_fetch_nothing_and_be_framed_by_nobody(client: FlaskClient) -> None:
    for path in PAGES:
        answer = client.get(path, headers={"Accept": "text/html"})

        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
        assert answer.mimetype == "text/html", path
        assert policy == {
            "default-src": "'none'",
            "style-src": "'self'",
            "img-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_data_that_a_browser_opens_is_in_a_sandbox_and_is_what_it_says(client: FlaskClient) -> None:
    for path in DATA:
        answer = client.get(path, headers={"Accept": "application/ld+json, application/json, */*;q=0.1"})

        policy = answer.headers["Content-Security-Policy"]
        assert answer.mimetype != "text/html", path
        assert "sandbox" in policy and "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Strict-Transport-Security" not in answer.headers


def test_a_node_on_https_asks_browsers_to_stay_there(tmp_path: Path) -> None:
    with visited_node(tmp_path / "home") as node:
        secure: Settings = node.settings.model_copy(update={"base_url": "https://node.example.org"})
        object.__setattr__(node, "settings", secure)

        for path in (*PAGES, *DATA):
            assert create_app(node).test_client().get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_script_of_any_origin_may_ask_with_the_headers_of_memento_and_caches(client: FlaskClient) -> None:
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}

    for path in ("/timegate/a", "/dataset/a", "/catalog", "/oai"):
        answer = client.options(path, headers={**asked, "Access-Control-Request-Headers": "accept-datetime"})
        assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*", path
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert {"Accept-Datetime", "If-None-Match"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
        assert "Access-Control-Allow-Credentials" not in answer.headers
    # Nothing may be sent from elsewhere.
    assert "Access-Control-Allow-Methods" not in client.options("/api/v1/preflight", headers=asked).headers
    # A script is let through a redirect only where it may read that as well.
    sent_on = client.get("/catalog", headers={"Accept": "text/html", **asked})
    assert sent_on.status_code == 303 and sent_on.headers["Access-Control-Allow-Origin"] == "*"
    assert "Memento-Datetime" in sent_on.headers["Access-Control-Expose-Headers"]


def test_what_depends_on_who_asks_says_so_to_caches_and_what_does_not_is_kept_as_before(client: FlaskClient) -> None:
    for path in ("/", "/oai?verb=ListRecords&metadataPrefix=oai_dc", "/me", "/sparql?query=ASK%7B%7D"):
        assert {"Authorization", "Cookie"} <= set(client.get(path).vary), path

    assert client.get("/sparql?query=ASK%7B%7D").headers["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in client.get("/static/style.css").vary
