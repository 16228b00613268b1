"""Lists that are known whole before their first record is made: what they hold is gathered, then gone through by key.

Sitemaps, change lists and event streams name a thing in several places and in no order that lasts, and only the newest
mention counts. Gathered on disk, each thing is there once, and a place in the list is a key: another process gathers
again and goes on behind it, whatever was added or left out meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from node.errors import AddressRefused, FairnodeError, FetchError, ListIncomplete, SyntaxRefused
from node.model.oai import Checkpoint, Page, Record
from node.model.report import Finding
from node.syntax import parse_json


@dataclass(frozen=True, slots=True)
class Mention:
    """What a list says of a thing.

    Attributes:
        key: what the thing is known by.
        stamp: when it was said, as text that sorts.
        value: what was said.
    """

    key: str
    stamp: str
    value: bytes = b""


class Gathered:
    """Things by their keys, each as it was mentioned last; on disk, and gone with the process."""

    def __init__(self) -> None:
        # An empty name is a private database in a temporary file (https://www.sqlite.org/inmemorydb.html).
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE mention (key TEXT PRIMARY KEY, stamp TEXT, value BLOB) WITHOUT ROWID")

    def put(self, mention: Mention) -> None:
        """Take a mention in, unless a newer one is there; of two with the same stamp the later call counts."""
        self._database.execute(
            "INSERT INTO mention VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET stamp = ?2, value = ?3 "
            "WHERE ?2 >= stamp",
            (mention.key, mention.stamp, mention.value),
        )

    def get(self, key: str) -> Mention | None:
        """Return what was said last of a thing."""
        row = self._database.execute("SELECT key, stamp, value FROM mention WHERE key = ?", (key,)).fetchone()
        return Mention(*row) if row else None

    def after(self, key: str, size: int) -> list[Mention]:
        """Return the things behind a key, in the order of their keys."""
        rows = self._database.execute(
            "SELECT key, stamp, value FROM mention WHERE key > ? ORDER BY key LIMIT ?", (key, size)
        )
        return [Mention(*row) for row in rows]

    def clear(self) -> None:
        """Forget everything."""
        self._database.execute("DELETE FROM mention")

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT count(*) FROM mention").fetchone()
        return int(count)

    def close(self) -> None:
        """Give the disk back."""
        self._database.close()


class Unavailable(Exception):
    """A thing cannot be had for now; a later run may get it."""

    def __init__(self, error: FairnodeError, record: Record) -> None:
        super().__init__(error.message)
        self.error = error
        self.record = record


class Reader(Protocol):
    """Makes records of what was gathered."""

    def read(self, mention: Mention) -> Record | None:
        """Return the record of a thing; `None` where it is none, which is for `notes` to say.

        Raises:
            Unavailable: not now, with the record that stands for it in the ledger.
        """
        ...

    def notes(self) -> tuple[Finding, ...]:
        """Return what was found since the last call, about the list and not about one record."""
        ...


_IN_A_ROW = 10


def gathered_pages(
    gathered: Gathered,
    reader: Reader,
    checkpoint: Checkpoint,
    *,
    size: int,
    url: str,
    bookmark: str | None,
    missing: str = "",
) -> Iterator[Page]:
    """Yield the pages of a gathered list, from the checkpoint's position on; the last page's checkpoint is `done`.

    Args:
        size: things of one page.
        url: of the list.
        bookmark: of this run; that of the checkpoint counts where the run was begun by another process, since what is
            behind the position was gathered then.
        missing: why not everything could be gathered; empty where it could.

    Raises:
        ListIncomplete: some of it could not be had; everything else was yielded.
        FetchError, SyntaxRefused: so many things in a row could not be had that the source must be down.
    """
    key, failed, why = _read_position(checkpoint.position)
    if checkpoint.position is None:
        checkpoint = replace(checkpoint, bookmark=bookmark)
    total = len(gathered)
    in_a_row = 0
    batch = gathered.after(key, size)
    while True:
        records: list[Record] = []
        error: FairnodeError | None = None
        for mention in batch:
            try:
                record = reader.read(mention)
                in_a_row = 0
            except Unavailable as problem:
                record, in_a_row, failed = problem.record, in_a_row + 1, failed + 1
                why = why or problem.error.message[:500]
                error = problem.error
            if record is not None:
                records.append(record)
            if in_a_row >= _IN_A_ROW and error is not None:
                raise error
        key = batch[-1].key if batch else key
        batch = gathered.after(key, size)
        is_done = not batch and not failed and not missing
        checkpoint = replace(
            checkpoint,
            position=None if is_done else json.dumps([key, failed, why]),
            pages=checkpoint.pages + 1,
            listed=checkpoint.listed + len(records),
            done=is_done,
        )
        yield Page(
            records=tuple(records),
            listed=len(records),
            checkpoint=checkpoint,
            url=url,
            complete_list_size=total,
            findings=reader.notes(),
        )
        if not batch:
            break
    if failed or missing:
        part = f"{failed} of what it lists could not be had; the first: {why}" if failed else missing
        raise ListIncomplete(
            f"{url}: {part}",
            advice="Everything else was harvested. Harvest again; if it stays so, show this to the site's operator.",
        )


def is_passing(error: FairnodeError) -> bool:
    """Tell whether another day may mend a failure: a server that breaks down or is busy, not one that says no."""
    if not isinstance(error, FetchError) or isinstance(error, AddressRefused):
        return False
    status = getattr(error, "status", None)
    return status is None or status >= 500 or status in (408, 425, 429)


def _read_position(text: str | None) -> tuple[str, int, str]:
    try:
        value = parse_json((text or "").encode("utf-8", "surrogatepass"))
    except SyntaxRefused:
        return "", 0, ""
    match value:
        case [str(key), int(failed), str(why)]:
            return key, failed, why
    return "", 0, ""
