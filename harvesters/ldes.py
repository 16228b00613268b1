"""Harvests Linked Data Event Streams (https://w3id.org/ldes/specification), DCAT-AP Feeds
(https://semiceu.github.io/LDES-DCAT-AP-feeds/) among them: what the newest member says of each thing is its record.

Which member is the newest is known only once every page was read, so the stream is read whole first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from harvesters.asking import Patience
from harvesters.gathered_lists import Gathered, gathered_pages
from harvesters.ldes_records import MemberReader
from harvesters.ldes_walk import Memory, Outdated, Walk, read_memory
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity
from node.model.repository import RepositoryDescription
from node.model.source import Source


class LdesHarvester:
    """`Harvester` for event streams.

    Args:
        patience: how often a page that cannot be read is asked for.
        page_size: records of one page.
        empty_pages: pages of the stream without anything new in a row that are followed.
    """

    kind: str = "ldes"
    metadata_prefix: str = "dcat"

    def __init__(self, *, patience: Patience | None = None, page_size: int = 200, empty_pages: int = 5_000) -> None:
        self.patience = patience or Patience()
        self.page_size = page_size
        self.empty_pages = empty_pages

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the first page says of the stream; see `Harvester.describe`."""
        page, stream = Walk(fetch, self.patience, source.url, None).open()
        return RepositoryDescription(
            name=next(iter(page.titles(stream.node)), ""),
            url=stream.node,
            protocol="LDES",
            granularity="YYYY-MM-DDThh:mm:ssZ" if stream.timestamp else "",
            deletions="transient" if stream.version_of else "no",
        )

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the newest version of each thing; see `Harvester.pages`.

        An increment reads the pages that may have changed. Dates are not asked for: a stream is read from a bookmark,
        or whole.

        Raises:
            ListIncomplete: a page of the stream is not there; nothing was yielded. Or a member could not be had.
        """
        if checkpoint.done:
            return
        notes = _notes(window)
        with closing(Gathered()) as gathered:
            memory = read_memory(window.from_)
            walk = Walk(fetch, self.patience, source.url, memory, empty_pages=self.empty_pages)
            reason = _gathered(walk, gathered, memory)
            if reason:
                notes = (*notes, _again(reason))
                gathered.clear()
                walk = Walk(fetch, self.patience, source.url, None, empty_pages=self.empty_pages)
                walk.gather(gathered)
            reader = MemberReader(gathered, fetch, self.patience, source.url)
            bookmark = walk.memory.write() if walk.memory else None
            for page in gathered_pages(
                gathered, reader, checkpoint, size=self.page_size, url=source.url, bookmark=bookmark
            ):
                yield replace(page, findings=(*notes, *page.findings)) if notes else page
                notes = ()


HARVESTER = LdesHarvester()


def _gathered(walk: Walk, gathered: Gathered, memory: Memory | None) -> str:
    """Gather what is new; return why everything must be read instead, or nothing."""
    try:
        walk.gather(gathered)
    except Outdated as error:
        return f"its pages are others than they were ({error})"
    if memory is not None and len(gathered) and (memory.parts or walk.has_parts):
        return "it tells of distributions or agents apart from their datasets, and some changed"
    return ""


def _again(reason: str) -> Finding:
    return Finding(
        code="harvest.stream-read-whole",
        severity=Severity.INFO,
        message=f"the whole stream was read, not only what is new: {reason}",
        advice="Nothing: what did not change is passed over.",
    )


def _notes(window: Window) -> tuple[Finding, ...]:
    if (window.from_ is None or read_memory(window.from_) is not None) and window.until is None:
        return ()
    finding = Finding(
        code="harvest.window-ignored",
        severity=Severity.INFO,
        message="an event stream cannot be asked for a span of dates; everything was read",
        advice="Nothing: what did not change is passed over.",
    )
    return (finding,)
