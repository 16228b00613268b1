"""Query time is shared out in seconds: who used theirs waits, and nobody else does."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from node.errors import Busy
from node.settings import Settings, SparqlSettings, VisitorSettings
from node.web.query_shares import QueryShares
from node.web.server import THREADS
from tests.servers.sparql_endpoint import create_endpoint

SETTINGS = SparqlSettings(workers=2, queue=6, timeout=5, client_queries=3, client_seconds=30, client_burst=60)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_that_used_its_seconds_is_told_when_it_has_some_again() -> None:
    clock = Clock()
    shares = QueryShares(SETTINGS, clock=clock)
    for _ in range(3):
        shares.take("a").end(25)  # 75 of 60 seconds

    with pytest.raises(Busy) as busy:
        shares.take("a")
    shares.take("b").end()

    assert busy.value.status == 429
    assert busy.value.retry_after == 31  # 15 s are owed, half a second comes back each second
    clock.now = 30.0
    with pytest.raises(Busy):
        shares.take("a")
    clock.now = 31.0
    shares.take("a").end()


def test_requests_that_cost_nothing_are_never_too_many() -> None:
    shares = QueryShares(SETTINGS, clock=Clock())

    for _ in range(5000):
        shares.take("a").end(0.0002)


def test_nothing_is_saved_up_beyond_the_burst() -> None:
    clock = Clock()
    shares = QueryShares(SETTINGS, clock=clock)
    shares.take("a").end()
    clock.now = 1e6

    shares.take("a").end(61)

    with pytest.raises(Busy):
        shares.take("a")


def test_one_client_never_has_the_last_worker_and_no_more_than_its_queries_wait() -> None:
    shares = QueryShares(SETTINGS)
    running = shares.take("a")
    waiting = [threading.Thread(target=lambda: shares.take("a").end()) for _ in range(2)]
    for thread in waiting:
        thread.start()
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            shares.take("a")
        except Busy as busy:
            assert busy.retry_after == 1
            break
    else:
        raise AssertionError("a fourth query was let in")

    shares.take("b").end()
    assert all(thread.is_alive() for thread in waiting)
    running.end()
    for thread in waiting:
        thread.join(5)

    assert not any(thread.is_alive() for thread in waiting)


def test_a_share_that_is_ended_twice_counts_once() -> None:
    shares = QueryShares(SETTINGS, clock=Clock())
    share = shares.take("a")
    share.add(20)

    share.end(20)
    share.end(20)

    shares.take("a").end(19)
    shares.take("a").end()


def test_who_waits_in_vain_is_told_so_and_holds_nothing() -> None:
    shares = QueryShares(SETTINGS.model_copy(update={"timeout": 0.01}))
    running = shares.take("a")

    with pytest.raises(Busy, match="still running"):
        shares.take("a")
    running.end()

    shares.take("a").end()


def test_all_clients_together_hold_no_more_than_workers_and_queue() -> None:
    shares = QueryShares(SETTINGS)
    taken = [shares.take(f"client {number}") for number in range(8)]

    with pytest.raises(Busy, match="others"):
        shares.take("one more")
    taken[0].end()

    shares.take("one more").end()


def test_row_48_who_has_no_query_time_left_gets_a_429_that_says_when(tmp_path: Path) -> None:
    limits = SparqlSettings(client_burst=1e-9, client_seconds=0.001)
    app = create_endpoint(Settings(home=tmp_path, sparql=limits, visitors=VisitorSettings(proxies=1)))
    client, query = app.test_client(), "/sparql?query=ASK%7B%7D"
    try:
        first, second, other = (client.get(query, headers={"X-Forwarded-For": each}) for each in ("a", "a", "b"))
    finally:
        app.extensions["fairnode"].graphs.close()

    assert [first.status_code, second.status_code, other.status_code] == [200, 429, 200]
    assert second.json["code"] == "sparql.busy"
    assert int(second.headers["Retry-After"]) > 0
    assert second.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in second.headers["Access-Control-Expose-Headers"]


def test_by_default_eight_clients_find_a_place_and_other_pages_find_a_thread() -> None:
    settings = SparqlSettings()

    assert 8 <= settings.client_queries <= settings.workers + settings.queue < THREADS
