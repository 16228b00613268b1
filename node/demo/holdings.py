"""The items a sample repository holds, in the order in which OAI-PMH 2.0, section 3.5, lists them page by page.

Payloads are rendered when a page is served, so that a hundred thousand records cost little more than their headers.
"""

from __future__ import annotations

import bisect
import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

Key = tuple[dt.datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRecord:
    """One item of the repository (OAI-PMH 2.0, section 2.2).

    Attributes:
        identifier: its OAI identifier.
        datestamp: UTC, whole seconds.
        sets: setSpecs as its header says them; membership in a set is membership in the sets above it.
        prefixes: the metadata formats it is to be had in.
        render: returns the payload of (identifier, metadata prefix), one XML element with its namespaces.
        deleted: it is withdrawn; its header stays.
    """

    identifier: str
    datestamp: dt.datetime
    sets: tuple[str, ...]
    prefixes: tuple[str, ...]
    render: Callable[[str, str], str]
    deleted: bool = False

    def is_in(self, set_spec: str) -> bool:
        """Say whether the item is in the set or in one below it (section 2.6)."""
        return any(one == set_spec or one.startswith(f"{set_spec}:") for one in self.sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a list request asks for; the bounds are inclusive (section 2.7.1)."""

    prefix: str
    set_spec: str | None = None
    from_: dt.datetime | None = None
    until: dt.datetime | None = None


class Holdings:
    """All items, ordered by (datestamp, identifier); safe to change while it is being listed."""

    def __init__(self, records: Iterable[SampleRecord]) -> None:
        self._records = {record.identifier: record for record in records}
        self._keys: list[Key] = sorted((record.datestamp, record.identifier) for record in self._records.values())
        self._earliest = self._keys[0][0] if self._keys else None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[SampleRecord]:
        with self._lock:
            return iter([self._records[identifier] for _, identifier in self._keys])

    def get(self, identifier: str) -> SampleRecord | None:
        """Return the item of that identifier."""
        return self._records.get(identifier)

    def earliest(self) -> dt.datetime | None:
        """Return a lower limit of all datestamps, which never moves forward (section 4.2)."""
        return self._earliest

    def latest(self) -> dt.datetime | None:
        """Return the newest datestamp."""
        with self._lock:
            return self._keys[-1][0] if self._keys else None

    def page(self, selection: Selection, after: Key | None, size: int) -> tuple[list[SampleRecord], bool]:
        """Return the next `size` items after a key, and whether there are more."""
        with self._lock:
            found: list[SampleRecord] = []
            for record in self._selected(selection, after):
                if len(found) == size:
                    return found, True
                found.append(record)
            return found, False

    def count(self, selection: Selection) -> int:
        """Return the size of a complete list."""
        with self._lock:
            return sum(1 for _ in self._selected(selection, None))

    def put(self, record: SampleRecord) -> None:
        """Add an item, or put it in place of the one of that identifier."""
        with self._lock:
            old = self._records.get(record.identifier)
            if old is not None:
                del self._keys[bisect.bisect_left(self._keys, (old.datestamp, old.identifier))]
            self._records[record.identifier] = record
            bisect.insort(self._keys, (record.datestamp, record.identifier))
            self._earliest = min(self._earliest or record.datestamp, record.datestamp)

    def _selected(self, selection: Selection, after: Key | None) -> Iterator[SampleRecord]:
        start = bisect.bisect_left(self._keys, (selection.from_, "")) if selection.from_ else 0
        if after is not None:
            start = max(start, bisect.bisect_right(self._keys, after))
        for position in range(start, len(self._keys)):
            datestamp, identifier = self._keys[position]
            if selection.until is not None and datestamp > selection.until:
                return
            record = self._records[identifier]
            if selection.prefix in record.prefixes and (selection.set_spec is None or record.is_in(selection.set_spec)):
                yield record


def edited(record: SampleRecord, datestamp: dt.datetime, edit: Callable[[str], str] | None) -> SampleRecord:
    """Return the item with a new datestamp, alive, and its payloads changed by `edit`."""
    before = record.render
    if edit is None:
        return replace(record, datestamp=datestamp, deleted=False)
    return replace(
        record,
        datestamp=datestamp,
        deleted=False,
        render=lambda identifier, prefix: edit(before(identifier, prefix)),
    )
