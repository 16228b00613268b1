"""Time limits for pure code: a pattern that explodes on one record must not hold up the others.

A record has one limit, and each check of it a part of that: where one is given up, the others still have their time.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Sized
from functools import cache, lru_cache
from types import FrameType, TracebackType


class OutOfTime(BaseException):
    """The time is over. No `Exception`, so that no library takes it for a trouble of its own and goes on."""


class StepOutOfTime(OutOfTime):
    """One step took its part of the time; there is some left for those after it."""


class deadline:  # noqa: N801 - reads as a statement
    """Raise `OutOfTime` in a `with` block after some seconds, and `StepOutOfTime` where one step of it takes too long.

    The alarm comes several times in the time there is. That costs a step nothing: the alarm looks whether steps were
    done since, and interrupts only what stands still.

    Works in a process's main thread, which is where pool workers work; elsewhere there is no limit, since only the main
    thread receives signals, and the log says so once. `re` looks for signals while it matches. A timer that was running
    goes on afterwards (what it has left is all the time there is), and a handler that somebody else installed is theirs
    again. Where there was none, ours stays: installing it for each record would take twice as long. An alarm that
    nobody expects ends the process as it always did, by `OutOfTime`.
    """

    __slots__ = (
        "_before", "_done", "_end", "_interval", "_limited", "_outer", "_over", "_remaining", "_seconds", "_seen",
        "_since", "_started",
    )  # fmt: skip

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._done: Sized | None = None
        self._over = False

    def steps(self, done: Sized) -> None:
        """From here on, interrupt a step that takes more than a quarter of the time.

        Args:
            done: grows with each step.
        """
        self._done, self._seen = done, -1

    def __enter__(self) -> deadline:
        global _current
        self._limited = threading.current_thread() is threading.main_thread()
        if not self._limited:
            _say_unlimited()
            return self
        self._before = signal.getsignal(signal.SIGALRM)
        if self._before is not _stop:
            signal.signal(signal.SIGALRM, _stop)
        self._started = now = time.monotonic()
        self._end = now + self._seconds
        self._outer = _current
        _current = self
        every = _every(self._seconds)
        self._remaining, self._interval = signal.setitimer(signal.ITIMER_REAL, every, every)
        if self._remaining:
            # Whoever is outside may have given less time; theirs is over right after.
            outer = self._outer._end if self._outer is not None else now + self._remaining
            if outer < self._end:
                self._end = outer
                every = _every(max(outer - now, _SOON))
                signal.setitimer(signal.ITIMER_REAL, every, every)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _current
        if not self._limited:
            return
        self._over = True  # at once: an alarm from here on would leave the timer running
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            _current = self._outer
            if self._before is not _stop and (callable(self._before) or self._before == signal.SIG_IGN):
                signal.signal(signal.SIGALRM, self._before)
            if self._remaining:
                left = self._remaining - (time.monotonic() - self._started)
                signal.setitimer(signal.ITIMER_REAL, max(left, _SOON), self._interval)

    def _alarm(self) -> None:
        if self._over:
            return
        now = time.monotonic()
        if now >= self._end - _SOON:
            # Again only after a while, should this one be dropped: what was read is let go of on the way out.
            signal.setitimer(signal.ITIMER_REAL, _AGAIN, _AGAIN)
            raise OutOfTime
        if self._done is None:
            return
        done = len(self._done)
        if done != self._seen:
            self._seen, self._since = done, now
        elif now - self._since >= self._seconds / 4 - _SOON:
            # Whoever catches it may go on within the same step, which then has as much time again.
            self._seen = -1
            raise StepOutOfTime


@lru_cache(maxsize=64)
def _every(seconds: float) -> float:
    # At least once a second: where an alarm falls into code whose exceptions are dropped (a callback of the garbage
    # collector), the next does its work.
    return seconds / max(_ALARMS, math.ceil(seconds))


_ALARMS = 20
_SOON = 0.001
_AGAIN = 2.0
_current: deadline | None = None


def _stop(number: int, frame: FrameType | None) -> None:
    if _current is None:
        raise OutOfTime
    _current._alarm()


@cache
def _say_unlimited() -> None:
    # Loaded where there is something to say: most commands that validate log nothing.
    from node.telemetry import logger

    logger(__name__).warning(
        "records are judged outside a main thread, where a check that takes too long is not ended",
        advice="Use [compute] executor = processes; with Dask, take shapes files from people you trust.",
    )
