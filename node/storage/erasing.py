"""Erasure: what had to be erased by a day goes from every store, and a tombstone, the ledger and the trail are left.

Steps, in this order: the record is buried and its rows are emptied, in one transaction; its graphs are written without
it; its objects go, every version of them in every zone; then it is struck off the list, with an entry in the trail. The
list is `records.labels_until`: a record stays due until the last step, and each step may be repeated, so whoever is
killed leaves the rest due. An object is first marked as lost in SQL: so whoever harvests the same bytes meanwhile puts
them again. The row of an object is the list for earlier versions of records that live on: it goes after its bytes, and
in one transaction with the version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import FairnodeError, StorageError
from node.model.label import Label, Retention
from node.model.trail import Act
from node.sovereignty.decide import is_over
from node.sovereignty.labels import join
from node.sovereignty.trail import label_digest
from node.storage import relabels, stale
from node.storage.changes import Clock
from node.storage.database import Database
from node.storage.deletions import bury
from node.storage.details import empty
from node.storage.doomed import COLUMNS, Doomed, doomed, drop_past, had_by, names_of, sharers
from node.storage.drift_rows import mark_lost
from node.storage.label_queue import label_of
from node.storage.object_names import Name, object_pages
from node.storage.objects.vault import ObjectVault
from node.storage.tables import objects, records, sources, stale_graphs, versions
from node.storage.trail import append
from node.storage.upsert import chunks
from node.storage.visibility import to_be_erased
from node.telemetry import logger

_log = logger("erasure")
_BATCH = 100
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What a pass came to.

    Attributes:
        records: erased, all of them.
        left: still due: a store did not answer, a graph waits, or a zone's lock keeps an object.
    """

    records: int
    left: int


class Eraser:
    """Erases the records whose day has come."""

    def __init__(self, database: Database, vault: ObjectVault, now: Clock) -> None:
        self._database = database
        self._vault = vault
        self._now = now
        self._journal = relabels.Relabels(database)

    def bury(self, *, stop: Callable[[], bool] = lambda: False) -> int:
        """Withdraw every record that is due and empty its rows; return how many are due."""
        count = after = 0
        while found := self._due(after):
            after = found[-1].id
            with self._database.write() as connection:
                rows = self._locked(connection, [row.id for row in found])
                live = [row for row in rows if row.state != "deleted"]
                if live:
                    bury(connection, live, self._now)
                empty(connection, rows)
            count += len(rows)
            if stop():
                break
        return count

    def finish(self, unpublished: Callable[[], bool], *, stop: Callable[[], bool] = lambda: False) -> Erased:
        """Remove the objects of what is buried, and strike off the list what nothing is left of any more.

        Args:
            unpublished: tells whether queries may be answered from graphs as they were before they were written last.
            stop: asked after each batch.
        """
        erased = left = after = 0
        while found := self._due(after):
            after = found[-1].id
            buried = [row for row in found if row.state == "deleted"]
            with self._database.read() as connection:
                theirs = names_of(connection, buried)
            kept = self._remove(set().union(*theirs.values()), [row.id for row in buried])
            for row in buried:
                why = sorted({kept[name] for name in theirs[row.id] if name in kept})
                done = self._strike(row, why, len(theirs[row.id]), unpublished)
                erased, left = erased + done, left + (not done)
            if stop():
                break
        return Erased(records=erased, left=left)

    def sweep(self) -> int:
        """Remove the objects that are to be erased and that no record has now: earlier versions, and held-back ones."""
        count, today = 0, self._today()
        for rows in object_pages(self._database, _PAGE):
            over = {
                (row.kind, row.digest)
                for row in rows
                if (label := label_of(row.label)) is not None and is_over(label, today)
            }
            count += len(over) - len(self._remove(over, []))
        return count

    def _today(self) -> dt.date:
        return self._now().astimezone(dt.UTC).date()

    def _due(self, after: int) -> list[Doomed]:
        today = self._today()
        query = sa.select(*COLUMNS).where(to_be_erased(today)).order_by(records.c.id).limit(_BATCH)
        with self._database.read() as connection:
            while rows := connection.execute(query.where(records.c.id > after)).all():
                if found := doomed(rows, today):
                    return found
                after = rows[-1].id
        return []

    def _locked(self, connection: Connection, ids: Sequence[int]) -> list[Any]:
        """Return those still to be erased, held until the end of the transaction; their sources before them."""
        mine = sa.select(records.c.source_id).where(records.c.id.in_(ids))
        connection.execute(
            sa.select(sources.c.id).where(sources.c.id.in_(mine)).order_by(sources.c.id).with_for_update(read=True)
        ).all()
        today = self._today()
        query = sa.select(*COLUMNS).where(records.c.id.in_(ids), to_be_erased(today)).order_by(records.c.id)
        return doomed(connection.execute(query.with_for_update()), today)

    def _remove(self, names: set[Name], owners: Sequence[int]) -> dict[Name, str]:
        """Remove objects that only these records have; return why those that are left of them are."""
        condemned = self._condemn(names, owners)
        with self._database.read() as connection:
            jobs = {
                (job.kind, job.digest): job.id for job in relabels.open_jobs(connection, [x.digest for x in condemned])
            }
            past = had_by(connection, {(row.kind, row.digest) for row in condemned}, self._today())
        kept: dict[Name, str] = {}
        for row in condemned:
            name = (row.kind, row.digest)
            if name in jobs and self._journal.claim(jobs[name], self._now()) is None:
                kept[name] = f"{row.key} is being moved"
                continue
            try:
                why = self._forget(row)
            except FairnodeError as error:
                _log.error("an object cannot be erased", key=row.key, code=error.code, why=error.message)
                why = error.message
            self._account(row, why, jobs.get(name), past.get(name, set()))
            if why:
                kept[name] = why
        return kept

    def _account(self, row: Any, why: str, job: int | None, of: Collection[int]) -> None:
        """Write down that an object is gone, and with it the versions it was of; or why it is not."""
        name = (row.kind, row.digest)
        mine = (objects.c.kind == name[0]) & (objects.c.digest == name[1])
        with self._database.write() as connection:
            if why:
                if job is not None:
                    self._journal.fail(connection, job, why)
            elif connection.execute(objects.delete().where(mine, objects.c.lost)).rowcount:
                relabels.close(connection, name, self._now())
                self._drop_past(connection, row, of)
            else:
                # Somebody harvested the same bytes meanwhile, and may have put them before they went.
                mark_lost(connection, [name])

    def _drop_past(self, connection: Connection, row: Any, of: Collection[int]) -> None:
        """Drop the versions of records that live on which an object was the last of, with an entry for each."""
        label = label_of(row.label)
        told = [f"to be erased by {label.retention.erase_by}"] if label is not None and label.retention.erase_by else []
        digest = label_digest(label) if label is not None else ""
        acts = [
            Act(
                actor="worker",
                action="erase",
                object=past.local_id,
                label=digest,
                permitted=True,
                reasons=(*told, f"the version of {past.at:%Y-%m-%dT%H:%M:%SZ}"),
            )
            for past in drop_past(connection, (row.kind, row.digest), of)
        ]
        if acts:
            append(connection, acts, self._now)

    def _condemn(self, names: set[Name], owners: Sequence[int]) -> list[Any]:
        """Mark objects as lost that nobody else has now; what somebody has is not to be erased any more.

        Of the label of such an object only the day goes, which those kept who are erased: it is loosened in nothing.
        """
        condemned: list[Any] = []
        others: dict[Name, Label] = {}
        with self._database.write() as connection:
            rows: list[Any] = []
            for some in chunks(sorted({digest for _, digest in names})):
                query = sa.select(objects).where(objects.c.digest.in_(some)).order_by(objects.c.kind, objects.c.digest)
                rows += [row for row in connection.execute(query.with_for_update()) if (row.kind, row.digest) in names]
            # Asked once they are held: who keeps a record holds its objects first.
            shared = sharers(connection, names, owners, self._today())
            for row in rows:
                name = (row.kind, row.digest)
                if name not in shared:
                    condemned.append(row)
                elif (label := self._outlasting(row, shared[name])) is not None:
                    others[name] = label
            for row in condemned:
                mine = (objects.c.kind == row.kind) & (objects.c.digest == row.digest)
                connection.execute(objects.update().where(mine).values(lost=True))
            relabels.order(connection, others, self._now())
        return condemned

    def _outlasting(self, row: Any, shared: Sequence[Label]) -> Label | None:
        """Return the label of an object whose day is not that of those who have it, if it gets another one."""
        label = label_of(row.label)
        if label is None or not shared or not is_over(label, self._today()):
            return None
        lasting = join(replace(label, retention=Retention()), *shared)
        return None if is_over(lasting, self._today()) else lasting

    def _forget(self, row: Any) -> str:
        """Remove every version of an object; return why one is left.

        Raises:
            StorageError: a zone does not answer, or the one that has the object is not known any more.
        """
        self._vault.store(row.zone)
        why = ""
        for zone in self._vault.zones:
            store = self._vault.store(zone.name)
            if not zone.locked:
                store.forget(row.key)
                if row.key in store.keys(row.key):
                    raise StorageError(f"zone {zone.name}: {row.key} is still there after it was removed")
            elif row.key in store.keys(row.key):
                why = f"zone {zone.name} locks its objects against deletion, and holds {row.key}"
        return why

    def _strike(self, row: Any, why: Sequence[str], many: int, unpublished: Callable[[], bool]) -> bool:
        """Strike a record off the list, or say why it stays on it; tell whether it is erased."""
        with self._database.write() as connection:
            if not self._locked(connection, [row.id]):
                return False  # another worker was faster, or somebody decided otherwise
            act = Act(actor="worker", action="erase", object=row.local_id, label=label_digest(row.label))
            mine = records.c.id == row.id
            waits = sa.select(stale_graphs.c.key).where(
                stale_graphs.c.kind == stale.RECORD, stale_graphs.c.key == str(row.id)
            )
            # In this order: what is off the list is written, but whoever wrote it need not have published it.
            if connection.execute(waits).first() is not None or unpublished():
                return False
            if why:
                # It is tried again, but not at every turn.
                tomorrow = self._today() + dt.timedelta(days=1)
                connection.execute(records.update().where(mine).values(labels_until=tomorrow))
                append(connection, [replace(act, reasons=tuple(why))], self._now)
                return False
            connection.execute(versions.delete().where(versions.c.record_id == row.id))
            connection.execute(
                records.update()
                .where(mine)
                .values(raw_digest=None, rdf_digest=None, content_digest=None, seen_digest="", labels_until=None)
            )
            told = f"to be erased by {row.label.retention.erase_by}"
            append(connection, [replace(act, permitted=True, reasons=(told, f"objects: {many}"))], self._now)
        return True
