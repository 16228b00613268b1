"""Many rows in one statement, on each kind of database: insert or update, and values in bounded lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

_T = TypeVar("_T")
# PostgreSQL takes 65,535 parameters in a statement, SQLite 250,000 or fewer.
_CHUNK = 10_000


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield values in lists short enough for one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def upsert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], update: Sequence[str]) -> None:
    """Insert rows; where the primary key exists already, set the columns `update` instead."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={name: insert.excluded[name] for name in update},
        ),
        list(rows),
    )
