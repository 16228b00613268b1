"""Another SPARQL endpoint in Python over the same engine: rdflib-endpoint (https://github.com/vemonet/rdflib-endpoint).

It is what the benchmark is compared with, in a process and an environment of its own; `make .venv/.peers` installs it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT
from tests.servers.fairnode import free_port, wait_for

PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"

_PROGRAM = """
import sys
import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint

graph = Dataset(store="Oxigraph", default_union=True)
graph.open(sys.argv[1], create=False)
uvicorn.run(SparqlEndpoint(graph=graph, path="/"), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""


def installed() -> bool:
    """Whether the peers' environment has it."""
    program = "import oxrdflib, rdflib_endpoint, uvicorn"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", program], capture_output=True).returncode == 0


@contextmanager
def rdflib_endpoint(store: Path) -> Iterator[str]:
    """Yield the URL of an endpoint over an Oxigraph store, a folder that nobody else has open."""
    port = free_port()
    process = subprocess.Popen(
        [PYTHON, "-c", _PROGRAM, store, str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/?query=ASK%7B%7D", process, seconds=300)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.communicate()
