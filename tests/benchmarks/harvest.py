"""A whole harvest, from a loopback repository to records that SPARQL finds, and what it spends its time on.

Beside it, in the same run, a bare loop that fetches the same pages and parses them: no harvest can do less. Each
harvest runs in a process of its own, whose seams are timed there, without a profiler, which would change what it
measures. Why the figures are what they are: `docs/explanation/decisions/what-bounds-a-harvest.md`.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.bulk import bulk_repository, read_bare
from tests.peak import peak_mib

PROFILES = ("fair", "dcat-ap")
_CATALOGUED = "SELECT (COUNT(*) AS ?n) { ?record a <http://www.w3.org/ns/dcat#CatalogRecord> }"
_DESCRIBED = "SELECT (COUNT(*) AS ?n) { ?dataset a <http://www.w3.org/ns/dcat#Dataset> }"


def main(records: int, zones: tuple[str, ...] = ("folder", "S3")) -> None:
    """Print how fast a whole harvest of so many records is, beside a bare loop over the same pages."""
    print(f"\na whole harvest of {records} records, profiles {' and '.join(PROFILES)}, {os.cpu_count()} cores")
    for zone in zones:
        with bulk_repository(records) as url:
            bare = records / read_bare(url)
            found = _harvest(url, zone)
        _print(zone, records, bare, found)


def _print(zone: str, records: int, bare: float, found: dict[str, Any]) -> None:
    rate = records / found["seconds"]
    print(
        f"objects in a {zone}: {rate:.0f} records/s, {rate / bare:.4f} of the bare loop's {bare:.0f};"
        f" load {found['load'][0]:.1f} to {found['load'][1]:.1f}"
    )
    used, cores = found["parent"] + found["workers"], os.cpu_count() or 1
    print(
        f"  CPU a record: {1000 * found['parent'] / records:.2f} ms parent, {1000 * found['workers'] / records:.2f} ms "
        f"workers, their start included; {used / found['seconds'] / cores:.0%} of the cores' time"
    )
    print(f"  by CPU time alone: {cores * records / used:.0f} records/s; less is the machine's other work, or waiting")
    print(f"  peak memory: {found['peak']:.0f} MiB parent, {', '.join(f'{one:.0f}' for one in found['peaks'])} workers")
    for name, (seconds, cpu) in found["stages"].items():
        waited = f", {1000 * seconds / records:.2f} ms by the clock" if seconds else ""
        print(f"    {name:<10} {cpu / used:>5.0%} of all CPU time{waited}")


def _harvest(url: str, zone: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        words = [sys.executable, "-m", "tests.benchmarks.harvest", "--url", url, "--zone", zone, "--home", home]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))


class _Stages:
    """How long the threads of this process were in each stage, and how much CPU time they spent there."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            account = self.spent.setdefault(name, [0.0, 0.0])
            account[0] += time.perf_counter() - wall
            account[1] += time.thread_time() - cpu

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            with self.stage(name):
                return work(*arguments, **more)

        return run


class _Seam:
    """A part of the node with some of its methods timed."""

    def __init__(self, part: Any, stages: _Stages, name: str, *methods: str) -> None:
        self._part = part
        for method in methods:
            setattr(self, method, stages.timed(name, getattr(part, method)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


class _Fetching:
    """A harvester whose pages are timed."""

    def __init__(self, harvester: Any, stages: _Stages) -> None:
        self._harvester, self._stages = harvester, stages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._harvester, name)

    def pages(self, *arguments: Any) -> Iterator[Any]:
        pages = self._harvester.pages(*arguments)
        while True:
            with self._stages.stage("fetch"):
                page = next(pages, None)
            if page is None:
                return
            yield page


def _measure(url: str, zone: str, home: Path) -> dict[str, Any]:
    """Harvest in this process; return what it took."""
    from node.bootstrap import initialise, open_node
    from node.model.source import Source
    from node.pipeline import harvest_source
    from node.settings import FetchSettings, Settings, StoreSettings, ValidationSettings, ZoneSettings

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    with _zone(zone) as where:
        settings = Settings(
            fetch=FetchSettings(allow_networks=("127.0.0.0/8",)),
            validation=ValidationSettings(profile=PROFILES[0], audited=PROFILES),
            store=StoreSettings(zones=(ZoneSettings(url=where),)),
        ).model_copy(update={"home": home / "node"})
        initialise(settings, now())
        node, stages = open_node(settings), _Stages()
        node.sources.add(Source(name="bench", url=url, metadata_prefix="oai_datacite"), now())
        seams: dict[str, Any] = {
            "inventory": _Seam(node.inventory, stages, "objects", "put"),
            "records": _Seam(node.records, stages, "SQL", "keep", "known"),
            "projection": _Seam(node.projection, stages, "graph", "run"),
            "harvesters": {kind: _Fetching(each, stages) for kind, each in node.harvesters.items()},
        }
        load, before = os.getloadavg()[0], _cpu(resource.RUSAGE_SELF)
        start = time.perf_counter()
        run = harvest_source(dataclasses.replace(node, **seams), "bench", now=now)
        counted = [_count(node, query) for query in (_CATALOGUED, _DESCRIBED)]
        seconds, parent = time.perf_counter() - start, _cpu(resource.RUSAGE_SELF) - before
        assert run.balanced and counted == [run.listed, run.listed], (run, counted)
        peaks = [peak_mib(pid) for pid in node.executor.pids]  # type: ignore[attr-defined]
        node.close()
        workers = _cpu(resource.RUSAGE_CHILDREN)  # before the S3 server ends, which is none of them
    stages.spent["prepare"] = [0.0, workers]
    stages.spent["other"] = [0.0, parent - sum(cpu for name, (_, cpu) in stages.spent.items() if name != "prepare")]
    return {
        "seconds": seconds,
        "parent": parent,
        "workers": workers,
        "stages": stages.spent,
        "peak": peak_mib(),
        "peaks": peaks,
        "load": [load, os.getloadavg()[0]],
    }


@contextmanager
def _zone(kind: str) -> Iterator[str]:
    """Yield the URL of a storage zone; of an S3 server that runs for it."""
    if kind == "folder":
        yield "file:objects"
        return
    from tests.servers.seaweedfs import seaweedfs

    with seaweedfs() as server:
        os.environ["FAIRNODE_S3_ACCESS_KEY"], os.environ["FAIRNODE_S3_SECRET_KEY"] = (
            server.access_key,
            server.secret_key,
        )
        yield server.url


def _count(node: Any, query: str) -> int:
    from node.storage.graphs import GraphQuery

    answer = node.graphs.query(GraphQuery(text=query, media_type="text/csv"))
    try:
        return int(b"".join(answer.chunks()).split()[1])
    finally:
        answer.close()


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.harvest", description=__doc__)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--url", help="harvest this repository, in this process, and print what it took as JSON")
    parser.add_argument("--zone", choices=("folder", "S3"), default="folder")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.url:
        print(json.dumps(_measure(options.url, options.zone, options.home)))
    else:
        main(options.records, (options.zone,))
