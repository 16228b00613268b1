"""A record's past over HTTP (RFC 7089): TimeGate, TimeMap and mementos, and nothing that a label hides."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from node.exposition.memento import read_http_date, read_stamp
from node.identity.subject import Grant, Role, Subject
from node.model.label import Access
from node.storage import relabels
from node.syntax import parse_rdf
from node.web import create_app
from tests.labelled_node import LabelledNode, labelled_node
from tests.labels import label
from tests.servers.oai_pages import oai_dc_record
from tests.servers.postgresql import migrated_database

A, B, C, D, E = (f"oai:example.org:{name}" for name in "abcde")
BASE = "http://127.0.0.1:8000"
DAYS = ("Wed, 25 Nov 2026 12:00:00 GMT", "Thu, 26 Nov 2026 12:00:00 GMT", "Fri, 27 Nov 2026 12:00:00 GMT")
STAMPS = ("20261125120000", "20261126120000", "20261127120000")
STEWARD = Subject(issuer="https://issuer.example", key="ann", grants=(Grant(role=Role.STEWARD),))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelledNode]:
    """A node with three versions of records; B and E were hidden before their second came; C is hidden, D deleted.

    E is hidden by the worker, B by the harvest that brings its second version.
    """
    home, harvested = (
        tmp_path_factory.mktemp("memento") / "home",
        [oai_dc_record(each, "One") for each in (A, B, C, D, E)],
    )
    with ExitStack() as stack:
        url = "sqlite:///node.db"
        if request.param == "postgresql":
            url = stack.enter_context(migrated_database(request.getfixturevalue("postgresql_server")))
        made = stack.enter_context(labelled_node(home, url, harvested))
        for day, title in ((26, "Two"), (27, "Three")):
            made.on(2026, 11, day)
            if day == 26:
                made.decide(E, access=Access.REGISTERED)
                made.work()
                made.decide(B, access=Access.REGISTERED)
            else:
                for each in (B, E):
                    made.decide(each, loosens=True, access=Access.PUBLIC)
            gone = oai_dc_record(D, title, deleted=day == 27)
            made.repository.records[:] = [*(oai_dc_record(name, title) for name in (A, B, C, E)), gone]
            made.harvest()
            made.work()
        made.decide(C, access=Access.REGISTERED)
        made.work()
        yield made


@pytest.fixture(scope="module")
def client(place: LabelledNode) -> FlaskClient:
    return create_app(place.node).test_client()


def links(answer: TestResponse) -> dict[str, list[str]]:
    """Return the targets of an answer's links, by each relation."""
    found: dict[str, list[str]] = {}
    for target, rels in re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers.get("Link") or answer.text):
        for rel in rels.split():
            found.setdefault(rel, []).append(target.removeprefix(BASE))
    return found


def stamps(answer: TestResponse) -> list[str]:
    return [target.split("/")[2] for target in links(answer).get("memento", ())]


def test_a_record_tells_where_its_past_is(place: LabelledNode, client: FlaskClient) -> None:
    answer, local = client.get(f"/dataset/{place.local(A)}"), place.local(A)

    assert links(answer)["timegate"] == [f"/timegate/{local}"] and links(answer)["timemap"] == [f"/timemap/{local}"]
    assert "Memento-Datetime" not in answer.headers and f'href="/timegate/{local}"' in answer.text


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, STAMPS[2]),
        ("Sat, 28 Nov 2026 00:00:00 GMT", STAMPS[2]),
        ("Fri, 27 Nov 2026 11:59:59 GMT", STAMPS[1]),
        (DAYS[1], STAMPS[1]),
        ("Thu, 01 Jan 2015 00:00:00 GMT", STAMPS[0]),
    ],
)
def test_a_timegate_sends_to_the_state_of_the_time_asked_for(
    place: LabelledNode, client: FlaskClient, asked: str | None, given: str
) -> None:
    answer = client.get(f"/timegate/{place.local(A)}", headers={"Accept-Datetime": asked} if asked else {})

    assert answer.status_code == 302 and answer.location.endswith(f"/memento/{given}/{place.local(A)}")
    assert "accept-datetime" in answer.headers["Vary"].lower() and "Memento-Datetime" not in answer.headers
    assert links(answer)["original"] == [f"/dataset/{place.local(A)}"]
    assert links(answer)["first"][0].split("/")[2] == STAMPS[0] and links(answer)["last"][0].split("/")[2] == STAMPS[2]


@pytest.mark.parametrize("asked", ["yesterday", "2026-11-26T12:00:00Z", "Thu, 26 Nov 2026 12:00:00 +0100", ""])
def test_a_time_that_is_none_is_refused(place: LabelledNode, client: FlaskClient, asked: str) -> None:
    assert client.get(f"/timegate/{place.local(A)}", headers={"Accept-Datetime": asked}).status_code == 400


def test_a_memento_is_what_the_record_said_then(place: LabelledNode, client: FlaskClient) -> None:
    local = place.local(A)

    answer = client.get(f"/memento/{STAMPS[1]}/{local}", headers={"Accept": "text/turtle"})

    assert answer.status_code == 200 and answer.mimetype == "text/turtle"
    said = {str(getattr(value, "value", value)) for _, _, value in parse_rdf(answer.data, "text/turtle", base_iri="x:")}
    assert "Two" in said and not {"One", "Three"} & said
    assert answer.headers["Memento-Datetime"] == DAYS[1] and "Accept" in answer.headers["Vary"]
    assert {rel: links(answer)[rel][0].split("/")[2] for rel in ("first", "prev", "next", "last")} == {
        "first": STAMPS[0],
        "prev": STAMPS[0],
        "next": STAMPS[2],
        "last": STAMPS[2],
    }
    assert links(answer)["original"] == [f"/dataset/{local}"] and links(answer)["timegate"] == [f"/timegate/{local}"]
    again = client.get(f"/memento/{STAMPS[1]}/{local}.ttl", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    page = client.get(f"/memento/{STAMPS[1]}/{local}")
    assert page.mimetype == "text/html" and "<h1>Two</h1>" in page.text and page.headers["X-Robots-Tag"] == "noindex"


def test_a_memento_in_n_triples_has_the_digest_that_the_node_states(place: LabelledNode, client: FlaskClient) -> None:
    answer = client.get(f"/memento/{STAMPS[2]}/{place.local(A)}.nt")

    digest = hashlib.sha256(answer.data).hexdigest()
    assert f'catalog#contentDigest> "{digest}"' in client.get(f"/dataset/{place.local(A)}.nt").text


def test_a_timemap_lists_every_memento_once(place: LabelledNode, client: FlaskClient) -> None:
    answer = client.get(f"/timemap/{place.local(A)}")

    assert answer.mimetype == "application/link-format" and stamps(answer) == list(STAMPS)
    assert links(answer)["self"] == [f"/timemap/{place.local(A)}"]
    assert f'from="{DAYS[0]}"; until="{DAYS[2]}"' in answer.text and f'datetime="{DAYS[1]}"' in answer.text


@pytest.mark.parametrize("name", [B, E])
def test_what_was_hidden_once_is_nowhere_whoever_came_first(
    place: LabelledNode, client: FlaskClient, name: str
) -> None:
    local = place.local(name)
    assert client.get(f"/dataset/{local}").status_code == 200

    assert stamps(client.get(f"/timemap/{local}")) == [STAMPS[2]]
    for stamp in STAMPS[:2]:
        assert client.get(f"/memento/{stamp}/{local}").status_code == 404
    asked = client.get(f"/timegate/{local}", headers={"Accept-Datetime": DAYS[1]})
    assert asked.location.endswith(f"/memento/{STAMPS[2]}/{local}")
    last = client.get(f"/memento/{STAMPS[2]}/{local}")
    assert "prev" not in links(last) and not any(stamp in last.headers["Link"] + last.text for stamp in STAMPS[:2])


def test_a_version_whose_object_is_still_to_be_tightened_is_hidden_already(tmp_path: Path) -> None:
    with labelled_node(tmp_path / "home", "sqlite:///node.db", [oai_dc_record(A, "One")]) as node:
        first = node.row(A)
        node.on(2026, 11, 26)
        node.repository.records[:] = [oai_dc_record(A, "Two")]
        node.harvest()
        client, path = create_app(node.node).test_client(), f"/timemap/{node.local(A)}"
        assert stamps(client.get(path)) == list(STAMPS[:2])

        with node.node.database.write() as connection:
            relabels.order(connection, {("rdf", first.rdf_digest): label(access=Access.REGISTERED)}, node.day)

        assert stamps(client.get(path)) == [STAMPS[1]]


@pytest.mark.parametrize("name", [B, E])
def test_whom_the_label_admits_sees_that_version(place: LabelledNode, name: str) -> None:
    app = create_app(place.node)
    app.before_request_funcs.setdefault(None, []).append(lambda: g.__setattr__("subject", STEWARD))

    assert stamps(app.test_client().get(f"/timemap/{place.local(name)}")) == list(STAMPS)


@pytest.mark.parametrize("path", ["/timegate/{}", "/timemap/{}", "/memento/20261125120000/{}"])
def test_what_is_unknown_is_not_found_and_what_is_withdrawn_is_gone(
    place: LabelledNode, client: FlaskClient, path: str
) -> None:
    assert client.get(path.format("aaaaaaaaaaaaaaaaaaaaaaaa")).status_code == 404
    assert client.get(path.format(place.local(C))).status_code == 410
    assert client.get(path.format(place.local(D))).status_code == 410, "whatever the labels of its versions were"


def test_only_the_one_form_of_a_time_is_read() -> None:
    assert read_http_date(DAYS[0]) == read_stamp(STAMPS[0]) == dt.datetime(2026, 11, 25, 12)
    for text in ("Wed, 25 Nov 2026 25:00:00 GMT", "Wed, 31 Feb 2026 12:00:00 GMT", "Wed, 25 Nov 2026 12:00:00"):
        assert read_http_date(text) is None
    for text in ("2026112512000", "20261325120000", "２０２６１１２５１２００００"):
        assert read_stamp(text) is None
