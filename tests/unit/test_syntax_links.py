"""Link headers as they are sent: quoted, bare, several in one, broken."""

from __future__ import annotations

import time

import pytest

from node.errors import SyntaxRefused, TooLarge
from node.syntax.links import MAX_BYTES, MAX_LINKS, WebLink, parse_link_header, web_link


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<https://x/2>; rel="next"', (WebLink(href="https://x/2", rels=("next",)),)),
        ("<2>;rel=Next , <3> ; rel=last", (WebLink(href="2", rels=("next",)), WebLink(href="3", rels=("last",)))),
        ('<a>; rel="next prefetch"; title="b, c; rel=x"', (WebLink(href="a", rels=("next", "prefetch")),)),
        ('<a>; rel="next"; rel="prev"', (WebLink(href="a", rels=("next",)),)),
        (
            '<a>; rel=describedby; type="Text/Turtle; profile=\\"http://p\\""; anchor="#x"',
            (WebLink(href="a", rels=("describedby",), media_type="text/turtle", profiles=("http://p",), anchor="#x"),),
        ),
        ("<a,b>; rel=next", (WebLink(href="a,b", rels=("next",)),)),
        ("<a>", (WebLink(href="a", rels=()),)),
        ('garbage, <a>; rel="next', (WebLink(href="a", rels=("next",)),)),
        ("", ()),
    ],
)
def test_a_header_is_read_as_it_is_meant(header: str, links: tuple[WebLink, ...]) -> None:
    assert parse_link_header(header) == links


def test_a_profile_may_stand_beside_the_media_type() -> None:
    found = web_link(" a ", "item", media_type="application/ld+json", profile="http://p http://q")

    assert (found.href, found.profiles) == ("a", ("http://p", "http://q"))


def test_a_header_that_is_too_long_or_holds_too_much_is_refused() -> None:
    with pytest.raises(TooLarge):
        parse_link_header("<" * (MAX_BYTES + 1))
    with pytest.raises(SyntaxRefused):
        parse_link_header("<a>," * (MAX_LINKS + 1))


@pytest.mark.parametrize("hostile", ["<" * 200_000, "<a>" + ";" * 200_000, '<a>;x="' + "\\" * 200_000, "<a>; a" * 4000])
def test_a_hostile_header_takes_no_time(hostile: str) -> None:
    begun = time.thread_time()

    parse_link_header(hostile)

    assert time.thread_time() - begun < 2
