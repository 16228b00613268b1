"""Each attack on a parser is refused, or read without harm, in seconds and in less than a gigabyte."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.faults.attacks import ATTACKS

# Ten times what the slowest takes on two idle cores: a bound against hours, not a measure of speed.
SECONDS = 60


@pytest.mark.parametrize("name", ATTACKS)
def test_a_parser_outlives_an_attack_in_a_gigabyte(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.attacked", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    outcome = json.loads(done.stdout)
    assert outcome["seconds"] < SECONDS
    expected = ATTACKS[name].says
    if expected:
        assert expected in outcome.get("refused", outcome)
    else:
        assert "read" in outcome, outcome
        # Nothing of this machine is in what was read.
        assert "root:" not in outcome["read"]
