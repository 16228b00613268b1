"""A worker of gunicorn whose threads wait a moment for the next request of the connection that they have just answered.

gunicorn's own gives a connection back to its main thread after each answer, which hands it to a thread again when the
next request is there: two more changes of thread for each of the short queries that a federating client sends in a row.
"""

from __future__ import annotations

import select
import threading
from typing import Any

from gunicorn.workers import gthread

_MOMENT = 5  # milliseconds; a client that asks in a row is back in less

_Base: Any = gthread.ThreadWorker  # gunicorn has no types


class LingeringWorker(_Base):  # type: ignore[misc]
    """Threads that linger: at most half of them, so that the others are there for who has waited longer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lingering = 0
        self._counting = threading.Lock()

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow it at once; return whether the connection is to be kept."""
        while True:
            kept = super().handle(conn)
            if kept is not True or not self.alive or not self._asks_again(conn):
                return kept

    def _asks_again(self, conn: Any) -> bool:
        with self._counting:
            if self._lingering >= self.cfg.threads // 2:
                return False
            self._lingering += 1
        try:
            readable = select.poll()
            readable.register(conn.sock, select.POLLIN)
            return bool(readable.poll(_MOMENT))
        finally:
            with self._counting:
                self._lingering -= 1
