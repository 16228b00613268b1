"""Pages as they are read for their metadata, and the JSON-LD they embed that is about a research object.

https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents; which classes those are: `RESEARCH_TYPES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harvesters.metadata_formats import MetadataFormat, format_of, recognised
from harvesters.signposting import RESEARCH_TYPES
from node.errors import SyntaxRefused, Truncated
from node.harvest.protocols import Response
from node.syntax import HtmlPage, JsonValue, parse_html, parse_json


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """An answer that was read.

    Attributes:
        html: what it says to machines; nothing where it is no page.
        broken: why a document it embeds, which names a class of research objects, cannot be read; empty where none is.
        raw: that document.
    """

    response: Response
    html: HtmlPage
    broken: str = ""
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A document that a page embeds."""

    body: bytes
    format: MetadataFormat
    kinds: frozenset[str]


def read_page(response: Response) -> PageRead:
    """Read an answer.

    Raises:
        Truncated: it is a page that was cut short.
        SyntaxRefused: it is a page with more links than can be meant.
    """
    if not is_html(response):
        return PageRead(response=response, html=HtmlPage())
    if _FRAMING.isdisjoint(response.headers) and b"</html" not in response.body[-65536:].lower():
        # Nobody tells how long it is, and half a page is a page.
        raise Truncated("the page does not end, and its length is not told")
    charset = _CHARSET.search(response.headers.get("content-type", ""))
    html = parse_html(response.body, charset=charset[1] if charset else "")
    for script in html.json_ld:
        try:
            parse_json(script)
        except SyntaxRefused as error:
            if any(f'{kind}"'.encode() in script for kind in RESEARCH_TYPES):
                return PageRead(response=response, html=html, broken=error.message, raw=script)
    return PageRead(response=response, html=html)


def is_html(response: Response) -> bool:
    """Tell whether an answer is a page, by its type, or where it has none by its look."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in ("text/html", "application/xhtml+xml"):
        return True
    start = response.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return media_type in ("", "text/plain", "application/octet-stream") and start.startswith(
        (b"<!doctype html", b"<html")
    )


def embedded_metadata(page: HtmlPage) -> tuple[Embedded, ...]:
    """Return the documents that describe a research object, datasets first; unreadable ones are passed over."""
    found = []
    for script in page.json_ld:
        try:
            kinds = frozenset(_kinds(parse_json(script)))
        except SyntaxRefused:
            continue
        named = format_of("application/ld+json")
        known = recognised(named, script, "") if named and not RESEARCH_TYPES.isdisjoint(kinds) else None
        if known is not None:
            found.append(Embedded(body=script, format=known, kinds=kinds))
    return tuple(sorted(found, key=lambda each: min(map(_rank, each.kinds))))


_FRAMING = frozenset({"content-length", "transfer-encoding", "content-encoding"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DEEPEST = 4


def _kinds(document: JsonValue, depth: int = 0) -> Iterator[str]:
    """Yield the classes of what a document is about: its own, its graph's, and those of a page's main entity."""
    if depth > _DEEPEST:
        return
    if isinstance(document, list):
        for item in document:
            yield from _kinds(item, depth + 1)
    elif isinstance(document, dict):
        types = document.get("@type")
        for kind in types if isinstance(types, list) else [types]:
            if isinstance(kind, str):
                yield re.split(r"[/#:]", kind)[-1]
        for name in ("@graph", "mainEntity"):
            yield from _kinds(document.get(name), depth + 1)


def _rank(kind: str) -> int:
    if kind in ("Dataset", "DataFeed", "CompleteDataFeed"):
        return 0
    return 2 if kind == "DataCatalog" or kind not in RESEARCH_TYPES else 1
