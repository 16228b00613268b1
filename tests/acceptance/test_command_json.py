"""What `--json` prints is what docs/reference/command-json.md says, member by member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.fairnode import Home
from tests.servers.oai_software import DSpace, Item, OaiSoftware, serving

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-json.md"


def documented(title: str) -> set[str]:
    """Return the members that the table of a section names."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    node = Home(tmp_path_factory.mktemp("json") / "home", {"FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    node.run("init")
    items = [Item(number=n, title=f"Thesis {n}", datestamp="2024-01-02T03:04:05Z", deleted=n == 3) for n in range(4)]
    with serving(OaiSoftware(DSpace(), items)) as repository:
        node.run("source", "add", repository.url, "--name", "theses")
        yield node


def test_a_run_is_printed_as_documented(home: Home) -> None:
    (harvested,) = home.json("harvest", "theses")["runs"]
    shown = home.json("run", "show", str(harvested["run"]))
    listed = home.json("run", "list")
    worked = home.run("worker", "--once", "--json").stdout

    assert set(harvested) == documented("Runs")
    assert listed == [harvested] and set(shown) - set(harvested) == {"findings"}
    assert all(set(finding) == {"code", "message"} for finding in shown["findings"])
    assert sum(harvested[state] for state in ("created", "updated", "unchanged", "deleted", "rejected")) == 4
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", harvested["started"])
    assert [json.loads(line) for line in worked.splitlines()] == []


def test_a_source_that_cannot_be_harvested_is_printed_like_a_run(home: Home) -> None:
    (refused,) = home.json("harvest", "nobody", status=2)["runs"]

    assert set(refused) == documented("Runs")
    assert (refused["run"], refused["status"], refused["error"]["code"]) == (None, "failed", "node.not-found")


def test_a_ledger_is_printed_as_documented(home: Home) -> None:
    run = home.json("harvest", "theses", "--full")["runs"][0]["run"]

    ledger = home.json("ledger", str(run))

    assert set(ledger) == {"run", "entries"} and len(ledger["entries"]) == 4
    assert all(set(entry) == {"identifier", "state", "code", "reason"} for entry in ledger["entries"])


def test_a_source_is_printed_as_documented(home: Home) -> None:
    shown: dict[str, Any] = home.json("source", "show", "theses")
    (listed,) = home.json("source", "list")

    assert set(shown) == documented("Sources")
    more = {"state", "live", "public", "held", "tombstones", "unmapped", "score", "source"}
    assert set(listed) == documented("Sources") - {"last_run"} | more
