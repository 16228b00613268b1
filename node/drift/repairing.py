"""What follows from a deviation: the records of an incident are withheld, and what can be proved is put right.

Nothing is repaired from a row that the node cannot be shown to have written: its seal has to hold. What is looser than
the row is tightened, what is stricter is set back, a copy that lies where it does not belong is removed once the right
one was found whole. Bytes that were lost come back with the next harvest, never out of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from node.drift.comparing import Verdict
from node.errors import FairnodeError, LabelError
from node.model.drift import Deviation, Drift
from node.node import Node
from node.sovereignty.mac import MacKeys
from node.storage import relabels
from node.storage.changes import Clock
from node.storage.drift import DriftRuns
from node.storage.drift_rows import ObjectRow, adopt, mark_lost, rows_of
from node.storage.object_names import Name
from node.storage.withholding import DRIFT, withhold
from node.telemetry import logger

_log = logger("drift")
_UNSEALED = "nothing is repaired from a row that the node cannot be shown to have written"
# So many orphans may be what killed harvests left; more look like a database that has lost its rows.
_HANDFUL = 20
_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An object, its row if it has one, and what was made of it."""

    zone: str
    key: str
    row: ObjectRow | None
    verdict: Verdict

    @property
    def name(self) -> Name:
        """Its kind and digest."""
        kind, _, digest = self.key.split("/")
        return kind, digest

    def deviation(self, mended: Mended | None) -> Deviation:
        """Return what the audit writes down."""
        told = self.verdict.detail if mended is None or not mended.note else f"{self.verdict.detail}; {mended.note}"
        return Deviation(
            drift=self.verdict.drift,
            zone=self.zone,
            key=self.key,
            incident=self.verdict.incident,
            repaired=mended is not None and mended.done,
            detail=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Whether something was put right, and a word on it."""

    done: bool
    note: str = ""


class Repair:
    """Puts right what an audit finds."""

    def __init__(self, node: Node, now: Clock, number: int) -> None:
        self._node = node
        self._now = now
        self._number = number
        self._vault = node.vault

    def attempt(self, seen: Seen) -> Mended:
        """Put one object right, if that can be proved to be right; a failure is told, never raised."""
        row, drift = seen.row, seen.verdict.drift
        if drift in (Drift.CONTENT, Drift.GHOST):
            return Mended(done=False, note="the next harvest of its source puts it again")
        if drift is Drift.ORPHAN or row is None:
            return Mended(done=False)
        if row.verified is not True or row.label is None:
            return Mended(done=False, note=_UNSEALED)
        try:
            if drift is Drift.WRONG_ZONE:
                return self._place(seen, row)
            return self._relabel(row)
        except FairnodeError as error:
            _log.error("an object cannot be repaired", key=seen.key, code=error.code, why=error.message)
            return Mended(done=False, note=error.message)

    def remove_orphans(self, zone: str) -> None:
        """Remove what the database does not know of, unless there is so much of it that the database is in doubt."""
        runs = DriftRuns(self._node.database)
        keys = runs.keys_of(self._number, Drift.ORPHAN, zone)
        if len(keys) > max(_HANDFUL, _SHARE * runs.get(self._number).met):
            _log.error("too many orphans to be leftovers: none is removed", zone=zone, orphans=len(keys))
            return
        gone = []
        store = self._vault.store(zone)
        for key in keys:
            try:
                kind, _, digest = key.split("/")
                with self._node.database.read() as connection:
                    if rows_of(connection, [(kind, digest)], self._vault.mac_keys):
                        continue  # it has become known meanwhile
                store.forget(key)
                gone.append(key)
            except (FairnodeError, ValueError):
                continue  # what is not the node's own stays
        if gone:
            with self._node.database.write() as connection:
                runs.repaired(connection, self._number, zone, gone)

    def _place(self, seen: Seen, row: ObjectRow) -> Mended:
        assert row.label is not None
        if row.zone != seen.zone:
            if self._vault.verify(row.zone, row.key) != row.label:
                return Mended(done=False, note=f"the one in zone {row.zone} does not carry its label either")
            if self._vault.store(row.zone).observe(row.key).digest != row.digest:
                return Mended(done=False, note=f"the one in zone {row.zone} is not whole either")
            self._vault.store(seen.zone).forget(seen.key)
            return Mended(done=True, note="it was removed")
        if seen.verdict.incident:
            return Mended(done=False, note="a job that moves it is on record")
        self._vault.put_into(row.zone, row.key, self._vault.get(row.zone, row.key), row.label)
        return Mended(done=True, note="its evidence was written anew")

    def _relabel(self, row: ObjectRow) -> Mended:
        assert row.label is not None
        store = self._vault.store(row.zone)
        store.set_tags(row.key, self._vault.signed(row.label, row.zone, row.key))
        with self._node.database.read() as connection:
            now = rows_of(connection, [(row.kind, row.digest)], self._vault.mac_keys).get((row.kind, row.digest))
        if now != row:
            raise LabelError("its row changed while it was repaired", advice="Run the audit again.")
        if self._vault.verify(row.zone, row.key) != row.label:
            raise LabelError("it does not keep the label that it was given")
        return Mended(done=True, note="it carries the database's label again")


def consequences(
    connection: Connection,
    odd: Sequence[Seen],
    now: Clock,
    number: int,
    keys: MacKeys,
    sound: Sequence[Seen],
) -> None:
    """Write down what follows whether or not anything was repaired; the last thing in a transaction.

    Args:
        sound: what was met, where rows without a seal may get one.
    """
    unsealed = [
        each.row
        for each in sound
        if each.row is not None and each.row.verified is None and each.verdict.found == each.row.label is not None
    ]
    adopt(connection, [row for row in unsealed if row.zone], keys)
    mark_lost(connection, [each.name for each in odd if each.row is not None and _is_lost(each)])
    misplaced = {
        each.name: each.row.label
        for each in odd
        if each.row is not None
        and each.row.label is not None
        and each.row.verified
        and each.verdict.drift is Drift.WRONG_ZONE
        and each.verdict.incident
        and each.row.zone == each.zone
    }
    relabels.order(connection, misplaced, now())
    bad = [each for each in odd if each.verdict.incident and each.row is not None]
    if bad:
        reason = f"audit {number} of what is stored: {bad[0].verdict.drift.value}: {bad[0].verdict.detail}"
        withhold(connection, [each.name for each in bad], DRIFT, reason, now)


def _is_lost(seen: Seen) -> bool:
    """Its bytes, or what the database says of it, have to come from the source anew."""
    broken = seen.row is not None and (seen.row.verified is False or seen.row.label is None)
    return seen.verdict.drift in (Drift.CONTENT, Drift.GHOST) or broken
