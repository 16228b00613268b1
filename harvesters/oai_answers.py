"""OAI-PMH answers read into values (section 3.2: https://www.openarchives.org/OAI/openarchivesprotocol.html#XMLResponse).

Only direct children count: a payload may hold records, errors and tokens of its own. Names count without their
namespace, which some repositories misspell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from lxml import etree
from lxml.etree import _Element as Element

from harvesters.oai_records import children, local_name, namespace_of, read_record, text_of
from harvesters.oai_repair import Repaired, damaged_records, repair, with_prefixes
from harvesters.oai_salvage import salvage
from node.errors import HarvestError, SyntaxRefused, TooLarge, Truncated
from node.model.oai import Record
from node.model.report import Finding, Severity
from node.namespaces import OAI
from node.syntax import parse_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiProblem:
    """An error element (section 3.6)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to ListRecords.

    Attributes:
        records: in order; a damaged one has its `raw` and a finding.
        listed: record elements that list something, counted from the document, not from `records`.
        token: the resumption token without surrounding white space; empty at the end of the list.
        is_list: it holds a ListRecords element.
    """

    url: str
    records: tuple[Record, ...] = ()
    listed: int = 0
    token: str = ""
    is_list: bool = False
    errors: tuple[OaiProblem, ...] = ()
    response_date: str = ""
    complete_list_size: int | None = None
    metadata_namespace: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What Identify says that a harvest needs (section 4.2)."""

    response_date: str = ""
    granularity: str = ""
    findings: tuple[Finding, ...] = ()


def read_answer(body: bytes, url: str) -> Answer:
    """Read an answer: strictly, else repaired, else record by record.

    Raises:
        Truncated: it ends too early; nothing is made of a part.
        SyntaxRefused: nothing helps.
        HarvestError: it is no OAI-PMH answer.
    """
    try:
        return _of_root(parse_xml(body), url)
    except SyntaxRefused as error:
        refusal = _not_html(error, body, url)
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


def read_identity(body: bytes, url: str) -> Identity:
    """Read an answer to Identify.

    Raises:
        Truncated, SyntaxRefused: as `read_answer`, without reading it in parts.
        HarvestError: it is no OAI-PMH answer, or an error.
    """
    try:
        root = parse_xml(body)
    except SyntaxRefused as error:
        _not_html(error, body, url)
        root = parse_xml(repair(body).data)
    findings = _check_root(root, url)
    errors = _errors(root)
    if errors:
        raise HarvestError(f"{url}: Identify is answered with {errors[0].code}: {errors[0].message}")
    identify = next(children(root, "Identify"), None)
    return Identity(
        response_date=text_of(next(children(root, "responseDate"), None)),
        granularity="" if identify is None else text_of(next(children(identify, "granularity"), None)),
        findings=findings,
    )


def _of_root(root: Element, url: str) -> Answer:
    findings = _check_root(root, url)
    lists = list(children(root, "ListRecords"))
    elements = [record for each in lists for record in children(each, "record")]
    tokens = [token for each in lists for token in children(each, "resumptionToken")]
    token = next((token for token in reversed(tokens) if text_of(token)), None)
    sizes = (each.get("completeListSize", "").strip() for each in tokens)
    records = tuple(read_record(element) for element in elements)
    return Answer(
        url=url,
        records=records,
        listed=int(_LISTED(root)),
        token=text_of(token),
        is_list=bool(lists),
        errors=_errors(root),
        response_date=text_of(next(children(root, "responseDate"), None)),
        complete_list_size=next((int(size[:15]) for size in sizes if size.isascii() and size.isdigit()), None),
        metadata_namespace=_payload_namespace(records),
        findings=findings,
    )


# A record without a header lists something nameless: it is counted, and rejected with its reason.
_LISTED = etree.XPath(
    "count(/*/*[local-name()='ListRecords']/*[local-name()='record']/*[local-name()='header'])"
    " + count(/*/*[local-name()='ListRecords']/*[local-name()='record'][not(*[local-name()='header'])])"
)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>([^<]{0,300})", re.IGNORECASE)


def _check_root(root: Element, url: str) -> tuple[Finding, ...]:
    name, namespace = local_name(root), namespace_of(root)
    if name.lower() == "html":
        raise HarvestError(f"{url}: the answer is an HTML page, not OAI-PMH", advice=_WRONG_URL)
    if name != "OAI-PMH" or (namespace and "openarchives.org/OAI" not in namespace):
        raise HarvestError(f"{url}: the answer is a {name[:100]} document, not OAI-PMH", advice=_WRONG_URL)
    if namespace == OAI:
        return ()
    finding = Finding(
        code="harvest.namespace",
        severity=Severity.WARNING,
        message=f"the answer is in the namespace “{namespace}”, not {OAI}",
        advice="Ask the repository's operator to correct the namespace of OAI-PMH.",
        path="OAI-PMH",
        value=namespace[:500],
    )
    return (finding,)


_WRONG_URL = "Look at the URL in a browser: is it the repository's OAI-PMH base URL, and does it ask for a login?"


def _not_html(error: SyntaxRefused, body: bytes, url: str) -> SyntaxRefused:
    """Return what is wrong with a document that more can be tried with; raise what is final."""
    if _HTML.match(body[:4096].removeprefix(b"\xef\xbb\xbf")):
        found = _TITLE.search(body[:65536].decode("utf-8", "replace"))
        title = f" titled “{unescape(found[1]).strip()}”" if found else ""
        raise HarvestError(f"{url}: the answer is an HTML page{title}, not OAI-PMH", advice=_WRONG_URL)
    if isinstance(error, (Truncated, TooLarge)):
        raise error
    return error


def _errors(root: Element) -> tuple[OaiProblem, ...]:
    found = children(root, "error")
    return tuple(OaiProblem(code=each.get("code", "").strip(), message=text_of(each)[:500]) for each in found)


def _payload_namespace(records: tuple[Record, ...]) -> str:
    payload = next((record.metadata for record in records if record.metadata is not None), None)
    return "" if payload is None else namespace_of(parse_xml(payload))


def _with_notes(answer: Answer, repaired: Repaired, refusal: SyntaxRefused) -> Answer:
    """Say what was mended, on the page and on the records it was in."""
    finding = Finding(
        code="harvest.repaired",
        severity=Severity.WARNING,
        message=f"the answer is not well-formed ({refusal.message}); mended: {repaired.summary or 'record by record'}",
        advice="Ask the repository's operator to send well-formed XML 1.0.",
    )
    touched = damaged_records(repaired, len(answer.records))
    records = tuple(_marked(answer.records, touched))
    return replace(answer, records=records, findings=(*answer.findings, finding))


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
