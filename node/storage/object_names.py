"""Objects by name: what the rows of records and versions name, and what SQL says of all objects, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.label import Label
from node.sovereignty.tags import from_json
from node.storage.database import Database
from node.storage.tables import objects
from node.storage.upsert import chunks

Name = tuple[str, str]
"""The kind and the digest of an object."""


def objects_of(row: Any) -> list[Name]:
    """Return the objects that a row of `records` or `versions` names."""
    return [(kind, digest) for kind, digest in (("raw", row.raw_digest), ("rdf", row.rdf_digest)) if digest]


def object_pages(database: Database, size: int) -> Iterator[Sequence[Any]]:
    """Yield the rows of all objects, so many at a time, by kind and digest; nothing is held between two pages."""
    key = sa.tuple_(objects.c.kind, objects.c.digest)
    query = sa.select(objects).order_by(objects.c.kind, objects.c.digest).limit(size)
    after = ("", "")
    while True:
        with database.read() as connection:
            rows = connection.execute(query.where(key > sa.tuple_(*map(sa.literal, after)))).all()
        if not rows:
            return
        after = (rows[-1].kind, rows[-1].digest)
        yield rows


def object_labels(connection: Connection, digests: Sequence[str]) -> dict[Name, Label]:
    """Return the labels of the objects with these digests that are kept."""
    found: dict[Name, Label] = {}
    for some in chunks(digests):
        query = sa.select(objects.c.kind, objects.c.digest, objects.c.label).where(objects.c.digest.in_(some))
        found.update({(row.kind, row.digest): from_json(row.label) for row in connection.execute(query)})
    return found
