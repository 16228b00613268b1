"""The time limit of a record: it ends what runs too long, and leaves timers and handlers of others as they were."""

from __future__ import annotations

import signal
import time
from types import FrameType

import pytest

from node.validation.deadline import OutOfTime, deadline


def test_a_deadline_gives_back_the_timer_it_found() -> None:
    fired: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: fired.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(OutOfTime), deadline(0.05):
            time.sleep(5)
        time.sleep(0.5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert fired == [signal.SIGALRM]


def test_a_deadline_gives_back_the_handler_it_found() -> None:
    def theirs(number: int, frame: FrameType | None) -> None:
        """Belongs to somebody else."""

    before = signal.signal(signal.SIGALRM, theirs)
    try:
        with deadline(5), deadline(5):
            assert signal.getsignal(signal.SIGALRM) is not theirs
        assert signal.getsignal(signal.SIGALRM) is theirs
        with pytest.raises(OutOfTime), deadline(0.05):
            time.sleep(5)
        assert signal.getsignal(signal.SIGALRM) is theirs
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_deadline_holds_again_after_another_and_inside_another() -> None:
    for _ in range(2):
        with pytest.raises(OutOfTime), deadline(0.05):
            time.sleep(5)
    started = time.monotonic()

    with pytest.raises(OutOfTime), deadline(0.2):
        with pytest.raises(OutOfTime), deadline(0.05):
            time.sleep(5)
        with deadline(5):
            pass
        time.sleep(5)

    assert 0.1 < time.monotonic() - started < 4
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
