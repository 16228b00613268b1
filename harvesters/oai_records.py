"""Record elements read into values (OAI-PMH 2.0, section 2.5)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import QName
from lxml.etree import _Element as Element

from node.model.oai import Header, Record
from node.model.report import Finding, Severity
from node.syntax import element_bytes


def read_record(element: Element) -> Record:
    """Read a record; what it lacks is said in its findings, and a live record without a payload keeps its `raw`."""
    header = _header(element)
    about = tuple(element_bytes(each) for each in children(element, "about"))
    payloads = [each for holder in children(element, "metadata") for each in holder if isinstance(each.tag, str)]
    if header.deleted:
        return Record(header=header, about=about)
    if not payloads:
        lacks = "metadata" if next(children(element, "metadata"), None) is None else "a payload inside its metadata"
        finding = _finding("harvest.no-metadata", f"the record is not deleted, but has no {lacks}", element, "metadata")
        return Record(header=header, about=about, raw=element_bytes(element), findings=(finding,))
    findings: tuple[Finding, ...] = ()
    if len(payloads) > 1:
        message = f"the record has {len(payloads)} payloads; the first one is used"
        findings = (_finding("harvest.several-payloads", message, element, "metadata"),)
    return Record(header=header, metadata=element_bytes(payloads[0]), about=about, findings=findings)


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the direct children with a local name."""
    for child in element:
        if isinstance(child.tag, str) and local_name(child) == name:
            yield child


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return QName(element).localname


def namespace_of(element: Element) -> str:
    """Return an element's namespace; empty where it has none."""
    return QName(element).namespace or ""


def text_of(element: Element | None) -> str:
    """Return an element's text without surrounding white space; empty where there is no element."""
    return "" if element is None else "".join(element.itertext()).strip()


def _header(record: Element) -> Header:
    header = next(children(record, "header"), None)
    if header is None:
        return Header(identifier="")
    return Header(
        identifier=text_of(next(children(header, "identifier"), None)),
        datestamp=text_of(next(children(header, "datestamp"), None)),
        set_specs=tuple(spec for each in children(header, "setSpec") if (spec := text_of(each))),
        deleted=header.get("status", "").strip().lower() == "deleted",
    )


def _finding(code: str, message: str, element: Element, path: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        advice="Ask the source to correct the record.",
        path=path,
        source_line=element.sourceline,
    )
