"""HTML from strangers, as far as machines are meant to read it: title, base, links and embedded JSON-LD.

HTML Standard (https://html.spec.whatwg.org/multipage/semantics.html#the-link-element); JSON-LD 1.1, section 7
(https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents). Read as a stream of tags: no tree is built,
nothing is fetched, no script is run.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from node.errors import SyntaxRefused, TooLarge
from node.syntax.links import WebLink, web_link

MAX_BYTES = 16 * 2**20
MAX_LINKS = 5_000
MAX_SCRIPTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """What a page says to machines.

    Attributes:
        title: white space made single.
        base: what relative addresses are resolved against, as it is written; `None` is the page's own address.
        links: its `link` elements, in order, wherever they stand.
        json_ld: the JSON-LD documents it embeds, in order, as UTF-8.
    """

    title: str = ""
    base: str | None = None
    links: tuple[WebLink, ...] = ()
    json_ld: tuple[bytes, ...] = ()


def parse_html(data: bytes, *, charset: str = "", max_bytes: int = MAX_BYTES) -> HtmlPage:
    """Return what a page says to machines; any bytes are a page, since HTML has no errors that end it.

    Args:
        data: the page.
        charset: the encoding that the transport names; without one, the page's own mark or `meta` element, else UTF-8
            where it is that, else Windows-1252.
        max_bytes: the largest page read.

    Raises:
        TooLarge: it is over `max_bytes`.
        SyntaxRefused: it holds more than `MAX_LINKS` links or `MAX_SCRIPTS` JSON-LD documents.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"the page has {len(data)} bytes, at most {max_bytes} are read")
    reading = _Reading()
    # A NUL ends the document for the parser, and not for a browser (HTML Standard, section 13.2.5.1).
    text = _decoded(data, charset).replace("\0", "\ufffd")
    if text.strip():
        # `huge_tree` lifts the limit on depth, which guards trees, and none is built.
        parser = etree.HTMLParser(  # type: ignore[call-overload]  # the stubs know targets by a class that lxml has not
            target=reading, encoding="utf-8", huge_tree=True, no_network=True
        )
        parser.feed(text.encode("utf-8", "replace"))
        parser.close()
    return HtmlPage(
        title=" ".join("".join(reading.title).split())[:1000],
        base=reading.base,
        links=tuple(reading.links),
        json_ld=tuple("".join(pieces).encode("utf-8", "replace") for pieces in reading.scripts),
    )


class _Reading:
    """Takes the parser's events (https://lxml.de/parsing.html#the-target-parser-interface)."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.base: str | None = None
        self.links: list[WebLink] = []
        self.scripts: list[list[str]] = []
        self._into: list[str] | None = None
        self._titled = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "link":
            self._link(attributes)
        elif tag == "base" and self.base is None and attributes.get("href"):
            self.base = attributes["href"].strip()
        elif tag == "title" and not self._titled:
            self._titled, self._into = True, self.title
        elif tag == "script" and _is_json_ld(attributes.get("type", "")):
            if len(self.scripts) == MAX_SCRIPTS:
                raise SyntaxRefused(f"the page embeds more than {MAX_SCRIPTS} JSON-LD documents")
            self._into = []
            self.scripts.append(self._into)

    def end(self, tag: str) -> None:
        if tag in ("title", "script"):
            self._into = None

    def data(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def close(self) -> None:
        pass

    def _link(self, attributes: Mapping[str, str]) -> None:
        href, rel = attributes.get("href", ""), attributes.get("rel", "")
        if not href or not rel:
            return
        if len(self.links) == MAX_LINKS:
            raise SyntaxRefused(f"the page holds more than {MAX_LINKS} links")
        # `profile` is no attribute of HTML; Signposting gives it to links all the same.
        self.links.append(
            web_link(href, rel, media_type=attributes.get("type", ""), profile=attributes.get("profile", ""))
        )


def _is_json_ld(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == "application/ld+json"


_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_FIRST_LOOK = 1024
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)


def _decoded(data: bytes, charset: str) -> str:
    """Find the encoding the way the HTML Standard does (section 13.2.3), and decode."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = _META.search(data[:_FIRST_LOOK])
    for name in (charset, declared[1].decode("ascii") if declared else ""):
        known = _known(name)
        if known is not None:
            return data.decode(known, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _known(name: str) -> str | None:
    """Return Python's name of an encoding that pages are written in."""
    try:
        found = codecs.lookup(name.strip().strip("\"'") or "?")
    except (LookupError, ValueError):
        return None
    plain = found.name.replace("_", "-")
    # Browsers read Latin-1 as Windows-1252, and a page that could name UTF-16 in ASCII is not in UTF-16 (13.2.3.2).
    if plain in ("iso8859-1", "ascii"):
        return "windows-1252"
    if plain.startswith(("utf-16", "utf-32")):
        return "utf-8"
    return found.name if plain in _ENCODINGS or plain.startswith(_FAMILIES) else None


_ENCODINGS = frozenset({"utf-8", "gbk", "gb18030", "gb2312", "big5", "euc-jp", "shift-jis", "iso2022-jp", "euc-kr"})
_FAMILIES = ("cp125", "cp874", "cp866", "iso8859-", "koi8-", "mac-roman", "mac-cyrillic")
