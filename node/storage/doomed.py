"""What an erasure asks of SQL: the records whose day has come, their objects, who else has these, or had them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Label
from node.sovereignty.decide import is_over
from node.storage.label_queue import label_of
from node.storage.object_names import Name, objects_of
from node.storage.tables import objects, records, versions
from node.storage.upsert import chunks
from node.storage.visibility import to_be_erased


@dataclass(frozen=True, slots=True)
class Doomed:
    """A record that is to be erased, with the columns of `COLUMNS`, its label read."""

    id: int
    source_id: int
    identifier: str
    local_id: str
    state: str
    audience: int | None
    seq: int | None
    subject: str
    label: Label
    raw_digest: str | None
    rdf_digest: str | None
    seen_digest: str


COLUMNS = tuple(
    records.c[name]
    for name in (
        "id", "source_id", "identifier", "local_id", "state", "audience", "seq", "subject", "record_label",
        "raw_digest", "rdf_digest", "seen_digest",
    )
)  # fmt: skip


def doomed(rows: Iterable[Any], today: dt.date) -> list[Doomed]:
    """Return the rows whose label, as it is read everywhere, says that they are to be erased: SQL only finds them."""
    found = []
    for row in rows:
        values = row._asdict()
        label = label_of(values.pop("record_label"))
        if label is not None and is_over(label, today):
            found.append(Doomed(**values, label=label))
    return found


def names_of(connection: Connection, rows: Sequence[Doomed]) -> Mapping[int, set[Name]]:
    """Return the objects of each record: of its version, of those before, and of one that was held back."""
    found: dict[int, set[Name]] = {}
    for row in rows:
        pairs = (("raw", row.raw_digest), ("rdf", row.rdf_digest), ("raw", row.seen_digest))
        found[row.id] = {(kind, digest) for kind, digest in pairs if digest}
    for some in chunks(sorted(found)):
        query = sa.select(versions.c.record_id, versions.c.raw_digest, versions.c.rdf_digest)
        for each in connection.execute(query.where(versions.c.record_id.in_(some))):
            found[each.record_id].update(objects_of(each))
    return found


def sharers(connection: Connection, names: set[Name], owners: Sequence[int], today: dt.date) -> dict[Name, list[Label]]:
    """Return which of the objects other records have now, with the labels of these, as far as they can be read.

    An object that is only of an earlier version counts as nobody's: the label of its record is not that of its past.
    """
    shared: dict[Name, list[Label]] = {}
    others = records.c.id.not_in(owners) & sa.not_((records.c.state == "deleted") & to_be_erased(today))
    for some in chunks(sorted({digest for _, digest in names})):
        query = sa.select(records.c.record_label, records.c.raw_digest, records.c.rdf_digest).where(
            others, records.c.raw_digest.in_(some) | records.c.rdf_digest.in_(some)
        )
        for row in connection.execute(query):
            label = label_of(row.record_label)
            for name in names.intersection(objects_of(row)):
                shared.setdefault(name, []).extend([label] if label is not None else [])
    return shared


@dataclass(frozen=True, slots=True)
class Past:
    """A version of a record that nothing is left of: the record's local id, and when it was published (UTC)."""

    local_id: str
    at: dt.datetime


def had_by(connection: Connection, names: Collection[Name], today: dt.date) -> Mapping[Name, set[int]]:
    """Return the numbers of the records that live on, and of which some version has or had each of some objects."""
    found: dict[Name, set[int]] = {}
    query = sa.select(versions.c.record_id, versions.c.raw_digest, versions.c.rdf_digest)
    query = query.join(records, records.c.id == versions.c.record_id).where(sa.not_(to_be_erased(today)))
    for some in chunks(sorted({digest for _, digest in names})):
        mine = versions.c.raw_digest.in_(some) | versions.c.rdf_digest.in_(some)
        for row in connection.execute(query.where(mine)):
            for name in set(names).intersection(objects_of(row)):
                found.setdefault(name, set()).add(row.record_id)
    return found


def drop_past(connection: Connection, name: Name, of: Collection[int]) -> list[Past]:
    """Drop the versions of some records that an object, now gone, was the last of; return them.

    A version whose other object is still there for it alone stays, so that this one is not forgotten.
    """
    kind, digest = name
    held = sa.exists().where(records.c.raw_digest == versions.c.raw_digest).correlate(versions)
    query = (
        sa.select(versions.c.record_id, versions.c.seq, versions.c.at, records.c.local_id)
        .join(records, records.c.id == versions.c.record_id)
        .where((versions.c.raw_digest if kind == "raw" else versions.c.rdf_digest) == digest)
        .where(sa.not_(_kept("rdf")), sa.not_(_kept("raw")) | held)
        .order_by(versions.c.seq)
    )
    rows = [row for some in chunks(sorted(of)) for row in connection.execute(query.where(records.c.id.in_(some)))]
    for row in rows:
        mine = (versions.c.record_id == row.record_id) & (versions.c.seq == row.seq)
        connection.execute(versions.delete().where(mine))
    return [Past(local_id=row.local_id, at=row.at) for row in rows]


def _kept(kind: str) -> sa.ColumnElement[bool]:
    digest = versions.c.raw_digest if kind == "raw" else versions.c.rdf_digest
    return sa.exists().where(objects.c.kind == kind, objects.c.digest == digest).correlate(versions)
