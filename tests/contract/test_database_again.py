"""A transaction that the database undoes to let another one through is done again; another failure is told at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import StorageError
from node.storage.database import Database


def test_two_that_wait_for_each_other_both_come_through(database: Database) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time: nobody waits for anybody who waits for him")
    met, runs = threading.Barrier(2), []

    def work(first: int, second: int) -> None:
        is_first_run = True

        def lock(connection: Connection) -> None:
            nonlocal is_first_run
            runs.append(first)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(first)))
            if is_first_run:
                is_first_run = False
                met.wait(30)
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(second)))

        database.write_again(lock)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, 1, 2), pool.submit(work, 2, 1)]:
            done.result(timeout=60)

    assert len(runs) == 3, "one of the two had to yield, and did its work once more"


def test_what_fails_for_another_reason_is_not_done_again(database: Database) -> None:
    runs = []

    def work(connection: Connection) -> None:
        runs.append(1)
        connection.execute(sa.text("SELECT 1 FROM nowhere WHERE 1 / 0 = 1"))

    with pytest.raises((StorageError, sa.exc.SQLAlchemyError)):
        database.write_again(work)

    assert len(runs) == 1


def test_what_is_done_is_kept_and_its_result_returned(database: Database) -> None:
    assert database.write_again(lambda connection: connection.execute(sa.text("SELECT 7")).scalar_one()) == 7
