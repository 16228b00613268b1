"""Resource lists and change lists gathered: what a source holds, and what became of it since a moment.

ANSI/NISO Z39.99-2017, sections 10 and 12 (http://www.openarchives.org/rs/1.1/resourcesync#ResourceList, #ChangeList).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from harvesters.asking import OVERLAP
from harvesters.gathered_lists import Gathered, Mention, is_passing
from harvesters.metadata_formats import MetadataFormat, format_of
from harvesters.resourcesync_source import Capabilities, Documents
from harvesters.sitemap_dates import earliest, latest, made, sent, spelt
from harvesters.sitemap_entries import Entry
from harvesters.sitemap_files import SitemapFile
from node.errors import FetchError, HarvestError, SyntaxRefused


class NotCovered(Exception):
    """The change lists do not reach back as far as they would have to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list says of a document.

    Attributes:
        is_deleted: it is not there any more.
        media_type: as the list gives it; empty where it does not.
        hash, length: see `proof`.
        datestamp: as the list writes it.
    """

    is_deleted: bool = False
    media_type: str = ""
    profiles: tuple[str, ...] = ()
    hash: str = ""
    length: str = ""
    datestamp: str = ""

    @property
    def format(self) -> MetadataFormat | None:
        """The metadata format it is said to be in; `None` where that is not known before it is looked at."""
        return format_of(self.media_type, self.profiles)


def listed_of(mention: Mention) -> Listed:
    """Return what was gathered of a document."""
    fields = json.loads(mention.value)
    return Listed(**{**fields, "profiles": tuple(fields["profiles"])})


class Lists:
    """Gathers the lists of a source.

    Attributes:
        missing: why not every list could be read; empty where they could.
        bookmark: from where the next run goes on; `None` where nothing tells.
        others: how many resources of each media type are listed that are no metadata and have none.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.missing = ""
        self.bookmark: str | None = None
        self.others = Counter[str]()
        self._numbers = count()

    def gather_resources(self, capabilities: tuple[Capabilities, ...], gathered: Gathered) -> None:
        """Gather all that the source holds.

        Raises:
            HarvestError: a set has no resource list.
        """
        moments: list[dt.datetime | None] = []
        for each in capabilities:
            if not each.resource_lists:
                offered = ", ".join((*each.others, *(["changelist"] if each.change_lists else ())))
                raise HarvestError(
                    f"{each.url}: the source offers no resource list, only: {offered or 'nothing'}",
                    advice="Ask the source's operator for a resource list; dumps are not read.",
                )
            for address in each.resource_lists:
                for file in self._files(address):
                    moments.append(_at(file))
                    for entry in file.entries if not file.is_index else ():
                        self._take(entry, gathered, earliest(entry.lastmod))
        known = [moment for moment in moments if moment is not None]
        self.bookmark = spelt(min(known)) if known and len(known) == len(moments) else None

    def gather_changes(self, capabilities: tuple[Capabilities, ...], since: dt.datetime, gathered: Gathered) -> None:
        """Gather what changed since a moment: of each document the last change.

        Raises:
            NotCovered: the change lists do not reach back to it.
            FetchError: a list cannot be had for now.
        """
        reaches = []
        for each in capabilities:
            begins: list[dt.datetime | None] = []
            reach = since
            for address in each.change_lists:
                for file in self._changed_files(address, since):
                    begins.append(earliest(file.md.from_))
                    if not file.is_index:
                        reach = max(reach, *self._take_changes(file, since - OVERLAP, gathered), _end(file) or since)
            known = [begin for begin in begins if begin is not None]
            if not known or min(known) > since:
                raise NotCovered(f"the change lists of {each.url} do not reach back to {spelt(since)}")
            reaches.append(reach)
        self.bookmark = spelt(min(reaches, default=since))

    def _take_changes(self, file: SitemapFile, since: dt.datetime, gathered: Gathered) -> list[dt.datetime]:
        moments = []
        for entry in file.entries:
            # `datetime` came with version 1.1; before, `lastmod` was the time of the change.
            moment = earliest(entry.md.datetime) or earliest(entry.lastmod)
            if moment is not None:
                moments.append(_past(moment, file))
            if moment is None or moment >= since:
                self._take(entry, gathered, moment)
        return moments

    def _changed_files(self, address: str, since: dt.datetime) -> Iterator[SitemapFile]:
        try:
            yield from self._walk(address, since)
        except (FetchError, HarvestError, SyntaxRefused) as error:
            if is_passing(error):
                raise
            raise NotCovered(error.message) from error

    def _files(self, address: str) -> Iterator[SitemapFile]:
        waiting = [address]
        seen: set[str] = set()
        while waiting:
            place = waiting.pop(0)
            if place in seen:
                continue
            seen.add(place)
            try:
                file = self._documents.get(place)
            except (FetchError, HarvestError, SyntaxRefused) as error:
                self.missing = self.missing or error.message[:500]
                continue
            yield file
            if file.is_index:
                waiting += [entry.loc for entry in file.entries if entry.loc]
            self._documents.forget(place)

    def _walk(self, address: str, since: dt.datetime) -> Iterator[SitemapFile]:
        """Yield a change list, or an index and those of its change lists that end after a moment."""
        waiting = [address]
        seen: set[str] = set()
        while waiting:
            place = waiting.pop(0)
            if place in seen:
                continue
            seen.add(place)
            file = self._documents.get(place)
            yield file
            for entry in file.entries if file.is_index else ():
                until = latest(entry.md.until)
                if entry.loc and (until is None or until >= since - OVERLAP):
                    waiting.append(entry.loc)
            self._documents.forget(place)

    def _take(self, entry: Entry, gathered: Gathered, moment: dt.datetime | None) -> None:
        # Of two changes at one moment, the one that is listed later is the later one.
        stamp = f"{moment.isoformat() if moment else ''} {next(self._numbers):09}"
        datestamp = (entry.md.datetime or entry.lastmod)[:100]
        if not entry.loc:
            if entry.written:
                self._put(gathered, entry.written, stamp, Listed(datestamp=datestamp))
        elif entry.md.change == "deleted":
            self._put(gathered, entry.loc, stamp, Listed(is_deleted=True, datestamp=datestamp))
        elif format_of(_plain(entry.md.media_type)) or not (described := _described(entry)):
            media_type = _plain(entry.md.media_type)
            if media_type and media_type not in _PAGES and not format_of(media_type):
                self.others[media_type] += 1
                return
            own = Listed(media_type=media_type, hash=entry.md.hash, length=entry.md.length, datestamp=datestamp)
            self._put(gathered, entry.loc, stamp, own)
        else:
            self._put(gathered, described[0], stamp, described[1])

    def _put(self, gathered: Gathered, key: str, stamp: str, listed: Listed) -> None:
        fields = {name: getattr(listed, name) for name in listed.__slots__}
        gathered.put(Mention(key, stamp, json.dumps(fields).encode()))


_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def _described(entry: Entry) -> tuple[str, Listed] | None:
    """Return the best metadata that a resource is described by (section 5.3 of Appendix A: `describedby`)."""
    found = []
    for link in entry.links:
        media_type = _plain(link.media_type)
        known = format_of(media_type)
        if link.rel == "describedby" and link.href and (known or not media_type):
            listed = Listed(media_type=media_type, hash=link.hash, length=link.length)
            found.append((known.rank if known else 99, link.href, listed))
    if not found:
        return None
    _, href, listed = min(found, key=lambda each: each[:2])
    return href, listed


def _at(file: SitemapFile) -> dt.datetime | None:
    """Return when a list was true: when its making began; else when it was made, less an hour."""
    moment = earliest(file.md.at)
    if moment is not None:
        return _past(moment, file)
    moment = made(file.headers)
    return moment - OVERLAP if moment else None


def _end(file: SitemapFile) -> dt.datetime | None:
    """Return until when a change list tells of everything: its end, or the time it was made while it is open."""
    moment = latest(file.md.until) or made(file.headers)
    return _past(moment, file) - OVERLAP if moment else None


def _past(moment: dt.datetime, file: SitemapFile) -> dt.datetime:
    """Return a moment, or the server's own time where it lies ahead: one from the future would hide all until then."""
    clock = sent(file.headers)
    return min(moment, clock) if clock else moment


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
