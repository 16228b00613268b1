"""A steward's story by command line: read the scores, check the links, read what that decided."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audited import name
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.scripted import Answer, Scripted, Seen


def _script(seen: Seen) -> Answer:
    return Answer(b"x") if seen.path == "/good" else Answer(status=404)


@pytest.fixture
def site() -> Iterator[Scripted]:
    with Scripted(_script) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, site: Scripted) -> Iterator[Home]:
    base = site.url.removesuffix("/oai")
    records = [
        # No address that leads out of this machine.
        oai_dc_record(name(number), "Short").replace(f"https://example.org/item/{number:03}".encode(), address.encode())
        for number, address in enumerate((f"{base}/good", f"{base}/gone"))
    ]
    with OaiPages(records) as pages:
        node = Home(
            tmp_path / "home",
            {
                "FAIRNODE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]',
                "FAIRNODE_COMPUTE__EXECUTOR": "inline",
                "FAIRNODE_VALIDATION__PROFILE": "",
                "FAIRNODE_LINKS__PACE": "0.1",
                "FAIRNODE_LINKS__TIMEOUT": "3",
            },
        )
        node.run("init")
        node.run("source", "add", pages.url, "--name", "mine")
        node.run("harvest", "mine")
        yield node


def _scores(home: Home) -> dict[str, object]:
    audit = json.loads(home.run("audit", "mine", "--profile", "mqa", "--format", "json", "--fail-on", "never").stdout)
    found: dict[str, object] = audit["scores"]
    return found


def test_a_steward_checks_links_and_reads_what_that_decided(home: Home, site: Scripted) -> None:
    before = _scores(home)
    assert before["links"] is None

    closed = home.json("links", "check")
    assert (closed["addresses"], closed["asked"]) == (2, 0), "the networks of sources are not open to records"
    assert site.seen == []

    home.environment["FAIRNODE_LINKS__ALLOW_NETWORKS"] = '["127.0.0.0/8"]'
    first = home.json("links", "check", "--source", "mine", "--limit", "1")
    rest = home.json("links", "check")
    bad = {each["url"]: each["status"] for run in (first, rest) for each in run["bad"]}
    base = site.url.removesuffix("/oai")
    assert bad[f"{base}/gone"] == 404 and f"{base}/good" not in bad
    assert {seen.method for seen in site.seen if seen.path == "/good"} == {"HEAD"}

    count = len(site.seen)
    home.run("links", "check")
    assert len(site.seen) == count, "nothing is due"
    home.run("links", "check", "--older-than", "0s")
    assert len(site.seen) > count

    after = _scores(home)
    assert after["links"] is not None and after["digest"] != before["digest"]
    digest = home.json("audit", "list", "mine")["audits"][0]["audit"]
    told = home.run("audit", "scores", digest).stdout
    assert "answers of links are counted, from " in told and "MQA" in told
    assert json.loads(home.run("audit", "scores", digest, "--format", "json").stdout)["links"] == after["links"]
    assert "MQA" in home.run("audit", "show", digest, "--fail-on", "never").stdout


def test_links_are_shown_by_record(home: Home, site: Scripted) -> None:
    home.environment["FAIRNODE_LINKS__ALLOW_NETWORKS"] = '["127.0.0.0/8"]'
    base = site.url.removesuffix("/oai")
    unasked = list(csv.DictReader(io.StringIO(home.run("links", "show", "--format", "csv").stdout)))
    assert unasked and all(not row["status"] and not row["checked"] for row in unasked)
    home.run("links", "check")

    found = json.loads(home.run("links", "show", "--source", "mine", "--format", "json").stdout)["links"]
    status = {(each["identifier"], each["url"]): each["status"] for each in found}
    assert status[name(0), f"{base}/good"] == 200 and status[name(1), f"{base}/gone"] == 404
    failing = home.run("links", "show", "--failing").stdout
    assert f"{base}/gone" in failing and f"{base}/good" not in failing
    assert "404" in home.run("links", "show").stdout
    assert home.run("links", "show", "--source", "none", status=2).returncode == 2
