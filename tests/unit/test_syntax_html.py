"""Pages and Link headers of strangers, read for what they say to machines."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import SyntaxRefused, TooLarge
from node.syntax import parse_html, parse_link_header, web_link
from node.syntax.html import MAX_LINKS, MAX_SCRIPTS


def test_title_base_links_and_json_ld_are_read_wherever_they_stand() -> None:
    page = parse_html(
        b"""<!DOCTYPE html><html><head><title> A
        title </title><base href=" /base/ "><base href="/second/">
        <link rel="DescribedBy alternate" type="Text/Turtle; charset=utf-8" href=" meta.ttl " profile="https://a https://b">
        <link rel="stylesheet"><link href="nowhere">
        <script>var a = "<link rel=x href=y>";</script></head><body>
        <script type="application/ld+json; charset=utf-8">{"a": "<b>&amp;"}</script>
        <svg><title>not this</title></svg><link rel="cite-as" href="https://doi.org/10.5072/x">
        <script type='APPLICATION/LD+JSON'>[1]</script></body></html>"""
    )

    assert (page.title, page.base) == ("A title", "/base/")
    assert page.json_ld == (b'{"a": "<b>&amp;"}', b"[1]"), "nothing inside a script is markup"
    first, second = page.links
    assert (first.href, first.rels, first.media_type) == ("meta.ttl", ("describedby", "alternate"), "text/turtle")
    assert first.profiles == ("https://a", "https://b")
    assert (second.href, second.rels) == ("https://doi.org/10.5072/x", ("cite-as",))


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        ("<title>Zürich</title>".encode(), ""),
        ("<title>Zürich</title>".encode("latin-1"), ""),
        ("<title>Zürich</title>".encode("latin-1"), "ISO-8859-1"),
        ("<title>Zürich</title>".encode("utf-8-sig"), "iso-8859-1"),
        ("\ufeff<title>Zürich</title>".encode("utf-16-le"), ""),
        ('<meta charset="windows-1252"><title>Zürich</title>'.encode("cp1252"), ""),
        (
            '<meta http-equiv=Content-Type content="text/html; charset=iso-8859-15"><title>Zürich</title>'.encode(
                "latin-1"
            ),
            "",
        ),
        ("<title>Zürich</title>".encode(), "no-such-charset"),
        ("<title>Zürich</title>".encode(), "utf-16"),
        ("<title>Zürich</title>".encode(), "rot13"),
    ],
)
def test_a_page_is_decoded_the_way_a_browser_would(data: bytes, charset: str) -> None:
    assert parse_html(data, charset=charset).title == "Zürich"


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"\0\0\0", b"no markup at all", b"<title>never ends", b"<script type=application/ld+json>{", b"<!--"],
)
def test_anything_is_a_page(data: bytes) -> None:
    parse_html(data)


def test_a_nul_does_not_hide_the_rest() -> None:
    assert parse_html(b"<p>\0</p><title>After</title>").title == "After"


def test_depth_costs_nothing() -> None:
    started = time.monotonic()

    page = parse_html(b"<div>" * 200_000 + b"<title>Deep</title>")

    assert page.title == "Deep"
    assert time.monotonic() - started < 5


def test_a_page_beyond_its_bounds_is_refused() -> None:
    with pytest.raises(TooLarge):
        parse_html(b"<p>" * 100, max_bytes=100)
    with pytest.raises(SyntaxRefused, match="links"):
        parse_html(b"<link rel=a href=b>" * (MAX_LINKS + 1))
    with pytest.raises(SyntaxRefused, match="JSON-LD"):
        parse_html(b"<script type=application/ld+json>1</script>" * (MAX_SCRIPTS + 1))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    parse_html(data)


# --- RFC 8288


def test_a_link_header_is_read_with_every_spelling_of_its_parameters() -> None:
    links = parse_link_header(
        '<https://e.org/a,b;c>; rel="item describedby"; type="Application/LD+JSON; profile=\\"https://schema.org/\\"", '
        '<b>;rel=license, <c> ; REL = cite-as ; rel="ignored" ; anchor="#x", not a link, '
        '<d>; title="a, <e>; b"; rel=type'
    )

    assert [(link.href, link.rels) for link in links] == [
        ("https://e.org/a,b;c", ("item", "describedby")),
        ("b", ("license",)),
        ("c", ("cite-as",)),
        ("d", ("type",)),
    ]
    assert (links[0].media_type, links[0].profiles) == ("application/ld+json", ("https://schema.org/",))
    assert links[2].anchor == "#x"


def test_the_profile_of_a_link_comes_before_that_of_its_type() -> None:
    link = web_link("a", "describedby", media_type="text/turtle; profile=https://type", profile="https://link")

    assert link.profiles == ("https://link",)
    assert web_link("a", "x", media_type="text/turtle;profile=https://type").profiles == ("https://type",)


def test_a_link_header_beyond_its_bounds_is_refused() -> None:
    with pytest.raises(TooLarge):
        parse_link_header("x" * 600_000)
    with pytest.raises(SyntaxRefused, match="links"):
        parse_link_header("<a>;rel=b," * (MAX_LINKS + 1))


@pytest.mark.parametrize("piece", ["<", "<a>;", '<a>;b="', '<a>;b="\\', ";;", "<a> ", "<a>;a=b;", '"', "<a>;=", "\t;"])
def test_no_header_takes_long(piece: str) -> None:
    started = time.monotonic()

    with contextlib.suppress(SyntaxRefused):
        parse_link_header(piece * (300_000 // len(piece)))

    assert time.monotonic() - started < 5


@given(st.text(alphabet='<>;=," \\ab\t', max_size=80))
def test_no_header_breaks_the_reader(text: str) -> None:
    parse_link_header(text)
