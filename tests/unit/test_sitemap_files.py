"""Sitemaps and robots.txt files as sites write them."""

from __future__ import annotations

import gzip

import pytest

from harvesters.sitemap_files import read_sitemap
from harvesters.sitemap_robots import Rules, fetch_robots
from node.errors import HarvestError, HttpStatus, SyntaxRefused, TooLarge, Truncated
from tests.harvesting import door
from tests.servers.scripted import Answer, Scripted, gzip_bomb

URL = "https://site.example/maps/1.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
WHOLE = {"content-length": "1"}


def urlset(inside: str, xmlns: str = XMLNS) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {xmlns}>{inside}</urlset>'.encode()


def entry(loc: str) -> str:
    return f"<url><loc>{loc}</loc></url>"


def codes(body: bytes) -> set[str]:
    return {finding.code for finding in read_sitemap(body, URL, WHOLE).findings}


@pytest.mark.parametrize(
    ("written", "loc"),
    [
        ("https://site.example/a?b=1&amp;c=2", "https://site.example/a?b=1&c=2"),
        ("\n  https://site.example/a  \n", "https://site.example/a"),
        ("<![CDATA[https://site.example/a?b&c]]>", "https://site.example/a?b&c"),
        ("/a", "https://site.example/a"),
        ("2.xml", "https://site.example/maps/2.xml"),
        ("javascript:alert(1)", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_an_address_is_read_as_it_is_meant(written: str, loc: str) -> None:
    (found,) = read_sitemap(urlset(entry(written)), URL, WHOLE).entries

    assert found.loc == loc


@pytest.mark.parametrize(
    "body",
    [
        urlset(entry("https://site.example/a")),
        b"\xef\xbb\xbf" + urlset(entry("https://site.example/a")),
        urlset(entry("https://site.example/a")).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        gzip.compress(urlset(entry("https://site.example/a"))),
        urlset(entry("https://site.example/a"), XMLNS.replace("http:", "https:")),
        urlset(entry("https://site.example/a"), ""),
        urlset(
            '<url xmlns:x="urn:x"><x:loc>no</x:loc><x:image><loc>no</loc></x:image><loc>https://site.example/a</loc></url>'
        ),
        b"https://site.example/a\n",
        b"\xef\xbb\xbfhttps://site.example/a\r\n\r\n",
        gzip.compress(b"https://site.example/a"),
    ],
    ids=["plain", "bom", "utf-16", "gzip", "https", "no namespace", "extensions", "text", "text, bom", "text, gzip"],
)
def test_a_sitemap_is_read_however_it_is_written(body: bytes) -> None:
    assert [found.loc for found in read_sitemap(body, URL, WHOLE).entries] == ["https://site.example/a"]


def test_what_is_not_as_the_protocol_wants_it_is_read_and_said() -> None:
    assert codes(urlset(entry("https://site.example/a"))) == set()
    assert codes(urlset(entry("https://site.example/a"), "")) == {"harvest.namespace"}
    assert codes(urlset(entry("https://site.example/a?b&c"))) == {"harvest.repaired"}
    assert codes(urlset(entry("https://site.example/a") * 50_001)) == {"harvest.sitemap-size"}
    assert len(read_sitemap(urlset(entry("https://site.example/a") * 50_001), URL, WHOLE).entries) == 50_001


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", Truncated),
        (b"  \n ", Truncated),
        (urlset(entry("https://site.example/a"))[:-9], Truncated),
        (gzip.compress(urlset(entry("https://site.example/a")))[:-9], Truncated),
        (b"<!DOCTYPE html><html><body>", HarvestError),
        (b"<?xml version='1.0'?><rss/>", HarvestError),
        (b"Not a list of addresses\n", HarvestError),
        (b"https://site.example/a\nhttps://site.exa mple/b\n/c\n", HarvestError),
        (b'<!DOCTYPE urlset [<!ENTITY a "a">]><urlset>&a;</urlset>', SyntaxRefused),
        (gzip_bomb(100 * 2**20), TooLarge),
        (b"\x1f\x8bnot gzip at all", HarvestError),
    ],
)
def test_what_is_no_whole_sitemap_is_an_error(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_sitemap(body, URL, WHOLE)


def test_half_a_list_of_addresses_is_not_taken_for_a_whole_one() -> None:
    with pytest.raises(Truncated):
        read_sitemap(b"https://site.example/a\nhttps://site.example/b", URL, {})


# --- robots.txt


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /data", False),
        ("User-agent: *\nDisallow: /data\nAllow: /data/1", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: FairNode\nDisallow: /private", True),
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: *\nDisallow: /*/1$", False),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("<html>a page for every address</html>", True),
    ],
)
def test_the_rules_of_a_site_are_understood(text: str, allowed: bool) -> None:
    with Scripted([Answer(text.encode())]) as server:
        assert fetch_robots(door(), server.url).allows(server.url.replace("/oai", "/data/1")) is allowed


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_rules_allows_everything(status: int) -> None:
    with Scripted([Answer(b"User-agent: *\nDisallow: /", status=status)]) as server:
        assert fetch_robots(door(), server.url).allows(server.url)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_rules_that_cannot_be_had_forbid_everything(status: int) -> None:
    with Scripted([Answer(b"", status=status)]) as server, pytest.raises(HttpStatus, match="robots"):
        fetch_robots(door(), server.url)


def test_rules_are_fetched_once_for_each_origin() -> None:
    slept: list[float] = []
    with Scripted([Answer(b"User-agent: *\nCrawl-delay: 600\nSitemap: /map.xml\nSitemap: /map.xml")]) as server:
        rules = Rules(door(), slept.append)

        assert rules.of(server.url).sitemaps == (server.url.replace("/oai", "/map.xml"),)
        assert rules.names(server.url.replace("/oai", "/map.xml"))
        rules.pause(server.url)
        assert rules.allow(server.url)

        assert len(server.seen) == 1
    assert slept == [60.0], "at most a minute"
