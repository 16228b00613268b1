"""For crawlers: `/robots.txt` (RFC 9309) and `/sitemap.xml` (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from flask import Blueprint, Response, abort

from node.storage.browsing import ALPHABET, Browsing, Entry, prefixes
from node.web.current import current_node, current_viewer
from node.web.negotiation import tagged

bp = Blueprint("crawling", __name__)

_LOT = 20_000
"""Addresses in one site map: the protocol allows 50,000, and names are never spread quite evenly."""
_MOST = 50_000
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# What stands here is how a path begins, unless it ends in `$`: mementos are read, to see that they are for no index.
# Harvesters have OAI-PMH and SPARQL; a crawler that walks them gains nothing that the site map does not tell it.
_ROBOTS = """\
User-agent: *
Disallow: /oai
Disallow: /sparql
Disallow: /login
Disallow: /logout
Disallow: /me$
Disallow: /stored
Disallow: /register/
Allow: /

Sitemap: {base}/sitemap.xml
"""


@bp.get("/robots.txt")
def robots() -> Response:
    """What a crawler may walk through, and where the site map is."""
    return Response(_ROBOTS.format(base=current_node().settings.base_url), mimetype="text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page of a record that the asker may see; or an index of such site maps, where there are many."""
    browsing, viewer = Browsing(current_node().database), current_viewer()
    parts = prefixes(browsing.count(viewer), _LOT)
    if parts == ("",):
        return _xml("urlset", _pages(browsing.page(viewer, _MOST)))
    base = current_node().settings.base_url
    return _xml("sitemapindex", (f"<sitemap><loc>{escape(base)}/sitemap/{part}.xml</loc></sitemap>" for part in parts))


@bp.get("/sitemap/<prefix>.xml")
def part(prefix: str) -> Response:
    """The pages of the records whose names begin so."""
    if len(prefix) > 4 or not set(prefix) <= set(ALPHABET):
        abort(404)
    return _xml("urlset", _pages(Browsing(current_node().database).page(current_viewer(), _MOST, prefix=prefix)))


def _pages(entries: Iterable[Entry]) -> Iterator[str]:
    base = escape(current_node().settings.base_url)
    for entry in entries:
        changed = entry.datestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
        yield f"<url><loc>{base}/dataset/{entry.local_id}</loc><lastmod>{changed}</lastmod></url>"


def _xml(name: str, lines: Iterable[str]) -> Response:
    body = "\n".join(lines)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_NAMESPACE}">\n{body}\n</{name}>\n'
    return tagged(Response(text, mimetype="application/xml"))
