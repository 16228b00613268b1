"""Signatures of labels, kept beside the payloads that they go out with, and how far signing has come.

Everything that is seen of a record moves it to the end of the change log, so whoever has signed up to a number has only
to look at what comes behind it. A signer with another key or other addresses begins again: so what was kept before
there were signatures is signed, and all of it once the node has another key.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.signing import Lot, Payload, Signed
from node.storage.database import Database
from node.storage.signature_tables import label_signing
from node.storage.tables import payloads, records
from node.storage.tombstones import hold


class LabelSigning:
    """What one signer has still to sign.

    Args:
        signer: tells it apart from others: `node.exposition.oai_labels.SignedLabels.signer`.
    """

    def __init__(self, database: Database, signer: str) -> None:
        self._database = database
        self._signer = signer

    def next(self, limit: int) -> Lot | None:
        """Return the payloads of up to `limit` records, or nothing where all are signed."""
        with self._database.read() as connection:
            after = self._reached(connection)
            numbers = sa.select(records.c.seq).where(records.c.seq > after).order_by(records.c.seq).limit(limit)
            found = connection.execute(numbers).scalars().all()
            if not found:
                return None
            query = (
                sa.select(
                    records.c.id.label("record"),
                    records.c.local_id,
                    records.c.datestamp,
                    payloads.c.prefix,
                    sa.case((payloads.c.content.is_(None), payloads.c.body), else_="").label("body"),
                    payloads.c.content,
                    *_LABELS,
                    payloads.c.signed_as,
                )
                .join(payloads, payloads.c.record_id == records.c.id)
                .where(records.c.seq > after, records.c.seq <= found[-1], records.c.state == "live")
            )
            rows = connection.execute(query).mappings()
            return Lot(after=after, last=found[-1], payloads=tuple(Payload(**row) for row in rows))

    def keep(self, lot: Lot, signed: Sequence[Signed]) -> bool:
        """Keep the signatures of a lot; return whether nobody else had been at it.

        Those of records that have changed meanwhile are dropped: the records stand further behind now.
        """
        with self._database.write() as connection:
            if self._reached(connection, lock=True) != lot.after:
                return False
            place = {"signer": self._signer, "seq": lot.last}
            if not connection.execute(label_signing.update().values(place)).rowcount:
                connection.execute(label_signing.insert().values(id=1, **place))
            ids = sorted({each.payload.record for each in signed})
            hold(connection, ids)
            query = sa.select(records.c.id, *_LABELS).where(records.c.id.in_(ids), records.c.seq <= lot.last)
            still = {(row.id, row.record_label, row.data_label) for row in connection.execute(query)}
            rows = [
                {
                    "b_record": each.payload.record,
                    "b_prefix": each.payload.prefix,
                    "content": each.content,
                    "signature": each.signature,
                    "signed_as": each.signed_as,
                }
                for each in signed
                if (each.payload.record, each.payload.record_label, each.payload.data_label) in still
            ]
            if rows:
                connection.execute(_KEEP, rows)
        return True

    def _reached(self, connection: Connection, *, lock: bool = False) -> int:
        query = sa.select(label_signing.c.signer, label_signing.c.seq)
        row = connection.execute(query.with_for_update() if lock else query).first()
        return row.seq if row is not None and row.signer == self._signer else 0


_LABELS = (
    sa.cast(records.c.record_label, sa.Text).label("record_label"),
    sa.cast(records.c.data_label, sa.Text).label("data_label"),
)
_KEEP = (
    payloads.update()
    .where(payloads.c.record_id == sa.bindparam("b_record"), payloads.c.prefix == sa.bindparam("b_prefix"))
    .values({name: sa.bindparam(name) for name in ("content", "signature", "signed_as")})
)
