"""Which objects are kept, in which zone, under which label. An object is content-addressed: equal bytes are kept once.

Two records may share an object; it then carries the join of their labels, for labels only tighten.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import FairnodeError, NotFound, StorageError
from node.model.label import Label
from node.sovereignty.labels import join
from node.sovereignty.mac import seal
from node.sovereignty.tags import from_json, to_json
from node.storage import relabels
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.objects.vault import Item, ObjectVault, StoredObject
from node.storage.seals import row_fields
from node.storage.tables import objects
from node.storage.upsert import chunks, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """An object that was put, to be entered in SQL with the page that needs it."""

    stored: StoredObject
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """What became of the items: new holdings, and per refused item its index and the reason."""

    holdings: tuple[Holding, ...]
    refused: dict[int, StorageError]


class Inventory:
    """Puts objects through the vault and remembers them."""

    def __init__(self, database: Database, vault: ObjectVault) -> None:
        self._database = database
        self._vault = vault

    def put(self, items: Sequence[Item]) -> PutResult:
        """Put what is not kept yet under at least that label. Nothing is entered in SQL: see `enter`."""
        digests = [item.digest for item in items]
        known, lost = self._known(digests)
        # Within one call, too, equal bytes are one object under the join of their labels.
        wanted: dict[tuple[str, str], tuple[int, Label]] = {}
        for index, (item, digest) in enumerate(zip(items, digests, strict=True)):
            key = (item.kind, digest)
            before = wanted[key][1] if key in wanted else known.get(key)
            label = item.label if before is None else join(before, item.label)
            if key not in wanted and key not in lost and label == known.get(key):
                continue
            wanted[key] = (index, label)
        todo = [(index, label) for index, label in wanted.values()]
        results = self._vault.put_many(
            [
                items[index] if items[index].label == label else dataclasses.replace(items[index], label=label)
                for index, label in todo
            ]
        )
        holdings, refused = [], {}
        for (index, label), result in zip(todo, results, strict=True):
            if isinstance(result, StorageError):
                refused.update(
                    {
                        other: result
                        for other, (item, digest) in enumerate(zip(items, digests, strict=True))
                        if (item.kind, digest) == (items[index].kind, digests[index])
                    }
                )
            else:
                holdings.append(Holding(stored=result, label=label))
        return PutResult(holdings=tuple(holdings), refused=refused)

    def get(self, kind: str, digest: str) -> bytes:
        """Return an object's bytes, their digest checked.

        Raises:
            NotFound: no such object is kept.
            StorageError: its zone lost or changed it.
        """
        found = self.get_each(kind, (digest,))[digest]
        if isinstance(found, FairnodeError):
            raise found
        return found

    def get_each(self, kind: str, digests: Sequence[str]) -> dict[str, bytes | NotFound | StorageError]:
        """Return, by digest, what `get` does for each of some objects, or what it raises."""
        found: dict[str, bytes | NotFound | StorageError] = {}
        # Twice, for one may have been moved after its place was read.
        for _ in range(2):
            todo = [digest for digest in digests if not isinstance(found.get(digest), bytes)]
            if not todo:
                break
            places = self._places(kind, todo)
            for digest in todo:
                if digest not in places:
                    found[digest] = NotFound(f"there is no {kind} object {digest}")
                    continue
                try:
                    found[digest] = self._vault.get(*places[digest])
                except (NotFound, StorageError) as error:
                    found[digest] = error
        return found

    def _places(self, kind: str, digests: Sequence[str]) -> dict[str, tuple[str, str]]:
        places: dict[str, tuple[str, str]] = {}
        query = sa.select(objects.c.digest, objects.c.zone, objects.c.key).where(objects.c.kind == kind)
        with self._database.read() as connection:
            for some in chunks(digests):
                rows = connection.execute(query.where(objects.c.digest.in_(some)))
                places |= {row.digest: (row.zone, row.key) for row in rows}
        return places

    def enter(self, connection: Connection, holdings: Sequence[Holding], now: dt.datetime) -> None:
        """Enter objects in SQL, in the transaction of the page that needs them.

        Where somebody else entered the same object under another label meanwhile, it is put again under the join.
        """
        rows = []
        before = self._labels(connection, [holding.stored.digest for holding in holdings])
        for holding in sorted(holdings, key=lambda holding: (holding.stored.kind, holding.stored.digest)):
            stored, label = holding.stored, holding.label
            other = before.get((stored.kind, stored.digest))
            if other is not None and join(label, other) != label:
                label = join(label, other)
                data = self._vault.get(stored.zone, stored.key)
                (again,) = self._vault.put_many([Item(kind=stored.kind, data=data, label=label)])
                if isinstance(again, StorageError):
                    raise again
                stored = again
            row = {
                "kind": stored.kind,
                "digest": stored.digest,
                "zone": stored.zone,
                "key": stored.key,
                "size": stored.size,
                "label": to_json(label),
            }
            sealed = seal(row_fields(row), self._vault.mac_keys)
            rows.append({**row, "created": utc_seconds(now), "seal": sealed, "lost": False})
        # What was kept elsewhere, or under a looser label, is cleared away by a job that is on record from now on.
        relabels.leave_behind(connection, rows, now)
        upsert(connection, objects, rows, update=("zone", "key", "label", "seal", "lost"))

    def _known(self, digests: Sequence[str]) -> tuple[dict[tuple[str, str], Label], set[tuple[str, str]]]:
        """Return the labels of what is kept, and which of it an audit found to be lost."""
        with self._database.read() as connection:
            rows = list(self._rows(connection, digests))
        lost = {(row.kind, row.digest) for row in rows if row.lost}
        return {(row.kind, row.digest): from_json(row.label) for row in rows}, lost

    def _labels(self, connection: Connection, digests: Sequence[str]) -> dict[tuple[str, str], Label]:
        return {(row.kind, row.digest): from_json(row.label) for row in self._rows(connection, digests)}

    def _rows(self, connection: Connection, digests: Sequence[str]) -> Iterator[Any]:
        columns = (objects.c.kind, objects.c.digest, objects.c.label, objects.c.lost)
        for some in chunks(digests):
            yield from connection.execute(sa.select(*columns).where(objects.c.digest.in_(some)))
