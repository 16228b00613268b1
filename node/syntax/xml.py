"""XML from strangers, per XML 1.0 (https://www.w3.org/TR/xml/) less its document type declarations.

A DOCTYPE brings entities, and entities bring files, requests and gigabytes; no format the node reads needs one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from lxml import etree

from node.errors import SyntaxRefused, TooLarge, Truncated
from node.syntax.encoding import utf8

MAX_BYTES = 64 * 2**20
MAX_MARKS = 3_000_000
"""Tags, comments, instructions and attributes of a document together: each takes some 250 bytes in memory, whatever its
length, so that a document of nothing else would take thirty times its size."""
MOST_ATTRIBUTES = 1000
"""Of one element, where the time to read them grows with their square."""


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES, recover: bool = False) -> etree._Element:
    """Return the root of a document; nothing it names is loaded, and elements nest 2048 deep at most.

    Args:
        data: the document, in any encoding it declares.
        max_bytes: the largest document read.
        recover: leave out what is not well-formed instead of refusing it. What is left out is lost silently: never
            for a list whose end matters.

    Raises:
        TooLarge: it is over `max_bytes`, or holds more than `MAX_MARKS` tags and attributes.
        Truncated: every byte is right, but the document is not over.
        SyntaxRefused: it is not well-formed, or holds a DOCTYPE; the message names line and column.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"the document has {len(data)} bytes, at most {max_bytes} are read")
    data = utf8(data)
    if len(data) > MAX_MARKS and (marks := data.count(b"<") + data.count(b"=")) > MAX_MARKS:
        raise TooLarge(
            f"the document holds {marks} tags and attributes, at most {MAX_MARKS} are read",
            advice="Ask for smaller pages at the source.",
        )
    _scan_prolog(data)
    # The libxml2 limits that `huge_tree` lifts guard against entities (refused above) and size (checked above); without
    # them a long text node is read. The limit on depth stays, at 2048.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True, recover=recover
    )
    try:
        root: etree._Element | None = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _why(data, error) from error
    if root is None:
        raise SyntaxRefused("line 1, column 1: there is no element")
    if root.getroottree().docinfo.internalDTD is not None:
        raise SyntaxRefused("line 1, column 1: a DOCTYPE is refused")
    return root


def element_bytes(element: etree._Element) -> bytes:
    """Return an element as a document of its own, in UTF-8, without declaration and tail.

    Every namespace in scope is declared on it, also those that only attribute values use (xsi:type, QNames in text).
    """
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False, with_tail=False)


def refuse_crowded(data: bytes) -> None:
    """Refuse a document with an element of more than 1000 attributes: the time to read them grows with their square.

    Raises:
        SyntaxRefused: with line and column.
    """
    if len(data) <= _UNCROWDED:
        return

    def start(_name: str, attributes: Mapping[str, str]) -> None:
        if len(attributes) > MOST_ATTRIBUTES:
            raise SyntaxRefused(f"{position(parser)}: an element has {len(attributes)} attributes")

    parser = expat_parser()
    parser.StartElementHandler = start
    run(parser, utf8(data))


def xml_text(text: str) -> str:
    """Return `text` without the characters XML 1.0 forbids (section 2.2, Char), lone surrogates among them."""
    return _FORBIDDEN.sub("", text)


# So many attributes do not fit into less.
_UNCROWDED = MOST_ATTRIBUTES * len(' a=""')
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIRST_LOOK = 4096
_ENDS_EARLY = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


class _PrologDone(Exception):
    pass


def _scan_prolog(data: bytes) -> None:
    """Refuse a DOCTYPE before libxml2 sees it: it may only stand before the first element (section 2.8)."""

    def start(_name: str, _attributes: object) -> None:
        raise _PrologDone

    parser = expat_parser()
    parser.StartElementHandler = start
    # Most prologs are short, and expat copies what it is given.
    try:
        parser.Parse(data[:_FIRST_LOOK], False)
        run(parser, data[_FIRST_LOOK:])
    except _PrologDone:
        return
    except expat.ExpatError as error:
        raise _refusal(error) from error


def expat_parser() -> expat.XMLParserType:
    """Return a parser that refuses a DOCTYPE, and names elements and attributes by namespace, space, local name."""
    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")

    def doctype(*_arguments: object) -> None:
        raise SyntaxRefused(f"{position(parser)}: a DOCTYPE is refused")

    parser.StartDoctypeDeclHandler = doctype
    return parser


def run(parser: expat.XMLParserType, data: bytes) -> None:
    """Give a parser a whole document.

    Raises:
        Truncated: it ends too early.
        SyntaxRefused: it is not well-formed, or a handler refuses it.
    """
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _refusal(error) from error


def _refusal(error: expat.ExpatError) -> SyntaxRefused:
    message = f"line {error.lineno}, column {error.offset + 1}: {expat.errors.messages[error.code]}"
    return Truncated(message) if error.code in _ENDS_EARLY else SyntaxRefused(message)


def _why(data: bytes, error: etree.XMLSyntaxError) -> SyntaxRefused:
    """Tell a document that ends early from a wrong one: expat knows whether every byte so far was right."""
    try:
        run(expat_parser(), data)
    except Truncated as truncated:
        return truncated
    except SyntaxRefused:
        pass
    line, column = error.position
    text = (error.msg or "not well-formed").partition(", line ")[0]
    return SyntaxRefused(f"line {line}, column {column}: {text}")


def position(parser: expat.XMLParserType) -> str:
    """Return where a parser is, in words."""
    return f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}"
