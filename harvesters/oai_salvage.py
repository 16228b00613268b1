"""The last resort for an answer that cannot be mended whole: records are read one by one, broken ones are kept raw.

The records are cut out by their tags; what remains, the envelope with the resumption token, must be well-formed.
"""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from harvesters.oai_records import children, read_records
from harvesters.oai_repair import record_spans
from node.errors import SyntaxRefused
from node.model.oai import Header, Record
from node.model.report import Finding, Severity
from node.syntax import parse_xml


def salvage(text: str, refusal: SyntaxRefused) -> tuple[Element, tuple[Record, ...]]:
    """Return the envelope without its records, and the records.

    Args:
        text: the answer, as far as it could be mended.
        refusal: why it was not readable whole; raised again where the envelope is not either.

    Raises:
        SyntaxRefused: there is nothing to go by.
    """
    spans = record_spans(text)
    opening = _OPENING.search(text)
    if not spans or opening is None:
        raise refusal
    envelope, position = "", 0
    for begin, end in spans:
        envelope += text[position:begin]
        position = end
    envelope += text[position:]
    try:
        root = parse_xml(envelope.encode("utf-8"))
    except SyntaxRefused:
        raise refusal from None
    return root, tuple(record for begin, end in spans for record in _records(text[begin:end], opening, refusal))


_OPENING = re.compile(r"<(?P<name>(?:[\w.-]+:)?OAI-PMH)(?=[\s>])[^<>]*>")
_HEADER = re.compile(r"<(?:[\w.-]+:)?header[\s>]")
_STATUS = re.compile(r"""<(?:[\w.-]+:)?header\s[^<>]*\bstatus\s*=\s*["']\s*deleted\s*["']""", re.IGNORECASE)


def _records(text: str, opening: re.Match[str], refusal: SyntaxRefused) -> list[Record]:
    wrapped = f"{opening[0]}{text}</{opening['name']}>".encode()
    try:
        return read_records(next(children(parse_xml(wrapped), "record")))
    except SyntaxRefused as error:
        message = error.message
    if len(_HEADER.findall(text)) > 1:
        # Its tags are so broken that another record may be inside it: one of the two would be lost without a word.
        raise refusal
    return [_damaged(text, message)]


def _damaged(text: str, message: str) -> Record:
    finding = Finding(
        code="harvest.record-damaged",
        severity=Severity.VIOLATION,
        message=f"the record is not well-formed: {message}",
        advice="Ask the source to correct the record; its text is kept as it came.",
        value=text[:500],
    )
    header = Header(
        identifier=_between(text, "identifier"),
        datestamp=_between(text, "datestamp"),
        set_specs=tuple(spec for spec in _all_between(text, "setSpec") if spec),
        deleted=_STATUS.search(_header_text(text)) is not None,
    )
    return Record(header=header, raw=text.encode("utf-8"), findings=(finding,))


def _header_text(text: str) -> str:
    """The header alone, so that nothing of the payload is taken for part of it."""
    end = re.search(r"</(?:[\w.-]+:)?header\s*>", text)
    return text[: end.end()] if end else text[:2000]


def _all_between(text: str, name: str) -> list[str]:
    found = re.findall(rf"<(?:[\w.-]+:)?{name}(?:\s[^<>]*)?>([^<>]*)<", _header_text(text))
    return [_plain(each) for each in found]


def _between(text: str, name: str) -> str:
    return next(iter(_all_between(text, name)), "")


def _plain(text: str) -> str:
    root = parse_xml(f"<x>{text}</x>".encode())
    return "".join(root.itertext()).strip()
