"""The SQL database: SQLite by default, PostgreSQL at scale; one way to read, one way to write."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from node.errors import SettingsError, StorageError
from node.storage import tables
from node.storage.changes import utc_seconds

if TYPE_CHECKING:
    from alembic.config import Config

_T = TypeVar("_T")
_WRITE = {"fairnode_write": True}
_TRIES = 5
_MIGRATIONS = Path(__file__).parent / "migrations"


_PRAGMAS = (
    *("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 60000"),
    # Keys are digests and names, so that rows land anywhere in their indexes: 4 MB of them at hand, and 16 MB of log
    # before pages that were written again and again are written home, save reads and writes of the same pages.
    *("cache_size = -4000", "wal_autocheckpoint = 4000"),
)


class Database:
    """An open database.

    Attributes:
        engine: SQLAlchemy's engine; the other stores of this package use `read` and `write`, never the engine.
        closed: whether it was let go of; what still would be written by then is for nobody.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing is written."""
        with self._connection() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: everything or nothing."""
        with self._connection() as connection:
            connection = connection.execution_options(**_WRITE)
            with connection.begin():
                yield connection

    def write_again(self, work: Callable[[Connection], _T]) -> _T:
        """Do something in one transaction, and once more where the database undid it to let another one through.

        Args:
            work: what to do; it may run several times, each time as if for the first.

        Raises:
            StorageError: the database does not answer, or undid it again and again.
        """
        for left in reversed(range(_TRIES)):
            try:
                with self.write() as connection:
                    return work(connection)
            except StorageError as error:
                if not left or not _was_undone(error):
                    raise
            time.sleep(random.uniform(0, 0.2))  # noqa: S311 - so that two that met do not meet again
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except OperationalError as error:
            raise StorageError(f"the database does not answer: {error.orig}") from error

    def migrate(self, now: dt.datetime) -> None:
        """Bring the tables to this version's form; in an empty database they are made, and its clock starts `now`."""
        # Ten megabytes that only a migration needs.
        from alembic import command

        with self.engine.connect() as connection:
            command.upgrade(migrations(connection), "head")
            connection.commit()
        with self.write() as connection:
            if connection.execute(sa.select(tables.clock.c.id)).first() is None:
                start = utc_seconds(now)
                connection.execute(tables.clock.insert().values(id=1, seq=0, datestamp=start, earliest=start))

    def check(self) -> None:
        """Raise unless the database answers and its tables are of this version.

        Raises:
            StorageError: unreachable, or `fairnode migrate` has not been run.
        """
        head = max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
        try:
            with self.read() as connection:
                current = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except SQLAlchemyError as error:
            raise StorageError("the database has no tables yet", advice="Run `fairnode init`.") from error
        if current != head:
            raise StorageError(
                f"the database is at version {current}, the software at {head}", advice="Run `fairnode migrate`."
            )

    def close(self) -> None:
        """Give every connection back."""
        self.closed = True
        self.engine.dispose()


def _was_undone(error: StorageError) -> bool:
    """Whether a transaction was the one that had to yield: a deadlock, or a conflict of order (SQLSTATE class 40)."""
    cause = error.__cause__
    return isinstance(cause, OperationalError) and getattr(cause.orig, "sqlstate", None) in ("40P01", "40001")


def open_database(url: str, home: Path) -> Database:
    """Open the database that `[store] database` names; a relative SQLite file is below `home`.

    Raises:
        SettingsError: the URL is not one of a supported database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(f"store.database: {url!r} is not a database URL") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        parsed = parsed.set(database=str(home / (parsed.database or "node.db")))
        engine = sa.create_engine(parsed, connect_args={"timeout": 60, "check_same_thread": False})
        _prepare_sqlite(engine)
    elif backend == "postgresql":
        engine = sa.create_engine(parsed, pool_pre_ping=True)
    else:
        raise SettingsError(f"store.database: {backend!r} is not supported; use sqlite:/// or postgresql+psycopg://")
    return Database(engine)


def _prepare_sqlite(engine: Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself, or BEGIN IMMEDIATE below would come too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading a read lock half-way fails without waiting.
        write = connection.get_execution_options().get("fairnode_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def migrations(connection: Connection) -> Config:
    """Return what Alembic needs to bring the tables of a connection from one version to another."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
