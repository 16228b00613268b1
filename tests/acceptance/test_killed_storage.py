"""The node and its S3 server killed while objects are put: nothing shows without a label, nothing kept is lost.

`KILL_SEED` repeats a run of this test: the seed of each is printed.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from node.settings import home_folder, load_settings
from node.sovereignty.mac import verify
from node.storage.objects import open_object_store
from node.storage.objects.keys import load_mac_keys
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.seaweedfs import SeaweedFs, seaweedfs

RECORDS = 600
PAGE = 40
KILLS = 4


def test_killed_between_put_and_commit_nothing_is_unlabelled_and_nothing_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(2**32))
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    records = [oai_dc_record(f"oai:example.org:{number}", f"Series {number}") for number in range(RECORDS)]
    with seaweedfs() as server, OaiPages(records, page_size=PAGE, pause=0.05) as repository:
        home = Home(
            tmp_path / "home",
            {
                "FAIRNODE_STORE__ZONES": json.dumps([{"name": "de-1", "url": server.url, "country": "DEU"}]),
                "FAIRNODE_S3_ACCESS_KEY": server.access_key,
                "FAIRNODE_S3_SECRET_KEY": server.secret_key,
                "FAIRNODE_VALIDATION__PROFILE": "",
                "FAIRNODE_COMPUTE__EXECUTOR": "inline",
                "FAIRNODE_DRIFT__GRACE": "0",
            },
        )
        for name, value in home.environment.items():
            monkeypatch.setenv(name, value)
        home.run("init")
        home.run("source", "add", repository.url, "--name", "x")
        orphans = 0
        for kill in range(KILLS):
            _harvest_and_kill(home, server, dice, node_first=kill % 2 == 0)
            server.start_again()
            orphans += _check_objects(home)
        assert orphans, "at no time was the blow between the objects and the commit"

        home.run("harvest", "x")
        _check_objects(home)
        assert home.json("store", "verify", "--repair", status=None)["incidents"] == 0
        after = home.json("store", "verify")

    deviating = {name: count for name, count in after["classes"].items() if name != "ok" and count}
    assert (deviating, after["classes"]["ok"]) == ({}, 3 * RECORDS)


def _harvest_and_kill(home: Home, server: SeaweedFs, dice: random.Random, *, node_first: bool) -> None:
    """Harvest, and kill both at a moment when a page's objects are on their way."""
    before, process = len(_rows(home)), home.start("harvest", "x")
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and len(_rows(home)) <= before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.25))
        if node_first:
            process.kill()
        server.crash()
        if not node_first:
            time.sleep(dice.uniform(0, 0.2))
    finally:
        process.kill()
        process.communicate()


def _check_objects(home: Home) -> int:
    """See that each object is labelled and each row's object is there; return how many objects no row knows of."""
    settings = load_settings(home_folder(home.path))
    keys = load_mac_keys(settings.home)
    with closing(open_object_store(settings.store.zones[0], settings.home)) as store:
        present = [key for key in store.keys("") if not key.startswith("probe/")]
        for key in present:
            verify(store.tags(key), store.bucket, key, keys)
        rows = _rows(home)
        assert rows <= set(present), "an object that was acknowledged is lost"
        for key in rows:
            assert store.observe(key).digest == key.rpartition("/")[2]
    return len(set(present) - rows)


def _rows(home: Home) -> set[str]:
    with closing(sqlite3.connect(home.path / "node.db", timeout=60)) as connection:
        return {key for (key,) in connection.execute("SELECT key FROM objects")}
