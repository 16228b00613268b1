"""A deadline that ends a request from outside: a host that sends a byte now and then never runs into a timeout."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_IDLE = 1.0


class Watch:
    """Watches one request after the other, in a thread that is kept between them and leaves when nothing comes.

    Args:
        end: ends the request under way; called in the watching thread.

    Attributes:
        expired: the last request's time was over before it was.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self.expired = False
        self._end = end
        self._due: float | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        """Watch a request that has so many seconds."""
        with self._changed:
            self.expired, self._due = False, time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadline", daemon=True)
                self._thread.start()
            elif seconds < _IDLE:
                # Otherwise the thread looks again in time by itself, and a page costs no change of threads.
                self._changed.notify()

    def over(self) -> None:
        """Say that the request has ended."""
        with self._changed:
            self._due = None

    def _run(self) -> None:
        with self._changed:
            while True:
                if self._due is None:
                    self._changed.wait(_IDLE)
                    if self._due is None:
                        self._thread = None
                        return
                left = self._due - time.monotonic()
                if left <= 0:
                    self.expired, self._due = True, None
                    self._end()
                else:
                    self._changed.wait(min(left, _IDLE))
