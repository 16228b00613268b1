"""What a CSW lists, told apart by its root element: ISO 19139, ISO 19115-3, csw:Record, DCAT.

OGC 07-006r1, section 10.8 (https://portal.ogc.org/files/?artifact_id=20555); OGC 12-176r7, section 7.3
(https://docs.ogc.org/is/12-176r7/12-176r7.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from harvesters.oai_records import namespace_of, text_of
from node.model.dcat import ResourceKind
from node.model.oai import Header, Record
from node.model.report import Finding, Severity
from node.syntax import element_bytes

CSW_2 = "http://www.opengis.net/cat/csw/2.0.2"
CSW_3 = "http://www.opengis.net/cat/csw/3.0"
GMD = "http://www.isotc211.org/2005/gmd"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSchema:
    """A format of a CSW's records.

    Attributes:
        prefix: what the node calls it.
        namespaces: output schemas that stand for it begin like one of these.
    """

    prefix: str
    namespaces: tuple[str, ...]


OUTPUT_SCHEMAS = (
    OutputSchema(prefix="iso19139", namespaces=(GMD, "http://www.isotc211.org/2005/gmi")),
    OutputSchema(prefix="iso19115-3", namespaces=("http://standards.iso.org/iso/19115/-3/mdb/",)),
    OutputSchema(prefix="csw_record", namespaces=(CSW_2, CSW_3)),
    OutputSchema(
        prefix="dcat", namespaces=("http://www.w3.org/ns/dcat#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
    ),
)
"""Best first."""


def format_of(namespace: str) -> str:
    """Return what the node calls a format, by an output schema or a root's namespace; empty where it knows none."""
    for schema in OUTPUT_SCHEMAS:
        if namespace.startswith(schema.namespaces):
            return schema.prefix
    return ""


def read_record(element: Element) -> Record:
    """Read one child of csw:SearchResults."""
    prefix = format_of(namespace_of(element)) or _name(element).lower()
    identifier, datestamp = _IDENTITY.get(prefix, _dublin_core)(element)
    findings: tuple[Finding, ...] = ()
    if prefix == "csw_record" and _name(element) != "Record":
        message = f"the full record was asked for, and a {_name(element)} came"
        advice = "Ask the catalogue's operator to honour elementSetName=full."
        findings = (_finding("harvest.record-partial", message, advice, element),)
    return Record(
        header=Header(identifier=identifier, datestamp=datestamp),
        metadata=element_bytes(element),
        media_type="application/rdf+xml" if prefix == "dcat" else "application/xml",
        metadata_prefix=prefix,
        findings=findings,
    )


def _iso19139(element: Element) -> tuple[str, str]:
    return _text(element, "fileIdentifier"), _text(element, "dateStamp")


def _iso19115_3(element: Element) -> tuple[str, str]:
    """The last of the metadata's dates is the one that matters: they are of creation, revision and so on."""
    dates = [_text(info, "CI_Date", "date") for info in _children(element, "dateInfo")]
    return _text(element, "metadataIdentifier", "MD_Identifier", "code"), max(dates, default="")


def _dublin_core(element: Element) -> tuple[str, str]:
    return _text(element, "identifier"), _text(element, "modified") or _text(element, "date")


def _dcat(element: Element) -> tuple[str, str]:
    named = [each for each in element if isinstance(each.tag, str)] if _name(element) == "RDF" else [element]
    resource = next((each for each in named if _name(each) in _RESOURCES), element)
    about = resource.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", "").strip()
    return _text(resource, "identifier") or about, _text(resource, "modified")


_RESOURCES = frozenset(("Resource", *(kind.value for kind in ResourceKind)))
_IDENTITY = {"iso19139": _iso19139, "iso19115-3": _iso19115_3, "csw_record": _dublin_core, "dcat": _dcat}


def _name(element: Element) -> str:
    """An element's name without its namespace; unlike that of OAI-PMH's own, its case counts: `csw:Record`."""
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.iterchildren("*") if _name(child) == name)


def _text(element: Element, *path: str) -> str:
    """Return the text at the first way down a path of local names that leads to one."""
    if not path:
        return text_of(element)
    found = (_text(child, *path[1:]) for child in _children(element, path[0]))
    return next((text for text in found if text), "")


def _finding(code: str, message: str, advice: str, element: Element) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        advice=advice,
        path=_name(element),
        source_line=element.sourceline,
    )
