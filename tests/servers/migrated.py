"""Empty databases that are ready at once: what the migrations made of one is copied into the others of a session."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from node.storage.database import migrations, open_database

_upgrade = command.upgrade


def make_tables(url: str, home: Path) -> None:
    """Run every migration on an empty database."""
    with closing(open_database(url, home)) as database, database.engine.connect() as connection:
        _upgrade(migrations(connection), "head")
        connection.commit()


@contextmanager
def migrated_once() -> Iterator[None]:
    """Let each new SQLite database of this process that is to be migrated from nothing begin with a copy of the tables.

    The migrations run as ever after it, and find nothing left to do.
    """

    def upgrade(config: Any, revision: str) -> None:
        connection = config.attributes["connection"]
        if revision == "head" and connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            if not driver.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                with closing(sqlite3.connect(":memory:")) as template:
                    template.deserialize(_tables())
                    template.backup(driver)
        _upgrade(config, revision)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", upgrade)
        yield


@cache
def _tables() -> bytes:
    with tempfile.TemporaryDirectory(prefix="fairnode-tables-") as folder:
        make_tables("sqlite:///node.db", Path(folder))
        with closing(sqlite3.connect(Path(folder, "node.db"))) as made:
            made.execute("PRAGMA journal_mode = DELETE")  # a database in memory has no write-ahead log
            return made.serialize()
