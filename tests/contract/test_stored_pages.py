"""`/stored` and the metrics of what is stored: for operators and stewards, and nobody else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from node.drift.auditing import DriftAudit
from node.model.drift import Drift
from node.node import Node
from node.pipeline import harvest_source
from node.storage import relabels
from node.storage.accounts import ApiTokens
from node.storage.drift import DriftRuns
from node.storage.tables import records
from node.upkeep import audit_when_due, relabel
from node.web import create_app
from tests.labels import label
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.stored_node import EUROPE, WORLD, now, object_rows, stored_node, visible


@pytest.fixture
def spoilt(tmp_path: Path) -> Iterator[tuple[Node, str]]:
    """A node with twelve records, one of whose objects lost its tags."""
    with (
        OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(12)]) as repository,
        stored_node(tmp_path / "home", (WORLD, EUROPE), repository.url) as node,
    ):
        harvest_source(node, "x", now=now)
        key = next(iter(object_rows(node)))
        node.vault.store("world").set_tags(key, {})
        yield node, key


def bearer(node: Node, role: str) -> dict[str, str]:
    _, secret = ApiTokens(node.database).create(
        name=role, role=role, source="", owner="test", maker="cli:test", now=now(), expires=now() + dt.timedelta(days=1)
    )
    return {"Authorization": f"Bearer {secret}"}


def metric(client: FlaskClient, name: str) -> float:
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    (value,) = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
    return float(value)


def test_operators_and_stewards_see_what_an_audit_found_and_nobody_else(spoilt: tuple[Node, str]) -> None:
    node, key = spoilt
    run = DriftAudit(node, now).run()
    client = create_app(node).test_client()

    for path in ("/stored", "/stored.json", f"/stored/{run.number}", f"/stored/{run.number}.json"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(node, "reader")).status_code == 403
        for role in ("operator", "steward"):
            assert client.get(path, headers=bearer(node, role)).status_code == 200

    operator = bearer(node, "operator")
    page = client.get(f"/stored/{run.number}", headers={**operator, "Accept": "text/html"})
    assert key in page.get_data(as_text=True) and page.mimetype == "text/html"
    (found,) = client.get(f"/stored/{run.number}.json", headers=operator).json["findings"]
    assert (found["class"], found["key"], found["incident"], found["repaired"]) == ("missing", key, True, False)
    listed = client.get("/stored.json", headers=operator).json
    assert [each["incidents"] for each in listed["audits"]] == [1]
    assert listed["relabels"] == {"open": 0, "stuck": 0}
    assert client.get("/stored/99", headers=operator).status_code == 404
    assert client.get("/stored/x", headers=operator).status_code == 404


def test_metrics_tell_of_incidents_until_they_are_repaired_and_of_stuck_jobs(spoilt: tuple[Node, str]) -> None:
    node, key = spoilt
    client = create_app(node).test_client()
    assert b"fairnode_drift_incidents" not in client.get("/metrics").data
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(node, "operator")["Authorization"]
    assert (metric(client, "fairnode_drift_incidents"), metric(client, "fairnode_drift_audited_timestamp_seconds")) == (
        0.0,
        0.0,
    )

    DriftAudit(node, now).run()
    assert metric(client, "fairnode_drift_incidents") == 1
    assert metric(client, 'fairnode_drift_objects{drift="missing"}') == 1
    assert metric(client, "fairnode_drift_audited_timestamp_seconds") > 0
    DriftAudit(node, now).run(repair=True)
    assert metric(client, "fairnode_drift_incidents") == 0

    kind, _, digest = key.split("/")
    with node.database.write() as connection:
        relabels.order(connection, {(kind, digest): label(assurance=4)}, now())
    relabel(node, now)
    assert (metric(client, "fairnode_relabels_open"), metric(client, "fairnode_relabels_stuck")) == (1, 1)


def test_a_stuck_job_blocks_the_release_of_its_record_until_it_is_done(spoilt: tuple[Node, str]) -> None:
    node, _ = spoilt
    key = list(object_rows(node))[1]
    kind, _, digest = key.split("/")
    before = visible(node)
    with node.database.write() as connection:
        relabels.order(connection, {(kind, digest): label(zones="NAT:FRA")}, now())
    journal = relabels.Relabels(node.database)
    with node.database.read() as connection:
        blocked = connection.execute(records.select().where(relabels.release_blocked())).all()
    assert [row.raw_digest for row in blocked] == [digest]
    assert journal.blocks(blocked[0].local_id)

    assert relabel(node, now).stuck == 1
    assert before - visible(node) == {blocked[0].identifier}

    # A zone in France is found after all.
    store = node.vault.store("europe")
    store.zone = dataclasses.replace(store.zone, country="FRA")
    assert relabel(node, now).done == 1
    assert not journal.blocks(blocked[0].local_id)
    assert visible(node) == before


def test_the_worker_audits_when_it_is_due_and_not_before(spoilt: tuple[Node, str]) -> None:
    node, _ = spoilt
    clock = [now()]

    assert not audit_when_due(node, lambda: clock[0]), "a new node has nothing to audit"
    for _ in range(2):
        clock[0] += dt.timedelta(hours=25)
        assert audit_when_due(node, lambda: clock[0])
        assert not audit_when_due(node, lambda: clock[0])

    last, first = DriftRuns(node.database).latest()
    assert first.counts[Drift.MISSING] == 1 and first.repaired == 1, "the worker repairs what it can"
    assert last.deviations == 0
    assert len(visible(node)) == 12
