"""The package `oaipmh`, heir of pyoai, which shares nothing with Scythe and Sickle: as a client, and as a provider.

It lives in the environment of foreign servers (`make .venv/.peers`). This module runs there as a program.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PYTHON = Path(__file__).resolve().parents[2] / ".venv" / "peers" / "bin" / "python"
PAGES = 20


def installed() -> bool:
    """Tell whether it is installed."""
    return any(PYTHON.parent.parent.glob("lib/python*/site-packages/oaipmh"))


def harvested(*urls: str) -> list[list[list[Any]]]:
    """Return what its client lists from each provider in `oai_dc`: identifier, datestamp, whether it is deleted."""
    return json.loads(_run("harvest", *urls))  # type: ignore[no-any-return]


def rate(database: Path, page_size: int) -> tuple[float, float]:
    """Return records a second that its provider lists from the node's SQLite file, and seconds of processor each."""
    wall, processor = json.loads(_run("provide", str(database), str(page_size)))
    return wall, processor


def _run(*arguments: str) -> str:
    command = [str(PYTHON), "-I", str(Path(__file__)), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


def _harvest(*urls: str) -> list[list[list[Any]]]:
    from oaipmh.client import Client
    from oaipmh.metadata import MetadataRegistry

    registry = MetadataRegistry()
    registry.registerReader("oai_dc", lambda element: None)
    return [
        [
            [header.identifier(), header.datestamp().isoformat() + "Z", bool(header.isDeleted())]
            for header, *_ in Client(url, registry).listRecords(metadataPrefix="oai_dc")
        ]
        for url in urls
    ]


class _Catalogue:
    """What the provider asks for records, by the fastest way there is: its offsets are the numbers here."""

    def __init__(self, database: str) -> None:
        self._connection = sqlite3.connect(database)

    def identify(self) -> Any:
        from oaipmh.common import Identify

        moment = dt.datetime(2020, 1, 1)
        url = "https://node.example.org/oai"
        return Identify("n", url, "2.0", ["a@example.org"], moment, "no", "YYYY-MM-DDThh:mm:ssZ", [])

    def listRecords(self, cursor: int, batch_size: int, **_: Any) -> Any:
        from oaipmh.common import Header

        rows = self._connection.execute(
            "SELECT r.local_id, r.datestamp, p.body FROM records r JOIN payloads p ON p.record_id = r.id WHERE "
            "p.prefix = 'oai_dc' AND r.state = 'live' AND r.audience = 0 AND r.seq > ? ORDER BY r.seq LIMIT ?",
            (int(cursor), batch_size),
        )
        for name, stamp, body in rows:
            moment = dt.datetime.fromisoformat(stamp)
            yield Header(None, f"oai:node.example.org:{name}", moment, ["source:test"], False), body, None


def _provide(database: str, page_size: str) -> list[float]:
    from lxml import etree
    from oaipmh.metadata import MetadataRegistry
    from oaipmh.server import BatchingServer, encodeResumptionToken

    registry = MetadataRegistry()
    registry.registerWriter("oai_dc", lambda element, body: element.append(etree.fromstring(body)))
    size = int(page_size)
    server = BatchingServer(_Catalogue(database), registry, resumption_batch_size=size)

    def pages() -> None:
        for page in range(PAGES):
            token = encodeResumptionToken({"metadataPrefix": "oai_dc"}, page * size)
            body = server.handleRequest({"verb": "ListRecords", "resumptionToken": token})
            assert len(body) > 1000 * size, body[:1000]

    records, passes = PAGES * size, []
    for _ in range(3):
        began, used = time.perf_counter(), time.process_time()
        pages()
        passes.append((time.perf_counter() - began, time.process_time() - used))
    clock, processor = map(min, zip(*passes, strict=True))
    return [records / clock, processor / records]


if __name__ == "__main__":
    print(json.dumps({"harvest": _harvest, "provide": _provide}[sys.argv[1]](*sys.argv[2:])))
