"""What a ResourceSync source offers: its capability lists, and the resource and change lists they name.

ANSI/NISO Z39.99-2017, sections 6.3, 8 and 9 (http://www.openarchives.org/rs/1.1/resourcesync#Discovery).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from harvesters.asking import Patience
from harvesters.dcat_documents import on_site
from harvesters.sitemap_entries import RESOURCESYNC
from harvesters.sitemap_files import SitemapFile, fetch_sitemap
from node.errors import CircularList, HarvestError, HttpStatus, NotFound
from node.harvest.protocols import Fetch
from node.model.report import Finding

WELL_KNOWN = "/.well-known/resourcesync"
_MOST_FILES = 10_000
_NO_END = "Show the message to the site's operator: its lists lead nowhere."


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """A capability list (section 9): one set of resources.

    Attributes:
        url: what the set is known by.
        resource_lists, change_lists: addresses.
        others: what else it offers.
    """

    url: str
    resource_lists: tuple[str, ...] = ()
    change_lists: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Documents:
    """Fetches the documents of one source, each once.

    Attributes:
        homes: addresses of the source; nothing is fetched from other hosts.
        findings: what is not as the protocol wants it.
    """

    def __init__(self, fetch: Fetch, patience: Patience, url: str) -> None:
        self._fetch, self._patience = fetch, patience
        self._known: dict[str, SitemapFile] = {}
        self.homes: tuple[str, ...] = (url,)
        self.findings: tuple[Finding, ...] = ()

    def get(self, address: str) -> SitemapFile:
        """Return a document.

        Raises:
            FetchError, HarvestError, SyntaxRefused: it cannot be had; it is no sitemap, or on another host.
        """
        target = on_site(address, *self.homes)
        if target is None:
            raise HarvestError(
                f"{self.homes[0]}: {address} is on another host; nothing is fetched from there",
                advice="Register the address at that host instead.",
            )
        if target not in self._known:
            if len(self._known) > _MOST_FILES:
                raise CircularList(f"{self.homes[0]}: more than {_MOST_FILES} documents, and no end", advice=_NO_END)
            patience = self._patience
            file = fetch_sitemap(self._fetch, target, tries=patience.tries, pause=patience.pause, sleep=patience.sleep)
            self.findings = (*self.findings, *file.findings)[:50]
            self._known[target] = file
        return self._known[target]

    def forget(self, address: str) -> None:
        """Let go of a document that was used."""
        self._known.pop(on_site(address, *self.homes) or address, None)


def capability_lists(documents: Documents, url: str, sets: tuple[str, ...] = ()) -> tuple[Capabilities, ...]:
    """Return the capability lists of a source, those of the sets that are wanted.

    Args:
        url: of the source description, a capability list, a resource list or a change list; or of the site, where the
            source description is at a well-known place (section 6.3.2).
        sets: addresses of capability lists; empty is all of them.

    Raises:
        FetchError, HarvestError, SyntaxRefused: they cannot be had.
        NotFound: a set is not there.
    """
    found = _lists(documents, _entrance(documents, url))
    if not sets:
        return found
    missing = set(sets) - {each.url for each in found}
    if missing:
        known = ", ".join(each.url for each in found[:5])
        raise NotFound(f"{url}: no capability list is at {min(missing)}", advice=f"There are {known}.")
    return tuple(each for each in found if each.url in sets)


def _entrance(documents: Documents, url: str) -> SitemapFile:
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}"
    if parts.path in ("", "/"):
        return documents.get(place)
    try:
        return documents.get(url)
    except (HarvestError, HttpStatus) as error:
        if isinstance(error, HttpStatus) and error.status not in (404, 410):
            raise
        try:
            return documents.get(place)
        except (HarvestError, HttpStatus):
            raise error from None


def _lists(documents: Documents, entrance: SitemapFile) -> tuple[Capabilities, ...]:
    """Go down from a document to the capability lists, whichever it is."""
    waiting, found = [entrance], []
    seen: set[str] = set()
    while waiting:
        file = waiting.pop(0)
        if file.url in seen:
            continue
        seen.add(file.url)
        capability = file.md.capability
        if capability == "capabilitylist":
            found.append(_capabilities(file))
        elif capability == "resourcelist":
            found.append(Capabilities(url=file.url, resource_lists=(file.url,)))
        elif capability == "changelist":
            found.append(Capabilities(url=file.url, change_lists=(file.url,)))
        elif capability == "description":
            waiting += [documents.get(entry.loc) for entry in file.entries if entry.loc]
        else:
            raise HarvestError(
                f"{file.url}: the document is a sitemap, but none of ResourceSync ({capability or 'no rs:md'})",
                advice=f"It should say in {RESOURCESYNC} which capability it is; or harvest it as a sitemap.",
            )
    return tuple(found)


def _capabilities(file: SitemapFile) -> Capabilities:
    def of(kind: str) -> tuple[str, ...]:
        return tuple(entry.loc for entry in file.entries if entry.md.capability == kind and entry.loc)

    others = sorted({entry.md.capability for entry in file.entries} - {"resourcelist", "changelist", ""})
    return Capabilities(
        url=file.url,
        resource_lists=of("resourcelist"),
        change_lists=of("changelist"),
        others=tuple(others),
    )
