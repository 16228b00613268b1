"""Answers to ListRecords read into values (section 4.5: https://www.openarchives.org/OAI/openarchivesprotocol.html#ListRecords)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree
from lxml.etree import _Element as Element

from harvesters.oai_envelope import OaiProblem, envelope_of, refuse_html, repaired_finding
from harvesters.oai_records import children, local_name, namespace_of, read_record, read_records, text_of
from harvesters.oai_repair import Repaired, damaged_records, repair, with_prefixes
from harvesters.oai_salvage import salvage
from node.errors import NotOaiPmh, SyntaxRefused, TooLarge, Truncated
from node.model.oai import Record
from node.model.report import Finding, Severity
from node.syntax import parse_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to ListRecords.

    Attributes:
        records: in order; a damaged one has its `raw` and a finding.
        listed: record elements that list something, counted from the document, not from `records`.
        token: the resumption token without surrounding white space; empty at the end of the list.
        is_closed: an empty resumptionToken element says that the list is over (section 3.5).
        is_list: it holds a ListRecords element.
        complete_list_size, cursor: the token's attributes; `None` where they are missing or no numbers.
    """

    url: str
    records: tuple[Record, ...] = ()
    listed: int = 0
    token: str = ""
    is_closed: bool = False
    is_list: bool = False
    errors: tuple[OaiProblem, ...] = ()
    response_date: str = ""
    complete_list_size: int | None = None
    cursor: int | None = None
    metadata_namespace: str = ""
    findings: tuple[Finding, ...] = ()


def read_answer(body: bytes, url: str) -> Answer:
    """Read an answer: strictly, else repaired, else record by record.

    Raises:
        Truncated: it ends too early; nothing is made of a part.
        SyntaxRefused: nothing helps.
        NotOaiPmh: it is no OAI-PMH answer, or does not say where its list goes on.
    """
    try:
        return _of_root(parse_xml(body), url)
    except SyntaxRefused as error:
        refusal = refuse_html(error, body, url)
    repaired = repair(body)
    for mended in (repaired, with_prefixes(repaired)):
        try:
            return _with_notes(_of_root(parse_xml(mended.data), url), mended, refusal)
        except (Truncated, TooLarge):
            raise
        except SyntaxRefused:
            continue
    envelope, records = salvage(repaired.text, refusal)
    answer = _of_root(envelope, url)
    if not answer.is_list:
        raise refusal
    answer = replace(
        answer,
        records=records,
        listed=len(records),
        metadata_namespace=_payload_namespace(records),
    )
    return _with_notes(answer, repaired, refusal)


def size_of(tokens: list[Element]) -> int | None:
    """Return the completeListSize of resumption tokens (section 3.5); `None` where they tell none."""
    return _number(tokens, "completeListSize")


def _of_root(root: Element, url: str) -> Answer:
    envelope = envelope_of(root, url)
    findings = envelope.findings
    lists = list(children(root, "ListRecords"))
    elements, tokens, others = _listed(lists)
    inside = [found for found in _IN_RECORDS(root) if local_name(found) in ("record", "resumptionToken")]
    misplaced = [
        *children(root, "resumptionToken"),
        *(each for each in inside if local_name(each) == "resumptionToken"),
    ]
    if misplaced and not tokens:
        tokens, findings = misplaced, (*findings, _misplaced())
    if strange := _strange(root, others, [each for each in inside if each not in misplaced]):
        # Whatever it means, it may be a part of the list that would be passed over.
        raise NotOaiPmh(f"{url}: the answer holds {strange} in a place where no record can be")
    # A second element that is empty, or says the same again, does no harm; two places to go on at do.
    given = list(dict.fromkeys(text for token in tokens if (text := text_of(token))))
    if len(given) > 1:
        raise NotOaiPmh(f"{url}: the answer holds {len(given)} different resumption tokens")
    records, listed = tuple(map(read_record, elements)), int(_LISTED(root))
    if listed != len(records):  # headers that ran together in one record, or names in other case
        records, listed = tuple(record for each in elements for record in read_records(each)), _headers(elements)
    return Answer(
        url=url,
        records=records,
        listed=listed,
        token=given[0] if given else "",
        is_closed=bool(tokens) and not given,
        is_list=bool(lists),
        errors=envelope.errors,
        response_date=envelope.response_date,
        complete_list_size=size_of(tokens),
        cursor=_number(tokens, "cursor"),
        metadata_namespace=_payload_namespace(records),
        findings=findings,
    )


# A record without a header lists something nameless: it is counted, and rejected with its reason.
_LISTED = etree.XPath(
    "count(/*/*[local-name()='ListRecords']/*[local-name()='record']/*[local-name()='header'])"
    " + count(/*/*[local-name()='ListRecords']/*[local-name()='record'][not(*[local-name()='header'])])"
)


def _listed(lists: list[Element]) -> tuple[list[Element], list[Element], list[Element]]:
    """Return the records and tokens of lists, and what else stands in them."""
    elements: list[Element] = []
    tokens: list[Element] = []
    others: list[Element] = []
    for each in lists:
        for child in each:
            tag = child.tag
            if isinstance(tag, str):
                name = local_name(child)
                (elements if name == "record" else tokens if name == "resumptionToken" else others).append(child)
    return elements, tokens, others


def _strange(root: Element, others: list[Element], inside: list[Element]) -> str:
    """Return what may be a part of the list, and stands where none can stand; empty where nothing does.

    Args:
        others: what is in a list, and neither a record nor a token.
        inside: what is right inside a record, and is named like a part of a list.
    """
    if inside or any(True for _ in children(root, "record")):
        return "a record"
    for other in others:
        if any(_is_listing(found) for found in other.iter()):
            return f"a {local_name(other)[:100]} element"
    return "records as text" if any("<" in text and _MARKUP.search(text) for text in _TEXTS(root)) else ""


def _is_listing(element: Element) -> bool:
    return isinstance(element.tag, str) and local_name(element) in ("record", "header", "resumptionToken")


# Few elements in a record are none of these.
_IN_RECORDS = etree.XPath(
    "/*/*/*/*[local-name()!='header' and local-name()!='metadata' and local-name()!='about']", smart_strings=False
)
_TEXTS = etree.XPath("/*/*/text()", smart_strings=False)


def _headers(elements: list[Element]) -> int:
    """Count what records list by their headers; one without a header lists something nameless."""
    return sum(max(1, sum(1 for _ in children(each, "header"))) for each in elements)


# Tags that were escaped, or put into a CDATA section.
_MARKUP = re.compile(r"<(?:[\w.-]+:)?(?:record|header|resumptionToken)\b", re.IGNORECASE)


def _number(tokens: list[Element], name: str) -> int | None:
    texts = (token.get(name, "").strip() for token in tokens)
    return next((int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 15), None)


def _misplaced() -> Finding:
    return Finding(
        code="harvest.token-misplaced",
        severity=Severity.WARNING,
        message="the resumption token stands beside ListRecords or inside a record; it is followed all the same",
        advice="Ask the repository's operator to put resumptionToken where section 3.5 of OAI-PMH wants it.",
        path="resumptionToken",
    )


def _payload_namespace(records: tuple[Record, ...]) -> str:
    payload = next((record.metadata for record in records if record.metadata is not None), None)
    return "" if payload is None else namespace_of(parse_xml(payload))


def _with_notes(answer: Answer, repaired: Repaired, refusal: SyntaxRefused) -> Answer:
    """Say what was mended, on the page and on the records it was in."""
    touched = damaged_records(repaired, len(answer.records))
    records = tuple(_marked(answer.records, touched))
    return replace(answer, records=records, findings=(*answer.findings, repaired_finding(refusal, repaired.summary)))


def _marked(records: tuple[Record, ...], touched: dict[int, str]) -> Iterator[Record]:
    for index, record in enumerate(records):
        if index not in touched:
            yield record
            continue
        finding = Finding(
            code="harvest.record-repaired",
            severity=Severity.WARNING,
            message=f"the record was not well-formed; mended: {touched[index]}",
            advice="Ask the source to correct the record.",
        )
        yield replace(record, findings=(*record.findings, finding))
