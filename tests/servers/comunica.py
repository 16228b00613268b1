"""A federating query engine: Comunica (https://comunica.dev/) in Node.js; `make .venv/.comunica` installs both."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from tests.conftest import ROOT

NODE = ROOT / ".venv" / "peers" / "bin" / "node"
FOLDER = ROOT / ".venv" / "comunica"
PROGRAM = ROOT / "tests" / "servers" / "comunica" / "queries.mjs"


def comunica(sources: Sequence[str], queries: Sequence[str]) -> list[dict[str, Any]]:
    """Ask queries of several endpoints together, in one process; skip the test where it is not installed.

    Returns:
        for each query `found`: a boolean, rows of terms by variable, or triples of terms; or else `failed` and why.
    """
    if not (NODE.exists() and (FOLDER / "node_modules").exists()):
        pytest.skip("Comunica is not installed; `make .venv/.comunica` does it")
    asked = json.dumps({"sources": list(sources), "queries": list(queries)})
    done = subprocess.run([NODE, PROGRAM, FOLDER], input=asked, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
