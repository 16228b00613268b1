"""Each viewer queries a graph store of their own: no query, of any form, reaches what its asker may not see."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import g
from flask.testing import FlaskClient

from node.bootstrap import initialise, open_node
from node.identity.subject import Grant, Role, Subject
from node.model.entitlement import Entitlement, parse_entitlement
from node.model.label import Audience, Labels
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome, RunStatus
from node.model.source import Agreement, Source
from node.node import Node
from node.peer_settings import PeerSettings
from node.settings import ComputeSettings, Settings, StoreSettings
from node.sovereignty.decide import audience_of
from node.sovereignty.signatures import verify
from node.sovereignty.trail import HEAD_KIND, prove, read_document, read_head
from node.storage.kept import Action, Kept
from node.storage.trail import Trail
from node.web import create_app
from node.web.refusals import refusals_of
from tests.contract.test_peer_listing import LABELS
from tests.records import at, page, prepared

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
ISSUER = "https://issuer.example"


def held(text: str) -> Entitlement:
    found = parse_entitlement(text)
    assert found is not None
    return found


NORTH = PeerSettings(name="north", issuer=ISSUER, client_id="n", country="FIN", access="restricted")
EAST = PeerSettings(name="east", issuer=ISSUER, client_id="e", country="UKR", access="restricted")
FAR = PeerSettings(name="far", issuer=ISSUER, client_id="f", country="USA", access="restricted")
GROUP = "urn:geant:example.org:group:sea"
STORES = {name: f"oxigraph:graphs-{name}" for name in ("registered", "steward")}
STORES |= {f"{GROUP}:member": "oxigraph:graphs-member"}
STORES |= {"peer:north": "oxigraph:graphs-north", "peer:east": "oxigraph:graphs-east"}
PERSON = Subject(issuer=ISSUER, key="ann")
WHO = {
    "public": None,
    "registered": PERSON,
    # A member of a group inside the one that has graphs, and somebody whom an agreement lets in that has none.
    "member": dataclasses.replace(PERSON, key="max", entitlements=(held(f"{GROUP}:member:inner#aai.example"),)),
    "vetted": dataclasses.replace(
        PERSON, key="vic", entitlements=(held(f"{GROUP}:member"),), assurance=("urn:example:high",), country="FIN"
    ),
    "guest": dataclasses.replace(PERSON, key="gus", entitlements=(held(f"{GROUP}:guest"),)),
    "steward": dataclasses.replace(PERSON, grants=(Grant(role=Role.STEWARD),)),
    "peer:north": Subject(issuer=ISSUER, key="n", client="n", is_program=True),
    "peer:east": Subject(issuer=ISSUER, key="e", client="e", is_program=True),
    "peer:far": Subject(issuer=ISSUER, key="f", client="f", is_program=True),
}
PUBLIC = {"open", "open-eu"}
REGISTERED = PUBLIC | {"registered", "quantum"}
SEEN = {
    "public": PUBLIC,
    "registered": REGISTERED,
    "member": REGISTERED | {"eu", "associated", "personal"},
    "guest": REGISTERED | {"eu", "associated", "personal"},
    "vetted": REGISTERED | {"eu", "associated", "personal", "confidential", "secret-eu"},
    "steward": REGISTERED | {"eu", "associated", "personal", "confidential", "secret-eu"},
    "peer:north": PUBLIC | {"registered", "eu", "associated"},
    "peer:east": PUBLIC | {"registered", "associated"},
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    settings = Settings(
        compute=ComputeSettings(executor="inline"),
        store=StoreSettings(graphs_for=STORES),
        peers=(NORTH, EAST, FAR),
    ).model_copy(update={"home": tmp_path_factory.mktemp("viewers")})
    initialise(settings, NOW)
    node = open_node(settings)
    named = (f"{GROUP}:member", f"{GROUP}:guest")
    agreement = Agreement(peers=("north", "east", "far"), entitlements=named, identity_assurance="urn:example:high")
    node.sources.add(Source(name="test", url="https://source.example.org/oai", agreement=agreement), NOW)
    publish(node, LABELS)
    yield node
    node.close()


def publish(node: Node, labels) -> None:
    source = node.sources.get("test")
    run = node.runs.start(source, Window(), NOW)
    known = node.records.known(source, list(labels))
    kept = []
    for name, of in labels.items():
        # One agent that every record speaks of, and one title that is the record's own.
        made = prepared(name, f"title-of-{name}", agent="https://orcid.org/0000-0001-5109-3700")
        put = node.inventory.put([item(made.ntriples)])
        node.database.write_again(lambda connection, put=put: node.inventory.enter(connection, put.holdings, NOW))
        kept.append(
            Kept(
                action=Action.PUBLISH,
                entry=LedgerEntry(identifier=name, outcome=Outcome.UPDATED if name in known else Outcome.CREATED),
                prepared=dataclasses.replace(made, labels=Labels(record=of, data=of)),
                known=known.get(name),
                rdf_digest=digest(made.ntriples),
                audience=audience_of(of, NOW.date()),
            )
        )
    node.records.keep(run.id, source, page(*labels, done=True), kept, at(NOW))
    node.runs.finish(run, source, RunStatus.OK, NOW, requests=1, retries=0)
    assert node.projection.run() is not None


def item(text: str):
    from node.storage.objects.vault import Item
    from tests.records import OPEN

    return Item(kind="rdf", data=text.encode(), label=OPEN)


def digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def clients(node: Node) -> dict[str, FlaskClient]:
    app = create_app(node)
    found = {}
    for name, subject in WHO.items():
        client = app.test_client()
        client.environ_base["fairnode.test.subject"] = subject
        if subject is not None:
            client.set_cookie("fairnode-session", "whose it is, the test tells")  # who is somebody comes with something
        found[name] = client
    # Who somebody is is another test's matter: here it is told by the test.
    app.before_request_funcs[None] = [
        function for function in app.before_request_funcs[None] if function.__name__ != "_identify"
    ]

    @app.before_request
    def identify() -> None:
        from flask import request

        g.subject = request.environ["fairnode.test.subject"]

    return found


QUERIES = (
    "SELECT ?t { ?d <http://purl.org/dc/terms/title> ?t }",
    "SELECT ?t { GRAPH ?g { ?d <http://purl.org/dc/terms/title> ?t } }",
    "SELECT DISTINCT ?t { ?s ?p ?t }",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }",
    "DESCRIBE ?d { ?d <http://purl.org/dc/terms/title> ?t }",
)


# Graphs are kept for whom settings name; others are answered from those of somebody who never sees more.
ASKED = {**SEEN, "guest": REGISTERED, "vetted": SEEN["member"]}


@pytest.mark.parametrize("who", ASKED)
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_answers_with_what_its_asker_may_see_and_no_more(clients, who, query):
    answer = clients[who].get(f"/sparql?query={quote(query)}", headers={"Accept": "text/csv, application/n-triples"})

    assert answer.status_code == 200
    assert {name for name in LABELS if f'title-of-{name}"' in answer.text or f"title-of-{name}\r\n" in answer.text} == (
        ASKED[who]
    )


@pytest.mark.parametrize("who", ASKED)
def test_counts_are_those_of_the_visible_set(clients, who):
    query = "SELECT (COUNT(*) AS ?n) { ?d <http://purl.org/dc/terms/title> ?t }"

    answer = clients[who].get(f"/sparql?query={quote(query)}", headers={"Accept": "application/sparql-results+json"})

    visible = json.loads(answer.text)["results"]["bindings"][0]["n"]["value"]
    records = json.loads(
        clients[who]
        .get(
            f"/sparql?query={quote('SELECT (COUNT(*) AS ?n) { ?r a <http://www.w3.org/ns/dcat#CatalogRecord> }')}",
            headers={"Accept": "application/sparql-results+json"},
        )
        .text
    )["results"]["bindings"][0]["n"]["value"]
    assert int(records) == len(ASKED[who])
    # Each record's own title, that of its catalogue record, and the catalogue's.
    assert int(visible) == 2 * len(ASKED[who]) + 1


def test_what_void_counts_is_the_visible_set_of_who_asks(clients):
    told = {}
    for who in SEEN:
        void = clients[who].get("/.well-known/void", headers={"Accept": "application/n-triples"})
        counted = clients[who].get(
            f"/sparql?query={quote('SELECT (COUNT(*) AS ?n) { ?s ?p ?o }')}", headers={"Accept": "text/csv"}
        )
        told[who] = int(void.text.partition('<http://rdfs.org/ns/void#triples> "')[2].partition('"')[0])
        assert told[who] == int(counted.text.split()[1])
    assert told["public"] < told["registered"] == told["guest"] < told["member"] < told["steward"]
    assert clients["peer:far"].get("/.well-known/void").json["code"] == "sparql.no-graphs"


def test_a_citation_is_compared_with_what_the_same_viewer_sees_and_with_nothing_else(clients):
    query = quote("SELECT ?t { ?d <http://purl.org/dc/terms/title> ?t }")
    for who, other in (("steward", "public"), ("public", "steward")):
        address = clients[who].get(f"/sparql/citation?query={query}").json["url"].partition("/sparql")[2]

        assert clients[who].get(f"/sparql{address}").json["changed"] is False
        refused = clients[other].get(f"/sparql{address}")
        assert (refused.status_code, refused.json["code"]) == (400, "sparql.refused")
        assert "changed" not in refused.json


def test_who_has_no_graphs_of_their_own_is_given_nobody_elses(clients):
    answer = clients["peer:far"].get("/sparql?query=ASK%7B%7D")

    assert answer.status_code == 503
    assert answer.json["code"] == "sparql.no-graphs"


def test_a_peer_that_an_agreement_drops_is_asked_to_come_again_until_its_graphs_are_written_anew(node, clients):
    def peers(*names: str) -> None:
        change = partial(dataclasses.replace, peers=names)
        node.sources.change_agreement("test", change, "cli:ann", at(NOW))

    peers("east", "far")
    try:
        answers = {who: clients[who].get(f"/sparql?query={quote(QUERIES[0])}") for who in ("peer:north", "peer:east")}
        assert {who: answer.status_code for who, answer in answers.items()} == {"peer:north": 503, "peer:east": 200}
        assert answers["peer:north"].json["code"] == "sparql.graphs-behind"
        assert int(answers["peer:north"].headers["Retry-After"]) > 0

        assert node.projection.run(publish=False) == 0 and node.projection.behind()
        assert node.projection.run() and not node.projection.behind()

        text = clients["peer:north"].get(f"/sparql?query={quote(QUERIES[0])}", headers={"Accept": "text/csv"}).text
        assert {name for name in LABELS if f"title-of-{name}\r\n" in text} == PUBLIC
    finally:
        peers("north", "east", "far")
        node.projection.run()


def test_an_entitlement_that_an_agreement_names_no_more_opens_nothing_at_once(node, clients):
    names = {each.origin_identifier: each.local_id for each in listed(node)}

    def asked() -> tuple[int, int]:
        page = clients["member"].get(f"/record/{names['eu']}", headers={"Accept": "text/turtle"})
        return page.status_code, clients["member"].get(f"/sparql?query={quote(QUERIES[0])}").status_code

    def named(*which: str) -> None:
        node.sources.change_agreement("test", partial(dataclasses.replace, entitlements=which), "cli:ann", at(NOW))

    before = node.sources.get("test").source.agreement.entitlements
    assert asked() == (200, 200)
    named(f"{GROUP}:guest")
    try:
        assert asked() == (404, 503)
        node.projection.run()
        assert asked() == (404, 200)
        text = clients["member"].get(f"/sparql?query={quote(QUERIES[0])}", headers={"Accept": "text/csv"}).text
        assert {name for name in LABELS if f"title-of-{name}\r\n" in text} == REGISTERED
    finally:
        named(*before)
        node.projection.run()


def test_answers_to_somebody_are_kept_by_no_cache(clients):
    answer = clients["registered"].get("/sparql?query=ASK%7B%7D")

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert {"authorization", "cookie"} <= {each.strip().lower() for each in answer.headers["Vary"].split(",")}


@pytest.mark.parametrize("who", SEEN)
def test_pages_show_what_their_reader_may_see_and_refuse_the_rest_alike(node, clients, who):
    names = {each.origin_identifier: each.local_id for each in listed(node)}
    unknown = clients[who].get("/record/unknown0000000000000000", headers={"Accept": "text/turtle"})

    for name, local in names.items():
        answer = clients[who].get(f"/record/{local}", headers={"Accept": "text/turtle"})
        if name in SEEN[who]:
            assert answer.status_code == 200 and f"title-of-{name}" in answer.text
        else:
            assert (answer.status_code, answer.data.replace(local.encode(), b"")) == (
                unknown.status_code,
                unknown.data.replace(b"unknown0000000000000000", b""),
            )


def test_a_refusal_by_name_is_entered_once_the_answer_has_left(node, clients):
    local = next(each.local_id for each in listed(node) if each.origin_identifier == "eu")
    with clients["peer:east"].get(f"/dataset/{local}") as answer:
        assert answer.status_code == 404
    assert refusals_of(clients["peer:east"].application).flush()

    entries = list(Trail(node.database).entries(about=local))

    assert [
        (entry.act.actor, entry.act.action, entry.act.permitted) for entry in entries if "east" in entry.act.actor
    ] == [("peer:east", "read", False)]
    assert any("UKR does not lie in EU" in reason for reason in entries[-1].act.reasons)


def test_oai_pmh_refuses_alike_and_enters_it(node, clients):
    local = next(each.local_id for each in listed(node) if each.origin_identifier == "confidential")
    name = f"oai:{node.settings.repository_identifier}:{local}"
    with clients["registered"].get(f"/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier={name}") as answer:
        assert 'code="idDoesNotExist"' in answer.text
    assert refusals_of(clients["registered"].application).flush()

    [entry] = [each for each in Trail(node.database).entries(about=local) if each.act.actor == f"{ISSUER}|ann"]

    assert entry.act.reasons == (
        "they hold no entitlement that the agreement with the source names",
        "access is confidential, and they are not identified as well as urn:example:high",
        "access is confidential, and the country of their organisation is not known",
    )


def test_graphs_of_every_viewer_are_what_sql_says(node):
    for viewer in node.graph_stores:
        assert node.projection.verify(viewer).sound


def test_a_store_that_is_added_later_answers_once_it_is_whole(node, tmp_path: Path):
    peers = (NORTH, EAST, FAR)
    more = StoreSettings(graphs_for={**STORES, "peer:far": "oxigraph:graphs-far"})
    settings = node.settings.model_copy(update={"store": more, "peers": peers})
    again = open_node(settings)
    try:
        far = FAR.peer()
        assert not again.projection.whole.is_whole(far)
        again.projection.rebuild()
        assert again.projection.whole.is_whole(far)
        assert again.projection.verify(far).sound
    finally:
        again.close()


def test_tightening_takes_a_record_out_of_the_graphs_of_who_loses_it(node, clients):
    publish(node, {"registered": dataclasses.replace(LABELS["registered"], access=LABELS["confidential"].access)})
    try:
        for who in SEEN:
            answer = clients[who].get(f"/sparql?query={quote(QUERIES[0])}", headers={"Accept": "text/csv"})
            assert ("title-of-registered" in answer.text) == (who == "steward")
    finally:
        publish(node, {"registered": LABELS["registered"]})


def listed(node: Node):
    from node.model.listing import Selection

    selection = Selection(prefix="oai_dc", last_seq=node.listing.clock()[0])
    return node.listing.page(selection, Audience.STEWARD, 100, with_body=False)


def test_how_far_the_trail_reaches_is_told_to_peers_and_the_nodes_own_people_alone(node, clients):
    Trail(node.database).sign("n", lambda body: node.signing_keys.sign(body, HEAD_KIND), NOW)

    told = {who: clients[who].get("/trail/head") for who in clients}

    assert {who: answer.status_code for who, answer in told.items() if who.startswith("peer:") or who == "steward"} == {
        "peer:north": 200, "peer:east": 200, "peer:far": 200, "steward": 200
    }  # fmt: skip
    assert told["public"].status_code == 401
    assert all(told[who].status_code == 403 for who in ("registered", "member", "vetted", "guest"))
    body, signature = read_document(told["peer:far"].data)
    assert verify(body, signature, HEAD_KIND, node.signing_keys.public())
    assert list(prove(Trail(node.database).entries(), [read_head(body)])) == []
    for who, answer in told.items():
        assert (str(json.loads(body)["hash"]) in answer.text) == (who.startswith("peer:") or who == "steward")
