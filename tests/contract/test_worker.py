"""Workers: what is due is harvested once, however many of them there are; failures wait longer and longer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.bootstrap import initialise, open_node
from node.errors import StorageError
from node.model.run import RunStatus
from node.model.source import Source
from node.node import Node
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings, WorkerSettings
from node.storage.schedule import FIRST_RETRY, LONGEST_RETRY, Schedule, retry_after
from node.web import create_app
from node.worker import Worker
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

START = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=5),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
        worker=WorkerSettings(poll=0.05, dead_after_days=30),
    ).model_copy(update={"home": tmp_path / "home"})
    initialise(made, START)
    return made


@pytest.fixture
def node(settings: Settings) -> Iterator[Node]:
    opened = open_node(settings)
    yield opened
    opened.close()


def records(count: int) -> list[bytes]:
    return [oai_dc_record(f"oai:example.org:{number}") for number in range(count)]


def add(node: Node, url: str, name: str = "x", **more: object) -> None:
    node.sources.add(Source(name=name, url=url, **more), START)  # type: ignore[arg-type]


def test_a_source_is_harvested_when_it_is_due_and_not_before(node: Node, clock: Clock) -> None:
    worker = Worker(node, now=clock)
    with OaiPages(records(2)) as repository:
        add(node, repository.url, interval=3600)

        runs = [worker.round(), worker.round()]
        clock.forward(minutes=59)
        runs.append(worker.round())
        clock.forward(minutes=2)
        runs.append(worker.round())

    assert runs == [1, 0, 0, 1]
    assert node.sources.get("x").standing.last_ok is not None


def test_paused_sources_and_those_without_a_schedule_are_left_to_people(node: Node, clock: Clock) -> None:
    with OaiPages(records(2)) as repository:
        add(node, repository.url, "paused", paused=True)
        add(node, repository.url, "by-hand", interval=0)

        runs = Worker(node, now=clock).round()

    assert (runs, repository.requests) == (0, 0)


def test_a_failing_source_is_tried_less_and_less_often_until_it_answers(node: Node, clock: Clock) -> None:
    worker = Worker(node, now=clock)
    with OaiPages(records(1)) as repository:
        url = repository.url
    add(node, url, interval=3600)

    pauses = []
    for _ in range(4):
        assert worker.round() == 1
        standing = node.sources.get("x").standing
        assert standing.next_run is not None
        pauses.append(standing.next_run - clock.now.replace(tzinfo=None))
        clock.now = standing.next_run.replace(tzinfo=dt.UTC)

    assert all(0.75 * FIRST_RETRY * 2**n < pause <= FIRST_RETRY * 2**n for n, pause in enumerate(pauses))
    assert node.sources.get("x").standing.failures == 4
    assert not node.sources.get("x").standing.is_dead(clock.now, 30)
    assert node.sources.get("x").standing.is_dead(START + dt.timedelta(days=31), 30)


def test_sources_that_fail_together_do_not_come_back_together() -> None:
    pauses = [retry_after(1000, source) for source in range(200)]

    assert len(set(pauses)) > 190
    assert 0.75 * LONGEST_RETRY < min(pauses) < 0.8 * LONGEST_RETRY
    assert 0.95 * LONGEST_RETRY < max(pauses) <= LONGEST_RETRY


def test_a_good_run_clears_what_failed_before(node: Node, clock: Clock) -> None:
    with OaiPages(records(1)) as repository:
        add(node, repository.url, interval=3600)
        repository.records = [b"<record><broken"]
        worker = Worker(node, now=clock)
        worker.round()
        assert node.sources.get("x").standing.failures == 1
        repository.records = records(1)
        clock.forward(hours=1)

        worker.round()

    standing = node.sources.get("x").standing
    assert (standing.failures, standing.next_run) == (0, clock.now.replace(tzinfo=None) + dt.timedelta(hours=1))


def test_a_source_that_nothing_can_harvest_is_put_off_and_stops_no_other(node: Node, clock: Clock) -> None:
    with OaiPages(records(1)) as repository:
        add(node, repository.url, "strange", kind="carrier-pigeon")
        add(node, repository.url, "x")

        runs = Worker(node, now=clock).round()

    assert runs == 1
    assert node.sources.get("strange").standing.failures == 1


def test_a_source_dead_for_long_is_reported_in_the_log_and_the_metrics(
    node: Node, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with OaiPages(records(1)) as repository:
        url = repository.url
    add(node, url, "gone")
    worker = Worker(node, now=clock)

    for _ in range(3):
        worker.round()
        clock.forward(days=8)
    before = capsys.readouterr().out
    clock.forward(days=30)
    worker.round()
    after = capsys.readouterr().out

    assert "a source is dead" not in before and "source=gone" in after.partition("a source is dead")[2]
    metrics = create_app(node).test_client().get("/metrics").data.decode()
    assert "fairnode_sources_dead 1.0" in metrics and "fairnode_sources_failing 1.0" in metrics


class Hiccup(Schedule):
    """A schedule whose database is away for a moment."""

    away = 2

    def due(self, now: dt.datetime, *, limit: int = 1000) -> tuple[str, ...]:
        if self.away:
            self.away -= 1
            raise StorageError("the database does not answer")
        return super().due(now, limit=limit)


def test_a_worker_outlives_a_database_that_is_away_for_a_moment(node: Node, clock: Clock) -> None:
    shaken = dataclasses.replace(node, schedule=Hiccup(node.database))
    with OaiPages(records(2)) as repository:
        add(node, repository.url)
        with pytest.raises(StorageError):
            Worker(shaken, now=clock).work(once=True)
        ended = threading.Event()
        worker = Worker(shaken, now=clock, ended=lambda run: ended.set())
        thread = threading.Thread(target=worker.work)
        thread.start()

        assert ended.wait(30)
        worker.stop()
        thread.join(30)

    assert not thread.is_alive()
    assert node.sources.get("x").standing.failures == 0


def test_a_source_that_is_removed_meanwhile_stops_no_other(node: Node, clock: Clock) -> None:
    class Late(Schedule):
        def due(self, now: dt.datetime, *, limit: int = 1000) -> tuple[str, ...]:
            return ("removed", *super().due(now, limit=limit))

    with OaiPages(records(2)) as repository:
        add(node, repository.url)

        runs = Worker(dataclasses.replace(node, schedule=Late(node.database)), now=clock).round()

    assert runs == 1


def shared_home(path: Path, database_url: str) -> Home:
    """A node of which any number of workers may be started, over a database of either kind."""
    environment = {
        "FAIRNODE_VALIDATION__PROFILE": "",
        "FAIRNODE_COMPUTE__EXECUTOR": "inline",
        "FAIRNODE_STORE__DATABASE": database_url,
        "FAIRNODE_WORKER__POLL": "0.1",
    }
    home = Home(path, environment)
    home.run("init")
    return home


def test_workers_never_harvest_one_source_twice(tmp_path: Path, database_url: str) -> None:
    home = shared_home(tmp_path / "shared", database_url)
    names = [f"source-{number}" for number in range(6)]
    with OaiPages(records(20), page_size=5, pause=0.05) as repository:
        for number, name in enumerate(names):
            # Two names of one machine are two hosts, so that two workers find something to do at the same time.
            url = repository.url if number % 2 else repository.url.replace("127.0.0.1", "localhost")
            home.run("source", "add", url, "--name", name)

        workers = [home.start("worker", "--once", "--json") for _ in range(2)]
        ended = [json.loads(line) for worker in workers for line in worker.communicate(timeout=120)[0].splitlines()]

    assert [worker.returncode for worker in workers] == [0, 0]
    assert sorted(run["source"] for run in ended) == names
    assert {(run["status"], run["listed"], run["balanced"]) for run in ended} == {("ok", 20, True)}
    assert repository.requests == 6 * 5, "an Identify and four pages each"


def test_workers_never_ask_one_host_for_two_sources_at_the_same_time(tmp_path: Path, database_url: str) -> None:
    home = shared_home(tmp_path / "shared", database_url)
    with OaiPages(records(20), page_size=5, pause=0.05) as repository:
        for number in range(4):
            home.run("source", "add", repository.url, "--name", f"source-{number}")

        workers = [home.start("worker", "--json") for _ in range(3)]
        deadline = time.monotonic() + 60
        while repository.requests < 4 * 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        ended = [json.loads(line) for worker in workers for line in worker.communicate(timeout=60)[0].splitlines()]

    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sorted((run["source"], run["status"]) for run in ended) == [(f"source-{n}", "ok") for n in range(4)]
    assert repository.at_once == 1


def test_a_worker_ends_in_order_at_sigterm(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"FAIRNODE_VALIDATION__PROFILE": "", "FAIRNODE_COMPUTE__EXECUTOR": "inline"})
    home.run("init")
    with OaiPages(records(100), page_size=5, pause=0.1) as repository:
        home.run("source", "add", repository.url, "--name", "x")
        worker = home.start("worker", "--json")
        while repository.requests < 5:
            time.sleep(0.05)

        worker.send_signal(signal.SIGTERM)
        output, errors = worker.communicate(timeout=60)

        assert (worker.returncode, output) == (0, ""), errors
        (run,) = home.json("run", "list")
        assert run["status"] == "running" and run["balanced"]
        ended = json.loads(home.run("worker", "--once", "--json").stdout)

    assert (ended["run"], ended["status"], ended["listed"], ended["created"]) == (run["run"], "ok", 100, 100)


def test_a_worker_that_is_stopped_leaves_its_run_to_the_next_at_its_page(node: Node, clock: Clock) -> None:
    with OaiPages(records(50), page_size=5, pause=0.05) as repository:
        add(node, repository.url)
        worker = Worker(node, now=clock)
        thread = threading.Thread(target=worker.work)
        thread.start()
        while not node.runs.latest() or node.runs.latest()[0].pages < 2:
            time.sleep(0.01)
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()
        (stopped,) = node.runs.latest()
        assert (stopped.status, stopped.balanced) == (RunStatus.RUNNING, True)

        Worker(node, now=clock).work(once=True)

    (run,) = node.runs.latest()
    assert (run.run, run.status, run.listed) == (stopped.run, RunStatus.OK, 50)
    assert run.pages == 10, "no page is kept twice"
