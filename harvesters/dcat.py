"""Harvests DCAT catalogues over HTTP (https://www.w3.org/TR/vocab-dcat-3/), FAIR Data Points and LDP containers too.

A catalogue may be one document, a chain of pages, or a tree of documents. It is walked depth first, and every document
must be had: what is missing ends the run as failed, after all the rest was harvested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harvesters.asking import Patience
from harvesters.dcat_bookmarks import read_bookmark
from harvesters.dcat_description import description
from harvesters.dcat_documents import read_document
from harvesters.dcat_items import graph_of
from harvesters.dcat_listing import no_catalogue, read_listing
from harvesters.dcat_walk import Walk
from node.errors import FairnodeError, HttpStatus
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Page, Window
from node.model.report import Finding, Severity
from node.model.repository import RepositoryDescription
from node.model.source import Source


class DcatHarvester:
    """`Harvester` for DCAT catalogues.

    Args:
        patience: how often a document that cannot be read is asked for.
        page_size: records of one page; those that have documents of their own count four times.
    """

    kind: str = "dcat"
    metadata_prefix: str = "dcat"

    def __init__(self, *, patience: Patience | None = None, page_size: int = 200) -> None:
        self.patience = patience or Patience()
        self.page_size = page_size

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the first document says of the catalogue; see `Harvester.describe`."""
        document = read_document(fetch, source.url, patience=self.patience)
        graph = graph_of(document)
        listing = read_listing(graph, document.url)
        if not listing.is_catalogue:
            raise no_catalogue(document.url)
        return description(graph, document, listing)

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the records of the whole catalogue; see `Harvester.pages`.

        A window's dates are not asked for, because nothing in DCAT lists by date. A bookmark makes requests
        conditional: a catalogue of one document that did not change lists nothing, and a resource whose own documents
        did not is listed as unchanged.

        Raises:
            ListIncomplete: a document of the list could not be had; or fewer resources were listed than it says it has.
            CircularList: its pages go round in circles.
        """
        if checkpoint.done:
            return
        known = read_bookmark(window.from_)
        walk = Walk(source, fetch, self.patience, checkpoint, known=known, page_size=self.page_size)
        if not walk.is_underway:
            conditions = known.conditions() if known else {}
            try:
                document = read_document(fetch, source.url, patience=self.patience, headers=conditions)
            except HttpStatus as error:
                if error.status != 304 or not conditions:
                    raise
                done = replace(checkpoint, pages=checkpoint.pages + 1, bookmark=window.from_, done=True)
                yield Page(records=(), listed=0, checkpoint=done, url=source.url)
                return
            walk.begin(document)
        is_ignored = window.until is not None or (window.from_ is not None and known is None)
        notes = (_WINDOW_IGNORED,) if is_ignored else ()
        for page in _last_one_done(walk):
            yield replace(page, findings=notes + page.findings) if notes else page
            notes = ()


HARVESTER = DcatHarvester()


def _last_one_done(walk: Walk) -> Iterator[Page]:
    """Yield pages one step late, so that the last one can say so."""
    held: Page | None = None
    try:
        for page in walk.pages():
            if held is not None:
                yield held
            held = page
        walk.settle()
    except FairnodeError:
        if held is not None:
            yield held
        raise
    held = held or walk.last_page()
    yield replace(held, checkpoint=walk.done(held.checkpoint))


_WINDOW_IGNORED = Finding(
    code="harvest.window-ignored",
    severity=Severity.INFO,
    message="a DCAT catalogue cannot be asked for a span of dates; everything was listed",
    advice="Nothing: what did not change is passed over.",
)
