"""The walk through the pages of an event stream, and what to remember of it so that the next one is short.

TREE, “Traversing the search tree” (https://w3id.org/tree/specification#traversing). A page that its server calls
immutable (RFC 8246) is read once. The next walk begins at the root and at the pages that only immutable ones lead to.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass

from harvesters.asking import Patience
from harvesters.dcat_documents import ACCEPT_DATASET, on_site, read_document
from harvesters.gathered_lists import Gathered, is_passing
from harvesters.ldes_members import Kind, members
from harvesters.ldes_stream import Relation, Stream, TreePage
from node.errors import CircularList, HarvestError, HttpStatus, ListIncomplete, SyntaxRefused
from node.harvest.protocols import Fetch
from node.syntax import parse_json

_MOST_PAGES = 1_000_000
_MOST_REMEMBERED = 5_000
_NO_END = "Show the message to the stream's publisher: its pages lead nowhere."


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known of a stream after a walk.

    Attributes:
        since: the time of the newest member met; none is ever added before it (LDES, `ldes:timestampPath`).
        latest: digests of the members of that time.
        known: digests of the immutable pages that mutable ones lead to.
        frontier: mutable pages that immutable ones lead to. Both without those that a relation says are older.
        parts: the stream tells of distributions, agents and the like apart from their datasets.
    """

    since: str
    latest: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    frontier: tuple[str, ...] = ()
    parts: bool = False

    def write(self) -> str | None:
        """Return it as a bookmark; `None` where it is too much for one."""
        if len(self.known) + len(self.frontier) > _MOST_REMEMBERED:
            return None
        # Without the members of the last moment they are only taken in again.
        latest = sorted(self.latest) if len(self.latest) <= _MOST_REMEMBERED else []
        return json.dumps([self.since, latest, sorted(self.known), self.frontier, self.parts])


def read_memory(bookmark: str | None) -> Memory | None:
    """Return what a bookmark says; `None` where it is none of this protocol."""
    try:
        value = parse_json((bookmark or "").encode("utf-8", "surrogatepass"))
    except SyntaxRefused:
        return None
    match value:
        case [str(since), list(latest), list(known), list(frontier), bool(parts)]:
            return Memory(
                since=since,
                latest=frozenset(each for each in latest if isinstance(each, str)),
                known=frozenset(each for each in known if isinstance(each, str)),
                frontier=tuple(each for each in frontier if isinstance(each, str)),
                parts=parts,
            )
    return None


class Outdated(Exception):
    """What is remembered of the stream is not so any more."""


class Walk:
    """One walk.

    Args:
        memory: of the walk before; `None` reads everything.
        empty_pages: pages without anything new in a row that are followed.

    Attributes:
        memory: what to remember; `None` where the stream has no times to go on from.
        has_parts: see `Memory.parts`.
    """

    def __init__(
        self, fetch: Fetch, patience: Patience, url: str, memory: Memory | None, *, empty_pages: int = 5_000
    ) -> None:
        self._fetch, self._patience, self._url = fetch, patience, url
        self._before = memory
        self._empty_pages = empty_pages
        self._since = memory.since if memory else ""
        self._newest = self._since
        self._latest: set[str] = set(memory.latest) if memory else set()
        self._is_dated = True
        self.has_parts = memory.parts if memory else False
        # What mutable, and what immutable pages lead to, each with what is known of the age of its members.
        self._linked: dict[str, str | None] = {}
        self._immutable: set[str] = set(memory.known) if memory else set()
        self._frontier: dict[str, str | None] = {}
        self._homes: tuple[str, ...] = (url,)
        self._idle = 0
        self._contents: set[bytes] = set()
        self.memory: Memory | None = None

    def open(self) -> tuple[TreePage, Stream]:
        """Read the first page.

        Raises:
            FetchError, HarvestError, SyntaxRefused: it cannot be had, or is no page of a stream.
        """
        page = self._page(self._url)
        found = page.stream(self._url)
        self._homes = (self._url, page.url)
        if found is None:
            raise HarvestError(
                f"{page.url}: the document describes no event stream",
                advice="Give the address of an ldes:EventStream, or of its first page (tree:view).",
            )
        stream, view = found
        if view in (page.url, self._url):
            return page, stream
        if on_site(view, *self._homes) is None:
            raise HarvestError(
                f"{page.url}: the stream's view is {view}, on another host; nothing is fetched from there",
                advice="Register the address of the view itself.",
            )
        page = self._page(view)
        again = page.stream(view)
        return page, again[0] if again and again[0].timestamp else stream

    def gather(self, gathered: Gathered) -> None:
        """Read the pages, and gather their members by what they are about, the newest of each.

        Raises:
            ListIncomplete: a page of the stream is not there, or on another host.
            CircularList: it has no end.
            FetchError, HarvestError, SyntaxRefused: a page cannot be had.
            Outdated: the pages are others than they were.
        """
        root, stream = self.open()
        carried = self._before.frontier if self._before else ()
        waiting = deque[tuple[str, TreePage | None]]([(root.url, root), *((address, None) for address in carried)])
        self._frontier = dict.fromkeys(carried)
        self._linked[_digest(root.url)] = None
        asked: set[str] = set()
        while waiting:
            address, page = waiting.popleft()
            if address in asked or (page is None and _digest(address) in self._immutable):
                continue
            asked.add(address)
            if len(asked) > _MOST_PAGES:
                raise CircularList(f"{self._url}: more than {_MOST_PAGES} pages, and no end", advice=_NO_END)
            page = page or self._linked_page(address, is_carried=address in carried)
            if page.url != address and page.url in asked and page is not root:
                continue
            asked.add(page.url)
            is_known = _digest(address) in self._immutable
            if not is_known:
                self._take(page, stream, gathered)
            relations = [] if is_known else self._relations(page, stream)
            self._remember(page, address, relations)
            waiting.extend((relation.node, None) for relation in relations)
        self.memory = self._remembered(root.sent)

    def _take(self, page: TreePage, stream: Stream, gathered: Gathered) -> None:
        self._watch(page)
        for member in members(page, stream):
            self._is_dated = self._is_dated and bool(member.stamp)
            digest = _digest(member.member)
            is_known = member.stamp == self._since and self._before is not None and digest in self._before.latest
            if member.stamp > self._newest:
                self._newest = member.stamp
                self._latest.clear()
            if member.stamp == self._newest:
                self._latest.add(digest)
            if (not member.stamp or member.stamp >= self._since) and not is_known:
                self.has_parts = self.has_parts or member.kind is Kind.PART
                gathered.put(member.mention())

    def _watch(self, page: TreePage) -> None:
        """Stop a stream whose pages go on for ever."""
        content = hashlib.sha256("\n".join(page.members()).encode("utf-8", "surrogatepass")).digest()[:16]
        is_new = bool(page.members()) and content not in self._contents
        self._contents.add(content)
        self._idle = 0 if is_new else self._idle + 1
        if self._idle > self._empty_pages:
            message = f"{page.url}: {self._idle} pages in a row hold nothing new, and the stream has no end"
            raise CircularList(message, advice=_NO_END)

    def _relations(self, page: TreePage, stream: Stream) -> list[Relation]:
        """Return where to go on: to all pages but those whose members are older than what is known."""
        return [each for each in page.relations(stream) if not _is_older(each.before, self._since)]

    def _remember(self, page: TreePage, address: str, relations: list[Relation]) -> None:
        if page.is_immutable:
            self._immutable.update((_digest(address), _digest(page.url)))
            self._frontier.pop(address, None)
            self._frontier.update((each.node, each.before) for each in relations)
        else:
            self._linked.update((_digest(each.node), each.before) for each in relations)

    def _remembered(self, clock: str) -> Memory | None:
        if not self._is_dated or not self._newest:
            return None
        if clock and self._newest > clock:
            # One member from the future would hide all that come until then.
            self._newest = max(clock, self._since)
            self._latest.clear()
        linked = {each for each, before in self._linked.items() if not _is_older(before, self._newest)}
        frontier = [each for each, before in self._frontier.items() if not _is_older(before, self._newest)]
        return Memory(
            since=self._newest,
            latest=frozenset(self._latest),
            known=frozenset(self._immutable & linked),
            frontier=tuple(address for address in frontier if _digest(address) not in self._immutable),
            parts=self.has_parts,
        )

    def _linked_page(self, address: str, *, is_carried: bool) -> TreePage:
        if on_site(address, *self._homes) is None:
            raise ListIncomplete(
                f"{self._url}: the stream goes on at {address}, on another host; nothing is fetched from there",
                advice="Ask the publisher to keep the pages of a stream on one host; or register that host instead.",
            )
        try:
            return self._page(address)
        except HttpStatus as error:
            if is_passing(error):
                raise
            if is_carried:
                raise Outdated(error.message) from error
            raise ListIncomplete(
                f"{self._url}: a page of the stream is not there: {error.message}",
                advice="Nothing was taken in: what is newest is only known once every page was read.",
            ) from error

    def _page(self, address: str) -> TreePage:
        target = on_site(address, *self._homes) or address
        return TreePage(read_document(self._fetch, target, patience=self._patience, accept=ACCEPT_DATASET))


def _is_older(before: str | None, since: str) -> bool:
    return before is not None and bool(since) and before < since


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
