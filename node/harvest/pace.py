"""Pace: the least time between two requests to one host, whichever sources a process asks there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_MANY = 10_000


class Pace:
    """Keeps requests to one host apart; shared by all that a process fetches, from any thread.

    Args:
        seconds: least time between the beginnings of two requests to one host; 0 keeps none apart.
        sleep, clock: the world's time, in seconds; `clock` only ever moves forward.
    """

    def __init__(
        self,
        seconds: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._free: dict[str, float] = {}

    def keep(self, host: str) -> None:
        """Wait until the host may be asked again."""
        if not self._seconds:
            return
        with self._lock:
            now = self._clock()
            if len(self._free) > _MANY:
                self._free = {name: free for name, free in self._free.items() if free > now}
            # Whoever comes takes the next free moment, so that those who wait together do not ask together.
            turn = max(now, self._free.get(host, now))
            self._free[host] = turn + self._seconds
        if turn > now:
            self._sleep(turn - now)
