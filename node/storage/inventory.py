"""Which objects are kept, in which zone, under which label. An object is content-addressed: equal bytes are kept once.

Two records may share an object; it then carries the join of their labels, for labels only tighten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import NotFound, StorageError
from node.model.label import Label
from node.sovereignty.labels import join
from node.sovereignty.tags import from_json, to_json
from node.storage.changes import utc_seconds
from node.storage.database import Database
from node.storage.objects.vault import Item, ObjectVault, StoredObject
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
        digests = [hashlib.sha256(item.data).hexdigest() for item in items]
        known = self._known(digests)
        # Within one call, too, equal bytes are one object under the join of their labels.
        wanted: dict[tuple[str, str], tuple[int, Label]] = {}
        for index, (item, digest) in enumerate(zip(items, digests, strict=True)):
            key = (item.kind, digest)
            before = wanted[key][1] if key in wanted else known.get(key)
            label = item.label if before is None else join(before, item.label)
            if key not in wanted and label == known.get(key):
                continue
            wanted[key] = (index, label)
        todo = [(index, label) for index, label in wanted.values()]
        results = self._vault.put_many(
            [Item(kind=items[index].kind, data=items[index].data, label=label) for index, label in todo]
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
        query = sa.select(objects.c.zone, objects.c.key).where(objects.c.kind == kind, objects.c.digest == digest)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"there is no {kind} object {digest}")
        return self._vault.get(row.zone, row.key)

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
            rows.append(
                {
                    "kind": stored.kind,
                    "digest": stored.digest,
                    "zone": stored.zone,
                    "key": stored.key,
                    "size": stored.size,
                    "label": to_json(label),
                    "created": utc_seconds(now),
                }
            )
        upsert(connection, objects, rows, update=("zone", "key", "label"))

    def _known(self, digests: Sequence[str]) -> dict[tuple[str, str], Label]:
        with self._database.read() as connection:
            return self._labels(connection, digests)

    def _labels(self, connection: Connection, digests: Sequence[str]) -> dict[tuple[str, str], Label]:
        found: dict[tuple[str, str], Label] = {}
        for some in chunks(digests):
            query = sa.select(objects.c.kind, objects.c.digest, objects.c.label).where(objects.c.digest.in_(some))
            found.update({(row.kind, row.digest): from_json(row.label) for row in connection.execute(query)})
        return found
