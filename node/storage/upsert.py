"""Many rows in one statement, on each kind of database: insert, insert or update, and values in bounded lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect

_T = TypeVar("_T")
# PostgreSQL takes 65,535 parameters in a statement, SQLite 250,000 or fewer.
_CHUNK = 10_000


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield values in lists short enough for one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def insert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one shape. Columns that they leave out are the database's: defaults of the table are not asked."""
    if rows:
        _statement(connection.dialect, table, tuple(rows[0]), ()).run(connection, rows)


def upsert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], update: Sequence[str]) -> None:
    """Insert rows as `insert` does; where the primary key exists already, set the columns `update` instead."""
    if rows:
        _statement(connection.dialect, table, tuple(rows[0]), tuple(update)).run(connection, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """A statement in the driver's own words; SQLAlchemy would look at every value of every row again.

    Attributes:
        order: the columns, as the driver wants the values of a row; `None` where it wants them by name.
        conversions: what the driver needs another kind of value for, by column.
    """

    text: str
    order: tuple[str, ...] | None
    conversions: tuple[tuple[str, Callable[[Any], Any]], ...]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if self.order is None:
            named = [dict(row) for row in rows]
            for name, convert in self.conversions:
                for values in named:
                    values[name] = convert(values[name])
            connection.exec_driver_sql(self.text, named)
            return
        columns = [[row[name] for row in rows] for name in self.order]
        for name, convert in self.conversions:
            place = self.order.index(name)
            columns[place] = [convert(value) for value in columns[place]]
        connection.exec_driver_sql(self.text, list(zip(*columns, strict=True)))


@lru_cache(maxsize=256)
def _statement(dialect: Dialect, table: sa.Table, names: tuple[str, ...], update: tuple[str, ...]) -> _Statement:
    statement: Any = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    if update:
        statement = statement.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={name: statement.excluded[name] for name in update},
        )
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    found = ((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names)
    return _Statement(
        text=str(compiled),
        order=tuple(compiled.positiontup) if compiled.positional else None,
        conversions=tuple((name, convert) for name, convert in found if convert is not None),
    )
