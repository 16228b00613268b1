"""How often, how many at once, and for how long strangers may ask; and who counts as one of them."""

from __future__ import annotations

import threading

import pytest

from node.visitor_errors import PreflightTimeout, TooManyRequests
from node.web.visits import Visits, client_of


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_has_its_share_at_once_or_one_by_one() -> None:
    clock = Clock()
    visits = Visits(4, 1, clock=clock)
    for _ in range(4):
        visits.admit("a")

    with pytest.raises(TooManyRequests) as refused:
        visits.admit("a")
    assert refused.value.retry_after is not None
    clock.now += refused.value.retry_after
    visits.admit("a")
    with pytest.raises(TooManyRequests):
        visits.admit("a")


def test_a_request_that_is_refused_does_not_count() -> None:
    clock = Clock()
    visits = Visits(1, 1, clock=clock)
    visits.admit("a")
    for _ in range(100):
        with pytest.raises(TooManyRequests):
            visits.admit("a")

    clock.now += 3600

    visits.admit("a")


def test_one_client_is_no_others_business() -> None:
    visits = Visits(1, 1, clock=Clock())
    visits.admit("a")

    visits.admit("b")

    with pytest.raises(TooManyRequests):
        visits.admit("a")


def test_however_many_clients_come_so_many_are_remembered() -> None:
    visits = Visits(1, 1, clients=10, clock=Clock())
    for number in range(1000):
        visits.admit(str(number))

    assert len(visits._paid) == 10


def test_what_the_work_raises_is_raised_and_its_place_is_free_again() -> None:
    visits = Visits(1, 1)

    def fail() -> None:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            visits.run(fail, 5)
    assert visits.run(lambda: 7, 5) == 7


def test_work_that_takes_too_long_is_left_and_counts_until_it_ends() -> None:
    visits = Visits(1, 1)
    go_on, ended = threading.Event(), threading.Event()

    def wait() -> None:
        go_on.wait(20)
        ended.set()

    with pytest.raises(PreflightTimeout):
        visits.run(wait, 0.05)
    with pytest.raises(TooManyRequests):
        visits.run(lambda: None, 5)

    go_on.set()
    assert ended.wait(5)
    for _ in range(100):
        try:
            visits.run(lambda: None, 5)
            break
        except TooManyRequests:
            threading.Event().wait(0.01)
    else:
        pytest.fail("the place was not given back")


@pytest.mark.parametrize(
    ("address", "route", "proxies", "client"),
    [
        ("192.0.2.1", [], 0, "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.9"], 0, "192.0.2.1"),
        ("127.0.0.1", ["198.51.100.9"], 1, "198.51.100.9"),
        ("127.0.0.1", ["10.9.9.9", "198.51.100.9"], 1, "198.51.100.9"),
        ("127.0.0.1", ["10.9.9.9", "198.51.100.9", "203.0.113.5"], 2, "198.51.100.9"),
        ("127.0.0.1", ["198.51.100.9"], 2, "198.51.100.9"),
        ("127.0.0.1", [], 1, "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], 0, "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], 0, "fe80::/64"),
        (None, [], 0, ""),
        ("127.0.0.1", ["x" * 1000], 1, "x" * 64),
    ],
)
def test_a_client_is_told_by_its_address_and_behind_proxies_by_what_they_saw(
    address: str | None, route: list[str], proxies: int, client: str
) -> None:
    assert client_of(address, route, proxies) == client
