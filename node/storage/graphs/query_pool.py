"""A pool of query processes that can be killed: one query each at a time, and who waits for one is given it in turn.

A killed or worn process is replaced at once. Threads share the pool; one answer belongs to one thread at a time.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from node.errors import Busy, StorageError
from node.storage.graphs import Charge, GraphQuery
from node.storage.graphs.pool_answer import PoolAnswer
from node.storage.graphs.query_process import Limits, QueryProcess

Waiter = Callable[[QueryProcess | None], None]
"""Called, once and by any thread, with the process that is somebody's turn; `None` where they may start one."""

_STANDSTILL = 5.0  # seconds; the server gives a client four for each 64 KiB (`node.web.patience`)


class QueryPool:
    """Query processes over one embedded store; the first query starts the first process."""

    def __init__(self, folder: Path, *, workers: int, queue: int, limits: Limits) -> None:
        self.isolation: tuple[str, ...] | None = None
        self.limits = limits
        self._folder = folder
        self._queue = queue
        self._lock = threading.Lock()
        self._idle: deque[QueryProcess] = deque()
        self._unstarted = workers
        self._busy: set[QueryProcess] = set()
        self._waiting: deque[Waiter] = deque()
        self._delivering: set[PoolAnswer] = set()
        self._closed = False

    def query(self, query: GraphQuery, *, timeout: float | None = None, charge: Charge | None = None) -> PoolAnswer:
        """Evaluate a query; see `node.storage.graphs.GraphStore.query`."""
        seconds = self.limits.timeout if timeout is None else timeout
        turn = _Turn()
        process = self.take(turn.give) or self._in_turn(turn, seconds)
        answer = PoolAnswer(self, process, query, seconds, charge)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        return answer

    def take(self, waiter: Waiter) -> QueryProcess | None:
        """Return a process that is free, or have the waiter given one when it is their turn.

        Raises:
            Busy: the queue is full.
            StorageError: the pool is closed, or no process can be started.
        """
        with self._lock:
            if self._closed:
                raise StorageError("the graph store is closed")
            # The one used last has the warmest cache.
            process = self._idle.pop() if self._idle else None
            if process is None and not self._unstarted:
                if len(self._waiting) >= self._queue:
                    raise self._full("every query process is at work and the queue is full", self.limits.timeout)
                self._waiting.append(waiter)
                return None
            if process is None:
                self._unstarted -= 1
            else:
                self._busy.add(process)
        if process is not None and not process.alive():
            with self._lock:
                self._busy.discard(process)
            process.kill()
            process = None
        return process or self.start()

    def start(self) -> QueryProcess:
        """Return a process in the place of one that is no more.

        Raises:
            StorageError: it does not start, or the pool is closed.
        """
        try:
            process = QueryProcess(self._folder, self.limits)
        except OSError as error:
            self._vacate()
            raise StorageError(f"a query process does not start: {error.strerror}") from error
        with self._lock:
            if not self._closed:
                self._busy.add(process)
                return process
        process.kill()
        raise StorageError("the graph store is closed")

    def forget(self, waiter: Waiter) -> bool:
        """Have a waiter wait no longer; `False` where they have been given their turn already."""
        with self._lock:
            if waiter not in self._waiting:
                return False
            self._waiting.remove(waiter)
            return True

    def delivering(self, answer: PoolAnswer) -> None:
        """Know of an answer that its reader takes in parts."""
        with self._lock:
            self._delivering.add(answer)

    def delivered(self, answer: PoolAnswer) -> None:
        """Know that it no longer has a process."""
        with self._lock:
            self._delivering.discard(answer)

    def make_room(self) -> None:
        """End answers that nobody has read on in for long; for who waits to call, about once a second."""
        with self._lock:
            unread = [answer for answer in self._delivering if answer.unread() > _STANDSTILL]
        for answer in unread:
            answer.cut()

    def release(self, process: QueryProcess, *, usable: bool) -> None:
        """Take a process back; one that is not usable is killed and replaced."""
        with self._lock:
            self._busy.discard(process)
            closed = self._closed
        if closed or not usable:
            process.kill()
        if closed:
            return
        if not usable:
            try:
                process = self.start()
            except StorageError:
                return  # tried again with the next query, which then has somebody to tell
        waiter = None
        with self._lock:
            closed = self._closed
            if not closed and self._waiting:
                self._busy.add(process)
                waiter = self._waiting.popleft()
            elif not closed:
                self._busy.discard(process)
                self._idle.append(process)
        if waiter is not None:
            waiter(process)  # whose query finds it dead where the pool has been closed since
        elif closed:
            process.kill()

    def close(self) -> None:
        """Kill every process; answers under way break off."""
        with self._lock:
            self._closed = True
            idle, waiting = list(self._idle), list(self._waiting)
            self._idle.clear()
            self._waiting.clear()
            for process in self._busy:
                process.stop()
        for process in idle:
            process.kill()
        for waiter in waiting:
            waiter(None)

    def _in_turn(self, turn: _Turn, seconds: float) -> QueryProcess:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not turn.wait(min(left, 1.0)):
            self.make_room()
        if left <= 0:
            if self.forget(turn.give):
                raise self._full("no query process came free in time", seconds)
            turn.wait(-1)  # it is being given this very moment
        return turn.process or self.start()

    def _vacate(self) -> None:
        with self._lock:
            waiter = self._waiting.popleft() if self._waiting else None
            if waiter is None:
                self._unstarted += 1
        if waiter is not None:
            waiter(None)

    @staticmethod
    def _full(message: str, seconds: float) -> Busy:
        return Busy(message, retry_after=math.ceil(seconds / 2))


class _Turn:
    """A thread's place in the queue."""

    def __init__(self) -> None:
        self.process: QueryProcess | None = None
        self._given = threading.Lock()
        self._given.acquire()

    def give(self, process: QueryProcess | None) -> None:
        self.process = process
        self._given.release()

    def wait(self, seconds: float) -> bool:
        return self._given.acquire(timeout=seconds)
