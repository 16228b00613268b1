"""Fixtures that many tests share: real databases, and where the real-world data lies."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from node.storage.database import Database, open_database

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """A command that ran in this process leaves its logging behind; the next test finds none."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One PostgreSQL server for the whole session."""
    from tests.servers.postgresql import postgresql

    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on each kind of server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'node.db'}"
        return
    from tests.servers.postgresql import empty_database

    with empty_database(request.getfixturevalue("postgresql_server")) as url:
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
