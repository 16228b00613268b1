"""Objects of a harvest in a real S3 zone: each carries its nine tags, and the MAC binds them to it."""

from __future__ import annotations

import json
from pathlib import Path

from node.settings import home_folder, load_settings
from node.storage.objects import open_object_store
from node.storage.objects.keys import load_mac_keys
from node.storage.objects.vault import ObjectVault
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.seaweedfs import seaweedfs

TAGS = {"sov-org", "sov-zone", "sov-acc", "sov-crt", "sov-pii", "sov-pol", "sov-ret", "sov-asl", "sov-mac"}


def test_every_object_of_a_harvest_carries_its_label_and_the_mac_verifies(tmp_path: Path, monkeypatch: object) -> None:
    with seaweedfs() as server:
        zone = {"name": "de-1", "url": server.url, "country": "DEU", "operator": "Example", "assurance": 2}
        home = Home(
            tmp_path / "home",
            {
                "FAIRNODE_STORE__ZONES": json.dumps([zone]),
                "FAIRNODE_S3_ACCESS_KEY": server.access_key,
                "FAIRNODE_S3_SECRET_KEY": server.secret_key,
            },
        )
        home.run("init", "--country", "DEU")
        with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(12)]) as repository:
            home.run("source", "add", repository.url, "--name", "x", "--country", "DEU")
            (run,) = home.json("harvest", "x")["runs"]
        assert run["created"] == 12 and run["balanced"]

        for name, value in home.environment.items():
            monkeypatch.setenv(name, value)  # type: ignore[attr-defined]
        settings = load_settings(home_folder(home.path))
        store = open_object_store(settings.store.zones[0], settings.home)
        vault = ObjectVault((store,), load_mac_keys(settings.home))
        keys = list(store.keys(""))

        assert len(keys) == 24
        for key in keys:
            assert set(store.tags(key)) == TAGS
            label = vault.verify("de-1", key)
            assert label.origin == {"DEU"} and label.zones == {"WLD"}
        vault.close()


def test_a_record_that_no_zone_may_hold_is_quarantined_with_the_reason_until_one_may(tmp_path: Path) -> None:
    agreement = tmp_path / "agreement.toml"
    agreement.write_text('record_zones = ["EU"]\nrecord_assurance = 3\n')
    home = Home(tmp_path / "home")
    home.run("init")

    with OaiPages([oai_dc_record("oai:example.org:1")]) as repository:
        home.run("source", "add", repository.url, "--name", "strict", "--agreement", str(agreement))
        (run,) = home.json("harvest", "strict", status=1)["runs"]
        again = home.run("harvest", "strict", "--full")
        nothing_kept = not list((home.path / "objects" / "raw").rglob("*"))
        home.environment["FAIRNODE_STORE__ZONES"] = json.dumps(
            [{"name": "fi", "url": "file:fi", "country": "FIN", "assurance": 3}]
        )
        (mended,) = home.json("harvest", "strict")["runs"]

    assert run["quarantined"] == 1 and run["balanced"]
    (entry,) = home.json("ledger", str(run["run"]))["entries"]
    assert entry["code"] == "sovereignty.no-zone" and "EU" in entry["reason"]
    (told,) = home.json("trail", "show", "--action", "place")["entries"]
    assert told["decision"] == "deny" and told["reasons"] == [entry["reason"]]
    assert nothing_kept

    assert "unchanged           1, 1 of them still held back" in again.stdout
    (see,) = [line.partition(": fairnode ")[2] for line in again.stderr.splitlines() if "See why" in line]
    assert see == f"ledger {run['run'] + 1} --state unchanged --held"
    assert entry["reason"] in home.run(*see.split()).stdout

    assert (mended["window"]["from"], mended["created"]) == (None, 1), "other zones are a reason to list everything"
    assert home.json("ledger", str(mended["run"]), "--held")["entries"] == []
