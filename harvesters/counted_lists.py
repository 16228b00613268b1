"""Lists that are read by offset and say how long they are, followed so that nothing is lost while they change.

Offsets slide: a row that goes missing before the reader moves an unread one behind him. Each request therefore asks
for the last row again. In a list sorted by its keys a row that is not there is looked for, and the list goes on from
it; any other list is begun again. The end is asked for, too, never believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from node.errors import AnswerBroken, CircularList, HttpStatus, ListIncomplete, SyntaxRefused, TooLarge
from node.model.oai import Checkpoint, Page, Record
from node.model.report import Finding, Severity
from node.syntax import parse_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some rows of a list, from an offset on, as the source gave them.

    Attributes:
        total: how many rows the source says there are; `None` where it does not.
        bookmark: see `Checkpoint`; of the run's first answer.
    """

    records: tuple[Record, ...]
    total: int | None
    url: str
    bookmark: str | None = None
    response_date: str = ""
    metadata_namespace: str = ""
    findings: tuple[Finding, ...] = ()


Ask = Callable[[int, int], Slice]
"""From an offset (counted from 0) and a number of rows to what the source gives."""


def counted_pages(ask: Ask, checkpoint: Checkpoint, *, rows: int, restarts: int = 2) -> Iterator[Page]:
    """Yield the pages of a list; the last one holds no record, and its checkpoint is `done`.

    Args:
        rows: how many to ask for; a source may give fewer.
        restarts: how often the list is begun again where it cannot be followed.

    Raises:
        CircularList: it goes round in circles, or on for ever.
        ListIncomplete: it ends before it should, or changes so much that it cannot be followed.
        FetchError, SyntaxRefused: what `ask` raises. A page that is too large, or that the server breaks down over,
            is first asked for in smaller ones.
    """
    yield from _Walk(ask, checkpoint, rows, restarts).pages()


def key_of(record: Record) -> str:
    """Return what a row is known by: its identifier, else its content."""
    content = record.metadata or record.raw or b""
    return record.header.identifier or f"~sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """Where a walk stands: `start` rows are behind it, `last` is the key of the last one.

    Attributes:
        total, first_total: how many rows the source says there are, now and at the beginning.
        in_order: so far every key came after the one before it.
    """

    start: int = 0
    last: str = ""
    total: int | None = None
    first_total: int | None = None
    in_order: bool = True


_IDLE = 20
_SMALLEST = 2
_MOST = 20_000_000
_CALM = 10
_BREAKDOWNS = (500, 502, 504)
_RARE = "Nothing, as long as it is rare."


class _Walk:
    def __init__(self, ask: Ask, checkpoint: Checkpoint, rows: int, restarts: int) -> None:
        self._ask, self._checkpoint, self._restarts = ask, checkpoint, restarts
        self._rows = self._wanted = max(rows, _SMALLEST)
        self._calm = 0
        self._notes: tuple[Finding, ...] = ()
        # In a list without order, digests of the keys met; a list in order needs none.
        self._seen: set[int] = set()
        self._exact = False
        self._idle = 0
        self._reached = ""
        self._at = _read_position(checkpoint.position)
        if not self._at.in_order:  # what was met is not known any more
            self._at = _Position(first_total=self._at.first_total, in_order=False)
            self._note("harvest.list-restarted", "the list was begun again: its rows are in no order", _RARE)

    def pages(self) -> Iterator[Page]:
        seek, back = None, 1
        while not self._checkpoint.done:
            overlap = 1 if self._at.last and not self._exact else 0
            step = self._at.start - overlap if seek is None else seek
            answer = self._slice(step)
            self._count(answer)
            keys = [key_of(record) for record in answer.records]
            if self._slid_back(keys, step):
                seek, back = max(0, step - back), back * 2
                continue
            seek, back = None, 1
            fresh = self._fresh(answer, keys, step, overlap)
            if fresh is None:
                continue
            # In a list in order, rows that came before are passed as long as each answer leads further.
            moved = bool(fresh) or (self._at.in_order and max(keys, default="") > self._reached)
            self._idle = 0 if moved else self._idle + 1
            self._reached = max(keys, default="")
            if fresh:
                self._exact = False
                yield self._page(answer, fresh)
            elif self._is_over(answer, keys, overlap):
                self._checkpoint = replace(self._checkpoint, done=True)
                yield self._page(answer, ())
            elif self._idle > _IDLE:
                raise CircularList(
                    f"{answer.url}: {self._idle} answers in a row hold nothing new, and the list has no end",
                    advice="Show the message to the source's operator: its pages are not those that were asked for.",
                )

    def _slice(self, step: int) -> Slice:
        """Ask for rows: for fewer where a page is too much for either side, for more again after some good answers."""
        while True:
            try:
                answer = self._ask(step, self._rows)
            except (TooLarge, HttpStatus, AnswerBroken) as error:
                is_final = isinstance(error, HttpStatus) and error.status not in _BREAKDOWNS
                if is_final or self._rows == _SMALLEST:
                    raise
                self._rows, self._calm = max(_SMALLEST, self._rows // 4), 0
                continue
            self._calm += 1
            if self._calm % _CALM == 0:
                self._rows = min(self._wanted, self._rows * 2)
            return answer

    def _count(self, answer: Slice) -> None:
        """Take note of how long the list is said to be, and whether that changes."""
        at, total = self._at, answer.total
        if total is None or total == at.total:
            return
        if at.first_total is not None and total > 2 * at.first_total + 10_000:
            raise CircularList(f"{answer.url}: the list grew from {at.first_total} to {total} while it was read")
        if at.total is not None:
            message = f"the list had {at.total} records, and then {total}, while it was read"
            self._note("harvest.list-changed", message, "Nothing; the next run takes in what came late.")
        self._at = replace(at, total=total, first_total=at.first_total if at.first_total is not None else total)

    def _slid_back(self, keys: list[str], step: int) -> bool:
        """Rows before the reader are gone, so that this answer begins behind the last row: go back and look for it."""
        at = self._at
        is_behind = at.in_order and not self._exact and bool(at.last) and (not keys or keys[0] > at.last)
        return is_behind and step > 0

    def _fresh(self, answer: Slice, keys: list[str], step: int, overlap: int) -> tuple[Record, ...] | None:
        """Return the records that are new, and move on; `None` where the list must be begun again."""
        at = self._at
        if at.in_order:
            # What follows the last row must come after it; the last row itself is there only where it was asked for.
            follows = overlap or not keys or keys[0] > at.last
            if follows and all(one < other for one, other in pairwise(keys)):
                fresh = tuple(record for record, key in zip(answer.records, keys, strict=True) if key > at.last)
                self._at = replace(at, start=step + len(keys), last=keys[-1] if fresh else at.last)
                return fresh
            if at.last:
                self._begin_again("its rows are not in order", in_order=False)
                return None
            at = replace(at, in_order=False)
        digests = [_digest(key) for key in keys[overlap:]]
        slid = overlap and (not keys or keys[0] != at.last)
        if slid or (digests and self._seen.issuperset(digests)):
            self._begin_again("it changed while it was read" if slid else "it repeats itself", in_order=False)
            return None
        self._seen.update(digests)
        if len(self._seen) > _MOST:
            raise CircularList(f"{answer.url}: more than {_MOST} records, and no end")
        self._at = replace(at, start=step + len(keys), last=keys[-1] if keys else at.last)
        return answer.records[overlap:]

    def _is_over(self, answer: Slice, keys: list[str], overlap: int) -> bool:
        """The end, where nothing follows the last row.

        It is plain where a row stands alone in the answer and all rows are there; otherwise what should follow it is
        asked for by itself: the source may give one row at a time.
        """
        at = self._at
        if len(keys) > overlap:
            return False
        count = at.start if at.in_order else len(self._seen)
        if keys and (at.total is None or count < at.total):
            self._exact = True
            return False
        if at.total is not None and count < at.total:
            self._begin_again(f"{count} records came of {at.total}", in_order=at.in_order, url=answer.url)
            return False
        if at.total is not None and count > at.total:
            message = f"the source says that there are {at.total} records, and gave {count}"
            self._note("harvest.counts-wrong", message, "Ask the source's operator to correct the count.")
        return True

    def _begin_again(self, why: str, *, in_order: bool, url: str = "") -> None:
        if self._at.last or url:
            if not self._restarts:
                raise ListIncomplete(
                    f"{url or 'the list'}: {why}; begun again in vain",
                    advice="Harvest again when the source is quiet; if it always happens, show this to its operator.",
                )
            self._restarts -= 1
            self._note("harvest.list-restarted", f"the list was begun again: {why}", _RARE)
        self._at = _Position(first_total=self._at.first_total, in_order=in_order)
        self._seen, self._exact = set(), False

    def _note(self, code: str, message: str, advice: str) -> None:
        finding = Finding(code=code, severity=Severity.WARNING, message=message, advice=advice)
        if finding not in self._notes:
            self._notes = (*self._notes, finding)

    def _page(self, answer: Slice, records: tuple[Record, ...]) -> Page:
        checkpoint = self._checkpoint
        self._checkpoint = replace(
            checkpoint,
            position=None if checkpoint.done else _write_position(self._at),
            pages=checkpoint.pages + 1,
            listed=checkpoint.listed + len(records),
            bookmark=checkpoint.bookmark or answer.bookmark,
        )
        notes, self._notes = self._notes, ()
        return Page(
            records=records,
            listed=len(records),
            checkpoint=self._checkpoint,
            url=answer.url,
            response_date=answer.response_date,
            complete_list_size=answer.total,
            metadata_namespace=answer.metadata_namespace,
            findings=notes + answer.findings,
        )


def _digest(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _write_position(at: _Position) -> str:
    return json.dumps([at.start, at.last, at.total, at.first_total, at.in_order])


def _read_position(text: str | None) -> _Position:
    """Return the position a text spells; the beginning where it spells none (it may be of an earlier version)."""
    try:
        value = parse_json((text or "").encode("utf-8", "surrogatepass"))
    except SyntaxRefused:
        return _Position()
    match value:
        case [int(start), str(last), None | int() as total, None | int() as first_total, bool(in_order)]:
            return _Position(start=start, last=last, total=total, first_total=first_total, in_order=in_order)
    return _Position()
