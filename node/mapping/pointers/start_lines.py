"""The lines in which the elements of an XML document begin; the parser only knows where their start tags end.

Specification: XML 1.0, section 3.1 (https://www.w3.org/TR/xml/#sec-starttags).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml.etree import _Element as Element


@lru_cache(maxsize=4)
def start_lines(data: bytes) -> Sequence[int]:
    """Return the line of each start tag, counted from 1, in document order.

    Args:
        data: a well-formed document in an encoding that has ASCII in it.
    """
    found: list[int] = []
    line, last = 1, 0
    for token in _TOKEN.finditer(data):
        if token["tag"] is not None:
            line += data.count(b"\n", last, token.start())
            last = token.start()
            found.append(line)
    return found


def lines_of(root: Element, data: bytes) -> dict[Element, int]:
    """Return the line in which an element, and each that it holds, begins.

    Args:
        data: the document that the element was parsed from; empty where it is not at hand.
    """
    lines = start_lines(data) if data else ()
    mine = list(root.iter("*"))
    if len(lines) != _count(root, "count(/descendant::*)"):
        # An encoding without ASCII, or elements that are not written out: the ends of the start tags are known.
        return {element: element.sourceline or 1 for element in mine}
    first = _count(root, "count(preceding::*) + count(ancestor::*)")
    return dict(zip(mine, lines[first : first + len(mine)], strict=True))


def _count(element: Element, question: str) -> int:
    found = element.xpath(question)
    assert isinstance(found, float)
    return int(found)


_TOKEN = re.compile(
    rb"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>
    |(?P<tag><[^\s<>/!?](?:[^<>"']|"[^"]*"|'[^']*')*>)""",
    re.DOTALL | re.VERBOSE,
)
