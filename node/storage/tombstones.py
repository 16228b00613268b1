"""Tombstones of records that an audience lost, each with the moment of the loss, and the sets and formats until then.

What becomes of a record afterwards changes nothing of it: whoever may not see a record is not told when it changes, nor
what of. A row counts for its audience and for those above it, up to one that lost the record later or sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Audience
from node.storage.peer_tables import tombstones
from node.storage.tables import payloads, record_sets, records
from node.storage.upsert import chunks, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of a record.

    Attributes:
        level: the least audience that sees it; `None` is nobody.
        sets, prefixes: the OAI-PMH sets and formats it was in, as `told` has them.
    """

    level: int | None
    sets: str
    prefixes: str


def hold(connection: Connection, ids: Collection[int]) -> None:
    """Keep records as they are until commit; whoever reads them from here on reads what they then are.

    By number, after the rows of their sources and before the change log's clock: the order of every writer.
    """
    for some in chunks(sorted(set(ids))):
        mine = sa.select(records.c.id).where(records.c.id.in_(some)).order_by(records.c.id)
        connection.execute(mine.with_for_update()).all()


def levels(connection: Connection, ids: Collection[int]) -> dict[int, Seen]:
    """Return what is seen of records, and keep them so until commit: to be asked before they change."""
    hold(connection, ids)
    rows = _rows(connection, list(ids))
    shown = {row.id: _level(row) for row in rows}
    were = outlines(connection, [record for record, level in shown.items() if level is not None])
    found = {}
    for record, level in shown.items():
        sets, prefixes = were.get(record, ("", ""))
        found[record] = Seen(level=level, sets=sets, prefixes=prefixes)
    return found


def settle(connection: Connection, before: Mapping[int, Seen]) -> None:
    """Leave tombstones to those who lost records by a change, and take them from those who gained them.

    To be called when they have their new numbers and datestamps.

    Args:
        before: what `levels` said.
    """
    lost: list[dict[str, Any]] = []
    gained: dict[int, list[int]] = {}
    for row in _rows(connection, list(before)):
        seen, level = before[row.id], _level(row)
        was = seen.level
        if was is not None and (level is None or was < level):
            moment = {"audience": was, "seq": row.seq, "datestamp": row.datestamp}
            lost.append({"record_id": row.id, **moment, "sets": seen.sets, "prefixes": seen.prefixes})
        elif level is not None and (was is None or level < was):
            gained.setdefault(level, []).append(row.id)
    upsert(connection, tombstones, lost, update=("seq", "datestamp", "sets", "prefixes"))
    for level, several in gained.items():
        for some in chunks(several):
            connection.execute(
                tombstones.delete().where(tombstones.c.record_id.in_(some), tombstones.c.audience >= level)
            )


def outlines(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return the sets and the formats of records, as `told` has them."""
    found: dict[int, tuple[list[str], list[str]]] = {record: ([], []) for record in ids}
    for some in chunks(ids):
        for place, column in enumerate((record_sets.c.set_spec, payloads.c.prefix)):
            owner = column.table.c.record_id
            for record, name in connection.execute(sa.select(owner, column).where(owner.in_(some))):
                found[record][place].append(name)
    return {record: (told(sets), told(prefixes)) for record, (sets, prefixes) in found.items()}


def told(names: Iterable[str]) -> str:
    """Return sets or formats as a tombstone has them: with a comma before and after each, for none has one.

    (OAI-PMH 2.0, sections 2.6 and 3.4.)
    """
    return "".join(f",{name}" for name in sorted(names)) + ","


def names_in(text: str) -> tuple[str, ...]:
    """Return the sets or formats that a tombstone has."""
    return tuple(name for name in text.split(",") if name)


def has_name(text: sa.ColumnElement[str], name: str, *, below: bool = False) -> sa.ColumnElement[bool]:
    """Return the condition that a tombstone has a set or format; of `below`, or one below it in the hierarchy.

    By `replace`, which minds case in every database, as LIKE does not.
    """
    forms = (f",{name},", f",{name}:") if below else (f",{name},",)
    return sa.or_(*(sa.func.replace(text, form, "") != text for form in forms))


def lost_by(audience: Audience) -> sa.Select[Any]:
    """Return the tombstones that an audience is owed, for records that it does not see.

    Columns: record, number and datestamp of the loss, sets and formats until then.
    """
    level, later = int(audience), tombstones.alias("later")
    superseded = sa.exists().where(
        later.c.record_id == tombstones.c.record_id,
        later.c.audience > tombstones.c.audience,
        later.c.audience <= level,
    )
    of = tombstones.c
    query: sa.Select[Any] = sa.select(of.record_id, of.seq, of.datestamp, of.sets, of.prefixes)
    return query.where(of.audience <= level, sa.not_(superseded))


def was_seen_by(audience: Audience) -> sa.ColumnElement[bool]:
    """Return the condition, on a row of `records`, that an audience lost it once."""
    mine = sa.exists().where(tombstones.c.record_id == records.c.id, tombstones.c.audience <= int(audience))
    return mine.correlate(records)


def _rows(connection: Connection, ids: Sequence[int]) -> list[Any]:
    columns = (records.c.id, records.c.state, records.c.audience, records.c.seq, records.c.datestamp)
    found: list[Any] = []
    for some in chunks(ids):
        found += connection.execute(sa.select(*columns).where(records.c.id.in_(some), records.c.seq.is_not(None)))
    return found


def _level(row: Any) -> int | None:
    return row.audience if row.state == "live" else None
