"""Queries through HTTP and the query processes, beside the bare engine in the same run."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import requests

from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import open_graph_store
from node.storage.graphs.counting import Counter
from tests.servers.sparql_endpoint import sparql_endpoint

_CLIENTS = 8
_JSON = {"Accept": "application/sparql-results+json"}


def main(records: int) -> None:
    """Print the figures: a point query, replacing a record, counting all, a long answer."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = open_graph_store("oxigraph:graphs", home, SparqlSettings(), StoreSettings())
        with store.writer() as writer:
            assert writer is not None
            writer.replace_many([(f"http://e/g{number}", _record(number)) for number in range(records)])
        print(f"\nSPARQL over {records} records of 42 statements")
        with store.writer(publish=False) as writer:
            assert writer is not None
            began = time.perf_counter()
            for number in range(1000):
                writer.replace(f"http://e/g{number}", _record(number, "changed"))
            print(f"  replace a record                {1000 / (time.perf_counter() - began):>10.0f} records/s")
        began = time.perf_counter()
        Counter(store).counts(lambda seconds: None)
        print(f"  count all for VoID              {time.perf_counter() - began:>10.2f} s")
        store.close()
        snapshot = home / "graphs" / "snapshots" / (home / "graphs" / "current").read_text()
        bare = _bare(ox.Store.read_only(str(snapshot)), records)
        print(f"  point query, bare engine        {bare:>10.0f} queries/s")
        limits = {"timeout": 60, "workers": 2, "queue": 5, "max_rows": 10**7, "max_bytes": 10**9, "client_queries": 8}
        with sparql_endpoint(home, **limits) as (host, port, pid):
            url = f"http://{host}:{port}/sparql"
            rate, p99 = _served(url, records)
            share = f"{rate / bare:.3f} of bare, p99 {p99:.1f} ms"
            print(f"  point query, HTTP and processes {rate:>10.0f} queries/s, {share}")
            _long(url, pid)


def _record(number: int, text: str = "text") -> str:
    subject = f"<http://e/r{number}>"
    return "".join(f'{subject} <http://e/p{place}> "{text} {place} of {number}" .\n' for place in range(42))


def _query(number: int) -> str:
    return f"SELECT ?o {{ <http://e/r{number}> <http://e/p7> ?o }}"


def _bare(store: ox.Store, records: int) -> float:
    began = time.perf_counter()
    for turn in range(5000):
        result = store.query(_query(turn * 7919 % records), use_default_graph_as_union=True)
        assert isinstance(result, ox.QuerySolutions)
        result.serialize(format=ox.QueryResultsFormat.JSON)
    return 5000 / (time.perf_counter() - began)


def _served(url: str, records: int, seconds: float = 6.0) -> tuple[float, float]:
    """Return queries a second of all clients together, and the 99th percentile in milliseconds."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    def ask(first: int) -> None:
        with requests.Session() as session:
            turn = first
            while time.perf_counter() < until:
                turn += _CLIENTS
                began = time.perf_counter()
                answer = session.get(f"{url}?query={quote(_query(turn * 7919 % records))}", headers=_JSON, timeout=30)
                took.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(took) / seconds, statistics.quantiles(took, n=100)[98] * 1000


def _long(url: str, pid: int) -> None:
    """Stream a million rows, and watch the memory of the web process."""
    (web,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    before, size = _resident(web), 0
    began = time.perf_counter()
    with requests.get(
        f"{url}?query={quote('SELECT * { ?s ?p ?o } LIMIT 1000000')}", headers=_JSON, stream=True
    ) as answer:
        first = None
        for chunk in answer.iter_content(65536):
            first = first or time.perf_counter() - began
            size += len(chunk)
    seconds = time.perf_counter() - began
    assert first is not None
    print(
        f"  a million rows                  {size / 2**20 / seconds:>10.0f} MiB/s, first byte {first * 1000:.0f} ms, ",
        end="",
    )
    print(f"web process {_resident(web) - before:+.0f} MiB")


def _resident(pid: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
