"""One thread that answers the plain queries of all kept connections, as they come.

Threads that answer short queries spend most of their time on waking each other: each call that may wait lets another
thread run, and waits for its turn afterwards. So a connection that has asked a plain query (`node.web.sparql_straight`)
is watched here. The next one it asks is read, handed to a query process and answered by this thread, which never waits
for one client or one query. Whatever else it asks goes to the server's threads, unread.
"""

from __future__ import annotations

import math
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gunicorn.http.wsgi

from node.errors import Busy
from node.storage.graphs.embedded import EmbeddedGraphs
from node.storage.graphs.pool_answer import PoolAnswer
from node.storage.graphs.query_pool import QueryPool, Waiter
from node.storage.graphs.query_process import QueryProcess
from node.telemetry import logger
from node.web.query_shares import Share
from node.web.sparql import FAILED
from node.web.sparql_answers import Answered
from node.web.sparql_straight import Question, Straight
from node.web.straight_send import LONGEST, Server, send

_BEGINNING, _END = b"GET /sparql?", b"\r\n\r\n"
_TICK = 0.5  # seconds between two looks at what has taken too long
# A thread waits for what such a request brings or is told, and throws away what nobody read (RFC 9112, section 9.3).
_MORE = frozenset(("CONTENT-LENGTH", "TRANSFER-ENCODING", "EXPECT"))
_log = logger("web")
_create: Any = gunicorn.http.wsgi.create  # gunicorn has no types


@dataclass(eq=False, slots=True)
class _Asked:
    """A query of a connection, from the moment it has been read until it is answered."""

    conn: Any
    response: Any
    environ: dict[str, Any]
    question: Question
    pool: QueryPool
    share: Share
    began: float
    deadline: float
    turn: Waiter | None = None
    answer: PoolAnswer | None = None


class StraightLoop:
    """The thread and what it watches; nothing but `adopt` is for other threads."""

    def __init__(self, server: Server, straight: Straight) -> None:
        self._server = server
        self._straight = straight
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._calls: deque[Callable[[], None]] = deque()
        self._watched: dict[int, Callable[[], None]] = {}
        self._idle: dict[Any, float] = {}
        self._under_way: set[_Asked] = set()
        self._thread = threading.Thread(target=self._run, name="straight", daemon=True)
        self._thread.start()

    def adopt(self, conn: Any) -> None:
        """Watch a connection whose last request has been answered."""
        self._call(lambda: self._wait_for(conn))

    def _call(self, call: Callable[[], None]) -> None:
        self._calls.append(call)
        if threading.current_thread() is not self._thread:
            os.eventfd_write(self._bell, 1)

    def _run(self) -> None:
        try:
            self._answer_for_good()
        finally:
            self._server.alive = False  # nobody is left to answer these connections: another server has to

    def _answer_for_good(self) -> None:
        last = time.monotonic()
        while True:
            for descriptor, _ in self._epoll.poll(0 if self._calls else _TICK):
                if descriptor == self._bell:
                    os.eventfd_read(self._bell)
                elif descriptor in self._watched:  # not any more, where an event before this one took it away
                    self._guarded(self._watched[descriptor])
            for _ in range(len(self._calls)):
                self._guarded(self._calls.popleft())
            if time.monotonic() - last > _TICK:
                last = time.monotonic()
                self._guarded(self._look_at_clock)

    @staticmethod
    def _guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            _log.exception("a query could not be answered")

    def _watch(self, descriptor: int, call: Callable[[], None]) -> None:
        self._epoll.register(descriptor, select.EPOLLIN)
        self._watched[descriptor] = call

    def _let_be(self, descriptor: int) -> None:
        del self._watched[descriptor]
        self._epoll.unregister(descriptor)

    # Of a connection: it is idle, or has a query under way, or is the server's.

    def _wait_for(self, conn: Any) -> None:
        self._watch(conn.sock.fileno(), lambda: self._readable(conn))
        self._idle[conn] = time.monotonic()

    def _no_longer_idle(self, conn: Any) -> None:
        self._let_be(conn.sock.fileno())
        del self._idle[conn]

    def _readable(self, conn: Any) -> None:
        self._no_longer_idle(conn)
        try:
            data = conn.sock.recv(LONGEST, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return self._wait_for(conn)
        except OSError:
            data = b""
        if not data:
            return self._server.closed(conn)
        try:
            asked = self._read(conn, data)
        except Exception:
            asked = None  # whatever is wrong, a thread finds it too, and says so
        if asked is None:
            conn.parser.unreader.unread(data)
            return self._server.give_back(conn)
        self._under_way.add(asked)
        try:
            same = asked.question.unchanged()
        except Exception as error:
            return self._failed(asked, error)
        if same is None:
            return self._take_turn(asked)
        asked.share.end()
        return self._answered(asked, same)

    def _read(self, conn: Any, data: bytes) -> _Asked | None:
        """Return the query that a client asks, if it is plain, whole and alone; raises whatever is wrong with it."""
        if not data.startswith(_BEGINNING) or data.find(_END) != len(data) - len(_END):
            return None
        conn.parser.unreader.unread(data)
        try:
            request = next(conn.parser)
        finally:
            conn.parser.unreader.take_buffered()
            conn.parser.mesg = None
        if request.should_close() or any(name in _MORE for name, _ in request.headers):
            return None
        response, environ = _create(request, conn.sock, conn.client, conn.server, self._server.cfg)
        question = self._straight.question(environ)
        if question is None or not isinstance(question.graphs, EmbeddedGraphs):
            return None
        share = self._straight.shares.take_now(question.asking.client)
        if share is None:
            return None
        pool = question.graphs.pool
        deadline = time.monotonic() + pool.limits.timeout
        return _Asked(conn, response, environ, question, pool, share, time.perf_counter(), deadline)

    # Of a query: its turn comes, a process has it, its answer has begun.

    def _take_turn(self, asked: _Asked) -> None:
        asked.turn = lambda process: self._call(lambda: self._ask(asked, process))
        try:
            process = asked.pool.take(asked.turn)
        except Exception as error:
            return self._failed(asked, error)
        return None if process is None else self._ask(asked, process)

    def _ask(self, asked: _Asked, process: QueryProcess | None) -> None:
        query, pool = asked.question.query, asked.pool
        try:
            answer = PoolAnswer(pool, process or pool.start(), query, pool.limits.timeout, asked.share.end)
            asked.answer, asked.deadline = answer, answer.deadline
            answer.send()
        except Exception as error:
            return self._failed(asked, error)
        return self._watch(answer.descriptor, lambda: self._received(asked))

    def _received(self, asked: _Asked, *, late: bool = False) -> None:
        answer = asked.answer
        assert answer is not None
        self._let_be(answer.descriptor)  # the next query of this process may be another thread's
        try:
            if late:
                answer.receive()  # which finds that it is
            else:
                answer.take_in()  # part of it may be all for now, which is no reason to wait
            found = asked.question.answered_with(answer) if answer.begun else None
        except Exception as error:
            return self._failed(asked, error)
        if found is None:
            return self._watch(answer.descriptor, lambda: self._received(asked))
        return self._answered(asked, found)

    def _answered(self, asked: _Asked, found: Answered) -> None:
        self._under_way.discard(asked)
        try:
            self._straight.begin(found, asked.response.start_response, asked.began)
            if not isinstance(found.body, bytes) or len(found.body) > LONGEST:
                return self._server.stream(asked.conn, asked.response, found)
            return self._send(asked, found.body)
        except Exception:
            self._server.closed(asked.conn)
            raise

    def _failed(self, asked: _Asked, error: Exception) -> None:
        """Send what the application says of it."""
        self._under_way.discard(asked)
        if asked.answer is not None:
            asked.answer.close()
        asked.share.end()
        asked.environ[FAILED] = asked.question.worded(error)
        try:
            body = self._straight.around(asked.environ, asked.response.start_response)
            try:
                whole = b"".join(body)
            finally:
                getattr(body, "close", lambda: None)()
            return self._send(asked, whole)
        except Exception:
            self._server.closed(asked.conn)
            raise

    def _send(self, asked: _Asked, body: bytes) -> None:
        if send(self._server, asked.conn, asked.response, body):
            self._wait_for(asked.conn)

    def _look_at_clock(self) -> None:
        now = time.monotonic()
        for conn, since in list(self._idle.items()):
            if now - since > self._server.cfg.keepalive:  # a server that stops waits no less: a request may be coming
                self._no_longer_idle(conn)
                self._server.closed(conn)
        for pool in {asked.pool for asked in self._under_way if asked.answer is None}:
            pool.make_room()
        for asked in [asked for asked in self._under_way if now > asked.deadline]:
            if asked.answer is not None:
                self._received(asked, late=True)
            elif asked.turn is not None and asked.pool.forget(asked.turn):
                wait = math.ceil(asked.pool.limits.timeout / 2)
                self._failed(asked, Busy("no query process came free in time", retry_after=wait))
