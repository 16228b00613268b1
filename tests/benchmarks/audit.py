"""Audits of stored records: first, again, by the next version of the profile, by one process and by two.

Each audit runs in a program of its own over a copy of the same database, with its worker processes started and its
shapes read beforehand: what is measured is a record's cost, not a start's. The bare loop parses and judges the same
records, read beforehand, in one process, and keeps nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from node.audit.judging import judge_all, wanted_profile, yardstick_of
from node.audit.running import audit_sources
from node.bootstrap import open_node
from node.model.audit import Subject
from node.model.rdf import Iri
from node.node import Node
from node.settings import load_settings
from node.storage.audit_subjects import AuditSubjects
from node.syntax import from_ntriples
from node.validation import ask, load_profile
from tests.benchmarks.repository import repository
from tests.peak import peak_mib

_OLD, _NEW = "sh:minLength 50", "sh:minLength 60"


def main(records: int = 4000) -> None:
    """Print records a second of each audit, and how its time compares; CPU time is that of all processes together."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        harvest(home, records)
        profile, later = _versions(Path(folder))
        print(f"\naudits of {records} stored records, profile fair")
        bare = _run(home, profile, "bare", processes=1)
        one = _run(_copy(home), profile, "audit", processes=1)
        many = _copy(home)
        first = _run(many, profile, "audit")
        again = _run(many, profile, "audit")
        edited = _run(many, later, "audit")
        assert len(edited["changed"]) == 1, edited
    cores = os.cpu_count()
    _say("  bare loop, one process: parses and judges", records, bare, bare, "of the bare loop")
    _say("  first audit, one worker process", records, one, bare, "of the bare loop")
    _say(f"  first audit, {cores} worker processes", records, first, bare, "of the bare loop")
    _say(f"  {cores} worker processes against one", records, first, one, "of one")
    _say("  again, nothing changed", records, again, first, "of the first")
    _say("  again, one rule of the profile changed", records, edited, first, "of the first")


def memory() -> None:
    """Print how much memory an audit of 10,000 and of 100,000 records takes."""
    peaks = {}
    for size in (10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            harvest(home, size)
            measured = _run(home, "fair", "audit")
        peaks[size] = measured["peak"]
        print(
            f"{size:>8} records audited: {size / measured['seconds']:.0f} records/s, peak {measured['peak']:.0f} MiB, "
            f"workers {', '.join(f'{each:.0f}' for each in measured['workers'])} MiB"
        )
    print(f"memory ratio {peaks[100_000] / peaks[10_000]:.2f}")


def harvest(home: Path, records: int) -> None:
    """Make a node and have it harvest so many records, unjudged."""
    environment = {**os.environ, "FAIRNODE_HOME": str(home), "FAIRNODE_LOG_LEVEL": "error"}
    environment["FAIRNODE_VALIDATION__PROFILE"] = ""
    with repository(records) as url:
        for words in (
            ["init"],
            ["source", "add", url, "--name", "bench", "--metadata-prefix", "oai_datacite"],
            ["harvest", "bench"],
        ):
            subprocess.run([sys.executable, "-m", "node", *words], env=environment, check=True, capture_output=True)


def _versions(folder: Path) -> tuple[str, str]:
    """Write the shapes of `fair` as one file, and the next version of it, in which one rule changed; return both."""
    text = "\n".join(data.decode("utf-8") for _, data in load_profile("fair").files)
    assert text.count(_OLD) == 1
    paths = []
    for name, version in (("now", text), ("later", text.replace(_OLD, _NEW))):
        path = folder / name / "fair.ttl"
        path.parent.mkdir()
        path.write_text(version, encoding="utf-8")
        paths.append(str(path))
    return paths[0], paths[1]


def _copy(home: Path) -> Path:
    """Return another home with a database of its own and the same objects."""
    copy = Path(tempfile.mkdtemp(dir=home.parent))
    for path in home.iterdir():
        if path.name.startswith("node.db"):
            shutil.copy(path, copy / path.name)
        else:
            (copy / path.name).symlink_to(path)
    return copy


def _run(home: Path, profile: str, what: str, *, processes: int = 0) -> dict[str, Any]:
    environment = {**os.environ, "FAIRNODE_LOG_LEVEL": "error", "FAIRNODE_COMPUTE__PROCESSES": str(processes)}
    words = [sys.executable, "-m", "tests.benchmarks.audit", str(home), profile, what]
    done = subprocess.run(words, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _measured(home: Path, profile: str, what: str) -> dict[str, Any]:
    """Run in this program; return seconds, CPU seconds, peaks in MiB, and the rules asked of records known before."""
    node = open_node(load_settings(home))
    try:
        if what == "bare":
            return _bare_loop(node, profile)
        digest = yardstick_of(profile).profile_digest
        workers = node.settings.compute.processes or os.cpu_count() or 1
        wait([node.executor.submit(judge_all, [], profile, digest) for _ in range(8 * workers)])
        before = _states(node, workers)
        start = time.perf_counter()
        run = audit_sources(node, (), profile, now=lambda: dt.datetime.now(dt.UTC))
        seconds = time.perf_counter() - start
        after = _states(node, workers)
        return {
            "seconds": seconds,
            "cpu": sum(cpu - before[pid][0] for pid, (cpu, _) in after.items()),
            "changed": run.changed,
            "peak": after.pop(os.getpid())[1],
            "workers": sorted(peak for _, peak in after.values()),
        }
    finally:
        node.close()


def _states(node: Node, workers: int) -> dict[int, tuple[float, float]]:
    """Return CPU seconds and peak of this process and of every worker, by process id."""
    found = dict([_state()])
    while len(found) <= workers:
        futures = [node.executor.submit(_state) for _ in range(20 * workers)]
        found |= dict(future.result() for future in futures)
    return found


def _state() -> tuple[int, tuple[float, float]]:
    return os.getpid(), (time.process_time(), peak_mib())


def _bare_loop(node: Node, profile: str) -> dict[str, Any]:
    loaded = wanted_profile(profile, yardstick_of(profile).profile_digest)
    subjects = list(_subjects(node))
    start, cpu = time.perf_counter(), time.process_time()
    for subject in subjects:
        assert subject.ntriples is not None
        ask(from_ntriples(subject.ntriples), loaded, Iri(subject.iri))
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def _subjects(node: Node) -> Iterator[Subject]:
    reader, after = AuditSubjects(node.database, node.vault), ""
    with ThreadPoolExecutor(4) as readers:
        while page := reader.page(["bench"], after, 500):
            yield from reader.read(page, readers)
            after = page[-1].local_id


def _say(what: str, records: int, measured: dict[str, Any], other: dict[str, Any], of: str) -> None:
    rate, wall, cpu = records / measured["seconds"], *(measured[key] / other[key] for key in ("seconds", "cpu"))
    print(f"{what:<48} {rate:>8.0f} records/s   {wall:>7.4f} of the time, {cpu:>7.4f} of the CPU time {of}")


def _main(arguments: Sequence[str]) -> None:
    home, profile, what = arguments
    json.dump(_measured(Path(home), profile, what), sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1:])
