"""The walk through a site's sitemaps and indexes, and what it gathers (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from harvesters.asking import OVERLAP, Patience
from harvesters.dcat_documents import on_site
from harvesters.gathered_lists import Gathered, Mention
from harvesters.sitemap_dates import earliest, latest, made, spelt
from harvesters.sitemap_entries import Entry
from harvesters.sitemap_files import SitemapFile, fetch_sitemap
from harvesters.sitemap_robots import Rules
from node.errors import CircularList, FetchError, HarvestError, SyntaxRefused
from node.harvest.protocols import Fetch
from node.model.oai import Window
from node.model.report import Finding, Severity

_MOST_FILES = 100_000
_NO_END = "Show the message to the site's operator: its lists lead nowhere."
_DEEPEST = 5


def find_sitemaps(url: str, rules: Rules) -> tuple[str, ...]:
    """Return where a site's sitemaps are: the address itself, or for a site's root what its robots.txt says.

    Raises:
        FetchError: the site does not say whether it has rules.
    """
    robots = rules.of(url)
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query:
        return (url,)
    return robots.sitemaps or (f"{parts.scheme}://{parts.netloc}/sitemap.xml",)


class SitemapWalk:
    """One run through a site's sitemaps.

    Attributes:
        homes: addresses of the site.
        bookmark: from where the next run goes on; `None` where a server has no clock.
        missing: why not every sitemap could be read; empty where they could.
        findings: what is not as the protocol wants it.
    """

    def __init__(self, fetch: Fetch, patience: Patience, rules: Rules, url: str) -> None:
        self.homes: tuple[str, ...] = (url,)
        self.bookmark: str | None = None
        self.missing = ""
        self.findings: tuple[Finding, ...] = ()
        self._fetch, self._patience, self._rules = fetch, patience, rules
        self._made: list[dt.datetime | None] = []
        self._read: set[str] = set()

    def first(self, sitemaps: tuple[str, ...]) -> SitemapFile:
        """Read the first sitemap of a site.

        Raises:
            FetchError, HarvestError, SyntaxRefused: it cannot be had, or is none.
        """
        # The robots.txt of a host vouches for the sitemaps it names, wherever they are (“Sitemaps & Cross Submits”).
        self.homes = (*self.homes, *sitemaps)
        return self._file(sitemaps[0])

    def gather(self, sitemaps: tuple[str, ...], window: Window, gathered: Gathered) -> None:
        """Gather the pages that the sitemaps list, by their addresses, each with its `lastmod`.

        Raises:
            FetchError, HarvestError, SyntaxRefused: the first sitemap cannot be had, or is none.
            CircularList: the indexes have no end.
        """
        opened = self.first(sitemaps)
        waiting = [(address, 0) for address in reversed(sitemaps)]
        while waiting:
            address, depth = waiting.pop()
            if address in self._read:
                continue
            self._read.add(address)
            if len(self._read) > _MOST_FILES:
                raise CircularList(f"{sitemaps[0]}: more than {_MOST_FILES} sitemaps, and no end", advice=_NO_END)
            try:
                file = opened if address == sitemaps[0] else self._file(address)
            except (FetchError, HarvestError, SyntaxRefused) as error:
                self._miss(error.message)
                continue
            self._made.append(made(file.headers))
            self.findings = (*self.findings, *file.findings)[:_MOST_FINDINGS]
            if not file.is_index:
                self._take(file, window, gathered)
            elif depth == _DEEPEST:
                self._miss(f"{address}: sitemap indexes nest deeper than {_DEEPEST}")
            else:
                waiting += [(each, depth + 1) for each in reversed(self._children(file, window))]
        known = [moment for moment in self._made if moment is not None]
        if len(known) == len(self._made):
            self.bookmark = spelt(min(known) - OVERLAP)

    def _children(self, index: SitemapFile, window: Window) -> list[str]:
        children = []
        for entry in index.entries:
            address = on_site(entry.loc, *self.homes) if entry.loc else None
            if address is None:
                self._miss(f"{index.url}: the sitemap {entry.loc or entry.written or '(without address)'} is elsewhere")
            elif not _is_before(entry.lastmod, window.from_):
                children.append(address)
        return children

    def _take(self, file: SitemapFile, window: Window, gathered: Gathered) -> None:
        nameless = 0
        for entry in file.entries:
            if not entry.written:
                nameless += 1
            elif not _is_before(entry.lastmod, window.from_) and not _is_after(entry.lastmod, window.until):
                gathered.put(_mention(entry))
        if nameless:
            message = f"{file.url}: {nameless} entries name no page"
            self.findings = (*self.findings, _finding("harvest.sitemap-entry", message))[:_MOST_FINDINGS]

    def _file(self, address: str) -> SitemapFile:
        if not self._rules.allow(address) and not self._rules.names(address):
            raise HarvestError(
                f"{address}: the site's robots.txt forbids to fetch this sitemap",
                advice="Ask the site's operator to allow it for fairnode, or to name it in robots.txt.",
            )
        self._rules.pause(address)
        patience = self._patience
        return fetch_sitemap(self._fetch, address, tries=patience.tries, pause=patience.pause, sleep=patience.sleep)

    def _miss(self, why: str) -> None:
        self.missing = self.missing or why[:500]


_MOST_FINDINGS = 50


def _mention(entry: Entry) -> Mention:
    first = earliest(entry.lastmod)
    return Mention(entry.loc or entry.written, first.isoformat() if first else "", entry.lastmod.encode())


def _is_before(lastmod: str, from_: str | None) -> bool:
    begin, moment = earliest(from_ or ""), latest(lastmod)
    return begin is not None and moment is not None and moment < begin


def _is_after(lastmod: str, until: str | None) -> bool:
    end, moment = latest(until or ""), earliest(lastmod)
    return end is not None and moment is not None and moment > end


def _finding(code: str, message: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        advice="Ask the site's operator to make the sitemap as its protocol wants it.",
        path="sitemap",
    )
