"""Twelve hostile queries of different kinds, over HTTP, while somebody else goes on asking what is cheap."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import open_graph_store
from tests.servers.sparql_endpoint import sparql_endpoint

# Seconds are what is asserted here: these tests have the cores to themselves.
pytestmark = pytest.mark.alone

TIMEOUT = 1.5
MEMORY_MB = 300
POINT = "SELECT ?o { <http://e/r7> <http://e/p7> ?o }"

TRIPLES = "{ ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"
DOUBLE = "BIND(REPLACE(?{0}, '(.)', '$1$1$1$1$1$1$1$1') AS ?{1})"
VALUES = " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(1000)))} }}" for n in range(3))
HOSTILE = {
    "a cartesian product, counted": f"SELECT (COUNT(*) AS ?n) {TRIPLES}",
    "a cartesian product under a regex": "SELECT * { ?s ?p ?o . ?a ?b ?c FILTER(REGEX(CONCAT(?o, ?c), '(z+)+$')) }",
    "a cartesian product, streamed": f"SELECT * {TRIPLES}",
    "a cartesian product, sorted": f"SELECT * {TRIPLES} ORDER BY ?o ?c ?f",
    "values of 10^9 rows": f"SELECT (COUNT(*) AS ?n) {{ {VALUES} }}",
    "a cross join of subselects": "SELECT (COUNT(*) AS ?n) { { SELECT * { ?s ?p ?o } } { SELECT * { ?a ?b ?c } } }",
    "a path over all pairs": "SELECT (COUNT(*) AS ?n) { ?s (!<http://e/x>|^!<http://e/x>)* ?o }",
    "everything in one string": "SELECT (GROUP_CONCAT(CONCAT(?o, ?c)) AS ?all) { ?s ?p ?o . ?a ?b ?c }",
    "a string that grows": "SELECT (STRLEN(?v12) AS ?n) { BIND('xxxxxxxx' AS ?v0) "
    + " ".join(DOUBLE.format(f"v{n}", f"v{n + 1}") for n in range(12))
    + "}",
    "everything, distinct and sorted": "SELECT DISTINCT * { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?a ?b ?c } } ORDER BY ?c",
    "3,000 nested braces": "ASK {" + "{" * 3000 + "}" * 3000 + "}",
    "an answer as large as a disk": "CONSTRUCT { ?s ?p ?c } WHERE { ?s ?p ?o . ?a ?b ?c }",
}


@dataclass
class Neighbour:
    """A second client: its point queries, one after the other, and the seconds that each took."""

    url: str
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def ask(self, session: requests.Session) -> None:
        started = time.monotonic()
        answer = session.get(self.url, params={"query": POINT}, headers={"X-Forwarded-For": "192.0.2.2"}, timeout=10)
        self.seconds.append(time.monotonic() - started)
        if answer.status_code != 200 or "value 7 of 7" not in answer.text:
            self.wrong.append(answer.text)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    home = tmp_path_factory.mktemp("home")
    graphs = open_graph_store("oxigraph:graphs", home, SparqlSettings(), StoreSettings())
    with graphs.writer() as writer:
        assert writer is not None
        writer.replace_many(
            [
                (
                    f"http://e/g{record}",
                    "".join(f'<http://e/r{record}> <http://e/p{n}> "value {n} of {record}" .\n' for n in range(40)),
                )
                for record in range(500)
            ]
        )
    graphs.close()
    with sparql_endpoint(home, timeout=TIMEOUT, workers=2, queue=5, memory_mb=MEMORY_MB) as (host, port, pid):
        yield f"http://{host}:{port}/sparql", pid


def test_row_46_twelve_hostile_queries_are_stopped_while_others_are_answered(endpoint: tuple[str, int]) -> None:
    url, server = endpoint
    neighbour = Neighbour(url)
    over = threading.Event()

    largest = 0

    def go_on_asking() -> None:
        nonlocal largest
        with requests.Session() as session:
            while not over.wait(0.05):
                neighbour.ask(session)
                # Looked at while they run: one that took too much is gone afterwards.
                largest = max(largest, *(_memory(pid) for pid in _below(server)))

    thread = threading.Thread(target=go_on_asking)
    thread.start()
    outcomes = {}
    try:
        for name, query in HOSTILE.items():
            started = time.monotonic()
            outcomes[name] = _outcome(url, query), time.monotonic() - started
    finally:
        over.set()
        thread.join()

    for name, (outcome, seconds) in outcomes.items():
        assert outcome in ("sparql.timeout", "sparql.too-large", "sparql.refused", "broken off"), name
        assert seconds < TIMEOUT + 1, name
    # What never gets to be streamed is told by a document that says why.
    assert {outcome for outcome, _ in outcomes.values()} >= {"sparql.timeout", "sparql.too-large", "sparql.refused"}
    assert neighbour.wrong == []
    assert len(neighbour.seconds) > 20
    assert max(neighbour.seconds) < 1
    # What a query may take is counted from what an idle process has, some 60 MiB.
    assert 0 < largest / 2**20 < MEMORY_MB + 100
    assert _busy([*_children(server), *_below(server)]) == []


def test_row_48_a_client_that_asks_all_at_once_takes_no_place_from_others(endpoint: tuple[str, int]) -> None:
    url, _ = endpoint
    neighbour = Neighbour(url)
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(_outcome(url, HOSTILE["a cartesian product, counted"])))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    with requests.Session() as session:
        while any(thread.is_alive() for thread in threads):
            neighbour.ask(session)
            time.sleep(0.02)

    assert len(outcomes) == 6
    assert set(outcomes) == {"sparql.timeout", "sparql.busy"}
    assert neighbour.wrong == []
    assert max(neighbour.seconds) < 1


def _outcome(url: str, query: str) -> str:
    try:
        answer = requests.post(
            url, data={"query": query}, headers={"X-Forwarded-For": "192.0.2.1"}, timeout=TIMEOUT + 10
        )
    except requests.exceptions.ChunkedEncodingError:
        return "broken off"
    return str(answer.json()["code"]) if answer.status_code >= 400 else "answered"


def _below(pid: int) -> list[int]:
    """Return the query processes: children of the children of a gunicorn."""
    found = []
    for worker in _children(pid):
        found += _children(worker)
    return found


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except FileNotFoundError:
        return []


def _memory(pid: int) -> int:
    """Return the most bytes that a process ever held."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def _busy(pids: list[int]) -> list[int]:
    """Return those that use the processor when nobody asks anything: more than a tenth of half a second."""
    before = {pid: _ticks(pid) for pid in pids}
    time.sleep(0.5)
    return [pid for pid in pids if _ticks(pid) - before[pid] > 5]


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return int(fields[11]) + int(fields[12])
