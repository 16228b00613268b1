"""The trail in SQL: entries are appended, one after the other, and never touched again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.trail import BEGINNING, Act, Entry, Head
from node.sovereignty.trail import head_bytes, link
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.trail_tables import trail, trail_end, trail_heads

_READ = 1_000


def append(connection: Connection, acts: Sequence[Act], now: Clock) -> None:
    """Enter acts in the order given, in the transaction that makes them true.

    Call it last in a transaction: the end of the trail stays locked until commit.
    """
    if not acts:
        return
    end = connection.execute(sa.select(trail_end).where(trail_end.c.id == 1).with_for_update()).one()
    seq, prev = end.seq, end.hash
    # The time is taken here, after all waiting for the lock is over, so it never falls along the trail by a wait.
    at = now().astimezone(dt.UTC).replace(tzinfo=None)
    rows = []
    for act in acts:
        entry = link(act, seq=seq + 1, prev=prev, at=at)
        seq, prev = entry.seq, entry.hash
        rows.append(_values(entry))
    connection.execute(trail.insert(), rows)
    connection.execute(trail_end.update().where(trail_end.c.id == 1).values(seq=seq, hash=prev))


class Trail:
    """The trail of a node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, acts: Sequence[Act], now: Clock) -> None:
        """Enter acts that nothing else in the database goes with: refusals, above all.

        Raises:
            StorageError: the database does not answer. What was refused stays refused.
        """
        self._database.write_again(lambda connection: append(connection, acts, now))

    def entries(
        self, *, after: int = 0, action: str | None = None, about: str | None = None, denied: bool = False
    ) -> Iterator[Entry]:
        """Yield entries by number, a thousand at a time.

        Args:
            after: only those beyond this number.
            action: only of this action.
            about: only on this object.
            denied: only refusals.
        """
        conditions = []
        if action is not None:
            conditions.append(trail.c.action == action)
        if about is not None:
            conditions.append(trail.c.object == about)
        if denied:
            conditions.append(trail.c.permitted.is_(False))
        while True:
            query = sa.select(trail).where(trail.c.seq > after, *conditions).order_by(trail.c.seq).limit(_READ)
            with self._database.read() as connection:
                rows = connection.execute(query).all()
            yield from map(_entry, rows)
            if len(rows) < _READ:
                return
            after = rows[-1].seq

    def last(self) -> tuple[int, str]:
        """Return number and hash of the last entry, as its own row says; of an empty trail 0 and `BEGINNING`."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(trail.c.seq, trail.c.hash).order_by(trail.c.seq.desc())).first()
        return (0, BEGINNING) if row is None else (row.seq, row.hash)

    def sign(self, node: str, sign: Callable[[bytes], str], now: dt.datetime) -> tuple[Head, str]:
        """Sign how far the trail reaches, keep the head, and return it with its signature.

        Args:
            sign: returns the detached signature of some bytes.
        """
        seq, digest = self.last()
        head = Head(node=node, seq=seq, hash=digest, at=now.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0))
        body = head_bytes(head)
        signature = sign(body)
        with self._database.write() as connection:
            connection.execute(
                trail_heads.insert().values(
                    seq=seq, at=head.at, head=body.decode("ascii"), signature=signature, kept=""
                )
            )
        return head, signature

    def heads(self) -> tuple[tuple[bytes, str], ...]:
        """Return every head that was signed, with its signature, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(trail_heads.c.head, trail_heads.c.signature).order_by(trail_heads.c.id)
            ).all()
        return tuple((row.head.encode("ascii", "replace"), row.signature) for row in rows)

    def latest_head(self) -> tuple[bytes, str] | None:
        """Return the head signed last, with its signature; nothing where none was."""
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(trail_heads.c.head, trail_heads.c.signature).order_by(trail_heads.c.id.desc()).limit(1)
            ).first()
        return None if row is None else (row.head.encode("ascii", "replace"), row.signature)

    def kept_nowhere(self, limit: int = 100) -> tuple[tuple[int, bytes, str], ...]:
        """Return heads, by row number, that no audit zone holds yet."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(trail_heads).where(trail_heads.c.kept == "").order_by(trail_heads.c.id).limit(limit)
            ).all()
        return tuple((row.id, row.head.encode("ascii", "replace"), row.signature) for row in rows)

    def keep(self, number: int, where: str) -> None:
        """Enter where a head is kept: `<zone>/<key>`."""
        with self._database.write() as connection:
            connection.execute(trail_heads.update().where(trail_heads.c.id == number).values(kept=where))


def _values(entry: Entry) -> dict[str, Any]:
    act = entry.act
    return {
        "seq": entry.seq,
        "prev": entry.prev,
        "at": entry.at,
        "actor": act.actor,
        "action": act.action,
        "object": act.object,
        "label": act.label,
        "permitted": act.permitted,
        "reasons": list(act.reasons),
        "hash": entry.hash,
    }


def _entry(row: Any) -> Entry:
    return Entry(
        seq=row.seq,
        prev=row.prev,
        at=row.at,
        act=Act(
            actor=row.actor,
            action=row.action,
            object=row.object,
            label=row.label,
            permitted=row.permitted,
            reasons=tuple(str(reason) for reason in row.reasons),
        ),
        hash=row.hash,
    )
