"""The drift audit over folders and a real S3 server: what was planted is found, nothing else, and what follows."""

from __future__ import annotations

import dataclasses
import io
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

import node.drift.auditing
from node.drift.auditing import DriftAudit
from node.errors import StorageError
from node.model.drift import Deviation, Drift, DriftRun
from node.node import Node
from node.pipeline import harvest_source
from node.sovereignty.tags import from_json, to_json
from node.storage import stale
from node.storage.drift import DriftRuns
from node.storage.tables import objects, records
from node.upkeep import relabel
from tests.labels import label
from tests.planted_drift import EACH, Planted, plant_everything, raise_label
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.postgresql import migrated_database
from tests.servers.seaweedfs import SeaweedFs, seaweedfs
from tests.stored_node import EUROPE, WORLD, now, object_rows, owner, stored_node, visible, zones_on

COUNT = 60


@pytest.fixture(scope="module")
def s3_server() -> Iterator[SeaweedFs]:
    with seaweedfs() as server:
        yield server


@pytest.fixture
def repository() -> Iterator[OaiPages]:
    with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(COUNT)]) as pages:
        yield pages


@pytest.fixture(params=["folders", "seaweedfs", "folders and PostgreSQL"])
def filled(
    request: pytest.FixtureRequest, tmp_path: Path, repository: OaiPages, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Node]:
    zones = (WORLD, EUROPE)
    if request.param == "seaweedfs":
        server = request.getfixturevalue("s3_server")
        monkeypatch.setenv("TEST_S3_ACCESS_KEY", server.access_key)
        monkeypatch.setenv("TEST_S3_SECRET_KEY", server.secret_key)
        zones = zones_on(server, f"b{secrets.token_hex(4)}")
    with ExitStack() as stack:
        database = "sqlite:///node.db"
        if "PostgreSQL" in request.param:
            database = stack.enter_context(migrated_database(request.getfixturevalue("postgresql_server")))
        node = stack.enter_context(stored_node(tmp_path / "home", zones, repository.url, database))
        harvest_source(node, "x", now=now)
        yield node


def audit(node: Node, **more: object) -> tuple[DriftRun, dict[Drift, set[str]]]:
    """Audit without grace; return the run and the keys found, by class."""
    run = DriftAudit(node, now, grace=0).run(**more)  # type: ignore[arg-type]
    found: dict[Drift, set[str]] = {}
    for each in findings(node, run):
        assert each.key not in found.get(each.drift, set()), "found twice"
        found.setdefault(each.drift, set()).add(each.key)
    return run, found


def findings(node: Node, run: DriftRun) -> list[Deviation]:
    return [each for _, each in DriftRuns(node.database).findings(run.number, 10_000)]


def test_what_nobody_touched_is_as_the_database_says(filled: Node) -> None:
    run, found = audit(filled)

    assert found == {} and run.deviations == run.incidents == 0
    viewers = len(filled.graph_stores)
    assert viewers == 2
    assert run.counts[Drift.OK] == run.met == (2 + viewers) * COUNT, "raw and rdf of each record, and its graphs"
    assert run.status == "done"


def test_seven_faults_of_every_class_are_found_and_nothing_else(filled: Node) -> None:
    planted = plant_everything(filled)

    run, found = audit(filled)

    assert found == planted.faults
    assert {drift: count for drift, count in run.counts.items() if drift is not Drift.OK} == {
        drift: EACH for drift in Drift if drift is not Drift.OK
    }
    assert {each.key for each in findings(filled, run) if each.incident} == planted.incidents
    assert run.repaired == 0


def test_records_of_incidents_are_withheld_and_shown_again_once_they_are_sound(
    filled: Node, repository: OaiPages
) -> None:
    planted = plant_everything(filled)
    before = visible(filled)
    spoilt = {owner(filled, key) for key in planted.incidents if key.startswith("raw/")}
    lost = {owner(filled, key) for drift in (Drift.CONTENT, Drift.GHOST) for key in planted.faults[drift]}
    assert spoilt & before

    audit(filled)
    assert not visible(filled) & spoilt

    run, found = audit(filled, repair=True)
    assert found == planted.faults
    unrepaired = {each.key for each in findings(filled, run) if not each.repaired}
    assert unrepaired == planted.faults[Drift.CONTENT] | planted.faults[Drift.GHOST]

    run, found = audit(filled)
    assert found == {drift: planted.faults[drift] for drift in (Drift.CONTENT, Drift.GHOST)}
    assert before - visible(filled) <= lost

    with filled.database.write() as connection:  # what the test itself had hidden to plant a leak
        connection.execute(records.update().where(records.c.audience == 1).values(audience=0))
        stale.mark(connection, [("record", str(row.id)) for row in connection.execute(sa.select(records.c.id))])
    harvest_source(filled, "x", now=now)

    run, found = audit(filled)
    assert (found, run.incidents) == ({}, 0), "what was lost was put again by the next harvest"
    assert visible(filled) == {f"oai:example.org:{number}" for number in range(COUNT)}


def test_a_row_that_the_node_did_not_write_is_an_incident_and_repairs_nothing(filled: Node) -> None:
    key = next(iter(object_rows(filled)))
    raise_label(filled, key)
    tags = filled.vault.store("world").tags(key)
    loosened = to_json(label(origin=from_json(object_rows(filled)[key].label).origin))
    with filled.database.write() as connection:
        connection.execute(objects.update().where(objects.c.key == key).values(label=loosened))

    run, found = audit(filled, repair=True)

    assert found == {Drift.STALE: {key}}
    (only,) = findings(filled, run)
    assert only.incident and not only.repaired and "as the node wrote it" in only.detail
    assert filled.vault.store("world").tags(key) == tags, "the tags were not loosened to what the row says"
    assert owner(filled, key) not in visible(filled)


def test_a_row_from_before_there_were_seals_is_sealed_where_its_object_bears_it_out(filled: Node) -> None:
    sound, spoilt = list(object_rows(filled))[:2]
    with filled.database.write() as connection:
        connection.execute(objects.update().values(seal=None))
    filled.vault.store("world").set_tags(spoilt, {})

    run, found = audit(filled, repair=True)

    assert found == {Drift.MISSING: {spoilt}} and run.repaired == 0
    rows = object_rows(filled)
    assert rows[sound].seal is not None and rows[spoilt].seal is None
    assert filled.vault.store("world").tags(spoilt) == {}


def test_an_audit_that_is_stopped_goes_on_where_it_stood(filled: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node.drift.auditing, "_STRETCH", 5)
    planted = plant_everything(filled)
    stretches, runs = 0, set()
    while True:
        run = DriftAudit(filled, now, grace=0).run(stop=lambda: True)
        stretches += 1
        runs.add(run.number)
        assert stretches < 200
        if run.status == "done":
            break

    assert len(runs) == 1 and stretches > 20
    found: dict[Drift, set[str]] = {}
    for each in findings(filled, run):
        assert each.key not in found.get(each.drift, set())
        found.setdefault(each.drift, set()).add(each.key)
    assert found == planted.faults
    assert {drift: run.counts[drift] for drift in found} == dict.fromkeys(found, EACH)


def test_one_zone_is_audited_by_itself(filled: Node) -> None:
    key = next(iter(object_rows(filled)))
    filled.vault.store("world").set_tags(key, {})

    assert audit(filled, zone="europe")[1] == {}
    assert audit(filled, zone="world")[1] == {Drift.MISSING: {key}}
    with pytest.raises(StorageError, match="no storage zone"):
        audit(filled, zone="nowhere")


def test_what_was_just_put_is_no_orphan_yet(filled: Node) -> None:
    planted = Planted(filled)
    planted.orphans()

    run = DriftAudit(filled, now).run()

    assert run.deviations == 0
    assert audit(filled)[1] == planted.faults


def test_an_audit_beside_a_harvest_that_relabels_finds_nothing_false(filled: Node, repository: OaiPages) -> None:
    over, failures = threading.Event(), list[BaseException]()

    def change() -> None:
        try:
            for turn in range(4):
                repository.records = [
                    oai_dc_record(f"oai:example.org:{number}", f"Turn {turn}") for number in range(COUNT)
                ]
                harvest_source(filled, "x", now=now)
                for key in list(object_rows(filled))[turn * 3 : turn * 3 + 3]:
                    raise_label(filled, key)
        except BaseException as error:
            failures.append(error)
        finally:
            over.set()

    thread = threading.Thread(target=change)
    thread.start()
    audits = 0
    while not over.is_set() or not audits:
        run = DriftAudit(filled, now).run()
        assert findings(filled, run) == []
        audits += 1
    thread.join()
    assert not failures


def test_a_name_that_is_none_of_the_nodes_is_an_orphan_and_is_left_alone(
    s3_server: SeaweedFs, repository: OaiPages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_S3_ACCESS_KEY", s3_server.access_key)
    monkeypatch.setenv("TEST_S3_SECRET_KEY", s3_server.secret_key)
    zones = zones_on(s3_server, f"b{secrets.token_hex(4)}")
    bucket = zones[0].url.rpartition("/")[2]
    s3_server.client().put_object(bucket, "notes/readme.txt", io.BytesIO(b"hello"), 5)
    with stored_node(tmp_path / "home", zones, repository.url) as node:
        run, found = audit(node, repair=True)

        assert found == {Drift.ORPHAN: {"notes/readme.txt"}} and run.repaired == 0
        assert audit(node)[1] == found


def test_so_many_orphans_that_the_database_is_in_doubt_are_left_alone(filled: Node) -> None:
    with filled.database.write() as connection:
        connection.execute(objects.delete().where(objects.c.kind == "raw"))

    run, found = audit(filled, repair=True)

    assert len(found[Drift.ORPHAN]) == COUNT and run.repaired == 0
    assert len(audit(filled)[1][Drift.ORPHAN]) == COUNT


def test_an_object_in_a_zone_that_may_not_hold_it_any_more_is_moved(filled: Node) -> None:
    key = next(iter(object_rows(filled)))
    raise_label(filled, key, label(zones="EU"))
    assert object_rows(filled)[key].zone == "europe"
    # The disks turn out to be elsewhere, and another zone is where this one was thought to be.
    places = {"world": "FIN", "europe": "BRA"}
    for store in (filled.vault.store(name) for name in places):
        store.zone = dataclasses.replace(store.zone, country=places[store.zone.name])

    run, found = audit(filled, repair=True)

    assert key in found[Drift.WRONG_ZONE]
    assert [each.incident for each in findings(filled, run) if each.key == key] == [True]
    assert relabel(filled, now).done == 1
    assert object_rows(filled)[key].zone == "world"
    assert audit(filled)[1] == {}
