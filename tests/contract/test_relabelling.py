"""Relabelling, over folders and a real S3 server with versioned buckets: killed at any step it goes on, loses nothing,
shows nothing without a label, and leaves no older version."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from node.model.label import Access, Label
from node.settings import ZoneSettings
from node.sovereignty.labels import join, tightens
from node.sovereignty.mac import holds
from node.storage import relabels
from node.storage.database import Database, open_database
from node.storage.inventory import Inventory
from node.storage.moving import Moved, Mover
from node.storage.objects import open_object_store
from node.storage.objects.vault import Item, ObjectVault
from node.storage.relabels import Relabels
from node.storage.seals import row_fields
from node.storage.tables import objects
from tests.conftest import START
from tests.labels import label
from tests.objects import KEYS, OPEN
from tests.servers.seaweedfs import SeaweedFs, seaweedfs

ROOT = Path(__file__).resolve().parents[2]
EUROPEAN = join(OPEN, label(zones="EU"))
REGISTERED = join(OPEN, label(access=Access.REGISTERED))
NOWHERE = join(OPEN, label(assurance=4))
WORLD = ZoneSettings(
    name="world",
    url="file:world",
    country="BRA",
    tier="registered",
    access_key_env="TEST_S3_ACCESS_KEY",
    secret_key_env="TEST_S3_SECRET_KEY",
)
EUROPE = WORLD.model_copy(update={"name": "europe", "url": "file:europe", "country": "FIN"})


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[SeaweedFs]:
    with seaweedfs() as server:
        client = server.client()
        for bucket in ("world", "europe"):
            client.make_bucket(bucket)
            client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    home: Path
    url: str
    zones: tuple[ZoneSettings, ...]
    server: SeaweedFs | None
    database: Database
    vault: ObjectVault

    def put(self, *labels: Label) -> tuple[str, bytes]:
        """Keep an object of its own, under one label after the other, as harvests would; return digest and bytes."""
        inventory, data = Inventory(self.database, self.vault), secrets.token_bytes(3000)
        for each in labels:
            result = inventory.put([Item(kind="raw", data=data, label=each)])
            assert not result.refused
            with self.database.write() as connection:
                inventory.enter(connection, result.holdings, now())
        return Item(kind="raw", data=data, label=OPEN).digest, data

    def order(self, digest: str, wanted: Label) -> int:
        with self.database.write() as connection:
            return relabels.order(connection, {("raw", digest): wanted}, now())

    def run(self) -> Moved:
        return Mover(self.database, self.vault, now).run()

    def row(self, digest: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(sa.select(objects).where(objects.c.digest == digest)).one()

    def copies(self, key: str) -> dict[str, Label]:
        """Return the label of each copy there is, each verified where it lies."""
        zones = [zone.name for zone in self.zones]
        return {zone: self.vault.verify(zone, key) for zone in zones if key in self.vault.store(zone).keys(key)}

    def versions(self, bucket: str, key: str) -> int:
        if self.server is None:
            return len(list(self.vault.store(bucket).keys(key)))
        found = self.server.client().list_objects(bucket, prefix=key, recursive=True, include_version=True)
        return len(list(found))


@pytest.fixture(params=["folders", "seaweedfs"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    zones, server = (WORLD, EUROPE), None
    if request.param == "seaweedfs":
        server = request.getfixturevalue("s3_server")
        monkeypatch.setenv("TEST_S3_ACCESS_KEY", server.access_key)
        monkeypatch.setenv("TEST_S3_SECRET_KEY", server.secret_key)
        zones = tuple(
            zone.model_copy(update={"url": server.url.replace("/objects", f"/{zone.name}"), "versioned": True})
            for zone in zones
        )
    url = "sqlite:///node.db"
    with closing(open_database(url, tmp_path)) as database:
        database.migrate(START)
        with closing(ObjectVault([open_object_store(zone, tmp_path) for zone in zones], KEYS)) as vault:
            yield Place(home=tmp_path, url=url, zones=zones, server=server, database=database, vault=vault)


@contextmanager
def killed_mover(place: Place) -> Iterator[Any]:
    """Yield a function that relabels in another process and kills it at a step; it says whether it came that far."""
    arguments = [str(place.home), place.url, json.dumps([zone.model_dump() for zone in place.zones])]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.killed_mover", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None

    def attempt(step: int) -> str:
        process.stdin.write(f"{step}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    with process:
        try:
            yield attempt
        finally:
            process.stdin.close()


@pytest.mark.parametrize(
    ("wanted", "home"), [(EUROPEAN, "europe"), (REGISTERED, "world")], ids=["another zone", "the same zone"]
)
def test_killed_at_any_step_it_ends_as_if_it_had_not_been(place: Place, wanted: Label, home: str) -> None:
    with killed_mover(place) as attempt:
        for step in range(1, 100):
            digest, data = place.put(OPEN)
            key = place.row(digest).key
            place.order(digest, wanted)

            ended = attempt(step)

            if ended == "killed":
                row = place.row(digest)
                assert place.vault.get(row.zone, key) == data, "where the database says it is, it is"
                for found in place.copies(key).values():
                    assert tightens(found, OPEN)
                assert place.run() == Moved(done=1, stuck=0)
            row = place.row(digest)
            assert (row.zone, place.vault.verify(home, key)) == (home, wanted), step
            assert holds(row.seal, row_fields(row._asdict()), KEYS)
            assert place.vault.get(home, key) == data
            assert place.copies(key) == {home: wanted}
            assert [place.versions(zone.name, key) for zone in place.zones] == [
                int(zone.name == home) for zone in place.zones
            ], f"an older version is left after step {step}"
            assert Relabels(place.database).waiting() == (0, 0)
            if ended != "killed":
                break

    assert ended == "finished 0"
    assert step > 8, "there were steps to be killed at"


def test_a_label_that_tightens_in_a_harvest_leaves_no_looser_copy_behind(place: Place) -> None:
    digest, data = place.put(OPEN, EUROPEAN)
    key = place.row(digest).key
    assert place.copies(key) == {"world": OPEN, "europe": EUROPEAN}, "the old copy is there until the job is done"

    assert place.run() == Moved(done=1, stuck=0)

    assert place.copies(key) == {"europe": EUROPEAN}
    assert place.vault.get("europe", key) == data
    assert [place.versions(zone.name, key) for zone in place.zones] == [0, 1]


def test_a_job_that_no_zone_can_take_is_stuck_and_changes_nothing(place: Place) -> None:
    digest, data = place.put(OPEN)
    key = place.row(digest).key

    place.order(digest, NOWHERE)

    assert place.run() == Moved(done=0, stuck=1)
    assert place.copies(key) == {"world": OPEN}
    assert place.vault.get("world", key) == data
    (job,) = Relabels(place.database).open()
    assert (job.attempts, job.step) == (1, "ordered") and "assurance" in (job.error or "")


def test_orders_for_one_object_become_one_job_with_the_join_of_their_labels(place: Place) -> None:
    digest, _ = place.put(OPEN)

    assert [place.order(digest, each) for each in (EUROPEAN, REGISTERED, REGISTERED)] == [1, 1, 0]
    assert place.order("0" * 64, EUROPEAN) == 0

    (job,) = Relabels(place.database).open()
    assert job.new_label == join(EUROPEAN, REGISTERED)
    assert place.run() == Moved(done=1, stuck=0)
    assert place.copies(place.row(digest).key) == {"europe": join(EUROPEAN, REGISTERED)}


def test_an_object_whose_zone_admits_it_no_longer_is_found_and_moved(place: Place) -> None:
    digest, _ = place.put(EUROPEAN)
    key = place.row(digest).key
    moved_away = [
        open_object_store(zone.model_copy(update={"country": {"world": "FIN", "europe": "BRA"}[zone.name]}), place.home)
        for zone in place.zones
    ]
    with closing(ObjectVault(moved_away, KEYS)) as vault:
        mover = Mover(place.database, vault, now)

        assert mover.sweep() == 1
        assert mover.run() == Moved(done=1, stuck=0)

    assert place.copies(key) == {"world": EUROPEAN}
    assert place.row(digest).zone == "world"


def test_bytes_that_are_not_what_they_were_are_not_copied(place: Place) -> None:
    digest, data = place.put(OPEN)
    key = place.row(digest).key
    store = place.vault.store("world")
    store.put(key, data + b"!", store.tags(key), {})
    place.order(digest, EUROPEAN)

    assert place.run() == Moved(done=0, stuck=1)

    assert "europe" not in place.copies(key)
    (job,) = Relabels(place.database).open()
    assert "not those that were put" in (job.error or "")
