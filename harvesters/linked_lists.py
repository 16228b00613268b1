"""Lists whose pages name the next one, by a link that only the source understands.

Nothing can be looked for in such a list, so its own count is the only proof: it must not fall while the list is read,
and must be met at the end. Otherwise the list is begun again. What is added meanwhile is the next run's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from harvesters.counted_lists import key_of
from harvesters.oai_positions import seen_before
from harvesters.ogc_api import Items, finding
from node.errors import CircularList, ListIncomplete, SyntaxRefused
from node.model.oai import Checkpoint, Page
from node.model.report import Finding
from node.syntax import parse_json

_MOST = 20_000_000


def linked_pages(
    first: Items, follow: Callable[[str], Items], checkpoint: Checkpoint, *, restarts: int = 2, empty_pages: int = 20
) -> Iterator[Page]:
    """Yield the pages of a list; the last one's checkpoint is `done`.

    Args:
        first: its first page, just read.
        follow: from a link to its page.
        restarts: how often the list is begun again.
        empty_pages: pages without a record in a row that are followed.

    Raises:
        CircularList: the list goes round in circles, or on for ever.
        ListIncomplete: it holds less than it says, or changes while it is read.
        FetchError, SyntaxRefused: what `follow` raises.
    """
    url, before, total = _read_position(checkpoint.position)
    items = follow(url) if url else first
    if not url:
        before, total = 0, None
    notes: tuple[Finding, ...] = ()
    seen: set[int] = set()
    empty = 0
    while True:
        problem = ""
        if total is not None and items.matched is not None and items.matched != total:
            change = f"the list had {total} records, and then {items.matched}, while it was read"
            problem = change if items.matched < total else ""
            notes = (*notes, finding("harvest.list-changed", change, "Nothing; the next run takes in what came late."))
        if total is None or problem:
            total = items.matched
        seen.update(_digest(key_of(record)) for record in items.records)
        count = before + len(seen)
        is_last = not items.next_url
        if is_last and not problem and total is not None and count < total:
            problem = f"{count} records came of {total}"
        if is_last and not problem and total is not None and count > total:
            message = f"the source says that there are {total} records, and gave {count}"
            notes = (
                *notes,
                finding("harvest.counts-wrong", message, "Ask the source's operator to correct the count."),
            )
        again, positions = seen_before(items.next_url, checkpoint.seen_positions) if items.next_url else (False, ())
        if again:
            raise CircularList(f"{items.url}: the next link {items.next_url[:300]} came before: the list is a circle")
        empty = 0 if items.records else empty + 1
        if empty > empty_pages or count > _MOST:
            raise CircularList(f"{items.url}: {empty} pages without a record, {count} records, and no end")
        if problem and not restarts:
            raise ListIncomplete(
                f"{items.url}: {problem}; begun again in vain",
                advice="Harvest again when the source is quiet; if it always happens, show this to its operator.",
            )
        checkpoint = replace(
            checkpoint,
            position=None if is_last or problem else json.dumps([items.next_url, count, total]),
            pages=checkpoint.pages + 1,
            listed=checkpoint.listed + len(items.records),
            bookmark=checkpoint.bookmark or items.bookmark,
            seen_positions=() if problem else positions,
            done=is_last and not problem,
        )
        yield Page(
            records=items.records,
            listed=len(items.records),
            checkpoint=checkpoint,
            url=items.url,
            response_date=items.timestamp,
            complete_list_size=items.matched,
            findings=notes + items.findings,
        )
        notes = ()
        if checkpoint.done:
            return
        if problem:
            restarts, before, total, seen = restarts - 1, 0, None, set()
            notes = (
                finding("harvest.list-restarted", f"the list was begun again: {problem}", "Nothing, if it is rare."),
            )
            items = follow(first.url)
        else:
            items = follow(items.next_url)


def _digest(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _read_position(text: str | None) -> tuple[str, int, int | None]:
    try:
        value = parse_json((text or "").encode("utf-8", "surrogatepass"))
    except SyntaxRefused:
        return "", 0, None
    match value:
        case [str(url), int(count), None | int() as total]:
            return url, count, total
    return "", 0, None
