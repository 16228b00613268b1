"""The walk through the documents of a catalogue, depth first: lists, their pages, and the catalogues within them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harvesters.asking import Patience
from harvesters.dcat_bookmarks import Apart, Bookmark, Lists, began, validator
from harvesters.dcat_documents import Document, addresses, links, on_site, read_document
from harvesters.dcat_graph import Graph
from harvesters.dcat_items import (
    Items,
    Unavailable,
    catalog_records,
    described,
    finding,
    graph_of,
    is_lasting,
    lost_member,
    unavailable,
)
from harvesters.dcat_listing import Container, Listed, Listing, no_catalogue, read_listing
from harvesters.dcat_position import Frame, Met, Position, Rest, read_position
from harvesters.oai_positions import seen_before
from node.errors import CircularList, FetchError, HarvestError, HttpStatus, ListIncomplete, SyntaxRefused, TooLarge
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Page, Record
from node.model.rdf import Iri
from node.model.report import Finding
from node.model.source import Source

_DEEPEST = 8
_MOST_DOCUMENTS = 1_000_000
_EMPTY_PAGES = 50
_FAILURES_IN_A_ROW = 10
_REPETITION = 100.0
_FETCHED_COUNTS = 4
# So that a page of large records is a short one.
_BYTES_COUNT = 100_000
_CIRCLE_ADVICE = "Show the message to the catalogue's operator: its pages lead nowhere."


class Walk:
    """One run through a catalogue.

    Args:
        checkpoint: where to go on; a walk whose checkpoint has no position must `begin`.
        known: what the last run left; resources of lists it knows are only asked for where they changed.
        page_size: records of one page; those that have documents of their own count four times.

    Attributes:
        is_underway: it has begun.
    """

    def __init__(
        self,
        source: Source,
        fetch: Fetch,
        patience: Patience,
        checkpoint: Checkpoint,
        *,
        known: Bookmark | None = None,
        page_size: int,
    ) -> None:
        self._source, self._fetch, self._patience = source, fetch, patience
        self._checkpoint, self._page_size = checkpoint, page_size
        self._known = known or Bookmark()
        position = read_position(checkpoint.position)
        self.is_underway = position is not None
        self._at = position or Position()
        self._first: Document | None = None
        self._failures_in_a_row = 0
        self._documents = 0
        # What was met already in this process; another one that goes on meets it again, as repeats.
        self._met = Met()
        self._notes: tuple[Finding, ...] = ()
        self._lists = Lists("")
        self._validator = Bookmark()

    def begin(self, document: Document) -> None:
        """Start at the first document, which was fetched already."""
        self._at = Position(homes=(self._source.url, document.url))
        self._at.frames.append(Frame(url=self._source.url, first=self._source.url))
        self._first, self._lists = document, Lists(began(document.headers))
        self.is_underway = True
        for address in self._at.homes:
            self._met.add(f"document {address}")

    def pages(self) -> Iterator[Page]:
        """Yield pages until everything that could be had is listed."""
        while self._at.frames:
            frame, outer = self._at.frames[-1], len(self._at.frames) - 1
            try:
                yield from self._step(frame)
            except (FetchError, HarvestError, SyntaxRefused) as error:
                if not outer:
                    raise
                # A list within the list ends here, and the others go on.
                del self._at.frames[outer:]
                if record := self._lost(frame, error):
                    yield self._page([record], frame.url)
        if self._notes:
            yield self._page([], self._source.url)

    def settle(self) -> None:
        """Say so where the list is not whole.

        Raises:
            ListIncomplete: always then.
        """
        if self._at.failed:
            more = f" (and {self._at.failed - 1} more)" if self._at.failed > 1 else ""
            raise ListIncomplete(
                f"{self._source.url}: the list is not whole: {self._at.why}{more}",
                advice="Everything else was harvested. Harvest again; if it stays so, show this to the operator.",
            )

    def done(self, checkpoint: Checkpoint) -> Checkpoint:
        """Return the checkpoint of the last page."""
        # What was remembered before is let go: of a resource that left its list and came back as it was, it would say
        # that nothing has changed, and the node may have taken it for deleted.
        left = (self._validator, self._lists.bookmark())
        bookmark = next((str(one) for one in left if one != Bookmark()), None)
        if bookmark is None and self._source.next_from is not None:
            bookmark = str(Bookmark())  # takes the place of one that must not be compared with any more
        return replace(checkpoint, position=None, done=True, whole=True, bookmark=bookmark)

    def last_page(self) -> Page:
        """Return an empty page, for a walk of which the process before had listed everything."""
        return self._page([], self._source.url)

    def _step(self, frame: Frame) -> Iterator[Page]:
        if frame.rest is None:
            yield from self._read(frame)
        elif frame.index < frame.rest.listed + len(frame.rest.containers):
            container = frame.rest.containers[frame.index - frame.rest.listed]
            frame.index += 1
            self._enter(container)
        else:
            self._turn(frame, frame.rest)

    def _read(self, frame: Frame) -> Iterator[Page]:
        self._documents += 1
        if self._documents > _MOST_DOCUMENTS:
            raise HarvestError(f"{self._source.url}: the list has more than {_MOST_DOCUMENTS} documents")
        document = self._first or read_document(self._fetch, frame.url, patience=self._patience)
        self._first = None
        graph = graph_of(document)
        listing = read_listing(graph, document.url)
        if not listing.is_catalogue and frame.sure:
            raise no_catalogue(document.url)
        if frame.digest != document.digest:
            frame.digest, frame.index = document.digest, 0
        frame.empty = 0 if listing.listed else frame.empty + 1
        if frame.empty > _EMPTY_PAGES:
            raise CircularList(
                f"{document.url}: {frame.empty} pages without a dataset in a row, and no end", advice=_CIRCLE_ADVICE
            )
        following = dict.fromkeys((*listing.following, *links(document.headers.get("link", ""), "next", document.url)))
        if not (following or frame.seen or listing.listed or listing.containers):
            following = dict.fromkeys(listing.first)
        listed = self._wanted(listing.listed)
        is_alone = len(self._at.frames) == 1 and not (following or listing.containers or frame.seen)
        is_whole = is_alone and all(graph.describes(one.node) for one in listed)
        self._validator = validator(document.headers) if is_whole else Bookmark()
        count = self._count(frame, listing)
        yield from self._listed(frame, graph, document, listed)
        frame.rest = Rest(len(listed), count, listing.containers, tuple(following))

    def _listed(self, frame: Frame, graph: Graph, document: Document, listed: tuple[Listed, ...]) -> Iterator[Page]:
        """Yield the records of a document, from where its frame stands."""
        records = catalog_records(graph)
        entries = [
            " ".join(map(str, (one.node, one.kind, *one.catalogs))) for one in listed if not graph.describes(one.node)
        ]
        apart = Apart(entries, self._known)
        is_begun, findings = frame.index > 0, document.findings
        while True:
            batch: list[Record] = []
            cost = 0
            while frame.index < len(listed) and cost < self._page_size:
                one = listed[frame.index]
                is_new = self._met.add(f"resource {one.node}")
                if graph.describes(one.node):
                    # What is only mentioned must not take the place of what was told in full before.
                    if is_new or one.linked:
                        batch.append(described(graph, one, records))
                        cost += len(batch[-1].metadata or b"") // _BYTES_COUNT
                    cost += 1
                elif is_new:
                    batch.append(self._fetched(one, graph, apart))
                    cost += _FETCHED_COUNTS
                else:
                    apart.whole = False
                if graph.repetition > _REPETITION:
                    raise TooLarge(f"{document.url}: what its datasets share is over {_REPETITION:g} times its size")
                frame.index += 1
            if batch or not is_begun:
                yield self._page(batch, document.url, findings)
            is_begun, findings = True, ()
            if frame.index >= len(listed):
                break
        self._lists.add(apart)

    def _lost(self, frame: Frame, error: FetchError | HarvestError | SyntaxRefused) -> Record | None:
        """Account for a list within another that cannot be had, or not to its end."""
        is_final = not isinstance(error, FetchError) or (isinstance(error, HttpStatus) and is_lasting(error))
        if frame.sure or frame.digest or not is_final:
            self._fail(error.message)
            return None
        if not isinstance(error, HarvestError):
            return lost_member(Iri(frame.url), error)
        self._note("harvest.not-described", f"{frame.url} is linked as part of the list: {error.message}")
        return None

    def _fetched(self, listed: Listed, stub: Graph, apart: Apart) -> Record:
        items = Items(self._fetch, self._patience, self._at.homes)
        try:
            fetched = items.fetched(listed, stub, since=apart.since, parted=apart.parted)
        except Unavailable as error:
            self._fail(error.error.message)
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= _FAILURES_IN_A_ROW:
                raise error.error from error
            return unavailable(listed, error)
        self._failures_in_a_row = 0
        apart.whole = apart.whole and fetched.whole
        apart.parted = apart.parted or fetched.parted
        return fetched.record

    def _enter(self, container: Container) -> None:
        """Go down into a container, unless it was met before."""
        address = on_site(container.node, *self._at.homes)
        if address is None and container.part:
            self._fail(f"{container.node} is part of the list and lives on another host")
        elif address is None:
            self._note("harvest.other-host", f"the catalogue {container.node} is on another host; it was not followed")
        elif len(self._at.frames) >= _DEEPEST:
            self._fail(f"{container.node}: catalogues nest deeper than {_DEEPEST}")
        elif self._met.add(f"document {address}"):
            self._at.frames.append(Frame(url=address, first=address, sure=container.sure))

    def _turn(self, frame: Frame, rest: Rest) -> None:
        """Turn to the next page of a list, or leave the list where it was the last."""
        self._at.frames.pop()
        held = frame.listed + rest.count
        if not rest.following and frame.total is not None and held < frame.total and not self._source.set_specs:
            self._fail(f"{frame.first} says that it holds {frame.total} resources, and {held} were listed")
        seen = frame.seen or seen_before(frame.url, ())[1]
        for number, address in enumerate(addresses(rest.following, self._at.homes, frame.url)):
            again, further = seen_before(address, seen)
            if again:
                raise CircularList(f"{frame.url}: the next page {address} came before it", advice=_CIRCLE_ADVICE)
            is_new = self._met.add(f"document {address}")
            if number == 0:
                page = replace(frame, url=address, digest="", index=0, seen=further, sure=True, listed=held, rest=None)
                self._at.frames.append(page)
            elif is_new:
                # A second collection in the same document: its pages are a list of their own.
                self._at.frames.insert(len(self._at.frames) - 1, Frame(url=address, first=address))

    def _count(self, frame: Frame, listing: Listing) -> int:
        """Return how many resources a page holds that the pages before it did not, and its containers."""
        total = listing.total
        if total is not None and frame.total is not None and total != frame.total:
            message = f"the list held {frame.total} resources, and then {total}, while it was read"
            self._note("harvest.list-changed", message)
        frame.total = total if total is not None else frame.total
        return sum(self._met.add(f"in {frame.first} {node}") for node in listing.counted())

    def _wanted(self, listed: tuple[Listed, ...]) -> tuple[Listed, ...]:
        wanted = set(self._source.set_specs)
        return tuple(one for one in listed if not wanted.isdisjoint(one.catalogs)) if wanted else listed

    def _fail(self, why: str) -> None:
        self._at.failed += 1
        self._at.why = self._at.why or why[:500]

    def _note(self, code: str, message: str) -> None:
        self._notes = (*self._notes, finding(code, message))

    def _page(self, batch: list[Record], url: str, findings: tuple[Finding, ...] = ()) -> Page:
        self._checkpoint = replace(
            self._checkpoint,
            position=str(self._at),
            pages=self._checkpoint.pages + 1,
            listed=self._checkpoint.listed + len(batch),
        )
        notes, self._notes = self._notes, ()
        outermost = self._at.frames[0] if self._at.frames else None
        return Page(
            records=tuple(batch),
            listed=len(batch),
            checkpoint=self._checkpoint,
            url=url,
            complete_list_size=outermost.total if outermost and not self._source.set_specs else None,
            findings=(*findings, *notes),
        )
