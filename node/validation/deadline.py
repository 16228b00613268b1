"""A time limit for pure code: a pattern that explodes on one record must not hold up the others."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType


class OutOfTime(BaseException):
    """The time is over. No `Exception`, so that no library takes it for a trouble of its own and goes on."""


class deadline:  # noqa: N801 - reads as a statement
    """Raise `OutOfTime` in a `with` block after some seconds.

    Works in a process's main thread, which is where pool workers work; elsewhere there is no limit, since only the main
    thread receives signals. `re` looks for signals while it matches. A timer that was running goes on afterwards (what
    it has left is all the time there is), and a handler that somebody else installed is theirs again. Where there was
    none, ours stays: installing it for each record would take twice as long. An alarm that nobody expects ends the
    process as it always did, by `OutOfTime`.
    """

    __slots__ = ("_before", "_interval", "_limited", "_remaining", "_seconds", "_started")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._limited = threading.current_thread() is threading.main_thread()
        if not self._limited:
            return
        self._before = signal.getsignal(signal.SIGALRM)
        if self._before is not _stop:
            signal.signal(signal.SIGALRM, _stop)
        self._remaining, self._interval = signal.setitimer(signal.ITIMER_REAL, self._seconds, _AGAIN)
        if self._remaining:
            self._started = time.monotonic()
            if self._remaining < self._seconds:
                # Whoever is outside gave less time; theirs is over right after.
                signal.setitimer(signal.ITIMER_REAL, self._remaining, _AGAIN)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._limited:
            return
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            if self._before is not _stop and (callable(self._before) or self._before == signal.SIG_IGN):
                signal.signal(signal.SIGALRM, self._before)
            if self._remaining:
                left = self._remaining - (time.monotonic() - self._started)
                signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), self._interval)


# Where the alarm falls into code whose exceptions are dropped (a callback of the garbage collector), it comes again.
_AGAIN = 1.0


def _stop(number: int, frame: FrameType | None) -> None:
    raise OutOfTime
