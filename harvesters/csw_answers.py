"""A CSW's answers read into values: capabilities, records, exceptions. Names count without their namespaces.

OGC 07-006r1 (CSW 2.0.2: https://portal.ogc.org/files/?artifact_id=20555), OGC 12-176r7 (CSW 3.0:
https://docs.ogc.org/is/12-176r7/12-176r7.html), OWS Common 06-121r9 for capabilities and exceptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from harvesters.asking import refuse_html
from harvesters.csw_records import read_record
from harvesters.oai_records import children, local_name, namespace_of, text_of
from harvesters.oai_repair import repair
from node.errors import HarvestError, SyntaxRefused, TooLarge, Truncated
from node.harvest.protocols import Response
from node.model.oai import Record
from node.model.report import Finding, Severity
from node.syntax import parse_xml


class CswRefused(HarvestError):
    """The catalogue answered with an exception (OWS Common, section 8)."""

    advice = "The catalogue refuses the request; compare its capabilities with the source's settings."


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a catalogue says of itself.

    Attributes:
        version: of the protocol, such as `2.0.2`.
        get_url: where it wants GetRecords asked by GET; empty where it does not say.
        only_post: it announces GetRecords, but not by GET.
        schemas: the output schemas it offers.
        constraint_languages: the filter languages it reads.
    """

    version: str
    title: str = ""
    contacts: tuple[str, ...] = ()
    get_url: str = ""
    only_post: bool = False
    schemas: tuple[str, ...] = ()
    constraint_languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """An answer to GetRecords.

    Attributes:
        matched, returned, next_record: as csw:SearchResults says them; `None` where it does not, or not in digits.
        timestamp: of csw:SearchStatus.
    """

    records: tuple[Record, ...]
    matched: int | None
    returned: int | None
    next_record: int | None
    timestamp: str = ""
    namespace: str = ""
    findings: tuple[Finding, ...] = ()


def read_capabilities(response: Response) -> Capabilities:
    """Read an answer to GetCapabilities.

    Raises:
        SyntaxRefused: it is no XML.
        CswRefused: it is an exception.
        HarvestError: it is something else.
    """
    root, _ = _root(response)
    if local_name(root) != "Capabilities" or "/cat/csw" not in namespace_of(root):
        name = f"{local_name(root)[:100]} document in the namespace “{namespace_of(root)[:200]}”"
        raise HarvestError(f"{response.url}: the answer is a {name}, not CSW capabilities", advice=_WRONG_URL)
    operations = [each for holder in children(root, "OperationsMetadata") for each in children(holder, "Operation")]
    get_records = next((each for each in operations if each.get("name") == "GetRecords"), None)
    urls = [] if get_records is None else list(_hrefs(get_records, "Get"))
    mails = (text_of(each) for each in root.iter("{*}ElectronicMailAddress"))
    return Capabilities(
        version=root.get("version", "").strip(),
        title=next(
            (
                text_of(title)
                for holder in children(root, "ServiceIdentification")
                for title in children(holder, "Title")
            ),
            "",
        ),
        contacts=tuple(dict.fromkeys(mail for mail in mails if "@" in mail)),
        get_url=urls[0] if urls else "",
        only_post=get_records is not None and not urls,
        schemas=_values(get_records, "outputschema"),
        constraint_languages=_values(get_records, "constraintlanguage"),
    )


def read_records(response: Response) -> Records:
    """Read an answer to GetRecords; one that is not well-formed is mended.

    Raises:
        SyntaxRefused: it is no XML, and cannot be mended.
        CswRefused: it is an exception.
        HarvestError: it is something else.
    """
    root, findings = _root(response)
    results = next(children(root, "SearchResults"), None)
    if local_name(root) != "GetRecordsResponse" or results is None:
        raise HarvestError(f"{response.url}: the answer is a {local_name(root)[:100]} document, not records of a CSW")
    elements = [each for each in results if isinstance(each.tag, str)]
    status = next(children(root, "SearchStatus"), None)
    return Records(
        records=tuple(read_record(element) for element in elements),
        matched=_number(results, "numberOfRecordsMatched"),
        returned=_number(results, "numberOfRecordsReturned"),
        next_record=_number(results, "nextRecord"),
        timestamp="" if status is None else status.get("timestamp", "").strip(),
        namespace=namespace_of(elements[0]) if elements else "",
        findings=findings,
    )


_WRONG_URL = "Give the catalogue's own address; `?service=CSW&request=GetCapabilities` behind it must answer in XML."


def _root(response: Response) -> tuple[Element, tuple[Finding, ...]]:
    refuse_html(response, "a CSW")
    findings: tuple[Finding, ...] = ()
    try:
        root = parse_xml(response.body)
    except (Truncated, TooLarge):
        raise
    except SyntaxRefused as refusal:
        root, findings = _mended(response.body, refusal)
    if local_name(root) in ("ExceptionReport", "ServiceExceptionReport"):
        raise CswRefused(f"{response.url}: {_complaint(root)}")
    return root, findings


def _mended(body: bytes, refusal: SyntaxRefused) -> tuple[Element, tuple[Finding, ...]]:
    repaired = repair(body)
    try:
        root = parse_xml(repaired.data)
    except SyntaxRefused:
        raise refusal from None
    finding = Finding(
        code="harvest.repaired",
        severity=Severity.WARNING,
        message=f"the answer is not well-formed ({refusal.message}); mended: {repaired.summary}",
        advice="Ask the catalogue's operator to send well-formed XML 1.0.",
    )
    return root, (finding,)


def _complaint(report: Element) -> str:
    for exception in report:
        if isinstance(exception.tag, str):
            code = exception.get("exceptionCode") or exception.get("code") or "NoApplicableCode"
            locator = f" ({exception.get('locator')})" if exception.get("locator") else ""
            return f"{code}{locator}: {' '.join(text_of(exception).split())}"[:500]
    return "NoApplicableCode: no reason is given"


def _hrefs(operation: Element, method: str) -> Iterator[str]:
    for element in operation.iter(f"{{*}}{method}"):
        href = element.get("{http://www.w3.org/1999/xlink}href", "").strip()
        if href:
            yield href


def _values(operation: Element | None, name: str) -> tuple[str, ...]:
    """Return a parameter's values; CSW 3.0 has them in ows:AllowedValues, and some catalogues call them constraints."""
    found: dict[str, None] = {}
    for holder in operation if operation is not None else ():
        if isinstance(holder.tag, str) and holder.get("name", "").lower() == name:
            found.update((text_of(value), None) for value in holder.iter("{*}Value") if text_of(value))
    return tuple(found)


def _number(element: Element, name: str) -> int | None:
    text = element.get(name, "").strip()
    return int(text[:15]) if text.isascii() and text.isdigit() else None
