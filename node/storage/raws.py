"""The raw records of sources, as they were harvested: read page by page, so that memory does not grow with a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from node.errors import FairnodeError
from node.storage.database import Database
from node.storage.objects.vault import ObjectVault
from node.storage.tables import objects, records, sources

_PAGE = 200
_READERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A live record as it came.

    Attributes:
        local_id: the node's own name of it.
        source, identifier: whose it is, and its name there.
        set_specs: the sets of the source it is in.
        metadata_prefix, media_type: what it is.
        payload: its bytes; `None` where they could not be read.
        lost: why they could not be.
    """

    local_id: str
    source: str
    identifier: str
    set_specs: tuple[str, ...]
    metadata_prefix: str
    media_type: str
    payload: bytes | None
    lost: str = ""


class Raws:
    """Reads raw records."""

    def __init__(self, database: Database, vault: ObjectVault) -> None:
        self._database = database
        self._vault = vault

    def of(self, names: Sequence[str]) -> Iterator[Raw]:
        """Yield the live records of some sources, by local id; one that cannot be read is told so.

        Raises:
            StorageError: the database does not answer.
        """
        after = ""
        with ThreadPoolExecutor(_READERS, thread_name_prefix="raws") as readers:
            while rows := self._page(names, after):
                after = rows[-1].local_id
                yield from readers.map(self._read, rows)

    def one(self, local_id: str) -> Raw | None:
        """Return a live record by its local id."""
        with self._database.read() as connection:
            row = connection.execute(_QUERY.where(records.c.local_id == local_id)).first()
        return self._read(row) if row is not None else None

    def some(self, local_ids: Sequence[str]) -> dict[str, Raw]:
        """Return live records by their local ids; one that cannot be read is told so, one that is not live left out."""
        with self._database.read() as connection:
            rows = connection.execute(_QUERY.where(records.c.local_id.in_(local_ids))).all()
        if len(rows) <= 1:
            return {row.local_id: self._read(row) for row in rows}
        with ThreadPoolExecutor(_READERS, thread_name_prefix="raws") as readers:
            return {raw.local_id: raw for raw in readers.map(self._read, rows)}

    def _page(self, names: Sequence[str], after: str) -> Sequence[Any]:
        query = _QUERY.where(sources.c.name.in_(names), records.c.local_id > after)
        with self._database.read() as connection:
            return connection.execute(query.order_by(records.c.local_id).limit(_PAGE)).all()

    def _read(self, row: Any) -> Raw:
        payload, lost = None, "no zone is known to keep it"
        if row.zone is not None:
            try:
                payload, lost = self._vault.get(row.zone, row.key), ""
            except FairnodeError as error:
                lost = error.message
        return Raw(
            local_id=row.local_id,
            source=row.name,
            identifier=row.identifier,
            set_specs=tuple(row.source_sets),
            metadata_prefix=row.metadata_prefix,
            media_type=row.media_type,
            payload=payload,
            lost=lost,
        )


_QUERY = (
    sa.select(
        records.c.local_id, sources.c.name, records.c.identifier, records.c.source_sets, records.c.metadata_prefix,
        records.c.media_type,
        objects.c.zone, objects.c.key,
    )
    .select_from(
        records.join(sources, sources.c.id == records.c.source_id).outerjoin(
            objects, (objects.c.kind == "raw") & (objects.c.digest == records.c.raw_digest)
        )
    )
    .where(records.c.state == "live", records.c.raw_digest.is_not(None))
)  # fmt: skip
