"""The policy of a record over HTTP: the one its labels make, in each form, and only where the record is visible."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from node.mapping.label_rdf import read_label
from node.model.label import Access
from node.model.rdf import Iri
from node.sovereignty.tags import from_json
from node.syntax import parse_rdf
from node.web import create_app
from tests.labelled_node import LabelledNode, labelled_node
from tests.labels import OPEN
from tests.servers.oai_pages import oai_dc_record

A, B = "oai:example.org:a", "oai:example.org:b"
ODRL = "http://www.w3.org/ns/odrl/2/"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[LabelledNode]:
    agreement = dataclasses.replace(OPEN, data_access=Access.REGISTERED)
    records = [oai_dc_record(A, "One"), oai_dc_record(B, "Two")]
    with labelled_node(tmp_path / "home", "sqlite:///node.db", records, agreement) as made:
        yield made


@pytest.fixture
def client(place: LabelledNode) -> FlaskClient:
    return create_app(place.node).test_client()


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("", None, "text/turtle"),
        ("", "text/html,*/*;q=0.8", "text/turtle"),
        ("", "application/ld+json", "application/ld+json"),
        (".nt", None, "application/n-triples"),
        (".rdf", "text/turtle", "application/rdf+xml"),
    ],
)
def test_the_policy_says_both_labels_in_each_form(
    place: LabelledNode, client: FlaskClient, path: str, accept: str | None, media_type: str
) -> None:
    local, row = place.local(A), place.row(A)

    answer = client.get(f"/policy/{local}{path}", headers={"Accept": accept} if accept else {})

    assert answer.status_code == 200 and answer.mimetype == media_type
    triples = tuple(parse_rdf(answer.data, media_type, base_iri="https://example.org/"))
    policy = Iri(f"{place.node.settings.base_url}/policy/{local}")
    for of, stored in (("record", row.record_label), ("data", row.data_label)):
        assert read_label(Iri(f"{policy}#{of}-label"), triples) == from_json(stored)
    targets = {str(o) for _, p, o in triples if p == f"{ODRL}target"}
    assert targets == {f"{place.node.settings.base_url}/record/{local}", row.subject}


def test_a_policy_is_visible_where_its_record_is(place: LabelledNode, client: FlaskClient) -> None:
    place.decide(A, access=Access.REGISTERED)
    place.work()

    assert client.get(f"/policy/{place.local(A)}").status_code == 410
    assert client.get(f"/dataset/{place.local(A)}").status_code == 410
    assert client.get(f"/policy/{place.local(B)}").status_code == 200
    assert client.get("/policy/nothing").status_code == client.get("/policy/x.exe").status_code == 404
    assert client.get(f"/policy/{place.local(B)}", headers={"Accept": "image/png"}).status_code == 406


def test_a_record_names_its_policy(place: LabelledNode, client: FlaskClient) -> None:
    links = client.get(f"/dataset/{place.local(A)}").headers["Link"]

    assert f'/policy/{place.local(A)}>; rel="{ODRL}hasPolicy"' in links
