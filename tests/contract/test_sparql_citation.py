"""A query that is cited: the digest anybody can check, and an address that says whether the answer has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from node.errors import QueryRefused
from node.exposition.sparql_digest import digest
from node.settings import Settings
from tests.servers.sparql_endpoint import create_endpoint

QUERIES = (
    "SELECT ?s ?o { ?s ?p ?o }",
    "CONSTRUCT { ?o ?p ?s } WHERE { ?s ?p ?o FILTER(isIRI(?o)) }",
    "ASK { ?s <http://e/p> <http://e/gone> }",
)


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    app = create_endpoint(Settings(home=tmp_path_factory.mktemp("home"), base_url="https://node.example"))
    client = app.test_client()
    write(client, "http://e/a", "http://e/b")
    yield client
    app.extensions["fairnode"].graphs.close()


def write(client: FlaskClient, *values: str) -> None:
    with client.application.extensions["fairnode"].graphs.writer() as writer:
        writer.replace("http://e/g", "".join(f"<http://e/s> <http://e/p> <{value}> .\n" for value in values))


def cite(client: FlaskClient, query: str, **parameters: str):
    return client.get(f"/sparql/citation?{urlencode({'query': query, **parameters})}")


def again(client: FlaskClient, url: str):
    parts = urlsplit(url)
    return client.get(f"{parts.path}?{parts.query}").json


@pytest.mark.parametrize("query", QUERIES)
def test_a_citation_says_whether_the_answer_has_changed_and_not_whether_the_data_have(
    client: FlaskClient, query: str
) -> None:
    cited = cite(client, query).json

    same = again(client, cited["url"])
    write(client, "http://e/b", "http://e/a")
    rewritten = again(client, cited["url"])
    write(client, "http://e/a", "http://e/b", "http://e/gone")
    changed = again(client, cited["url"])

    assert cited["viewer"] == "public" and cited["digest"] in cited["citation"] and cited["snapshot"]
    assert (same["changed"], rewritten["changed"], changed["changed"]) == (False, False, True)
    assert rewritten["now"]["snapshot"] != cited["snapshot"] == rewritten["cited"]["snapshot"]
    assert changed["now"]["digest"] != changed["cited"]["digest"] == cited["digest"]


def test_the_digest_can_be_made_by_hand(client: FlaskClient) -> None:
    cited = cite(client, QUERIES[0]).json

    rows = sorted(hashlib.sha256(f"<http://e/s>\t<http://e/{name}>".encode()).digest() for name in "ab")
    assert cited["digest"] == hashlib.sha256(b"?s\t?o" + b"".join(rows)).hexdigest()
    assert cited["rows"] == 2


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT (NOW() AS ?n) {}", "cannot be cited"),
        ("SELECT ?b { VALUES ?x { 1 } BIND(BNODE() AS ?b) }", "cannot be cited"),
        ("CONSTRUCT { [] ?p ?o } WHERE { ?s ?p ?o }", "blank nodes"),
        ("SELECT nonsense", "syntax error"),
    ],
)
def test_what_cannot_be_compared_cannot_be_cited(client: FlaskClient, query: str, reason: str) -> None:
    response = cite(client, query)

    assert response.status_code == 400
    assert reason in response.json["detail"]
    assert cite(client, "ASK {}", digest="x").status_code == client.get("/sparql/citation").status_code == 400


def test_lines_are_read_alike_however_the_bytes_are_cut() -> None:
    text = b'?a\n"x"\n"y\\tz"\n"x"\n'
    whole = digest("SELECT", [text])

    assert all(digest("SELECT", [text[:cut], text[cut:]]) == whole for cut in range(len(text)))
    assert whole[1] == 3
    assert digest("SELECT", [b'?a\n"x"\n"y\\tz"\n']) != whole
    with pytest.raises(QueryRefused):
        digest("SELECT", [b"?a\t?b\n<a:a>\t_:x\n"])
