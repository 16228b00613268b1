"""The pace of requests to one host, shared by everybody in a process who asks it."""

from __future__ import annotations

import threading

from node.harvest.pace import Pace


class Time:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def test_two_requests_to_one_host_are_kept_apart_and_those_to_others_are_not() -> None:
    clock = Time()
    pace = Pace(2.0, sleep=clock.sleep, clock=clock.clock)

    for host in ("a.example", "b.example", "a.example", "c.example", "a.example"):
        pace.keep(host)

    assert clock.slept == [2.0, 2.0]


def test_time_that_has_passed_is_not_waited_for_again() -> None:
    clock = Time()
    pace = Pace(2.0, sleep=clock.sleep, clock=clock.clock)
    pace.keep("a.example")
    clock.now += 1.5
    pace.keep("a.example")
    clock.now += 60

    pace.keep("a.example")

    assert clock.slept == [0.5]


def test_no_pace_waits_for_nothing() -> None:
    clock = Time()
    pace = Pace(0.0, sleep=clock.sleep, clock=clock.clock)

    for _ in range(3):
        pace.keep("a.example")

    assert clock.slept == []


def test_threads_that_wait_together_do_not_ask_together() -> None:
    slept: list[float] = []
    pace = Pace(2.0, sleep=slept.append, clock=lambda: 1000.0)

    threads = [threading.Thread(target=pace.keep, args=("a.example",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(slept) == [2.0, 4.0, 6.0, 8.0, 10.0]


def test_hosts_long_free_are_forgotten() -> None:
    clock = Time()
    pace = Pace(1.0, sleep=clock.sleep, clock=clock.clock)
    for number in range(10_001):
        pace.keep(f"{number}.example")
    clock.now += 10

    pace.keep("last.example")

    assert len(pace._free) == 1
