"""Harvests sites by their sitemaps (https://www.sitemaps.org/protocol.html): each page that is about a research object
is a record under its address.

The sitemaps are read whole first; robots.txt is obeyed, and may tell where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

from harvesters.asking import Patience
from harvesters.dcat_documents import on_site
from harvesters.gathered_lists import Gathered, Mention, gathered_pages
from harvesters.landing_pages import LandingPages
from harvesters.sitemap_dates import earliest
from harvesters.sitemap_entries import absolute
from harvesters.sitemap_robots import Rules
from harvesters.sitemap_walk import SitemapWalk, find_sitemaps
from harvesters.unusable_records import undescribed
from node.harvest.protocols import Fetch
from node.model.oai import Checkpoint, Header, Page, Record, Window
from node.model.report import Finding
from node.model.repository import RepositoryDescription
from node.model.source import Source


class SitemapHarvester:
    """`Harvester` for sitemaps.

    Args:
        patience: how often a page that comes cut short is asked for.
        page_size: landing pages of one page of records.
    """

    kind: str = "sitemap"
    metadata_prefix: str = "oai_datacite"  # what tells most; a source may prefer another

    def __init__(self, *, patience: Patience | None = None, page_size: int = 25) -> None:
        self.patience = patience or Patience()
        self.page_size = page_size

    def describe(self, source: Source, fetch: Fetch) -> RepositoryDescription:
        """Return what the site's robots.txt and first sitemap say; see `Harvester.describe`."""
        rules = Rules(fetch, self.patience.sleep)
        sitemaps = find_sitemaps(source.url, rules)
        walk = SitemapWalk(fetch, self.patience, rules, source.url)
        first = walk.first(sitemaps)
        dates = [entry.lastmod for entry in first.entries if earliest(entry.lastmod)]
        return RepositoryDescription(
            name=urlsplit(source.url).hostname or "",
            url=first.url,
            protocol="Sitemaps 0.9",
            granularity="YYYY-MM-DDThh:mm:ssZ" if dates else "",
            earliest=min(dates, default=""),
            records=None if first.is_index or len(sitemaps) > 1 else len(first.entries),
            findings=first.findings,
        )

    def pages(self, source: Source, fetch: Fetch, window: Window, checkpoint: Checkpoint) -> Iterator[Page]:
        """Yield the site's records; see `Harvester.pages`.

        A window leaves out the pages whose `lastmod` lies outside of it; those that have none are always read.

        Raises:
            ListIncomplete: a sitemap, or a page, could not be had; everything else was yielded.
        """
        if checkpoint.done:
            return
        rules = Rules(fetch, self.patience.sleep)
        sitemaps = find_sitemaps(source.url, rules)
        with closing(Gathered()) as gathered:
            walk = SitemapWalk(fetch, self.patience, rules, source.url)
            walk.gather(sitemaps, window, gathered)
            pages = gathered_pages(
                gathered,
                _Reader(
                    LandingPages(fetch, self.patience, walk.homes, source.metadata_prefix, rules.allow),
                    rules,
                    walk.homes,
                ),
                checkpoint,
                size=self.page_size,
                url=sitemaps[0],
                bookmark=walk.bookmark,
                missing=walk.missing,
            )
            for page in pages:
                yield replace(page, findings=(*walk.findings, *page.findings)) if walk.findings else page
                walk.findings = ()


HARVESTER = SitemapHarvester()


class _Reader:
    """Reads what a sitemap lists, at the pace that the site asks for."""

    def __init__(self, landing: LandingPages, rules: Rules, homes: tuple[str, ...]) -> None:
        self._landing, self._rules, self._homes = landing, rules, homes

    def read(self, mention: Mention) -> Record | None:
        """See `gathered_lists.Reader`."""
        if not absolute("", mention.key):
            return undescribed(Header(identifier=mention.key), "it is no address that can be fetched")
        if address := on_site(mention.key, *self._homes):
            self._rules.pause(address)
        return self._landing.read(mention.key, mention.value.decode())

    def notes(self) -> tuple[Finding, ...]:
        """See `gathered_lists.Reader`."""
        return self._landing.notes()
