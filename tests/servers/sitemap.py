"""A loopback site of research data: landing pages with Signposting and schema.org, sitemaps, robots.txt."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from tests.servers.scripted import Answer, Scripted, Seen

XML = {"Content-Type": "application/xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
Page = Answer | Callable[[Seen], Answer]


class Site(Scripted):
    """Serves `pages` by path; a path may have several answers in order, of which the last repeats.

    Attributes:
        pages: may be changed while the site runs.
        root: the site's address, without a slash at the end.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Page | list[Answer]] = {}
        super().__init__(self._answer)
        self.root = self.url.removesuffix("/oai")
        self.url = f"{self.root}/sitemap.xml"

    def _answer(self, seen: Seen) -> Answer:
        found = self.pages.get(seen.path, Answer(b"no such page", status=404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Answer) else found(seen)

    def asked(self, prefix: str = "/") -> list[str]:
        """Return the paths asked for, in order, but for robots.txt."""
        return [seen.path for seen in self.seen if seen.path.startswith(prefix) and seen.path != "/robots.txt"]

    def list(
        self, paths: Mapping[str, str] | Sequence[str], at: str = "/sitemap.xml", *, compressed: bool = False
    ) -> None:
        """Put a sitemap of paths, each perhaps with its lastmod."""
        dated = paths if isinstance(paths, Mapping) else dict.fromkeys(paths, "")
        self.pages[at] = _document("urlset", "url", [(self.at(path), lastmod) for path, lastmod in dated.items()])
        if compressed:
            body = self.pages[at].body  # type: ignore[union-attr]
            self.pages[at] = Answer(gzip.compress(body), headers={"Content-Type": "application/x-gzip"})

    def index(self, paths: Mapping[str, str] | Sequence[str], at: str = "/sitemap.xml") -> None:
        """Put a sitemap index of paths."""
        dated = paths if isinstance(paths, Mapping) else dict.fromkeys(paths, "")
        entries = [(self.at(path), lastmod) for path, lastmod in dated.items()]
        self.pages[at] = _document("sitemapindex", "sitemap", entries)

    def at(self, path: str) -> str:
        """Return the address of a path; one that is an address stays as it is."""
        return path if urlsplit(path).scheme or not path.startswith("/") else self.root + path

    def dataset(self, path: str, title: str, **more: object) -> None:
        """Put a landing page that embeds its description."""
        self.pages[path] = html(script(dataset(self.at(path), title, **more)))


def dataset(url: str, title: str, **more: object) -> dict[str, object]:
    """Return a Dataset of schema.org."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": url,
        "name": title,
        "description": f"What “{title}” holds.",
        "url": url,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "creator": {"@type": "Person", "name": "Curie, Marie"},
        **more,
    }


def script(document: object) -> str:
    """Return a script element that embeds JSON-LD."""
    text = document if isinstance(document, str) else json.dumps(document)
    return f'<script type="application/ld+json">{text}</script>'


def html(head: str = "", *, headers: Mapping[str, str] | None = None, title: str = "A page") -> Answer:
    """Return a page."""
    body = f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><p>Text.</p></body></html>"
    return Answer(body.encode(), headers={**HTML, **(headers or {})})


def datacite(title: str, doi: str) -> Answer:
    """Return metadata in the DataCite schema."""
    body = (
        f'<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">{doi}</identifier>'
        "<creators><creator><creatorName>Curie, Marie</creatorName></creator></creators>"
        f"<titles><title>{title}</title></titles><publisher>P</publisher><publicationYear>2020</publicationYear>"
        '<resourceType resourceTypeGeneral="Dataset">Dataset</resourceType></resource>'
    )
    return Answer(body.encode(), headers={"Content-Type": "application/vnd.datacite.datacite+xml"})


def _document(root: str, name: str, entries: Sequence[tuple[str, str]]) -> Answer:
    def entry(loc: str, lastmod: str) -> str:
        dated = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
        return f"<{name}><loc>{loc.replace('&', '&amp;')}</loc>{dated}</{name}>\n"

    inside = "".join(entry(loc, lastmod) for loc, lastmod in entries)
    body = f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</{root}>'
    return Answer(body.encode(), headers=XML)
