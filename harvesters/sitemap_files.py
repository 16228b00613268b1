"""One sitemap or sitemap index, in XML, as text or gzipped, read into values (https://www.sitemaps.org/protocol.html).

The documents of ResourceSync are sitemaps too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml.etree import _Element as Element

from harvesters.oai_records import local_name, namespace_of
from harvesters.oai_repair import repair
from harvesters.sitemap_entries import NO_MD, Entry, Link, Md, absolute, read_entries
from node.errors import FetchError, HarvestError, SyntaxRefused, TooLarge, Truncated
from node.harvest.inflate import Inflater
from node.harvest.protocols import Fetch
from node.model.report import Finding, Severity
from node.syntax import parse_xml

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MAX_BYTES = 64 * 2**20
MAX_RATIO = 1000
ENTRIES = 50_000
"""Entries a file may have (protocol, “Sitemap file format”); more are read, with a finding."""
SIZE = 52_428_800
"""Bytes a file may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapFile:
    """A file as it was read.

    Attributes:
        url: where it came from, after redirects.
        is_index: its entries are sitemaps.
        headers: of the answer, names in lower case.
        findings: what is not as the protocol wants it.
    """

    url: str
    is_index: bool
    entries: tuple[Entry, ...]
    md: Md = NO_MD
    links: tuple[Link, ...] = ()
    headers: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def fetch_sitemap(
    fetch: Fetch, url: str, *, tries: int = 4, pause: float = 0.5, sleep: Callable[[float], None] = time.sleep
) -> SitemapFile:
    """Fetch and read a file; one that ends too early is asked for again.

    Raises:
        FetchError: it cannot be had.
        HarvestError: what answers is no sitemap.
        SyntaxRefused: it is not well-formed, and cannot be mended.
    """
    for left in reversed(range(tries)):
        response = fetch.get(url)
        try:
            return read_sitemap(response.body, response.url, response.headers)
        except Truncated as error:
            if not left:
                raise Truncated(f"{url}: {error.message}") from error
        except TooLarge as error:
            raise TooLarge(f"{url}: {error.message}") from error
        except SyntaxRefused as error:
            raise SyntaxRefused(f"{url}: {error.message}") from error
        fetch.retries += 1
        sleep(pause)
        pause *= 2
    raise AssertionError("the last try returns or raises")


def read_sitemap(body: bytes, url: str, headers: Mapping[str, str]) -> SitemapFile:
    """Read a file; see `fetch_sitemap`."""
    body = _inflated(body, url)
    if not body.strip():
        raise Truncated("the answer is empty")
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith(b"<") and text[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return _read_text(text, url, headers)
    if any(mark in body[:1024].lower() for mark in (b"<!doctype html", b"<html")):
        raise HarvestError(
            f"{url}: an HTML page came where a sitemap should be",
            advice="Register the address of the sitemap itself; robots.txt of the site often names it.",
        )
    root, findings = _parsed(body)
    name = local_name(root)
    if name not in ("urlset", "sitemapindex"):
        raise HarvestError(
            f"{url}: the document is “{name}”, and a sitemap is “urlset” or “sitemapindex”",
            advice="Feeds are no sitemaps here: register the sitemap, or the kind of source that this is.",
        )
    namespace = namespace_of(root)
    if namespace.replace("https:", "http:") != SITEMAP:
        findings += (_finding("harvest.namespace", f"the sitemap is in “{namespace}”, not in {SITEMAP}", url),)
    entries, md, links = read_entries(root, namespace, "url" if name == "urlset" else "sitemap", url)
    if len(entries) > ENTRIES or len(body) > SIZE:
        message = f"the sitemap has {len(entries)} entries and {len(body)} bytes; {ENTRIES} and {SIZE} are the most"
        findings += (_finding("harvest.sitemap-size", message, url),)
    return SitemapFile(
        url=url,
        is_index=name == "sitemapindex",
        entries=entries,
        md=md,
        links=links,
        headers=headers,
        findings=findings,
    )


def _inflated(body: bytes, url: str) -> bytes:
    """Inflate a gzip file: told by its first bytes, since servers inflate some `.gz` files on the way."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflater = Inflater("gzip", MAX_BYTES, MAX_RATIO)
    content = bytearray()
    try:
        for piece in inflater.feed(body):
            content += piece
    except FetchError as error:
        raise HarvestError(f"{url}: {error.message}") from error
    if not inflater.complete:
        raise Truncated("the gzip file ends early")
    return bytes(content)


def _parsed(body: bytes) -> tuple[Element, tuple[Finding, ...]]:
    try:
        return parse_xml(body, max_bytes=MAX_BYTES), ()
    except (Truncated, TooLarge):
        raise
    except SyntaxRefused as error:
        mended = repair(body)
        try:
            root = parse_xml(mended.data, max_bytes=MAX_BYTES)
        except Truncated:
            raise
        except SyntaxRefused:
            raise error from None
        message = f"the sitemap is not well-formed ({error.message}); mended: {mended.summary}"
        return root, (_finding("harvest.repaired", message, ""),)


def _read_text(body: bytes, url: str, headers: Mapping[str, str]) -> SitemapFile:
    """Read a sitemap that is a list of addresses (protocol, “Text file”); one that holds anything else is none."""
    lines = [line.strip() for line in body.decode("utf-8", "replace").splitlines()]
    entries = tuple(Entry(loc=line, written=line[:200]) for line in lines if line)
    if not all(absolute(url, entry.loc) == entry.loc for entry in entries):
        raise HarvestError(f"{url}: the answer is neither XML nor a list of addresses")
    if not body.endswith((b"\n", b"\r")) and _FRAMING.isdisjoint(headers):
        # Half a list looks like a list, and half an address like an address.
        raise Truncated("the list does not end with a line's end, and its length is not told")
    return SitemapFile(url=url, is_index=False, entries=entries, headers=headers)


# With one of these, HTTP itself tells whether an answer is whole.
_FRAMING = frozenset({"content-length", "transfer-encoding", "content-encoding"})


def _finding(code: str, message: str, url: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=f"{url}: {message}" if url else message,
        advice="Ask the site's operator to make the sitemap as its protocol wants it.",
        path="sitemap",
    )
