"""FAIR Signposting: what a landing page links to, and in which capacity (https://signposting.org/FAIR/).

Level 1 is in the Link header (RFC 8288) and in `link` elements, level 2 in a link set (RFC 9264).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harvesters.metadata_formats import MetadataFormat, format_of
from harvesters.sitemap_entries import absolute
from node.errors import SyntaxRefused
from node.harvest.protocols import Response
from node.syntax import HtmlPage, JsonValue, WebLink, parse_json, parse_link_header, web_link

RESEARCH_TYPES = frozenset(
    {"Dataset", "DataFeed", "CompleteDataFeed", "DataCatalog", "SoftwareSourceCode", "SoftwareApplication", "WebAPI"}
)
"""The classes of schema.org whose instances a catalogue of research data describes."""
LINK_SET_JSON, LINK_SET_TEXT = "application/linkset+json", "application/linkset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A link to metadata."""

    url: str
    format: MetadataFormat


def signposts(response: Response, page: HtmlPage) -> tuple[WebLink, ...]:
    """Return the links that a page has of its own, from its header and its elements, absolute.

    Raises:
        SyntaxRefused: there are too many of them.
    """
    header = _resolved(parse_link_header(response.headers.get("link", "")), response.url, response.url)
    base = absolute(response.url, page.base or "") or response.url
    return (*header, *_resolved(page.links, base, response.url))


def link_set(body: bytes, media_type: str, url: str, anchors: Iterable[str]) -> tuple[WebLink, ...]:
    """Return the links that a link set gives to one of the anchors (RFC 9264, sections 4.1 and 4.2).

    Args:
        url: of the link set; its own relative references are resolved against it.
        anchors: the addresses a landing page goes by.

    Raises:
        SyntaxRefused: it is no link set.
    """
    if media_type == LINK_SET_TEXT:
        links: Iterable[WebLink] = parse_link_header(" ".join(body.decode("utf-8", "replace").split()))
    else:
        links = _from_json(parse_json(body))
    wanted = {_plain(anchor) for anchor in anchors}
    found = (link for link in links if _plain(absolute(url, link.anchor or url)) in wanted)
    return tuple(
        link for link in (replace(link, anchor=None, href=absolute(url, link.href)) for link in found) if link.href
    )


def described_by(links: Sequence[WebLink], preferred: str) -> tuple[Described, ...]:
    """Return the links to metadata that can be read, the best first, each address once.

    Args:
        preferred: the metadata prefix that comes before all others.
    """
    found: dict[str, Described] = {}
    for link in links:
        known = format_of(link.media_type, link.profiles) if "describedby" in link.rels else None
        if known is not None and (link.href not in found or known.rank < found[link.href].format.rank):
            found[link.href] = Described(url=link.href, format=known)
    return tuple(sorted(found.values(), key=lambda each: (each.format.prefix != preferred, each.format.rank)))


def by_relation(links: Iterable[WebLink], relation: str) -> tuple[WebLink, ...]:
    """Return the links of one relation type."""
    return tuple(link for link in links if relation in link.rels)


def facts(links: Sequence[WebLink], url: str, title: str) -> bytes | None:
    """Return what the signposts alone say of a research object, as a document of schema.org; `None` where it is none.

    The relation types are those of level 1: `type`, `cite-as`, `author`, `license`, `item`.
    """
    types = [link.href.rpartition("/")[2] for link in by_relation(links, "type") if "schema.org/" in link.href]
    kinds = [kind for kind in types if kind in RESEARCH_TYPES]
    if not kinds:
        return None
    cited = next((link.href for link in by_relation(links, "cite-as")), "")
    said: dict[str, object] = {
        "@context": "https://schema.org/",
        "@type": kinds[0],
        "@id": cited or url,
        "url": url,
        "identifier": cited,
        "name": title,
        "license": next((link.href for link in by_relation(links, "license")), ""),
        "creator": [{"@type": "Person", "@id": link.href} for link in by_relation(links, "author")],
        "distribution": [
            {"@type": "DataDownload", "contentUrl": link.href}
            | ({"encodingFormat": link.media_type} if link.media_type else {})
            for link in by_relation(links, "item")
        ],
    }
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False).encode()


def _resolved(links: Iterable[WebLink], base: str, url: str) -> Iterator[WebLink]:
    for link in links:
        # A link with another anchor is a statement about something else (RFC 8288, section 3.2).
        if link.anchor is not None and _plain(absolute(base, link.anchor)) != _plain(url):
            continue
        if href := absolute(base, link.href):
            yield replace(link, href=href, anchor=None)


def _plain(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def _from_json(document: JsonValue) -> Iterator[WebLink]:
    """Yield the links of a link set (RFC 9264, section 4.2): an object a context, an array a relation type."""
    contexts = document.get("linkset") if isinstance(document, dict) else None
    if not isinstance(contexts, list):
        raise SyntaxRefused("the document is no link set: it has no array “linkset”")
    for context in contexts:
        if not isinstance(context, dict):
            continue
        anchor = context.get("anchor")
        for relation, targets in context.items():
            for target in targets if isinstance(targets, list) else ():
                if isinstance(target, dict) and isinstance(target.get("href"), str):
                    yield web_link(
                        _text(target.get("href")),
                        relation,
                        media_type=_text(target.get("type")),
                        profile=_text(target.get("profile")),
                        anchor=anchor if isinstance(anchor, str) else None,
                    )


def _text(value: JsonValue) -> str:
    """A target attribute: a string, or the strings of an array (section 4.2.4.3)."""
    if isinstance(value, list):
        return " ".join(filter(None, map(_text, value)))
    return value if isinstance(value, str) else ""
