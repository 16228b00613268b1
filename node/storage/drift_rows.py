"""What a drift audit reads of SQL, and writes to it besides its own tables, a stretch at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import LabelError
from node.model.label import Label
from node.model.peer import Viewer
from node.sovereignty.mac import MacKeys, holds, seal
from node.sovereignty.tags import from_json
from node.storage import stale
from node.storage.changes import Clock
from node.storage.custody_tables import drift_findings, relabels, withheld
from node.storage.object_names import Name
from node.storage.relabels import DONE
from node.storage.seals import row_fields
from node.storage.tables import objects, records, sources, stale_graphs
from node.storage.upsert import chunks
from node.storage.visibility import visibility
from node.storage.withholding import DRIFT, release


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRow:
    """A row of `objects`.

    Attributes:
        kind, digest, zone, key, size: of the object.
        label: `None` where it cannot be read.
        verified: the row's seal holds; `None` where it has none.
    """

    kind: str
    digest: str
    zone: str
    key: str
    size: int
    label: Label | None
    verified: bool | None


def rows_of(connection: Connection, names: Sequence[Name], keys: MacKeys) -> dict[Name, ObjectRow]:
    """Return the rows of objects, by kind and digest."""
    found = {}
    for some in chunks(sorted({digest for _, digest in names})):
        for row in connection.execute(sa.select(objects).where(objects.c.digest.in_(some))):
            found[row.kind, row.digest] = _row(row, keys)
    return {name: found[name] for name in names if name in found}


def rows_between(
    connection: Connection, zone: str, kind: str, after: str, until: str | None, limit: int, keys: MacKeys
) -> tuple[ObjectRow, ...]:
    """Return rows of a zone and a kind whose digest comes after one and not after another, in order."""
    query = sa.select(objects).where(objects.c.zone == zone, objects.c.kind == kind, objects.c.digest > after)
    if until is not None:
        query = query.where(objects.c.digest <= until)
    return tuple(_row(row, keys) for row in connection.execute(query.order_by(objects.c.digest).limit(limit)))


def kinds(connection: Connection) -> tuple[str, ...]:
    """Return every kind of object that is kept."""
    return tuple(sorted(connection.execute(sa.select(objects.c.kind).distinct()).scalars()))


def underway(connection: Connection, digests: Iterable[str]) -> set[Name]:
    """Return the objects among these that are being relabelled."""
    found: set[Name] = set()
    for some in chunks(sorted(set(digests))):
        query = sa.select(relabels.c.kind, relabels.c.digest).where(
            relabels.c.digest.in_(some), relabels.c.step != DONE
        )
        found |= {(row.kind, row.digest) for row in connection.execute(query)}
    return found


def mark_lost(connection: Connection, names: Sequence[Name]) -> None:
    """Have objects put again: their sources are listed whole, and what those give is not taken as known."""
    for some in chunks(sorted(names)):
        digests = [digest for _, digest in some]
        for kind, digest in some:
            mine = (objects.c.kind == kind) & (objects.c.digest == digest)
            connection.execute(objects.update().where(mine).values(lost=True))
        theirs = records.c.raw_digest.in_(digests) | records.c.rdf_digest.in_(digests)
        owners = sa.select(records.c.source_id).where(theirs).distinct()
        connection.execute(sources.update().where(sources.c.id.in_(owners)).values(last_full=None))
        connection.execute(records.update().where(theirs).values(recipe=""))


def adopt(connection: Connection, rows: Sequence[ObjectRow], keys: MacKeys) -> None:
    """Seal rows from before there were seals, whose objects were found to be as they say."""
    for each in rows:
        mine = (objects.c.kind == each.kind) & (objects.c.digest == each.digest) & objects.c.seal.is_(None)
        row = connection.execute(sa.select(objects).where(mine).with_for_update()).first()
        if row is not None and _row(row, keys) == each:
            sealed = seal(row_fields(row._asdict()), keys)
            connection.execute(objects.update().where(mine).values(seal=sealed))


def release_sound(connection: Connection, number: int, now: Clock) -> int:
    """Show the records again that were withheld for drift and of whose objects this audit says nothing ill."""
    bad = set(
        connection.execute(
            sa.select(drift_findings.c.key).where(drift_findings.c.run_id == number, drift_findings.c.incident)
        ).scalars()
    )
    held = connection.execute(
        sa.select(withheld.c.record_id, withheld.c.kind, withheld.c.digest).where(withheld.c.code == DRIFT)
    ).all()
    ill = {row.record_id for row in held if _key(row.kind, row.digest) in bad}
    sound = sorted({row.record_id for row in held} - ill)
    return release(connection, sound, DRIFT, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRow:
    """A record, whether a viewer may see it, and whether its graph waits to be written."""

    id: int
    local_id: str
    visible: bool
    waiting: bool


def records_after(
    connection: Connection, viewer: Viewer, today: dt.date, record: int, limit: int
) -> tuple[GraphRow, ...]:
    """Return the next records, by number, as a viewer sees them today."""
    seen = sa.case((visibility(connection, viewer, today).live, 1), else_=0).label("seen")
    query = sa.select(records.c.id, records.c.local_id, seen).where(records.c.id > record)
    rows = connection.execute(query.order_by(records.c.id).limit(limit)).all()
    names = [str(row.id) for row in rows]
    waits = sa.select(stale_graphs.c.key).where(stale_graphs.c.kind == stale.RECORD, stale_graphs.c.key.in_(names))
    waiting = set(connection.execute(waits).scalars())
    return tuple(
        GraphRow(id=row.id, local_id=row.local_id, visible=row.seen == 1, waiting=str(row.id) in waiting)
        for row in rows
    )


def unknown(connection: Connection, local_ids: Sequence[str]) -> set[str]:
    """Return those among local ids that are no record's."""
    query = sa.select(records.c.local_id).where(records.c.local_id.in_(local_ids))
    return set(local_ids) - set(connection.execute(query).scalars())


def write_again(connection: Connection, ids: Sequence[int]) -> None:
    """Have the graphs of records written again."""
    stale.mark(connection, [(stale.RECORD, str(record)) for record in ids])


def _row(row: Any, keys: MacKeys) -> ObjectRow:
    try:
        label: Label | None = from_json(row.label)
    except LabelError:
        label = None
    return ObjectRow(
        kind=row.kind,
        digest=row.digest,
        zone=row.zone,
        key=row.key,
        size=row.size,
        label=label,
        verified=None if row.seal is None else holds(row.seal, row_fields(row._asdict()), keys),
    )


def _key(kind: str, digest: str | None) -> str:
    return f"{kind}/{(digest or '')[:2]}/{digest}"
