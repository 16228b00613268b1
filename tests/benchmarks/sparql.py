"""Queries through HTTP and the query processes of a whole node, beside the bare engine and a peer in the same run."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import requests

from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import GraphStore, open_graph_store
from node.storage.graphs.counting import Counter
from tests.benchmarks import point_queries
from tests.benchmarks.point_queries import ask, query, record
from tests.servers.fairnode import Home, free_port, wait_for
from tests.servers.rdflib_endpoint import installed, rdflib_endpoint

_TICK = os.sysconf("SC_CLK_TCK")
# The limits are those that a node has from the beginning, but for the length of an answer and whom it takes for a
# client: the clients come from one machine, each with an address of its own.
_SETTINGS = {
    "FAIRNODE_VISITORS__PROXIES": "1",
    "FAIRNODE_SPARQL__MAX_BYTES": "1000000000",
    "FAIRNODE_SPARQL__TIMEOUT": "300",
    "FAIRNODE_SPARQL__CLIENT_BURST": "600",
    "FAIRNODE_LOG_LEVEL": "error",
}


def main(records: int) -> None:
    """Print the figures: replacing a record, counting all, point queries, a change of snapshots, a long answer."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "node", _SETTINGS)
        home.run("init")
        store = open_graph_store("oxigraph:graphs", home.path, SparqlSettings(timeout=300), StoreSettings())
        with store.writer() as writer:
            assert writer is not None
            writer.replace_many([(f"http://e/g{number}", record(number)) for number in range(records)])
        print(f"\nSPARQL over {records} records of 42 statements")
        _replacing(store, min(records, 1000))
        began = time.perf_counter()
        Counter(store).counts(lambda seconds: None)
        _say("count all for VoID", time.perf_counter() - began, "s", digits=2)
        snapshot = home.path / "graphs" / "snapshots" / (home.path / "graphs" / "current").read_text()
        bare = [_bare(ox.Store.read_only(str(snapshot)), records)]
        with _serving(home) as node:
            node.ask(records, seconds=1)
            asked = [node.ask(records)]
            bare.append(_bare(ox.Store.read_only(str(snapshot)), records))
            asked.append(node.ask(records))
            bare.append(_bare(ox.Store.read_only(str(snapshot)), records))
            ours = _compared(bare, asked)
            _changing(node, store, records)
            _long(node)
        store.close()
        if not installed():
            print("  rdflib-endpoint is not installed; `make .venv/.peers` does it")
            return
        copied = Path(folder) / "copied"
        shutil.copytree(snapshot, copied)
        with rdflib_endpoint(copied) as url:
            ask(url, records, seconds=1)
            peer = ask(url, records)
        assert not peer.wrong, peer
        _say("point query, rdflib-endpoint", peer.rate, "queries/s", f"p99 {peer.p99:.1f} ms{_load()}")
        print(f"  of rdflib-endpoint              {ours / peer.rate:>10.2f} times its queries/s")


@dataclass(frozen=True, kw_only=True)
class _Served:
    url: str
    web: int

    def ask(self, records: int, *, seconds: float = 6.0) -> _Cost:
        before = _ticks(self.web), sum(map(_ticks, _children(self.web)))
        asked = ask(self.url, records, seconds=seconds)
        assert not asked.wrong, asked
        after = _ticks(self.web), sum(map(_ticks, _children(self.web)))
        web, engine = ((then - now) / _TICK / asked.answers for now, then in zip(before, after, strict=True))
        return _Cost(asked=asked, web=web, engine=engine)


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """Of a query: seconds of the processor that the web process and the query processes took."""

    asked: point_queries.Asked
    web: float
    engine: float


@dataclass(frozen=True, kw_only=True)
class _Bare:
    rate: float
    processor: float


@contextmanager
def _serving(home: Home) -> Iterator[_Served]:
    port = free_port()
    process: subprocess.Popen[str] = home.start("serve", "--port", str(port))
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        web = max(_children(process.pid), key=lambda child: len(list(Path(f"/proc/{child}/task").iterdir())))
        yield _Served(url=f"http://127.0.0.1:{port}/sparql", web=web)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _replacing(store: GraphStore, count: int) -> None:
    with store.writer() as writer:
        assert writer is not None
        for what, text in (("all", "changed"), ("one statement", "changed")):
            wanted = [(f"http://e/g{number}", record(number, text)) for number in range(count)]
            if what != "all":
                wanted = [(graph, content.replace("changed 7 of", "again 7 of")) for graph, content in wanted]
            began, used = time.perf_counter(), time.process_time()
            for graph, content in wanted:
                writer.replace(graph, content)
            cheap = (time.process_time() - used) / count
            rate = count / (time.perf_counter() - began)
            _say(f"replace {what} of a record", rate, "records/s", f"{cheap * 1e6:.0f} µs of the processor{_load()}")


def _bare(store: ox.Store, records: int) -> _Bare:
    began, used = time.perf_counter(), time.process_time()
    for turn in range(5000):
        result = store.query(query(turn * 7919 % records), use_default_graph_as_union=True)
        assert isinstance(result, ox.QuerySolutions)
        result.serialize(format=ox.QueryResultsFormat.JSON)
    return _Bare(rate=5000 / (time.perf_counter() - began), processor=(time.process_time() - used) / 5000)


def _compared(bare: list[_Bare], costs: list[_Cost]) -> float:
    rate = statistics.median(each.rate for each in bare)
    cheap = statistics.median(each.processor for each in bare)
    _say("point query, bare engine", rate, "queries/s", f"{cheap * 1e6:.0f} µs of the processor{_load()}")
    ours = statistics.mean(cost.asked.rate for cost in costs)
    web, engine = (statistics.mean(getattr(cost, name) for cost in costs) for name in ("web", "engine"))
    p99 = max(cost.asked.p99 for cost in costs)
    median = max(cost.asked.median for cost in costs)
    _say("point query, 8 clients", ours, "queries/s", f"{ours / rate:.3f} of bare")
    print(f"    until the answer: half of them {median:.1f} ms, 99 of 100 {p99:.1f} ms{_load()}")
    print(f"    of the processor: web {web * 1e6:.0f} µs, query processes {engine * 1e6:.0f} µs a query")
    return ours


def _changing(node: _Served, store: GraphStore, records: int) -> None:
    """Publish one snapshot after the other under the clients' queries."""
    process = point_queries.start(node.url, records, seconds=6)
    published, longest = 0, 0.0
    while process.poll() is None:
        began = time.perf_counter()
        with store.writer() as writer:
            assert writer is not None
            writer.replace("http://e/g0", record(0, f"version {published}"))
        longest = max(longest, time.perf_counter() - began)
        published += 1
        time.sleep(0.2)
    asked = point_queries.finish(process)
    assert not asked.wrong, asked
    figures = f"{published} snapshots published, {longest * 1000:.0f} ms at most; p99 {asked.p99:.1f} ms"
    _say("point query, snapshots changing", asked.rate, "queries/s", figures)
    print(f"    longest answer {asked.longest:.0f} ms, none wrong{_load()}")


def _long(node: _Served) -> None:
    """Stream a million rows, and watch the memory of the web process."""
    before, most, size, first = _resident(node.web), 0.0, 0, 0.0
    url = f"{node.url}?query={quote('SELECT * { ?s ?p ?o } LIMIT 1000000')}"
    began = time.perf_counter()
    accept = {"Accept": "application/sparql-results+json", "Accept-Encoding": "identity"}
    with requests.get(url, headers=accept, stream=True, timeout=300) as answer:
        for number, chunk in enumerate(answer.iter_content(65536)):
            first = first or time.perf_counter() - began
            size += len(chunk)
            if not number % 50:
                most = max(most, _resident(node.web))
    speed = size / 2**20 / (time.perf_counter() - began)
    what = f"first byte {first * 1000:.0f} ms, web process {most - before:+.0f} MiB{_load()}"
    _say("a million rows", speed, "MiB/s", what)


def _say(what: str, figure: float, unit: str, more: str = "", *, digits: int = 0) -> None:
    print(f"  {what:<31} {figure:>10.{digits}f} {unit}{', ' if more else ''}{more}")


def _load() -> str:
    return f", load {os.getloadavg()[0]:.1f}"


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
