"""The main job as its users do it: from the command line, against a repository the node has never seen."""

from __future__ import annotations

import os
import signal
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from oaipmh_scythe import Scythe

from tests.servers.fairnode import POOLED, Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

_PROVENANCE = "{http://www.openarchives.org/OAI/2.0/provenance}"


def harvest(home: Home, name: str, *options: str, status: int | None = 0) -> dict[str, Any]:
    (run,) = home.json("harvest", name, *options, status=status)["runs"]
    return dict(run)


def sparql(base: str, query: str, accept: str = "text/csv") -> str:
    request = urllib.request.Request(
        f"{base}/sparql?{urllib.parse.urlencode({'query': query})}", headers={"Accept": accept}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    node = Home(tmp_path / "home", POOLED)
    node.run("init", "--country", "FIN")
    return node


def test_what_a_repository_holds_comes_back_from_oai_and_from_sparql(home: Home) -> None:
    live = [oai_dc_record(f"oai:example.org:{number}", f"Series {number}") for number in range(120)]
    gone = [oai_dc_record(f"oai:example.org:gone-{number}", deleted=True) for number in range(3)]
    expected = {f"oai:example.org:{number}" for number in range(120)}

    with OaiPages(live + gone, page_size=25) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        run = harvest(home, "x")

    assert run["balanced"] and run["status"] == "ok"
    assert (run["listed"], run["created"], run["deleted"]) == (123, 120, 3)
    with home.serving() as base:
        for prefix in ("oai_dc", "oai_datacite", "dcat"):
            with Scythe(f"{base}/oai") as client:
                records = list(client.list_records(metadata_prefix=prefix))
            assert {_origin(record.raw) for record in records} == expected
        rows = sparql(
            base,
            "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> "
            "SELECT ?id { ?record a dcat:CatalogRecord ; dct:identifier ?id }",
        )
        assert set(rows.split()[1:]) == expected
        titles = sparql(
            base,
            "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> "
            "SELECT ?t { ?d a dcat:Dataset ; dct:title ?t }",
        )
        assert len(titles.splitlines()) == 121
    assert home.json("graph", "verify")["repeated"] == 0


def test_harvesting_an_unchanged_source_again_writes_no_record(home: Home) -> None:
    records = [oai_dc_record(f"oai:example.org:{number}") for number in range(60)]
    records.append(oai_dc_record("oai:example.org:gone", deleted=True))
    with OaiPages(records) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        harvest(home, "x")
        before = _written(home)

        run = harvest(home, "x")

    assert (run["listed"], run["unchanged"], run["balanced"]) == (61, 61, True)
    assert _written(home) == before


def test_changes_deletions_and_returns_are_followed(home: Home) -> None:
    with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(4)]) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        harvest(home, "x")
        repository.records[0] = oai_dc_record("oai:example.org:0", "A better title")
        repository.records[1] = oai_dc_record("oai:example.org:1", deleted=True)
        second = harvest(home, "x")
        repository.records[1] = oai_dc_record("oai:example.org:1")
        third = harvest(home, "x")

    assert (second["updated"], second["deleted"], second["unchanged"]) == (1, 1, 2)
    assert (third["updated"], third["unchanged"]) == (1, 3)
    answer = home.run("query", 'SELECT ?s { ?s ?p "A better title"@en } ', "--format", "csv").stdout
    answer += home.run("query", 'SELECT ?s { ?s ?p "A better title" } ', "--format", "csv").stdout
    assert "http" in answer


def test_a_killed_harvest_goes_on_where_it_stood_and_balances(home: Home) -> None:
    records = [oai_dc_record(f"oai:example.org:{number}") for number in range(200)]
    with OaiPages(records, page_size=10, pause=0.15) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        for kept_pages in (3, 8):
            process = home.start("harvest", "x", "--json")
            _wait_for_pages(home, kept_pages)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        repository.pause = 0
        asked_before = repository.requests

        run = harvest(home, "x")

    assert (run["listed"], run["created"], run["balanced"], run["status"]) == (200, 200, True, "ok")
    assert run["run"] == 1, "it is the same run"
    assert repository.requests - asked_before < 20, "pages already kept are not asked for again"
    with home.serving() as base, Scythe(f"{base}/oai") as client:
        assert len(list(client.list_identifiers(metadata_prefix="oai_dc"))) == 200
    assert home.json("graph", "verify")["missing"] == 0


def test_what_cannot_be_published_is_accounted_for_with_a_reason(home: Home) -> None:
    records = [
        oai_dc_record("oai:example.org:good"),
        oai_dc_record("oai:example.org:untitled", title=""),
        oai_dc_record("oai:example.org:odd-date", extra="<dc:date>yesterday</dc:date>"),
        oai_dc_record("", "No identifier"),
        b"<record><header><identifier>oai:example.org:empty</identifier><datestamp>2026-02-01</datestamp></header>"
        b"</record>",
        b"<record><header><identifier>oai:example.org:strange</identifier><datestamp>2026-02-01</datestamp></header>"
        b'<metadata><recipe xmlns="https://example.org/kitchen"><flour/></recipe></metadata></record>',
    ]
    with OaiPages(records) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        run = harvest(home, "x", status=1)
        again = harvest(home, "x", status=None)

    assert run["balanced"] and run["listed"] == 6
    assert (run["created"], run["quarantined"], run["rejected"]) == (2, 1, 3)
    entries = {entry["identifier"]: entry for entry in home.json("ledger", str(run["run"]))["entries"]}
    assert entries["oai:example.org:untitled"]["code"] == "validation.blocking"
    assert entries["oai:example.org:empty"]["code"] == "mapping.no-metadata"
    assert all(entry["reason"] for entry in entries.values() if entry["state"] in ("rejected", "quarantined"))
    assert again["balanced"] and again["created"] == again["updated"] == 0


def test_a_run_out_of_its_bounds_deletes_nothing(home: Home) -> None:
    with OaiPages([oai_dc_record(f"oai:example.org:{number}") for number in range(10)]) as repository:
        home.run("source", "add", repository.url, "--name", "x", "--max-deleted-share", "0.5")
        harvest(home, "x")
        repository.records = [oai_dc_record(f"oai:example.org:{number}", deleted=True) for number in range(10)]

        run = harvest(home, "x", status=1)

    assert (run["status"], run["deleted"], run["unchanged"], run["balanced"]) == ("suspect", 0, 10, True)
    assert home.json("source", "list")[0]["live"] == 10


def _origin(record: str) -> str:
    return str(etree.fromstring(record.encode()).find(f".//{_PROVENANCE}identifier").text)


def _wait_for_pages(home: Home, pages: int) -> None:
    import sqlite3

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with sqlite3.connect(f"file:{home.path / 'node.db'}?mode=ro", uri=True) as connection:
            row = connection.execute("SELECT max(pages) FROM runs").fetchone()
        if row[0] is not None and row[0] >= pages:
            return
        time.sleep(0.02)
    raise AssertionError("the harvest does not get on")


def _written(home: Home) -> tuple[object, ...]:
    """Return all that a harvest may write besides its own run, its ledger, and when its source was last seen."""
    import sqlite3

    with sqlite3.connect(home.path / "node.db") as connection:
        tables = ("records", "versions", "payloads", "findings", "changes", "objects", "stale_graphs", "clock")
        rows = tuple(tuple(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")) for table in tables)
    files = tuple(
        (str(path), path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted((home.path / "objects").rglob("*"))
        if path.is_file()
    )
    said = home.run("graph", "dump").stdout.splitlines()
    return rows, files, sorted(line for line in said if "/sources/x/runs/" not in line)


def test_a_record_listed_twice_counts_as_listed_last(home: Home) -> None:
    records = [oai_dc_record(f"oai:example.org:{number}") for number in range(30)]
    records[5] = oai_dc_record("oai:example.org:4", "Twice in one page")
    records[10] = oai_dc_record("oai:example.org:9", "Again on the next page")
    records[29] = oai_dc_record("oai:example.org:8", deleted=True)
    with OaiPages(records, page_size=10) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        run = harvest(home, "x")
        again = harvest(home, "x")

    assert (run["listed"], run["repeated"], run["balanced"]) == (27, 3, True)
    assert (run["created"], run["deleted"]) == (26, 1)
    assert again["balanced"] and again["listed"] == 27
    titles = home.run("query", "SELECT ?t { ?s <http://purl.org/dc/terms/title> ?t }", "--format", "csv").stdout
    assert "Twice in one page" in titles and "Again on the next page" in titles
