"""Mends XML that is nearly well-formed, the ways repositories break it, and remembers where it did.

Nothing is guessed at but what has one reading: characters XML 1.0 forbids are left out, a bare ampersand becomes one,
an HTML entity its character, bytes that are no UTF-8 the characters of Windows-1252.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from html.entities import html5
from typing import NamedTuple

from node.errors import SyntaxRefused
from node.syntax import xml_text
from node.syntax.encoding import utf8


class Spot(NamedTuple):
    """Where in the mended document something was mended."""

    offset: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A mended document.

    Attributes:
        text: without XML declaration; line numbers are those of the original.
        summary: what was mended, for people.
        spots: where, in characters of `text`.
    """

    text: str
    summary: str
    spots: tuple[Spot, ...] = ()

    @property
    def data(self) -> bytes:
        """The text in UTF-8."""
        return self.text.encode("utf-8")


def repair(body: bytes) -> Repaired:
    """Mend a document."""
    mended = Counter[str]()
    text = _without_surroundings(_decoded(body), mended)
    text = _DECLARATION.sub("", text, count=1)
    pieces: list[str] = []
    spots: list[Spot] = []
    length = position = 0
    for match in _SUSPECT.finditer(text):
        replacement, kind = _mend(match)
        if kind is None:
            continue
        before = text[position : match.start()]
        pieces += (before, replacement)
        spots.append(Spot(length + len(before), kind))
        length += len(before) + len(replacement)
        position = match.end()
        mended[kind] += 1
    pieces.append(text[position:])
    text = "".join(pieces)
    return Repaired(text=text, summary=_said(mended), spots=tuple(spots))


def with_prefixes(repaired: Repaired) -> Repaired:
    """Declare the prefixes everybody uses on the root, where a document uses them without saying what they stand for.

    Declarations further in still count for what is inside them.
    """
    root = _ROOT_TAG.search(repaired.text)
    if root is None:
        return repaired
    added = "".join(
        f' xmlns:{prefix}="{namespace}"'
        for prefix, namespace in _WELL_KNOWN.items()
        if f"xmlns:{prefix}" not in root[0] and re.search(rf"<{prefix}:|\s{prefix}:\w+\s*=", repaired.text)
    )
    at = root.end("name")
    return Repaired(
        text=repaired.text[:at] + added + repaired.text[at:],
        summary=", ".join(filter(None, (repaired.summary, "undeclared namespace prefixes"))),
        spots=tuple(Spot(spot.offset + (len(added) if spot.offset >= at else 0), spot.kind) for spot in repaired.spots),
    )


def record_spans(text: str) -> list[tuple[int, int]]:
    """Return where the outermost `record` elements of a document begin and end, by their tags alone."""
    spans: list[tuple[int, int]] = []
    depth = begin = 0
    for match in _RECORD_TAG.finditer(text):
        if match["end"] and depth > 0:
            depth -= 1
            if depth == 0:
                spans.append((begin, match.end()))
        elif match["start"]:
            if depth == 0:
                begin = match.start()
            if match[0].endswith("/>"):
                if depth == 0:
                    spans.append((begin, match.end()))
            else:
                depth += 1
    return spans


def damaged_records(repaired: Repaired, count: int) -> dict[int, str]:
    """Return what was mended in which record, by its index; nothing where the tags do not tell `count` records."""
    spans = record_spans(repaired.text) if repaired.spots else []
    if len(spans) != count:
        return {}
    begins = [begin for begin, _ in spans]
    found: dict[int, Counter[str]] = {}
    for spot in repaired.spots:
        index = bisect_right(begins, spot.offset) - 1
        if index >= 0 and spot.offset < spans[index][1]:
            found.setdefault(index, Counter())[spot.kind] += 1
    return {index: _said(kinds) for index, kinds in found.items()}


_CHARACTER = "illegal character"
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,300}?\?>")
# Each part ends at its first end, so that there is one way to read a prolog, and no time to be lost.
_PROLOG = re.compile(r"\ufeff?\s*(?:<\?(?:(?!\?>).)*\?>\s*|<!--(?:(?!-->).)*-->\s*)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?OAI-PMH(?=[\s>/])")
_ROOT_TAG = re.compile(r"(?P<name><(?:[\w.-]+:)?OAI-PMH)(?=[\s>/])[^<>]*>")
# What may be a part of a list is no surroundings.
_LISTING = re.compile(r"<(?:[\w.-]+:)?(?:record|header|resumptionToken)\b", re.IGNORECASE)
_LAST_TAG = re.compile(r"</(?:[\w.-]+:)?OAI-PMH\s*>")
# CDATA sections and comments are skipped whole; an unclosed one runs to the end.
_SKIP = r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
_FORBIDDEN = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_BYTES = re.compile("[\udc80-\udcff]+")
_SUSPECT = re.compile(
    rf"(?P<skip>{_SKIP})|(?P<declaration><\?xml\s[^<>]{{0,300}}?\?>)|(?P<bytes>{_BYTES.pattern})"
    rf"|(?P<char>(?:(?!{_BYTES.pattern}){_FORBIDDEN})+)"
    r"|&(?:#[xX](?P<hex>[0-9A-Fa-f]+);|#(?P<dec>[0-9]+);|(?P<name>[A-Za-z][A-Za-z0-9]*);)?",
    re.DOTALL,
)
_RECORD_TAG = re.compile(
    rf"(?P<skip>{_SKIP})|(?P<end></(?:[\w.-]+:)?record\s*>)|(?P<start><(?:[\w.-]+:)?record(?=[\s>/])[^<>]*>)", re.DOTALL
)
_WELL_KNOWN = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "gco": "http://www.isotc211.org/2005/gco",
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gml": "http://www.opengis.net/gml",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def _decoded(body: bytes) -> str:
    with contextlib.suppress(SyntaxRefused):  # it is not in the encoding it declares
        body = utf8(body.lstrip(b" \t\r\n"))
    # A byte that is no UTF-8 becomes a lone surrogate, which no document can hold by itself.
    return body.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _without_surroundings(text: str, mended: Counter[str]) -> str:
    first = _ROOT.search(text)
    ends = [match.end() for match in _LAST_TAG.finditer(text)]
    if first is None:
        return text
    if ends and text[ends[-1] :].strip() and not _LISTING.search(text, ends[-1]):
        mended["text after the end"] += 1
        text = text[: ends[-1]]
    prolog = text[: first.start()]
    if "<!DOCTYPE" not in prolog and not _PROLOG.fullmatch(prolog):
        mended["text before the beginning"] += 1
        # The lines stay, so that positions in messages are those of the document as it came.
        text = "\n" * prolog.count("\n") + text[first.start() :]
    return text.lstrip("\ufeff")


def _mend(match: re.Match[str]) -> tuple[str, str | None]:
    if match["skip"]:
        clean = xml_text(_BYTES.sub(_characters, match[0]))
        return clean, _CHARACTER if clean != match[0] else None
    if match["declaration"]:
        return "\n" * match[0].count("\n"), "XML declaration in the middle"
    if match["bytes"]:
        return _characters(match), "byte that is not UTF-8"
    if match["char"]:
        return "", _CHARACTER
    digits, base = (match["hex"], 16) if match["hex"] else (match["dec"], 10)
    if digits:
        digits = digits.lstrip("0") or "0"
        code = int(digits, base) if len(digits) <= 8 else 0x110000
        is_legal = code <= 0x10FFFF and xml_text(chr(code)) != ""
        if match[0][2] == "X" and is_legal:
            return f"&#x{digits};", "capital X in a character reference"
        return ("", None) if is_legal else ("", _CHARACTER)
    name = match["name"]
    if not name:
        return "&amp;", "bare ampersand"
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return "", None
    if f"{name};" in html5:
        return "".join(f"&#{ord(each)};" for each in html5[f"{name};"]), "undefined entity"
    return f"&amp;{name};", "undefined entity"


def _said(kinds: Counter[str]) -> str:
    return ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))


def _characters(match: re.Match[str]) -> str:
    return match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")
