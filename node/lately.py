"""What was found to hold a moment ago and is not looked up again: for questions that every request asks of SQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable


class Lately:
    """Conditions that held when they were last looked at; that one did not hold is never remembered.

    Threads share it without a lock: two that ask at once both look.

    Args:
        seconds: how long a condition counts as holding without another look.
        clock: seconds that only ever move forward.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._held: dict[Hashable, tuple[Hashable, float]] = {}

    def holds(self, what: Hashable, under: Hashable, look: Callable[[], bool]) -> bool:
        """Return whether a condition holds.

        Args:
            what: the condition; there are few of them, and each is remembered once.
            under: what it was looked at under, such as the day; under another one it is looked at again.
            look: tells whether it holds.
        """
        # Before the look, so that it counts from when it was true.
        now = self._clock()
        known = self._held.get(what)
        if known is not None and known[0] == under and now < known[1]:
            return True
        if not look():
            self._held.pop(what, None)
            return False
        self._held[what] = under, now + self._seconds
        return True
