"""A pool of query processes that can be killed: one query each at a time, a deadline, a bounded queue.

A killed or worn process is replaced at once. Threads share the pool; one answer belongs to one thread at a time.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

from node.errors import Busy, QueryRefused, QueryTimeout, QueryTooLarge, StorageError
from node.storage.graphs import Charge, GraphQuery, QueryKind, frames
from node.storage.graphs.query_process import Died, Late, QueryProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one query may take.

    Attributes:
        timeout: seconds from the moment it has a process until the last byte is read.
        memory_mb: MiB of address space, beyond those of an idle process.
        max_rows, max_bytes: of the answer.
    """

    timeout: float
    memory_mb: int
    max_rows: int
    max_bytes: int


class QueryPool:
    """Query processes over one embedded store; the first query starts the first process."""

    def __init__(self, folder: Path, *, workers: int, queue: int, limits: Limits) -> None:
        self.isolation: tuple[str, ...] | None = None
        self._folder = folder
        self._limits = limits
        self._queue = queue
        self._free = threading.Condition()
        self._idle: deque[QueryProcess] = deque()
        self._unstarted = workers
        self._busy: set[QueryProcess] = set()
        self._waiting = 0
        self._closed = False

    def query(self, query: GraphQuery, *, timeout: float | None = None, charge: Charge | None = None) -> PoolAnswer:
        """Evaluate a query; see `node.storage.graphs.GraphStore.query`."""
        seconds = self._limits.timeout if timeout is None else timeout
        process = self._acquire(seconds)
        answer = PoolAnswer(self, process, query, self._limits, seconds, charge)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        return answer

    def release(self, process: QueryProcess, *, usable: bool) -> None:
        """Take a process back; one that is not usable is killed and replaced."""
        with self._free:
            self._busy.discard(process)
        if not usable or self._closed:
            process.kill()
        fresh = process if usable else None
        if fresh is None and not self._closed:
            try:
                fresh = self._start()
            except OSError:
                fresh = None  # tried again with the next query, which then has somebody to tell
        with self._free:
            if self._closed:
                if fresh is not None and fresh is not process:
                    fresh.kill()
            elif fresh is None:
                self._unstarted += 1
            else:
                self._idle.append(fresh)
            self._free.notify()

    def close(self) -> None:
        """Kill every process; answers under way break off."""
        with self._free:
            self._closed = True
            idle = list(self._idle)
            self._idle.clear()
            for process in self._busy:
                process.stop()
            self._free.notify_all()
        for process in idle:
            process.kill()

    def _acquire(self, seconds: float) -> QueryProcess:
        deadline = time.monotonic() + seconds
        with self._free:
            if not self._idle and not self._unstarted and self._waiting >= self._queue:
                raise Busy("every query process is at work and the queue is full", retry_after=math.ceil(seconds / 2))
            self._waiting += 1
            try:
                while not self._idle and not self._unstarted:
                    if not self._free.wait(deadline - time.monotonic()):
                        raise Busy("no query process came free in time", retry_after=math.ceil(seconds / 2))
                    if self._closed:
                        break
            finally:
                self._waiting -= 1
            if self._closed:
                raise StorageError("the graph store is closed")
            # The one used last has the warmest cache.
            process = self._idle.pop() if self._idle else None
            if process is None:
                self._unstarted -= 1
            elif not process.alive():
                process.kill()
                process = None
            if process is None:
                try:
                    process = self._start()
                except OSError as error:
                    self._unstarted += 1
                    raise StorageError(f"a query process does not start: {error.strerror}") from error
            self._busy.add(process)
            return process

    def _start(self) -> QueryProcess:
        return QueryProcess(self._folder, self._limits.memory_mb)


class PoolAnswer:
    """A `QueryAnswer` that a query process is writing."""

    def __init__(
        self,
        pool: QueryPool,
        process: QueryProcess,
        query: GraphQuery,
        limits: Limits,
        seconds: float,
        charge: Charge | None,
    ) -> None:
        self.kind: QueryKind = "solutions"
        self.media_type = query.media_type
        self.snapshot: str | None = None
        self.pid = process.pid
        self._pool = pool
        self._process: QueryProcess | None = process
        self._query = query
        self._limits = limits
        self._seconds = seconds
        self._began = time.monotonic()
        self._deadline = self._began + seconds
        self._charge = charge
        self._first: list[bytes] = []
        self._complete = False
        self._letting_go = threading.Lock()
        self._reading = threading.Lock()
        self._timer: threading.Timer | None = None

    @property
    def complete(self) -> bool:
        """See `QueryAnswer.complete`."""
        return self._complete

    def begin(self) -> None:
        """Send the query and wait for the first 64 KiB of its answer, or for all of it where it is shorter."""
        query = self._query
        request: dict[str, Any] = {
            "text": query.text,
            "media_type": query.media_type,
            "dataset": query.dataset,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "described": query.described,
            "max_rows": self._limits.max_rows,
            "max_bytes": self._limits.max_bytes,
            "timeout": self._seconds,
        }
        process = self._process
        assert process is not None
        try:
            process.send(request, self._deadline)
        except (Late, Died) as problem:
            self._fail(problem)
        while not self._first:
            kind, payload = self._receive()
            if kind == frames.HEAD:
                kind_of_answer, self.snapshot = frames.read_head(payload)
                self.kind = cast("QueryKind", kind_of_answer)
            elif kind == frames.DATA:
                self._first.append(payload)
        if len(self._first[0]) < frames.CHUNK:
            self._receive()  # END follows at once: all that can fail has not
        else:
            # A reader that stops reading must not keep a process: nobody would call `chunks` to find out.
            self._timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), self._expire)
            self._timer.daemon = True
            self._timer.start()

    def chunks(self) -> Iterator[bytes]:
        """See `QueryAnswer.chunks`."""
        try:
            yield from self._first
            self._first = []
            while not self._complete:
                kind, payload = self._receive()
                if kind == frames.DATA and payload:
                    yield payload
        finally:
            self.close()

    def close(self) -> None:
        """See `QueryAnswer.close`."""
        self._let_go(usable=False)

    def _receive(self) -> tuple[bytes, bytes]:
        with self._reading:
            process = self._process
            if process is None:
                self._fail(Late())
            try:
                kind, payload = process.receive(self._deadline)
            except (Late, Died) as problem:
                self._fail(problem)
        if kind == frames.READY:
            self._pool.isolation = tuple(json.loads(payload)["isolation"])
        elif kind == frames.END:
            self._complete = True
            self._let_go(usable=payload != frames.RETIRE)
        elif kind == frames.ERROR:
            error = json.loads(payload)
            self._let_go(usable=not error["retire"])
            self._refuse(error["error"], error["message"])
        return kind, payload

    def _let_go(self, *, usable: bool) -> None:
        with self._letting_go:
            process, self._process = self._process, None
        if self._timer is not None:
            self._timer.cancel()
        if process is not None:
            try:
                self._pool.release(process, usable=usable)
            finally:
                if self._charge is not None:
                    self._charge(time.monotonic() - self._began)

    def _expire(self) -> None:
        # Somebody reading right now meets the same deadline; closing the pipe under them could hand them another's.
        if self._reading.acquire(blocking=False):
            try:
                self._let_go(usable=False)
            finally:
                self._reading.release()

    def _fail(self, problem: Exception) -> NoReturn:
        self._let_go(usable=False)
        if isinstance(problem, Late):
            raise QueryTimeout(f"the query ran longer than {self._seconds:g} s and was stopped") from None
        if isinstance(problem, Died) and problem.out_of_memory:
            self._refuse("memory", "")
        raise StorageError("the query process ended unexpectedly") from problem

    def _refuse(self, error: str, message: str) -> NoReturn:
        limits = self._limits
        if error == "syntax":
            raise QueryRefused(message, advice="Correct the query at the position named.")
        if error == "unsupported":
            raise QueryRefused("the query uses a function or feature that the engine does not have")
        if error == "memory":
            raise QueryTooLarge(f"the query needed more than {limits.memory_mb} MiB of memory, or nests too deeply")
        if error == "rows":
            raise QueryTooLarge(f"the answer has more than {limits.max_rows} rows")
        if error == "bytes":
            raise QueryTooLarge(f"the answer has more than {limits.max_bytes} bytes")
        if error == "format":
            raise QueryRefused(f"{self._query.media_type} does not suit this form of query", status=406)
        raise StorageError("the query could not be evaluated")
