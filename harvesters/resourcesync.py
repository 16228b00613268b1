"""Harvests ResourceSync sources (ANSI/NISO Z39.99-2017, http://www.openarchives.org/rs/1.1/resourcesync): the metadata
that they list, or that describes what they list, a document a record under its address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

from harvesters.asking import Patience
from harvesters.gathered_lists import Gathered, Mention, gathered_pages
from harvesters.landing_pages import LandingPages
from harvesters.proofs import proof
from harvesters.resourcesync_lists import Lists, NotCovered, listed_of
from harvesters.resourcesync_source import Capabilities, Documents, capability_lists
from harvesters.sitemap_dates import earliest
from harvesters.sitemap_entries import absolute
from harvesters.unusable_records import undescribed
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Header, Page, Record, Window
from node.model.report import Finding, Severity
from node.model.repository import RepositoryDescription, RepositorySet
from node.model.source import Source


class ResourceSyncHarvester:
    """`Harvester` for ResourceSync.

    Args:
        patience: how often a document is asked for that comes cut short, or is not what its list says.
        page_size: documents of one page.
    """

    kind: str = "resourcesync"
    metadata_prefix: str = "oai_datacite"

    def __init__(self, *, patience: Patience | None = None, page_size: int = 50) -> None:
        self.patience = patience or Patience()
        self.page_size = page_size

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the source offers; see `Harvester.describe`."""
        documents = Documents(fetch, self.patience, source.url)
        found = capability_lists(documents, source.url)
        has_changes = all(each.change_lists for each in found)
        return RepositoryDescription(
            name=urlsplit(source.url).hostname or "",
            url=source.url,
            protocol="ResourceSync 1.1",
            granularity="YYYY-MM-DDThh:mm:ssZ" if has_changes else "",
            deletions="transient" if has_changes else "no",
            sets=tuple(RepositorySet(spec=each.url) for each in found),
            findings=documents.findings,
        )

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the source's records; see `Harvester.pages`.

        A window's beginning is a moment that the change lists are read from. Where they do not reach back to it, all
        is listed.

        Raises:
            ListIncomplete: a list, or a document, could not be had; everything else was yielded.
        """
        if checkpoint.done:
            return
        documents = Documents(fetch, self.patience, source.url)
        capabilities = capability_lists(documents, source.url, source.set_specs)
        lists = Lists(documents)
        with closing(Gathered()) as gathered:
            notes = _gather(lists, capabilities, window, gathered)
            landing = LandingPages(fetch, self.patience, documents.homes, source.metadata_prefix)
            pages = gathered_pages(
                gathered,
                _Reader(landing, lists),
                checkpoint,
                size=self.page_size,
                url=capabilities[0].url if capabilities else source.url,
                bookmark=lists.bookmark,
                missing=lists.missing,
            )
            notes = (*notes, *documents.findings)
            for page in pages:
                yield replace(page, findings=(*notes, *page.findings)) if notes else page
                notes = ()


HARVESTER = ResourceSyncHarvester()


def _gather(
    lists: Lists, capabilities: tuple[Capabilities, ...], window: Window, gathered: Gathered
) -> tuple[Finding, ...]:
    since = earliest(window.from_ or "")
    notes: tuple[Finding, ...] = ()
    if since is not None:
        try:
            lists.gather_changes(capabilities, since, gathered)
        except NotCovered as error:
            gathered.clear()
            message = f"all that the source holds was listed, not only what changed: {error}"
            notes = (_finding("harvest.changes-missing", message, "Ask the operator to keep change lists for longer."),)
        else:
            return ()
    lists.gather_resources(capabilities, gathered)
    return notes


class _Reader:
    """Reads what a list names; see `gathered_lists.Reader`."""

    def __init__(self, landing: LandingPages, lists: Lists) -> None:
        self._landing, self._lists = landing, lists

    def read(self, mention: Mention) -> Record | None:
        """See `gathered_lists.Reader`."""
        listed = listed_of(mention)
        header = Header(identifier=mention.key, datestamp=listed.datestamp)
        if listed.is_deleted:
            return Record(header=replace(header, deleted=True))
        if not absolute("", mention.key):
            return undescribed(header, "it is no address that can be fetched")
        prove = proof(listed.hash, listed.length)
        return self._landing.read(mention.key, listed.datestamp, named=listed.format, prove=prove)

    def notes(self) -> tuple[Finding, ...]:
        """See `gathered_lists.Reader`."""
        others = self._lists.others
        found: tuple[Finding, ...] = ()
        if others:
            kinds = ", ".join(f"{count} of {kind}" for kind, count in others.most_common(5))
            message = f"{others.total()} resources are no metadata and name none, so they are no records: {kinds}"
            found = (_finding("harvest.no-dataset", message, "Nothing, if that is so."),)
            others.clear()
        return (*found, *self._landing.notes())


def _finding(code: str, message: str, advice: str) -> Finding:
    return Finding(code=code, severity=Severity.INFO, message=message, advice=advice)
