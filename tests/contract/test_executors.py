"""Preparing runs on any executor, here on each kind that the settings can name, with the same result."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from node.errors import SettingsError
from node.executors import each_result, open_executor
from node.model.oai import Header, Record
from node.model.source import Agreement
from node.prepare import Job, prepare_all
from node.settings import ComputeSettings

JOB = Job(
    base_url="https://node.example.org",
    source="test",
    metadata_prefix="oai_dc",
    agreement=Agreement(),
    profile="fair",
    today=dt.date(2026, 1, 1),
)
RECORDS = [
    (
        f"r{number}",
        Record(
            header=Header(identifier=f"r{number}"),
            metadata=(
                '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
                f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Title {number}</dc:title></oai_dc:dc>'
            ).encode(),
        ),
    )
    for number in range(4)
]


@contextmanager
def address(kind: str) -> Iterator[str]:
    if kind != "dask":
        yield kind
        return
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address.replace("tcp://", "dask://")


@pytest.mark.parametrize("kind", ["inline", "processes", "dask"])
def test_records_are_prepared_alike_everywhere(kind: str) -> None:
    expected = prepare_all(RECORDS, JOB)

    with address(kind) as name:
        executor = open_executor(ComputeSettings(executor=name, processes=1))
        try:
            prepared = executor.submit(prepare_all, RECORDS, JOB).result(timeout=120)
        finally:
            executor.shutdown()

    assert prepared == expected
    assert [item.title for item in prepared] == ["Title 0", "Title 1", "Title 2", "Title 3"]


def test_an_unknown_executor_is_a_clear_error() -> None:
    with pytest.raises(SettingsError, match="compute"):
        open_executor(ComputeSettings.model_construct(executor="magic", processes=1))


def test_worker_processes_leave_with_a_killed_parent() -> None:
    program = (
        "import os, sys, time; from node.executors import open_executor; from node.settings import ComputeSettings\n"
        "if __name__ == '__main__':\n"
        "    executor = open_executor(ComputeSettings(executor='processes', processes=1))\n"
        "    print(executor.submit(os.getpid).result(), flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())

        parent.kill()

    deadline = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


def test_a_process_that_dies_takes_only_its_own_tasks_with_it() -> None:
    executor = open_executor(ComputeSettings(executor="processes", processes=1))
    try:
        with pytest.raises(BrokenExecutor):
            executor.submit(os._exit, 1).result(timeout=60)

        assert executor.submit(len, "abc").result(timeout=60) == 3
    finally:
        executor.shutdown()


def dying(items: list[str]) -> list[str]:
    """Do what a record does that brings its process down."""
    if "deadly" in items:
        os._exit(1)
    return [f"{item} done" for item in items]


def test_an_item_that_a_process_dies_of_is_the_only_one_lost() -> None:
    executor = open_executor(ComputeSettings(executor="processes", processes=1))

    def again(own: Executor, item: str) -> Future[list[str]]:
        if item == "b":
            # What dies in the shared processes meanwhile must not count against an item.
            executor.submit(os._exit, 1)
        return own.submit(dying, [item])

    items = ["a", "deadly", "b"]
    try:
        future = executor.submit(dying, items)
        found = each_result(executor, future, items, again=again, lost=lambda item: f"{item} lost")
    finally:
        executor.shutdown()

    assert found == ["a done", "deadly lost", "b done"]


def test_a_worker_of_dask_that_is_killed_is_a_process_that_died() -> None:
    from distributed import KilledWorker

    def killed() -> Future[list[str]]:
        future: Future[list[str]] = Future()
        future.set_exception(KilledWorker("dying", None, 3))
        return future

    def again(own: Executor, item: str) -> Future[list[str]]:
        return killed() if item == "deadly" else own.submit(dying, [item])

    executor = open_executor(ComputeSettings(executor="inline"))
    found = each_result(executor, killed(), ["a", "deadly"], again=again, lost=lambda item: f"{item} lost")

    assert found == ["a done", "deadly lost"]
