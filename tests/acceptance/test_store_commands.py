"""`fairnode store verify`, `audits` and `relabel`, as a person calls them: exit status, output, and a blow half-way."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

RECORDS = 500


def test_what_is_stored_is_verified_repaired_and_listed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_VALIDATION__PROFILE": "", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")
    with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(RECORDS)]) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        home.run("harvest", "x")

    _verify_and_kill(home)
    whole = home.json("store", "verify")
    assert (whole["audit"], whole["status"]) == (1, "done"), "it went on where the killed one stood"
    assert whole["classes"]["ok"] == 3 * RECORDS and whole["findings"] == []

    spoilt = sorted((home.path / "objects" / "raw").rglob("*/*"))[0]
    head, _, data = spoilt.read_bytes().partition(b"\n")
    spoilt.write_bytes(json.dumps({**json.loads(head), "tags": {}}).encode() + b"\n" + data)
    text = home.run("store", "verify", status=1).stdout
    assert "missing" in text and "INCIDENT" in text and spoilt.name in text
    repaired = home.json("store", "verify", "--repair", status=1)
    assert [(each["class"], each["incident"], each["repaired"]) for each in repaired["findings"]] == [
        ("missing", True, True)
    ]
    assert home.json("store", "verify")["findings"] == []

    listed = home.json("store", "audits")
    assert [(each["audit"], each["incidents"], each["repaired"]) for each in listed] == [
        (4, 0, 0),
        (3, 1, 1),
        (2, 1, 0),
        (1, 0, 0),
    ]
    assert home.json("store", "relabel") == {"done": 0, "stuck": 0, "open": []}
    assert home.run("store", "verify", "--zone", "nowhere", status=3).stdout == ""


def test_an_object_that_no_zone_may_hold_any_more_is_stuck_and_its_record_hidden(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_VALIDATION__PROFILE": ""})
    home.run("init")
    zones = [{"name": "default", "url": "file:objects", "country": "FIN"}]
    home.environment["FAIRNODE_STORE__ZONES"] = json.dumps(zones)
    agreement = tmp_path / "agreement.toml"
    agreement.write_text('record_zones = ["EU"]\n')
    with OaiPages([oai_dc_record("oai:example.org:1")]) as repository:
        home.run("source", "add", repository.url, "--name", "x", "--agreement", str(agreement))
        home.run("harvest", "x")
    assert home.json("store", "relabel")["open"] == []

    home.environment["FAIRNODE_STORE__ZONES"] = json.dumps([{**zones[0], "country": "BRA"}])
    stuck = home.json("store", "relabel", status=1)

    assert (stuck["done"], stuck["stuck"]) == (0, 2)
    assert all("BRA does not lie in EU" in job["error"] for job in stuck["open"])
    assert _rows(home, "SELECT DISTINCT audience, code FROM records JOIN withheld ON record_id = id") == [
        (None, "sovereignty.relabel-stuck")
    ]
    home.environment["FAIRNODE_STORE__ZONES"] = json.dumps(zones)
    assert home.json("store", "relabel") == {"done": 2, "stuck": 0, "open": []}
    assert _rows(home, "SELECT audience, held_code FROM records") == [(0, None)]
    assert _rows(home, "SELECT * FROM withheld") == []


def _verify_and_kill(home: Home) -> None:
    process = home.start("store", "verify")
    try:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if any(json.loads(place)["after"] for (place,) in _rows(home, "SELECT checkpoint FROM drift_runs")):
                break
            time.sleep(0.002)
        assert process.poll() is None, "over before the blow"
    finally:
        process.kill()
        process.communicate()
    assert _rows(home, "SELECT status FROM drift_runs") == [("running",)]


def _rows(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(home.path / "node.db", timeout=60)) as connection:
        return connection.execute(query).fetchall()
