"""Records whose labels are due to be worked out anew.

Due is what has a day in `labels_until` that has come: the end of an embargo or of a decision, or today, where somebody
decided or the agreement changed. That day is the to-do list: whoever is killed leaves it as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError, NotFound
from node.model.label import Audience, Label, Labels
from node.model.override import Override
from node.model.source import Agreement
from node.model.statement import Received
from node.sovereignty.received import received_from_json
from node.sovereignty.tags import from_json
from node.storage.agreements import agreement_from_json
from node.storage.database import Database
from node.storage.overrides import mark_due, overrides_of
from node.storage.tables import records, sources
from node.storage.withholding import why_withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A live record whose labels are due.

    Attributes:
        id, local_id: its number and name.
        labels: as they are; `None` where they cannot be read.
        agreement: with its source.
        overrides: what curators decided about it.
        received: what came with it about its labels.
        was: what must not have changed meanwhile for new labels to be written.
    """

    id: int
    local_id: str
    labels: Labels | None
    agreement: Agreement
    overrides: tuple[Override, ...]
    received: Received | None
    was: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A record with its labels as they stand.

    Attributes:
        due: the record; whether it is due, `until` tells.
        source, identifier: whose it is, and its name there.
        state: `live`, `deleted` or why it never was published.
        audience: the least audience that sees it; `None` is nobody.
        until: the day on which its labels are worked out anew; `None` is no day.
        held: the code of what it is held back or withheld for.
    """

    due: Due
    source: str
    identifier: str
    state: str
    audience: Audience | None
    until: dt.date | None
    held: str | None


class LabelQueue:
    """The to-do list of labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, today: dt.date) -> int:
        """Return how many records are due."""
        with self._database.read() as connection:
            return connection.execute(sa.select(sa.func.count()).where(_due(today))).scalar_one()

    def due(self, today: dt.date, *, after: int = 0, limit: int = 200, only: str | None = None) -> tuple[Due, ...]:
        """Return records that are due, by number.

        Args:
            after: only those beyond this number.
            only: only the one with this local id.
        """
        query = sa.select(*COLUMNS).where(_due(today), records.c.id > after).order_by(records.c.id).limit(limit)
        if only is not None:
            query = query.where(records.c.local_id == only)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            return read_due(connection, rows)

    def get(self, local_id: str) -> Labelled:
        """Return a record with its labels, due or not.

        Raises:
            NotFound: there is no such record.
        """
        more = (
            records.c.identifier,
            records.c.labels_until,
            sources.c.name.label("source"),
            why_withheld().label("withheld"),
        )
        query = sa.select(*COLUMNS, *more).join(sources, sources.c.id == records.c.source_id)
        with self._database.read() as connection:
            row = connection.execute(query.where(records.c.local_id == local_id)).first()
            if row is None:
                raise NotFound(f"there is no record {local_id!r}", advice="Name it by its local id.")
            (due,) = read_due(connection, [row])
        return Labelled(
            due=due,
            source=row.source,
            identifier=row.identifier,
            state=row.state,
            audience=None if row.audience is None else Audience(row.audience),
            until=row.labels_until,
            held=row.withheld or row.held_code,
        )

    def mark(self, today: dt.date, *, source: str | None = None, record: str | None = None) -> int:
        """Make live records due, all or those of a source or one; return how many."""
        condition = records.c.state == "live"
        if source is not None:
            condition &= records.c.source_id.in_(sa.select(sources.c.id).where(sources.c.name == source))
        if record is not None:
            condition &= records.c.local_id == record
        with self._database.write() as connection:
            return mark_due(connection, condition, today)


def read_due(connection: Connection, rows: Sequence[Any]) -> tuple[Due, ...]:
    """Return what rows with `COLUMNS` tell of records."""
    spelt = {
        row.id: row.agreement
        for row in connection.execute(
            sa.select(sources.c.id, sources.c.agreement).where(sources.c.id.in_({row.source_id for row in rows}))
        )
    }
    agreements = {number: agreement_from_json(values) for number, values in spelt.items()}
    decided = overrides_of(connection, [row.local_id for row in rows])
    found = []
    for row in rows:
        record, data = label_of(row.record_label), label_of(row.data_label)
        overrides = decided.get(row.local_id, ())
        found.append(
            Due(
                id=row.id,
                local_id=row.local_id,
                labels=Labels(record=record, data=data) if record is not None and data is not None else None,
                agreement=agreements[row.source_id],
                overrides=overrides,
                received=received_from_json(row.received),
                was=(
                    row.raw_digest, row.record_label, row.data_label, row.source_sets, overrides, row.received,
                    agreements[row.source_id],
                ),
            )
        )  # fmt: skip
    return tuple(found)


def label_of(values: Any) -> Label | None:
    """Return a label as it is stored; of one that cannot be read, nothing."""
    try:
        return from_json(values)
    except LabelError:
        return None


def _due(today: dt.date) -> sa.ColumnElement[bool]:
    return (
        (records.c.state == "live")
        & records.c.seq.is_not(None)
        & records.c.raw_digest.is_not(None)
        & (records.c.labels_until <= today)
    )


COLUMNS = tuple(
    records.c[name]
    for name in (
        "id", "local_id", "source_id", "state", "raw_digest", "rdf_digest", "record_label", "data_label", "audience",
        "held_code", "source_sets", "received",
    )
)  # fmt: skip
