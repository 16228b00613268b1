"""Real query processes: each is confined, stopped in time and replaced, and the next query is none the worse for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import Busy, FairnodeError, QueryTimeout, QueryTooLarge, StorageError
from node.storage.graphs import GraphQuery, frames
from node.storage.graphs.embedded import EmbeddedWriter
from node.storage.graphs.pool_answer import PoolAnswer
from node.storage.graphs.query_pool import QueryPool
from node.storage.graphs.query_process import Limits
from node.storage.graphs.snapshots import Snapshots

JSON = "application/sparql-results+json"
TIMEOUT = 2.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published store of 40,000 statements in 1,000 graphs."""
    folder = tmp_path_factory.mktemp("graphs")
    writer = EmbeddedWriter(folder / "live", folder / "unpublished")
    for record in range(1000):
        lines = (f'<http://e/r{record}> <http://e/p{n}> "value {n} of {record}" .\n' for n in range(40))
        writer.replace(f"http://e/g{record}", "".join(lines))
    Snapshots(folder).publish(writer.backup)
    writer.close()
    return folder


def open_pool(
    folder: Path, *, workers: int = 1, queue: int = 4, timeout: float = TIMEOUT, memory_mb: int = 512
) -> QueryPool:
    limits = Limits(timeout=timeout, memory_mb=memory_mb, max_rows=10_000_000, max_bytes=50_000_000)
    return QueryPool(folder, workers=workers, queue=queue, limits=limits)


@pytest.fixture
def pool(folder: Path) -> Iterator[QueryPool]:
    pool = open_pool(folder)
    point_query(pool)
    yield pool
    pool.close()


def start(pool: QueryPool, text: str, media_type: str = JSON) -> PoolAnswer:
    return pool.query(GraphQuery(text=text, media_type=media_type))


def read(pool: QueryPool, text: str, media_type: str = JSON) -> bytes:
    return b"".join(start(pool, text, media_type).chunks())


def point_query(pool: QueryPool) -> None:
    assert b"value 7 of 7" in read(pool, "SELECT ?o { <http://e/r7> <http://e/p7> ?o }")


def wait_until_gone(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there after {seconds} s")


TRIPLES = "{ ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"
COUNTED = f"SELECT (COUNT(*) AS ?n) {TRIPLES}"


def test_a_query_out_of_memory_is_told_so_long_before_its_time_is_up(folder: Path) -> None:
    pool = open_pool(folder, timeout=60, memory_mb=256)
    point_query(pool)

    with pytest.raises(QueryTooLarge, match="256 MiB"):
        read(pool, "SELECT * { ?s ?p ?o . ?a ?b ?c } ORDER BY ?o ?c")
    point_query(pool)
    pool.close()


def test_a_regex_that_backtracks_elsewhere_is_answered(pool: QueryPool) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(REGEX(CONCAT('aaaaaaaaaaaaaaaaaaaaaaaa', ?o), '^(a+)+$')) }"

    assert b'"value":"0"' in read(pool, text)


def test_an_answer_that_is_given_up_frees_its_process_at_once(pool: QueryPool) -> None:
    answer = start(pool, f"SELECT * {TRIPLES}")
    chunks = answer.chunks()
    next(chunks)

    chunks.close()  # type: ignore[attr-defined]

    wait_until_gone(answer.pid, 1)
    point_query(pool)


def test_an_answer_that_is_never_begun_frees_its_process_when_closed(pool: QueryPool) -> None:
    answer = start(pool, f"SELECT * {TRIPLES}")

    answer.close()

    wait_until_gone(answer.pid, 1)
    point_query(pool)


def test_half_a_part_of_an_answer_is_taken_in_without_waiting_for_the_rest(pool: QueryPool) -> None:
    query = GraphQuery(text="ASK {}", media_type=JSON)
    process = pool.take(lambda _: None)
    assert process is not None
    answer = PoolAnswer(pool, process, query, TIMEOUT, None)
    real, (reader, writer) = process._out, os.pipe()
    process._out = reader
    whole = frames.pack_head("boolean", "s") + frames.pack(frames.DATA, b"true") + frames.pack(frames.END, b"")
    taken = []
    for part in (whole[:3], whole[3:-3], whole[-3:]):
        os.write(writer, part)
        answer.take_in()
        taken.append(answer.complete)
    process._out = real
    os.close(reader)
    os.close(writer)

    assert taken == [False, False, True]
    assert b"".join(answer.chunks()) == b"true"


def test_a_reader_that_stops_reading_does_not_keep_a_process(pool: QueryPool) -> None:
    answer = start(pool, f"SELECT * {TRIPLES}")
    chunks = answer.chunks()
    next(chunks)

    wait_until_gone(answer.pid, TIMEOUT + 1)
    point_query(pool)

    with pytest.raises(QueryTimeout):
        list(chunks)


def test_a_complete_answer_gives_its_process_back_before_it_is_read(pool: QueryPool) -> None:
    first = start(pool, "SELECT ?o { <http://e/r7> ?p ?o }")
    second = start(pool, "SELECT ?o { <http://e/r8> ?p ?o }")

    assert first.complete
    assert second.complete
    assert first.pid == second.pid
    assert b"of 7" in b"".join(first.chunks())


def test_more_queries_than_the_queue_holds_are_told_to_come_back(folder: Path) -> None:
    pool = open_pool(folder, workers=1, queue=1)
    errors: list[FairnodeError] = []

    def run() -> None:
        try:
            read(pool, COUNTED)
        except FairnodeError as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()

    busy = [error for error in errors if isinstance(error, Busy)]
    assert len(errors) == 4
    assert 2 <= len(busy) <= 3
    assert all(error.status == 429 and error.retry_after >= 1 for error in busy)


def test_a_process_that_dies_while_idle_is_replaced_unnoticed(pool: QueryPool) -> None:
    pid = start(pool, "ASK {}").pid

    os.kill(pid, 9)
    time.sleep(0.1)

    point_query(pool)


def test_processes_end_with_the_pool_and_answers_under_way_break_off(folder: Path) -> None:
    pool = open_pool(folder, workers=2)
    idle, running = start(pool, "ASK {}"), start(pool, f"SELECT * {TRIPLES}")
    chunks = running.chunks()
    next(chunks)

    pool.close()

    with pytest.raises(FairnodeError):
        list(chunks)
    for pid in (idle.pid, running.pid):
        wait_until_gone(pid, 1)
    with pytest.raises(StorageError):
        start(pool, "ASK {}")


def test_a_pool_that_is_closed_while_a_process_changes_hands_forgets_nobody_who_waits(folder: Path) -> None:
    pool = open_pool(folder)
    process = pool.take(lambda _: None)
    assert process is not None
    given: list[object] = []
    assert pool.take(given.append) is None

    class ClosesWhenLetGo:
        """The pool's lock, whose second holder finds the pool closed once it lets go."""

        def __init__(self, lock: threading.Lock) -> None:
            self.lock, self.holders = lock, 0

        def __enter__(self) -> None:
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()
            self.holders += 1
            if self.holders == 2:
                pool.close()

    pool._lock = ClosesWhenLetGo(pool._lock)  # type: ignore[assignment]
    pool.release(process, usable=True)

    assert given == [process]
    process.kill()


def test_query_processes_do_not_outlive_the_process_that_asked(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; sys.path[:0] = [sys.argv[2]]\n"
        "from node.storage.graphs import GraphQuery\n"
        "from node.storage.graphs.query_pool import QueryPool\n"
        "from node.storage.graphs.query_process import Limits\n"
        "limits = Limits(timeout=60, memory_mb=512, max_rows=10**9, max_bytes=10**12)\n"
        "pool = QueryPool(Path(sys.argv[1]), workers=1, queue=0, limits=limits)\n"
        "answer = pool.query(GraphQuery(text=sys.argv[3], media_type='text/csv'))\n"
        "print(answer.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    arguments = [str(folder), str(Path(__file__).resolve().parents[2]), f"SELECT * {TRIPLES}"]
    with subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())

        parent.kill()

        wait_until_gone(pid, 10)


def test_a_query_process_knows_no_secrets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRNODE_S3_SECRET_KEY", "canary-secret")
    fresh = open_pool(folder)

    environment = Path(f"/proc/{start(fresh, 'ASK {}').pid}/environ").read_bytes()
    fresh.close()

    assert b"PYTHONPATH" in environment
    assert b"canary-secret" not in environment


def test_the_engines_own_words_are_never_passed_on(pool: QueryPool) -> None:
    with pytest.raises(FairnodeError) as error:
        read(pool, "SELECT (<http://secret.example/f>(1) AS ?x) {}")

    assert "secret" not in error.value.message


@pytest.fixture
def canary() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that answers any query, and what reached it."""
    heard: list[bytes] = []
    body = b'{"head":{"vars":[]},"results":{"bindings":[{}]}}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\nConnection: close\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", heard
        stop.set()
        thread.join()


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_service_reaches_nobody_even_past_the_guard(
    pool: QueryPool, canary: tuple[str, list[bytes]], silent: str
) -> None:
    if not pool.isolation:
        pytest.skip("this system allows neither a network namespace nor a seccomp filter")
    url, heard = canary

    try:
        read(pool, f"SELECT * {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}")
    except StorageError as error:
        assert url not in error.message

    assert heard == []


def test_the_canary_hears_an_engine_that_is_not_isolated(canary: tuple[str, list[bytes]]) -> None:
    import pyoxigraph

    url, heard = canary

    rows = list(pyoxigraph.Store().query(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}"))  # type: ignore[arg-type]

    assert len(rows) == 1
    assert len(heard) == 1


def test_who_does_not_read_on_makes_room_for_who_waits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.storage.graphs.query_pool._STANDSTILL", 0.2)
    pool = open_pool(folder, timeout=20)
    slow = start(pool, f"SELECT * {TRIPLES}")
    chunks = slow.chunks()
    next(chunks)
    began = time.monotonic()
    point_query(pool)
    waited = time.monotonic() - began

    with pytest.raises(QueryTimeout):
        for _ in chunks:
            pass
    pool.close()
    assert waited < 5


def test_who_reads_on_is_left_in_peace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.storage.graphs.query_pool._STANDSTILL", 0.2)
    pool = open_pool(folder, timeout=20)
    chunks = start(pool, "SELECT * { ?s ?p ?o }").chunks()
    waiting = threading.Thread(target=point_query, args=(pool,))
    waiting.start()
    size = 0
    for chunk in chunks:
        size += len(chunk)
        time.sleep(0.02)
    waiting.join()
    pool.close()
    assert size > 1_000_000
