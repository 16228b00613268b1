"""How fast labels are: encoded and signed, decided on, put with an object, and audited, each beside a bare way."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from node.bootstrap import initialise, open_node
from node.drift.auditing import DriftAudit
from node.model.drift import Drift
from node.model.label import Access, Audience, Label, PersonalData, Retention
from node.node import Node
from node.settings import ComputeSettings, Settings, StoreSettings, ZoneSettings
from node.sovereignty import mac, tags
from node.sovereignty.decide import decide
from node.sovereignty.mac import MacKeys, sign
from node.sovereignty.tags import MAC_TAG, to_json
from node.storage.objects.vault import Item
from tests.benchmarks.measured_store import BareStore
from tests.servers.seaweedfs import SeaweedFs, seaweedfs

LABEL = Label(
    origin=frozenset({"DEU", "FIN"}),
    zones=frozenset({"EU"}),
    access=Access.REGISTERED,
    critical=frozenset(),
    personal=PersonalData.NONE,
    policies=frozenset(),
    retention=Retention(keep_until=dt.date(2035, 12, 31)),
    assurance=1,
)
SIZE = 4000
THREADS = 8
PUTS = 1200
TURNS = 3


def main() -> None:
    """Print the figures; each ratio is the median of turns that take each other's place."""
    keys = MacKeys(current="k", keys={"k": secrets.token_bytes(32)})
    key = f"raw/ab/ab{'0' * 62}"
    today = dt.date(2026, 1, 1)
    print(f"\nlabels; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    _micro("label to tags and MAC, as harvests do (goal 25)", lambda: sign(to_json(LABEL), "objects", key, keys))
    _micro("  the same of a label never met before", lambda: _first_time(key, keys))
    _micro("decision (goal 5)", lambda: decide(Audience.REGISTERED, "read", LABEL, today=today))
    with seaweedfs() as server:
        _puts(server, keys)
        _audit(server)


def _first_time(key: str, keys: MacKeys) -> None:
    """Spell and sign without what is remembered of labels."""
    tags._spelt.cache_clear()
    tags._decoded.cache_clear()
    mac._encoded_label.cache_clear()
    sign(to_json(LABEL), "objects", key, keys)


def _micro(what: str, job: Callable[[], object], count: int = 1_000) -> None:
    # Short, so that one of many is not interrupted.
    best = min(_seconds(lambda: [job() for _ in range(count)]) for _ in range(60))
    print(f"  {what:<50} {best / count * 1e6:>10.2f} microseconds")


def _puts(server: SeaweedFs, keys: MacKeys) -> None:
    store = BareStore(server)

    def put(tagged: bool) -> float:
        def one(_: int) -> None:
            data = secrets.token_bytes(SIZE)
            name = f"raw/{(digest := hashlib.sha256(data).hexdigest())[:2]}/{digest}"
            given = to_json(LABEL) if tagged else {}
            if tagged:
                given[MAC_TAG] = sign(given, store.bucket, name, keys)
            store.put(name, data, given)

        with ThreadPoolExecutor(THREADS) as pool:
            return PUTS / _seconds(lambda: list(pool.map(one, range(PUTS))))

    put(True)  # the first volumes are made
    bare, labelled, ratio = _alternating(lambda: put(False), lambda: put(True))
    print(f"  {'PUT without tags, 8 threads':<50} {bare:>10.0f} objects/s")
    print(f"  {'PUT with label and MAC, 8 threads (goal 0.75)':<50} {labelled:>10.0f} objects/s   ratio {ratio:.2f}")


def _audit(server: SeaweedFs) -> None:
    server.client().make_bucket("audited")
    with _filled(server) as node:
        names = list(node.vault.store("bench").keys("raw/"))
        store = BareStore(server, "audited")

        def bare() -> float:
            with ThreadPoolExecutor(THREADS) as pool:
                return len(names) / _seconds(lambda: list(pool.map(store.digest, names)))

        def audited() -> float:
            started = time.perf_counter()
            run = DriftAudit(node, lambda: dt.datetime.now(dt.UTC), grace=0).run(zone="bench")
            assert run.deviations == 0 and run.counts[Drift.OK] == len(names), run
            return len(names) / (time.perf_counter() - started)

        plain, whole, ratio = _alternating(bare, audited)
    print(f"  {'bare loop of GETs with SHA-256, 8 threads':<50} {plain:>10.0f} objects/s")
    print(f"  {'drift audit with content, 8 threads (goal 450)':<50} {whole:>10.0f} objects/s   ratio {ratio:.2f}")


@contextlib.contextmanager
def _filled(server: SeaweedFs) -> Iterator[Node]:
    os.environ |= {"BENCH_S3_ACCESS": server.access_key, "BENCH_S3_SECRET": server.secret_key}
    zone = ZoneSettings(
        name="bench",
        url=f"s3+http://{server.endpoint}/audited",
        country="FIN",
        tier="registered",
        assurance=1,
        access_key_env="BENCH_S3_ACCESS",
        secret_key_env="BENCH_S3_SECRET",
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            compute=ComputeSettings(executor="inline"), store=StoreSettings(zones=(zone,)), log_level="error"
        ).model_copy(update={"home": Path(folder)})
        initialise(settings, dt.datetime.now(dt.UTC))
        with contextlib.closing(open_node(settings)) as node:
            items = [Item(kind="raw", data=secrets.token_bytes(SIZE), label=LABEL) for _ in range(2 * PUTS)]
            put = node.inventory.put(items)
            assert not put.refused
            with node.database.write() as connection:
                node.inventory.enter(connection, put.holdings, dt.datetime.now(dt.UTC))
            yield node


def _alternating(bare: Callable[[], float], ours: Callable[[], float]) -> tuple[float, float, float]:
    """Return the median of each, and of the ratios of turns that follow each other."""
    pairs: Sequence[tuple[float, float]] = [(bare(), ours()) for _ in range(TURNS)]
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[1] / pair[0] for pair in pairs),
    )


def _seconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
