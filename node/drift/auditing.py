"""The audit: every zone's listing beside the rows that speak of it, every object read, then the graphs.

Memory holds one stretch at a time. Each stretch is kept in one transaction with where to go on, so an audit that is
stopped or killed loses no more than a stretch. What does not agree is looked at twice: a harvest may be at work.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from node.drift.comparing import Verdict, compare, compare_elsewhere
from node.drift.graphs import audit_graphs
from node.drift.repairing import Repair, Seen, consequences
from node.errors import NotFound, StorageError
from node.model.drift import Drift, DriftRun
from node.model.label import Zone
from node.node import Node
from node.storage.changes import Clock
from node.storage.drift import DriftRuns, Place
from node.storage.drift_rows import ObjectRow, kinds, release_sound, rows_between, rows_of, underway
from node.storage.object_names import Name
from node.storage.objects.protocols import check_key
from node.telemetry import logger

_log = logger("drift")
_STRETCH = 256
_GHOST = Verdict(drift=Drift.GHOST, detail="the database knows of it, and it is not there")
_FOREIGN = Verdict(drift=Drift.ORPHAN, detail="its name is none that the node gives to objects")
_ORPHAN = Verdict(drift=Drift.ORPHAN, detail="the database does not know of it")
_OK = Verdict(drift=Drift.OK)

Progress = Callable[[int], None]


class DriftAudit:
    """Audits what is stored.

    Args:
        now: the clock, UTC.
        grace: seconds an object may be there before the database knows of it; `None` is the setting.
    """

    def __init__(self, node: Node, now: Clock, *, grace: float | None = None) -> None:
        self._node = node
        self._now = now
        self._vault = node.vault
        self._runs = DriftRuns(node.database)
        self._grace = dt.timedelta(seconds=node.settings.drift.grace if grace is None else grace)
        self._met = 0

    def run(
        self,
        *,
        zone: str | None = None,
        repair: bool = False,
        stop: Callable[[], bool] = lambda: False,
        progress: Progress | None = None,
    ) -> DriftRun:
        """Go on with the audit of this kind that was stopped, or begin one; return it, ended or stopped.

        Args:
            zone: the only zone to look at; the graphs are then left out.
            repair: put right what can be proved.
            stop: asked after each stretch.
            progress: told how many objects and graphs were compared.

        Raises:
            Conflict: another process is at work on it, or is writing the graphs.
            StorageError: there is no such zone, or a store does not answer; the audit goes on another time.
        """
        zones = [each for each in self._vault.zones if not each.locked and zone in (None, each.name)]
        if zone is not None and not zones:
            self._vault.store(zone)
            raise StorageError(f"zone {zone} holds no records' objects")
        number, place, fresh = self._runs.begin(zone, repair, self._now())
        _log.info("drift audit begins" if fresh else "drift audit goes on", audit=number, zone=zone or "all")
        ended = False
        try:
            ended = self._all(number, place, zones, zone, repair, stop, progress)
        finally:
            self._runs.end(number, self._now(), stopped=not ended)
        run = self._runs.get(number)
        if run.incidents and ended:
            _log.error("what is stored is not as safe as the database says", audit=number, incidents=run.incidents)
        return run

    def _all(
        self,
        number: int,
        place: Place,
        zones: Sequence[Zone],
        only: str | None,
        repair: bool,
        stop: Callable[[], bool],
        progress: Progress | None,
    ) -> bool:
        fix = Repair(self._node, self._now, number) if repair else None
        if place.zone is not None:
            names = [each.name for each in zones]
            begun = names.index(place.zone) if place.zone in names else 0
            for each in zones[begun:]:
                start = place if place.zone == each.name else Place(zone=each.name)
                for _ in self._zone(number, each, start, fix):
                    if progress is not None:
                        progress(self._met)
                    if stop():
                        return False
                if fix is not None:
                    fix.remove_orphans(each.name)
            place = Place(zone=None)
        if only is None:
            for met in audit_graphs(self._node, self._runs, number, place, self._now, repair=repair):
                self._met += met
                if progress is not None:
                    progress(self._met)
                if stop():
                    return False
            with self._node.database.write() as connection:
                release_sound(connection, number, self._now)
        return True

    def _zone(self, number: int, zone: Zone, place: Place, fix: Repair | None) -> Iterator[Place]:
        """Compare a zone stretch by stretch; yield where the audit stands after each."""
        store = self._vault.store(zone.name)
        with ThreadPoolExecutor(self._node.settings.drift.threads, thread_name_prefix="drift") as readers:
            for keys in _stretches(store.keys(after=place.after)):
                listed = {_name(key) for key in keys if _is_key(key)}
                for kind in sorted({kind for kind, _ in listed}):
                    last = max(digest for other, digest in listed if other == kind)
                    for stretch in self._ghosts(number, zone, place, kind, last, listed, fix):
                        yield (place := stretch)
                seen = self._listed(zone, keys, readers)
                place = dataclasses.replace(place, after=keys[-1])
                self._keep(number, place, seen, fix)
                yield place
            with self._node.database.read() as connection:
                known = kinds(connection)
            for kind in known:
                # What comes after the last that was listed of its kind.
                for stretch in self._ghosts(number, zone, place, kind, None, set(), fix):
                    yield (place := stretch)

    def _ghosts(
        self,
        number: int,
        zone: Zone,
        place: Place,
        kind: str,
        until: str | None,
        listed: set[Name],
        fix: Repair | None,
    ) -> Iterator[Place]:
        """Look for the rows of a stretch that its listing did not hold, and make sure that they are not there."""
        keys = self._vault.mac_keys
        while True:
            after = place.digests.get(kind, "")
            with self._node.database.read() as connection:
                rows = rows_between(connection, zone.name, kind, after, until, _STRETCH, keys)
                moving = underway(connection, (row.digest for row in rows))
            if not rows:
                return
            absent = [row for row in rows if (row.kind, row.digest) not in listed | moving]
            gone = [row for row in absent if self._is_gone(zone, row)]
            with self._node.database.read() as connection:
                still = rows_of(connection, [(row.kind, row.digest) for row in gone], keys)
            place = dataclasses.replace(place, digests={**place.digests, kind: rows[-1].digest})
            found = [
                Seen(zone=zone.name, key=row.key, row=row, verdict=_GHOST) for row in gone if row in still.values()
            ]
            self._keep(number, place, found, fix)
            yield place

    def _listed(self, zone: Zone, keys: Sequence[str], readers: ThreadPoolExecutor) -> list[Seen]:
        first = self._look(zone, [key for key in keys if _is_key(key)], readers)
        odd = [key for key, each in first.items() if each.verdict.drift is not Drift.OK]
        again = self._look(zone, odd, readers) if odd else {}
        seen = [each for key, each in first.items() if key not in again]
        for key, each in again.items():
            before = first[key]
            same = (before.row, before.verdict.drift) == (each.row, each.verdict.drift)
            seen.append(each if same else dataclasses.replace(each, verdict=_OK))
        return seen + [Seen(zone=zone.name, key=key, row=None, verdict=_FOREIGN) for key in keys if not _is_key(key)]

    def _look(self, zone: Zone, keys: Sequence[str], readers: ThreadPoolExecutor) -> dict[str, Seen]:
        names = [_name(key) for key in keys]
        with self._node.database.read() as connection:
            rows = rows_of(connection, names, self._vault.mac_keys)
            moving = underway(connection, (digest for _, digest in names))
        jobs = {
            key: readers.submit(self._judge, zone, key, rows.get(name), name in moving)
            for key, name in zip(keys, names, strict=True)
        }
        return {
            key: Seen(zone=zone.name, key=key, row=rows.get(_name(key)), verdict=job.result())
            for key, job in jobs.items()
        }

    def _judge(self, zone: Zone, key: str, row: ObjectRow | None, moving: bool) -> Verdict:
        if moving:
            return _OK  # its job sees to it
        today = self._now().astimezone(dt.UTC).date()
        store = self._vault.store(zone.name)
        try:
            if row is not None and row.zone != zone.name:
                return compare_elsewhere(row, zone, today)
            observed = store.observe(key)
        except NotFound:
            return _OK if row is None else _GHOST
        if row is None:
            return _ORPHAN if self._now() - observed.modified >= self._grace else _OK
        return compare(row, observed, zone, store.bucket, self._vault.mac_keys, today)

    def _is_gone(self, zone: Zone, row: ObjectRow) -> bool:
        try:
            self._vault.store(zone.name).stat(row.key)
        except NotFound:
            return True
        return False

    def _keep(self, number: int, place: Place, seen: Sequence[Seen], fix: Repair | None) -> None:
        self._met += len(seen)
        counts: dict[Drift, int] = {}
        for each in seen:
            counts[each.verdict.drift] = counts.get(each.verdict.drift, 0) + 1
        odd = [each for each in seen if each.verdict.drift is not Drift.OK]
        found = [each.deviation(fix.attempt(each) if fix is not None else None) for each in odd]
        with self._node.database.write() as connection:
            self._runs.advance(connection, number, place, counts, found, self._now())
            consequences(connection, odd, self._now, number, self._vault.mac_keys, seen if fix else ())


def _stretches(keys: Iterable[str]) -> Iterator[list[str]]:
    walk = iter(keys)
    while stretch := list(islice(walk, _STRETCH)):
        yield stretch


def _is_key(key: str) -> bool:
    try:
        return check_key(key) == key
    except StorageError:
        return False


def _name(key: str) -> Name:
    kind, _, digest = key.split("/")
    return kind, digest
