"""Answers and records that real repositories gave, broken ones too: none is lost, none is too much."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from node.model.run import Outcome
from tests.faults.documents import FIRST
from tests.faults.replay import answers, is_identify

ROOT = Path(__file__).resolve().parent.parent.parent
MEMORY_MIB = 200e6 / 2**20
SECONDS = 300


@pytest.fixture(scope="module")
def replayed(real_fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], float]:
    """What came of each file, in the order of `answers`, and the most memory it took, in MiB, as a worker is run."""
    home = tmp_path_factory.mktemp("node") / "home"
    subprocess.run([sys.executable, "-m", "node", "--home", str(home), "init"], check=True, capture_output=True)
    command = [sys.executable, "-m", "tests.faults.replay", str(real_fixtures / "oai"), str(home)]
    unit = (ROOT / "deploy" / "fairnode-worker.service").read_text(encoding="utf-8")
    arenas = dict(re.findall(r"^Environment=(MALLOC_ARENA_MAX)=(\d+)$", unit, re.MULTILINE))
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env={**os.environ, **arenas})
    assert done.returncode == 0, done.stderr[-3000:]
    *accounts, memory = done.stdout.splitlines()
    return list(map(json.loads, accounts)), float(memory)


def test_every_file_ends_in_a_run_that_says_what_became_of_it(
    replayed: tuple[list[dict[str, Any]], float], real_fixtures: Path
) -> None:
    accounts, _ = replayed
    files = list(answers(real_fixtures / "oai"))

    assert [account["source"] for account in accounts] == [name for name, _ in files]
    assert len(files) > 200
    for account in accounts:
        assert account["balanced"], account
        assert account["status"] == "ok" or account["error"] not in (None, "node.error"), account
        assert account["requests"] < 50, account


def test_every_record_of_every_file_is_in_the_ledger(
    replayed: tuple[list[dict[str, Any]], float], real_fixtures: Path
) -> None:
    accounts, _ = replayed
    whole = 0

    for account, (name, answer) in zip(accounts, answers(real_fixtures / "oai"), strict=True):
        held = _records_in(FIRST if is_identify(answer) else answer.body)
        if account["status"] == "ok":
            assert account["headers"] == held, name
            whole += held
        assert account["listed"] == len(account["ledger"]) <= held, name
        for identifier, state, code in account["ledger"]:
            assert state in {outcome.value for outcome in Outcome}, identifier
            assert code if state in ("rejected", "quarantined") else not code, identifier
            assert code != "mapping.crashed", (name, identifier)

    assert whole > 500


def test_replaying_all_of_them_takes_little_memory(replayed: tuple[list[dict[str, Any]], float]) -> None:
    assert replayed[1] <= MEMORY_MIB


def _records_in(body: bytes) -> int:
    """Count what a list holds, by other means than the harvester's."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, huge_tree=True)
    root = etree.fromstring(body, parser) if body else None
    if root is None:
        return 0
    return int(root.xpath("count(/*/*[local-name()='ListRecords']/*[local-name()='record'])"))
