"""Fixtures that many tests share: real databases, and where the real-world data lies."""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from node.garbage import settle
from node.storage.database import Database, open_database

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30


def pytest_configure() -> None:
    """Write to memory where there is room: thousands of small databases wait for a disk longer than for anything."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
        folder = tempfile.mkdtemp(prefix="node-", dir=MEMORY)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["TMPDIR"] = tempfile.tempdir = folder  # also of the processes that tests start


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import hundreds of files for the few tests that run by themselves."""
    if config.option.markexpr == "alone" and collection_path.match("test_*.py"):
        return "mark.alone" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of the search for garbage, which every harvest would make through them."""
    settle()


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """A command that ran in this process leaves its logging behind; the next test finds none."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True, scope="session")
def _tables_are_made_once() -> Iterator[None]:
    from tests.servers.migrated import migrated_once

    with migrated_once():
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One PostgreSQL server for the whole session."""
    from tests.servers.postgresql import postgresql

    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, on each kind of server; to migrate it takes no time."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'node.db'}"
        return
    from tests.servers.postgresql import migrated_database

    with migrated_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database, on each kind of server."""
    with closing(open_database(database_url, tmp_path)) as store:
        store.migrate(START)
        yield store


@pytest.fixture(scope="session")
def real_fixtures() -> Path:
    """The folder of real-world responses and records; a test that needs it is skipped where it is absent."""
    folder = Path(os.environ.get("FIXTURES_FOLDER", ROOT.parent / "shared" / "fixtures"))
    if not folder.is_dir():
        pytest.skip("the real-world fixtures are not on this machine; FIXTURES_FOLDER names their folder")
    return folder
