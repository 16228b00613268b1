"""What a harvest does to a node, run in this process against a loopback repository."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from node.bootstrap import initialise, open_node
from node.errors import Conflict
from node.model.label import Access, Audience
from node.model.listing import Selection
from node.model.oai import Window
from node.model.run import HarvestRun, Outcome, RunStatus
from node.model.source import Agreement, Bounds, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings
from node.sovereignty.tags import from_json
from node.storage.graphs import GraphQuery
from node.storage.objects.vault import Item
from node.storage.tables import records as table
from tests.records import OPEN
from tests.servers.oai_pages import OaiPages, oai_dc_record

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor="inline"),
    ).model_copy(update={"home": tmp_path / "home"})
    initialise(settings, now())
    opened = open_node(settings)
    yield opened
    opened.close()


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def add(node: Node, repository: OaiPages, name: str = "x", **more: Any) -> None:
    node.sources.add(Source(name=name, url=repository.url, **more), now())


def harvest(node: Node, name: str = "x", clock: Callable[[], dt.datetime] = now, **more: Any) -> HarvestRun:
    run = harvest_source(node, name, now=clock, **more)
    assert run.balanced
    return run


def datacite(identifier: str, doi: str, creator: str = "Smith, J.", extra: str = "") -> bytes:
    return (
        f"<record><header><identifier>{identifier}</identifier><datestamp>2026-02-01T00:00:00Z</datestamp></header>"
        '<metadata><resource xmlns="http://datacite.org/schema/kernel-4">'
        f'<identifier identifierType="DOI">{doi}</identifier><creators><creator><creatorName>{creator}</creatorName>'
        '<nameIdentifier nameIdentifierScheme="ORCID">0000-0002-1825-0097</nameIdentifier></creator></creators>'
        f"<titles><title>Title of {identifier}</title></titles><publisher>P</publisher>"
        f"<publicationYear>2020</publicationYear>{extra}</resource></metadata></record>"
    ).encode()


def dcat(identifier: str, body: str) -> bytes:
    return (
        f"<record><header><identifier>{identifier}</identifier><datestamp>2026-02-01T00:00:00Z</datestamp></header>"
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/" '
        f'xmlns:foaf="http://xmlns.com/foaf/0.1/">{body}</rdf:RDF></metadata></record>'
    ).encode()


def ask(node: Node, query: str) -> list[str]:
    answer = node.graphs.query(GraphQuery(text=query, media_type="text/csv"))
    try:
        return b"".join(answer.chunks()).decode().split("\r\n")[1:-1]
    finally:
        answer.close()


def titles(node: Node) -> list[str]:
    return sorted(
        ask(node, "SELECT ?t { ?d a <http://www.w3.org/ns/dcat#Dataset>; <http://purl.org/dc/terms/title> ?t }")
    )


def test_a_corrected_agent_is_an_update_in_every_outlet(node: Node) -> None:
    with OaiPages([datacite("a", "10.5072/a")]) as repository:
        add(node, repository, metadata_prefix="oai_datacite")
        harvest(node)
        repository.records = [datacite("a", "10.5072/a", "Smith, Jane")]

        run = harvest(node)

    assert run.counts[Outcome.UPDATED] == 1
    names = ask(node, "SELECT ?n { ?a a <http://xmlns.com/foaf/0.1/Agent>; <http://xmlns.com/foaf/0.1/name> ?n }")
    assert '"Smith, Jane"' in names and '"Smith, J."' not in names
    selection = Selection(prefix="oai_dc", last_seq=node.listing.clock()[0])
    (item,) = node.listing.page(selection, Audience.PUBLIC, 9, with_body=True)
    assert "Smith, Jane" in item.body


def test_when_the_speaker_leaves_a_subject_its_twin_speaks(node: Node) -> None:
    with OaiPages([datacite("one", "10.5072/t")]) as first, OaiPages([datacite("two", "10.5072/t")]) as second:
        add(node, first, "first", metadata_prefix="oai_datacite")
        add(node, second, "second", metadata_prefix="oai_datacite")
        harvest(node, "first")
        harvest(node, "second")
        assert titles(node) == ["Title of one"]
        first.records = [datacite("one", "10.5072/other")]

        harvest(node, "first")

    assert titles(node) == ["Title of one", "Title of two"]
    assert node.projection.verify().sound


def test_a_record_cannot_speak_of_addresses_of_the_node(node: Node) -> None:
    with OaiPages([oai_dc_record("oai:example.org:1", "The victim")]) as repository:
        add(node, repository, "victim")
        harvest(node, "victim")
    (victim,) = ask(node, "SELECT ?r { ?r a <http://www.w3.org/ns/dcat#CatalogRecord> }")
    agent = f'<dct:publisher><foaf:Agent rdf:about="{victim}"><foaf:name>EVIL</foaf:name></foaf:Agent></dct:publisher>'
    claims = [
        dcat("agent", f'<dcat:Dataset rdf:about="https://e.org/1"><dct:title>A</dct:title>{agent}</dcat:Dataset>'),
        dcat("subject", f'<dcat:Dataset rdf:about="{victim}"><dct:title>EVIL</dct:title></dcat:Dataset>'),
        dcat("catalog", f'<dcat:Dataset rdf:about="{BASE}/catalog"><dct:title>EVIL</dct:title></dcat:Dataset>'),
    ]
    with OaiPages(claims) as repository:
        add(node, repository, "evil", metadata_prefix="dcat")
        run = harvest(node, "evil")

    assert (run.counts[Outcome.CREATED], run.counts[Outcome.REJECTED]) == (1, 2)
    assert not ask(node, 'SELECT ?s { ?s ?p ?o FILTER(CONTAINS(STR(?o), "EVIL")) }')
    assert "The victim" in titles(node)
    assert node.projection.verify().sound


def test_nobody_but_its_own_record_speaks_of_a_catalogued_resource(node: Node) -> None:
    other = '<dcat:Dataset rdf:about="https://doi.org/10.5072/a"><dct:title>EVIL</dct:title></dcat:Dataset>'
    body = f'<dcat:Dataset rdf:about="https://e.org/1"><dct:title>Fine</dct:title><dct:relation>{other}</dct:relation></dcat:Dataset>'
    with OaiPages([dcat("d", body)]) as stranger, OaiPages([datacite("a", "10.5072/a")]) as owner:
        add(node, stranger, "stranger", metadata_prefix="dcat")
        harvest(node, "stranger")
        add(node, owner, "owner", metadata_prefix="oai_datacite")
        harvest(node, "owner")

    assert ask(node, "SELECT ?t { <https://doi.org/10.5072/a> <http://purl.org/dc/terms/title> ?t }") == ["Title of a"]
    assert node.projection.verify().sound


def test_an_agreement_past_its_review_releases_nothing_new(node: Node) -> None:
    agreement = Agreement(review=dt.date(2030, 1, 1))
    with OaiPages([oai_dc_record("oai:example.org:1", "Old")]) as repository:
        add(node, repository, agreement=agreement)
        harvest(node)
        repository.records = [oai_dc_record("oai:example.org:1", "New"), oai_dc_record("oai:example.org:2", "New")]

        run = harvest(node, clock=lambda: dt.datetime(2030, 2, 1, tzinfo=dt.UTC))

    assert run.counts[Outcome.QUARANTINED] == 2
    assert titles(node) == ["Old"]


def test_the_end_of_an_embargo_changes_the_label_of_an_unchanged_record(node: Node) -> None:
    embargo = '<dates><date dateType="Available">2027-06-01</date></dates>'
    with OaiPages([datacite("a", "10.5072/a", extra=embargo)]) as repository:
        add(node, repository, metadata_prefix="oai_datacite", agreement=Agreement(data_access=Access.PUBLIC))
        before = harvest(node, clock=lambda: dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
        label = _data_label(node)
        harvest(node, clock=lambda: dt.datetime(2027, 7, 1, tzinfo=dt.UTC))

    assert before.counts[Outcome.CREATED] == 1
    assert label == Access.RESTRICTED
    assert _data_label(node) == Access.PUBLIC


def test_a_record_that_may_not_be_seen_is_on_no_public_page(node: Node) -> None:
    from node.web import create_app

    hidden = oai_dc_record("oai:example.org:1", "Hidden", extra="<dc:date>HIDDEN-VALUE</dc:date>")
    with OaiPages([hidden]) as repository:
        add(node, repository, agreement=Agreement(record_access=Access.REGISTERED))
        harvest(node)
    client = create_app(node).test_client()

    assert b"HIDDEN-VALUE" not in client.get("/sources", headers={"Accept": "text/html"}).data
    assert titles(node) == []


def test_a_version_held_back_does_not_speak_on_the_page_of_the_shown_one(node: Node) -> None:
    with OaiPages([oai_dc_record("oai:example.org:1", "Shown")]) as repository:
        add(node, repository)
        harvest(node)
        repository.records = [oai_dc_record("oai:example.org:1", "", extra="<dc:date>SECRET-VALUE</dc:date>")]
        run = harvest(node)

    assert run.counts[Outcome.QUARANTINED] == 1
    with node.database.read() as connection:
        local = connection.execute(sa.select(table.c.local_id)).scalar_one()
    assert "SECRET-VALUE" not in str(node.summaries.findings(local))
    assert titles(node) == ["Shown"]


def test_a_lost_object_keeps_one_graph_from_being_written_and_no_other(node: Node) -> None:
    with OaiPages([oai_dc_record(f"oai:example.org:{number}", f"T{number}") for number in range(3)]) as repository:
        add(node, repository)
        harvest(node)
        next(path for path in (node.settings.home / "objects" / "rdf").rglob("*") if path.is_file()).unlink()
        assert node.projection.rebuild() is not None
        repository.records.append(oai_dc_record("oai:example.org:9", "T9"))

        run = harvest(node)

    assert run.status is RunStatus.OK
    assert "T9" in titles(node)
    assert node.projection.waiting() == 1


def test_a_suspect_run_that_is_killed_is_still_suspect_when_resumed(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(4)]) as repository:
        add(node, repository, bounds=Bounds(max_deleted_share=0.5))
        harvest(node)
        repository.records = [oai_dc_record(f"oai:example.org:{number}", deleted=True) for number in range(4)]
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(type(node.runs), "finish", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
            harvest(node)

        run = harvest(node)

    assert run.status is RunStatus.SUSPECT
    assert run.error is not None and run.error.code == "harvest.out-of-bounds"
    assert len(titles(node)) == 4


def test_a_run_taken_over_is_left_to_who_took_it(node: Node) -> None:
    with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(6)], page_size=2) as repository:
        add(node, repository)

        def steal(*_: object) -> None:
            with node.database.write() as connection:
                connection.execute(sa.text("UPDATE runs SET owner = 'elsewhere:1:1'"))

        with pytest.raises(Conflict):
            harvest(node, progress=steal)

    account = node.runs.get(1)
    assert (account.status, account.counts[Outcome.CREATED]) == (RunStatus.RUNNING, 2)


def test_a_run_that_leaves_a_gap_does_not_move_the_next_from(node: Node) -> None:
    with OaiPages([oai_dc_record("oai:example.org:1")]) as repository:
        add(node, repository)
        harvest(node, window=Window(until="2020-12-31"))
        assert node.sources.get("x").source.next_from is None

        harvest(node)

    assert node.sources.get("x").source.next_from is not None


def test_a_nameless_record_is_rejected_every_time(node: Node) -> None:
    with OaiPages([oai_dc_record("", deleted=True)]) as repository:
        add(node, repository)
        first = harvest(node)
        repository.records = [oai_dc_record("", "No name"), oai_dc_record("x" * 3000, "Too long a name")]
        second = harvest(node)

    assert first.counts[Outcome.REJECTED] == 1
    assert second.counts[Outcome.REJECTED] == 2
    assert titles(node) == []


def test_an_object_put_twice_at_once_ends_under_both_labels(node: Node) -> None:
    finnish, german = OPEN, dataclasses.replace(OPEN, origin=frozenset({"DEU"}))
    first = node.inventory.put([Item(kind="raw", data=b"same", label=finnish)])
    second = node.inventory.put([Item(kind="raw", data=b"same", label=german)])

    for put in (first, second):
        with node.database.write() as connection:
            node.inventory.enter(connection, put.holdings, now())

    (holding,) = second.holdings
    label = node.vault.verify(holding.stored.zone, holding.stored.key)
    assert label.origin == {"FIN", "DEU"}
    assert node.inventory.put([Item(kind="raw", data=b"same", label=finnish)]).holdings == ()


def _data_label(node: Node) -> Access:
    with node.database.read() as connection:
        return from_json(connection.execute(sa.select(table.c.data_label)).scalar_one()).access
