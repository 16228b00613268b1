"""Faults seen from outside: what `fairnode harvest NAME --json` prints of them, and how it exits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from node.bootstrap import open_node
from node.model.run import Outcome
from node.model.source import Source
from node.settings import load_settings
from tests.faults import flow, http, xml
from tests.faults.scenario import Scenario, now
from tests.servers.fairnode import Home
from tests.servers.hostile import Hostile


def _of(scenarios: Sequence[Scenario], *names: str) -> tuple[Scenario, ...]:
    found = {scenario.name: scenario for scenario in scenarios}
    return tuple(found[name] for name in names)


WHOLE = (
    *_of(flow.TOKENS, "token-of-reserved-characters"),
    *_of(flow.RESTARTS, "bad-token-once"),
    *_of(xml.TRUNCATED, "cut-after-the-last-record-once"),
    *_of(http.STATUSES, "errors-of-three-kinds-in-a-row"),
)
HELD = _of(xml.SALVAGED, "tag-in-a-title")
FAILED = (
    *_of(flow.CIRCLES, "tokens-a-b-a"),
    *_of(flow.SIZES, "size-too-large-and-no-closing-token"),
    *_of(http.STATUSES, "status-404-on-a-later-page", "status-401-at-first"),
)
KEYS = {
    *("source", "run", "status", "listed", "balanced", "pages", "requests", "retries", "seconds", "error"),
    *(outcome.value for outcome in Outcome),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A node that has every scenario of this file as a source."""
    home = Home(
        tmp_path_factory.mktemp("node") / "home",
        {
            "FAIRNODE_VALIDATION__PROFILE": "",
            "FAIRNODE_COMPUTE__EXECUTOR": "inline",
            "FAIRNODE_FETCH__RETRIES": "2",
            "FAIRNODE_FETCH__ALLOW_NETWORKS": '["127.0.0.1/32"]',
        },
    )
    home.run("init")
    with Hostile() as server:
        with closing(open_node(load_settings(home.path))) as node:
            for scenario in (*WHOLE, *HELD, *FAILED):
                url = server.mount(scenario.name, scenario.script)
                node.sources.add(Source(name=scenario.name, url=url, **scenario.source), now())
        yield home


def _harvest(home: Home, scenarios: Sequence[Scenario], status: int) -> list[dict[str, Any]]:
    """Harvest scenarios by one command, which exits with `status`; return what it printed of each."""
    runs = home.json("harvest", *(scenario.name for scenario in scenarios), status=status)["runs"]
    for run, scenario in zip(runs, scenarios, strict=True):
        assert set(run) >= KEYS
        assert run["source"] == scenario.name
        assert run["balanced"] and run["listed"] == sum(run[outcome.value] for outcome in Outcome)
        assert run["listed"] == len(scenario.kept) + len(scenario.other)
        assert run["created"] == len(scenario.kept)
        assert run["requests"] == scenario.requests
    return list(runs)


def test_lists_that_came_whole_in_the_end_are_ok(home: Home) -> None:
    runs = _harvest(home, WHOLE, 0)

    assert [(run["status"], run["error"]) for run in runs] == [("ok", None)] * len(WHOLE)


def test_a_record_that_had_to_be_rejected_is_in_the_ledger_with_its_reason(home: Home) -> None:
    (run,) = _harvest(home, HELD, 1)

    assert (run["status"], run["error"], run["rejected"]) == ("ok", None, 1)
    entries = home.json("ledger", str(run["run"]), "--state", "rejected")["entries"]
    assert [f"{entry['state']}/{entry['code']}" for entry in entries] == list(HELD[0].other.values())
    assert all(entry["reason"] for entry in entries)


def test_lists_that_did_not_come_whole_have_failed_with_a_code(home: Home) -> None:
    runs = _harvest(home, FAILED, 3)

    for run, scenario in zip(runs, FAILED, strict=True):
        assert run["status"] == "failed"
        assert run["error"]["code"] == scenario.error
        assert run["error"]["message"] and run["error"]["advice"]
