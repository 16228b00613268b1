"""Record elements read into values (OAI-PMH 2.0, section 2.5: https://www.openarchives.org/OAI/openarchivesprotocol.html#Record).

Harvests spend their time here, once per record, so each element is looked at once and by its tag alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache

from lxml import etree
from lxml.etree import _Element as Element

from node.model.oai import Header, Record
from node.model.report import Finding, Severity
from node.syntax import element_bytes


def read_record(element: Element) -> Record:
    """Read a record; what it lacks is said in its findings, and a live record without a payload keeps its `raw`."""
    head: Element | None = None
    payloads: list[Element] = []
    abouts: list[bytes] = []
    has_metadata = False
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        name = _local(tag)
        if name == "metadata":
            has_metadata = True
            payloads += [each for each in child if isinstance(each.tag, str)]
        elif name == "header":
            head = child if head is None else head
        elif name == "about":
            abouts.append(element_bytes(child))
    header = Header(identifier="") if head is None else _header(head)
    about = tuple(abouts)
    if header.deleted:
        return Record(header=header, about=about)
    if not payloads:
        lacks = "a payload inside its metadata" if has_metadata else "metadata"
        finding = _finding("harvest.no-metadata", f"the record is not deleted, but has no {lacks}", element, "metadata")
        return Record(header=header, about=about, raw=element_bytes(element), findings=(finding,))
    findings: tuple[Finding, ...] = ()
    if len(payloads) > 1:
        message = f"the record has {len(payloads)} payloads; the first one is used"
        findings = (_finding("harvest.several-payloads", message, element, "metadata"),)
    return Record(header=header, metadata=element_bytes(payloads[0]), about=about, findings=findings)


def read_records(element: Element) -> list[Record]:
    """Read a record element that holds several headers as the records it ran together; any other as the one it is."""
    if sum(1 for _ in children(element, "header")) < 2:
        return [read_record(element)]
    parts: list[list[Element]] = [[]]
    for child in element:
        is_header = isinstance(child.tag, str) and _local(child.tag) == "header"
        if is_header and any(_local(each.tag) == "header" for each in parts[-1] if isinstance(each.tag, str)):
            parts.append([])
        parts[-1].append(child)
    message = f"the record element holds {len(parts)} headers; each is taken for a record with what follows it"
    finding = _finding("harvest.records-run-together", message, element, "header")
    records = []
    for part in parts:
        alone = etree.Element(element.tag, nsmap=element.nsmap)
        alone.extend(deepcopy(part))
        record = read_record(alone)
        records.append(replace(record, findings=(*record.findings, finding)))
    return records


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the direct children with a local name."""
    for child in element:
        if isinstance(child.tag, str) and _local(child.tag) == name:
            yield child


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; the protocol's own names in the case it gives them."""
    return _local(str(element.tag))


def namespace_of(element: Element) -> str:
    """Return an element's namespace; empty where it has none."""
    tag = str(element.tag)
    return tag.partition("}")[0][1:] if tag.startswith("{") else ""


def text_of(element: Element | None) -> str:
    """Return an element's text without surrounding white space; empty where there is no element."""
    if element is None:
        return ""
    if len(element):
        # Comments may stand in the middle of a text, and are none of it.
        return str(_STRING(element)).strip(_SPACE)
    return (element.text or "").strip(_SPACE)


_STRING = etree.XPath("string()")
# What XML calls white space (section 2.3): other blanks are part of a token or an identifier.
_SPACE = " \t\r\n"
_NAMES = {
    name.lower(): name
    for name in (
        *("OAI-PMH", "responseDate", "error", "Identify", "ListRecords", "resumptionToken"),
        *("record", "header", "identifier", "datestamp", "setSpec", "metadata", "about"),
    )
}


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    """A tag's local name; one of the protocol's in other case is that name, for what it means is plain."""
    name = tag.rpartition("}")[2]
    return _NAMES.get(name.lower(), name)


def _header(element: Element) -> Header:
    identifier: str | None = None
    datestamp: str | None = None
    set_specs: list[str] = []
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        name = _local(tag)
        if name == "identifier" and identifier is None:
            identifier = text_of(child)
        elif name == "datestamp" and datestamp is None:
            datestamp = text_of(child)
        elif name == "setSpec" and (spec := text_of(child)):
            set_specs.append(spec)
    return Header(
        identifier=identifier or "",
        datestamp=datestamp or "",
        set_specs=tuple(set_specs),
        deleted=element.get("status", "").strip().lower() == "deleted",
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
