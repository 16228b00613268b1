"""What a sitemap lists: its entries, with the metadata and links that ResourceSync adds to them.

Sitemap protocol (https://www.sitemaps.org/protocol.html); ANSI/NISO Z39.99-2017, section 7
(http://www.openarchives.org/rs/1.1/resourcesync#DocumentFormats).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element as Element

from harvesters.oai_records import local_name, namespace_of, text_of

RESOURCESYNC = "http://www.openarchives.org/rs/terms/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An `rs:ln` (ResourceSync, section 7)."""

    rel: str
    href: str
    media_type: str = ""
    hash: str = ""
    length: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Md:
    """An `rs:md` (ResourceSync, section 7): its attributes as written, empty where they are not there."""

    capability: str = ""
    change: str = ""
    datetime: str = ""
    at: str = ""
    from_: str = ""
    until: str = ""
    hash: str = ""
    length: str = ""
    media_type: str = ""


NO_MD = Md()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A `url`, or a `sitemap` of an index.

    Attributes:
        loc: absolute; as written, but for white space around it. Empty where the entry names nothing that can be
            fetched.
        lastmod: as written.
        written: the `loc` as written, cut to 200 characters.
    """

    loc: str
    lastmod: str = ""
    md: Md = NO_MD
    links: tuple[Link, ...] = ()
    written: str = ""


def read_entries(root: Element, namespace: str, name: str, url: str) -> tuple[tuple[Entry, ...], Md, tuple[Link, ...]]:
    """Return the entries of a document, and the metadata and links of the document itself.

    Args:
        name: of the entries' element, `url` or `sitemap`.
    """
    entries: list[Entry] = []
    links: list[Link] = []
    md = NO_MD
    for child in root.iterchildren("*"):
        kind = local_name(child)
        if kind == name and namespace_of(child) == namespace:
            entries.append(_read_entry(child, namespace, url))
        elif kind == "md" and _is_rs(child):
            md = _md(child)
        elif kind == "ln" and _is_rs(child):
            links.append(_link(child, url))
    return tuple(entries), md, tuple(links)


def _read_entry(element: Element, namespace: str, url: str) -> Entry:
    written = lastmod = ""
    md, links = NO_MD, []
    for child in element.iterchildren("*"):
        kind, is_own = local_name(child), namespace_of(child) == namespace
        if kind == "loc" and is_own:
            written = written or text_of(child)
        elif kind == "lastmod" and is_own:
            lastmod = text_of(child)[:100]
        elif kind == "md" and _is_rs(child):
            md = _md(child)
        elif kind == "ln" and _is_rs(child):
            links.append(_link(child, url))
    return Entry(loc=absolute(url, written), lastmod=lastmod, md=md, links=tuple(links), written=written[:200])


def absolute(base: str, address: str) -> str:
    """Return an address resolved against a base; empty where it is none that can be fetched."""
    try:
        found = urljoin(base, address) if address else ""
        parts = urlsplit(found)
        return found if parts.scheme in ("http", "https") and parts.hostname and len(found) <= _LONGEST else ""
    except ValueError:
        return ""


_LONGEST = 4096


def _is_rs(element: Element) -> bool:
    return namespace_of(element).replace("https:", "http:") == RESOURCESYNC


def _md(element: Element) -> Md:
    get = element.get
    return Md(
        capability=get("capability") or "",
        change=get("change") or "",
        datetime=get("datetime") or "",
        at=get("at") or "",
        from_=get("from") or "",
        until=get("until") or "",
        hash=get("hash") or "",
        length=get("length") or "",
        media_type=get("type") or "",
    )


def _link(element: Element, url: str) -> Link:
    return Link(
        rel=(element.get("rel") or "").lower(),
        href=absolute(url, (element.get("href") or "").strip()),
        media_type=element.get("type") or "",
        hash=element.get("hash") or "",
        length=element.get("length") or "",
    )
