"""Insert or update many rows in one statement, on each kind of database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


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
