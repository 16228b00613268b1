"""Relabelling: copy, verify, commit, and only then remove what was there before; killed anywhere, it goes on.

At no moment is there a copy without a label that verifies where it lies, and nothing is removed before SQL and store
agree on where the object is. A job that fails withholds the records of its object until it succeeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.errors import FairnodeError, StorageError
from node.model.label import Label
from node.sovereignty.labels import join
from node.sovereignty.mac import seal
from node.sovereignty.tags import from_json, to_json
from node.storage import relabels as journal
from node.storage.changes import Clock
from node.storage.custody_tables import relabels as table
from node.storage.custody_tables import withheld
from node.storage.database import Database
from node.storage.object_names import object_pages, objects_of
from node.storage.objects.vault import ObjectVault
from node.storage.relabels import COMMITTED, COPIED, DONE, ORDERED, Relabel, Relabels
from node.storage.seals import row_fields
from node.storage.tables import objects, records
from node.storage.withholding import RELABEL_STUCK, release, withhold
from node.telemetry import logger

_log = logger("relabel")
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came of open jobs: how many are done, and how many are stuck."""

    done: int
    stuck: int


class Mover:
    """Does what the journal says."""

    def __init__(self, database: Database, vault: ObjectVault, now: Clock) -> None:
        self._database = database
        self._vault = vault
        self._now = now
        self._journal = Relabels(database)

    def run(self, *, stop: Callable[[], bool] = lambda: False) -> Moved:
        """Do every open job once; what another process is at work on is left to it."""
        done = stuck = after = 0
        while jobs := self._journal.open(_PAGE, after=after):
            after = jobs[-1].id
            for each in jobs:
                if stop():
                    return Moved(done=done, stuck=stuck)
                job = self._journal.claim(each.id, self._now())
                if job is None:
                    continue
                if self._do(job):
                    done += 1
                else:
                    stuck += 1
        return Moved(done=done, stuck=stuck)

    def sweep(self) -> int:
        """Put on record every object that is looser than its records, or lies where it may not lie today."""
        return self._tightened() + self._misplaced()

    def _tightened(self) -> int:
        count, after = 0, 0
        query = sa.select(records.c.id, records.c.raw_digest, records.c.rdf_digest, records.c.record_label)
        query = query.where(records.c.record_label.is_not(None)).order_by(records.c.id).limit(_PAGE)
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(records.c.id > after)).all()
                if not rows:
                    return count
                after = rows[-1].id
                wanted: dict[tuple[str, str], Label] = {}
                for row in rows:
                    label = from_json(row.record_label)
                    for name in objects_of(row):
                        wanted[name] = join(wanted.get(name, label), label)
                digests = [digest for _, digest in wanted]
                kept = connection.execute(sa.select(objects).where(objects.c.digest.in_(digests))).all()
            changed = {}
            for row in kept:
                name, label = (row.kind, row.digest), from_json(row.label)
                if name in wanted and (tighter := join(label, wanted[name])) != label:
                    changed[name] = tighter
            count += self._order(changed)

    def _misplaced(self) -> int:
        count = 0
        known: dict[tuple[Label, str], bool] = {}
        for rows in object_pages(self._database, _PAGE):
            changed = {}
            for row in rows:
                label = from_json(row.label)
                if (label, row.zone) not in known:
                    known[label, row.zone] = self._fits(label, row.zone)
                if not known[label, row.zone]:
                    changed[row.kind, row.digest] = label
            count += self._order(changed)
        return count

    def _order(self, changed: dict[tuple[str, str], Label]) -> int:
        if not changed:
            return 0
        with self._database.write() as connection:
            return journal.order(connection, changed, self._now())

    def _fits(self, label: Label, zone: str) -> bool:
        try:
            return not self._vault.obstacles(label, zone)
        except StorageError:
            return False  # a zone that is not configured any more

    def _do(self, job: Relabel) -> bool:
        try:
            while job.step != DONE:
                job = self._step(job)
        except FairnodeError as error:
            _log.error("an object cannot be relabelled", key=job.key, step=job.step, code=error.code, why=error.message)
            with self._database.write() as connection:
                self._journal.fail(connection, job.id, error.message)
                reason = f"the object {job.key} is being relabelled: {error.message}"
                withhold(connection, [(job.kind, job.digest)], RELABEL_STUCK, reason, self._now)
            return False
        return True

    def _step(self, job: Relabel) -> Relabel:
        if job.step == ORDERED:
            self._copy(job)
        elif job.step == COPIED:
            self._commit(job)
        else:
            self._clear(job)
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == job.id)).one()
        return journal.read(row)

    def _copy(self, job: Relabel) -> None:
        if job.attempts:
            job = self._journal.ease(job)
        with self._database.read() as connection:
            row = self._row(connection, job)
        current = from_json(row.label)
        # Somebody else changed the label since: that is not undone.
        label = job.new_label if current == job.old_label else join(job.new_label, current)
        zone = self._destination(label, row.zone)
        if not self._journal.plan(job, row, zone, label):
            return
        if zone == row.zone:
            self._vault.store(zone).set_tags(job.key, self._vault.signed(label, zone, job.key))
        else:
            self._vault.put_into(zone, job.key, self._vault.get(row.zone, job.key), label)
        self._check(zone, job, label)
        with self._database.write() as connection:
            self._journal.advance(connection, job, COPIED, self._now())

    def _destination(self, label: Label, zone: str) -> str:
        """Where it is already, if it may stay there."""
        if self._fits(label, zone):
            return zone
        return self._vault.place(label).name

    def _commit(self, job: Relabel) -> None:
        with self._database.write() as connection:
            row = self._row(connection, job)
            planned = (row.zone, from_json(row.label)) == (job.old_zone, job.old_label)
            step = COMMITTED if planned else ORDERED
            if self._journal.advance(connection, job, step, self._now()) and planned:
                values = {"zone": job.new_zone, "label": to_json(job.new_label), "lost": False}
                sealed = seal(row_fields({**row._mapping, **values}), self._vault.mac_keys)
                connection.execute(
                    objects.update()
                    .where(objects.c.kind == job.kind, objects.c.digest == job.digest)
                    .values(**values, seal=sealed)
                )

    def _clear(self, job: Relabel) -> None:
        with self._database.read() as connection:
            row = self._row(connection, job)
        self._check(row.zone, job, from_json(row.label))
        for zone in self._vault.zones:
            if not zone.locked:
                self._vault.store(zone.name).forget(job.key, older=zone.name == row.zone)
        self._database.write_again(lambda connection: self._end(connection, job))

    def _end(self, connection: Connection, job: Relabel) -> None:
        if not self._journal.advance(connection, job, DONE, self._now()):
            return
        held = (
            sa.select(records.c.id)
            .join(withheld, withheld.c.record_id == records.c.id)
            .where(withheld.c.kind == job.kind, withheld.c.digest == job.digest, withheld.c.code == RELABEL_STUCK)
        )
        still = held.where(journal.release_blocked())
        ids = set(connection.execute(held).scalars()) - set(connection.execute(still).scalars())
        release(connection, sorted(ids), RELABEL_STUCK, self._now)

    def _check(self, zone: str, job: Relabel, label: Label) -> None:
        """Raise unless a zone holds the object, whole, under this label."""
        if self._vault.verify(zone, job.key) != label:
            raise StorageError(f"zone {zone}: {job.key} does not carry the label it was given")
        if self._vault.store(zone).observe(job.key).digest != job.digest:
            raise StorageError(f"zone {zone}: the bytes of {job.key} are not those that were put there")

    def _row(self, connection: Connection, job: Relabel) -> Any:
        row = connection.execute(
            sa.select(objects).where(objects.c.kind == job.kind, objects.c.digest == job.digest)
        ).first()
        if row is None:
            raise StorageError(f"the database knows of no {job.kind} object {job.digest}")
        return row
