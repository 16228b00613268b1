"""An answer that a query process is writing: its beginning is waited for, its rest is read as it comes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn, Protocol, cast

from node.errors import QueryRefused, QueryTimeout, QueryTooLarge, StorageError
from node.storage.graphs import Charge, GraphQuery, QueryKind, frames
from node.storage.graphs.query_process import Died, Late, Limits, QueryProcess


class Pool(Protocol):
    """What an answer needs of the pool that its process belongs to (`node.storage.graphs.query_pool`)."""

    limits: Limits
    isolation: tuple[str, ...] | None

    def release(self, process: QueryProcess, *, usable: bool) -> None: ...
    def delivering(self, answer: PoolAnswer) -> None: ...
    def delivered(self, answer: PoolAnswer) -> None: ...


class PoolAnswer:
    """A `QueryAnswer` that a query process is writing."""

    def __init__(
        self,
        pool: Pool,
        process: QueryProcess,
        query: GraphQuery,
        seconds: float,
        charge: Charge | None,
    ) -> None:
        self.kind: QueryKind = "solutions"
        self.media_type = query.media_type
        self.snapshot: str | None = None
        self.pid = process.pid
        self._pool = pool
        self._process: QueryProcess | None = process
        self._descriptor = process.descriptor
        self._query = query
        self._limits = pool.limits
        self._seconds = seconds
        self._began = time.monotonic()
        self._deadline = self._began + seconds
        self._charge = charge
        self._first: list[bytes] = []
        self._complete = False
        self._letting_go = threading.Lock()
        self._reading = threading.Lock()
        self._timer: threading.Timer | None = None
        self._handed: float | None = None

    @property
    def complete(self) -> bool:
        """See `QueryAnswer.complete`."""
        return self._complete

    @property
    def begun(self) -> bool:
        """The first 64 KiB have arrived, or all of it where it is shorter."""
        return self._complete or bool(self._first and len(self._first[0]) >= frames.CHUNK)

    @property
    def deadline(self) -> float:
        """When it is stopped, on the monotonic clock, seconds."""
        return self._deadline

    @property
    def descriptor(self) -> int:
        """What can be read when there is something to `receive`."""
        return self._descriptor

    def begin(self) -> None:
        """Send the query and wait until the answer has begun."""
        self.send()
        while not self.begun:
            self.receive()

    def send(self) -> None:
        """Send the query."""
        query = self._query
        request: dict[str, Any] = {
            "text": query.text,
            "media_type": query.media_type,
            "timeout": self._seconds,
        }
        if query.dataset:
            request["dataset"] = {
                "default_graphs": query.default_graphs,
                "named_graphs": query.named_graphs,
                "described": query.described,
            }
        process = self._process
        assert process is not None
        try:
            process.send(request, self._deadline)
        except (Late, Died) as problem:
            self._fail(problem)

    def take_in(self) -> None:
        """Take in what has come, and wait for no more of it; for who knows that something has."""
        process = self._process
        assert process is not None
        try:
            process.take_in()
        except Died as problem:
            self._fail(problem)
        if process.has_frame():
            self.receive()

    def receive(self) -> None:
        """Take in the next frame, waiting for it, and those that have come with it."""
        kind, payload = self._receive()
        while True:
            if kind == frames.HEAD:
                kind_of_answer, self.snapshot = frames.read_head(payload)
                self.kind = cast("QueryKind", kind_of_answer)
            elif kind == frames.DATA:
                self._first.append(payload)
            process = self._process
            if self.begun or process is None or not process.has_frame():
                break
            kind, payload = self._receive()
        if self.begun and not self._complete:
            # A reader that stops reading must not keep a process: nobody would call `chunks` to find out.
            self._timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), self.cut)
            self._timer.daemon = True
            self._timer.start()
            self._pool.delivering(self)

    def chunks(self) -> Iterator[bytes]:
        """See `QueryAnswer.chunks`."""
        try:
            for part in self._parts():
                self._handed = time.monotonic()
                yield part
                self._handed = None
        finally:
            self.close()

    def _parts(self) -> Iterator[bytes]:
        first, self._first = self._first, []
        yield from first
        while not self._complete:
            kind, payload = self._receive()
            if kind == frames.DATA and payload:
                yield payload

    def close(self) -> None:
        """See `QueryAnswer.close`."""
        self._let_go(usable=False)

    def unread(self) -> float:
        """Return how many seconds ago its reader was given a part, and has not come for the next."""
        handed = self._handed
        return 0.0 if handed is None else time.monotonic() - handed

    def cut(self) -> None:
        """End it under a reader that does not read; who reads on finds that it was too late."""
        # Somebody reading right now meets the deadline; closing the pipe under them could hand them another's.
        if self._reading.acquire(blocking=False):
            try:
                self._let_go(usable=False)
            finally:
                self._reading.release()

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
            self._pool.delivered(self)
        if process is not None:
            try:
                self._pool.release(process, usable=usable)
            finally:
                if self._charge is not None:
                    self._charge(time.monotonic() - self._began)

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
        if error == "name":
            raise QueryRefused("the answer has a property after which no XML element can be named", status=406)
        if error == "format":
            raise QueryRefused(f"{self._query.media_type} does not suit this form of query", status=406)
        raise StorageError("the query could not be evaluated")
