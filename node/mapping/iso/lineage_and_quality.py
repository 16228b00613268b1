"""Lineage, conformance, reference systems and resolution (ISO 19115:2003, B.2.4 and B.2.7; ISO 19157).

As in GeoDCAT-AP 3 (https://semiceu.github.io/GeoDCAT-AP/): provenance, dct:conformsTo for what conforms and for
reference systems, dcat:spatialResolutionInMeters, and geodcatap:spatialResolutionAsText for scales.
"""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from node.mapping.elements import all_text
from node.mapping.geometry import number
from node.mapping.iso.document import Document
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import identifiers

GEODCAT_AP = "http://data.europa.eu/930/"


def provenance(document: Document) -> tuple[Literal, ...]:
    """Return the lineage: its statement, its process steps and the sources used, in the words of the document."""
    found: dict[Literal, None] = {}
    for lineage in document.objects(document.root, *document.encoding.lineage):
        properties = document.properties(lineage, "statement", "processStep/description", "source/description")
        found |= dict.fromkeys(document.literals(properties, one_line=False))
    return tuple(found)


def derived_from(document: Document) -> tuple[Iri, ...]:
    """Return the sources that the lineage cites by an identifier with an address."""
    found: dict[Iri, None] = {}
    for lineage in document.objects(document.root, *document.encoding.lineage):
        for property_ in document.properties(lineage, "source/sourceCitation/identifier/code"):
            link = document.link(property_)
            if link:
                found[link] = None
    return tuple(found)


def standards(document: Document) -> tuple[Iri, ...]:
    """Return what the resource conforms to: specifications it passed the test of, and its reference systems."""
    found: dict[Iri, None] = {}
    for result in document.objects(document.root, "dataQualityInfo/report/result"):
        passes = document.properties(result, "pass")
        # A failed test stays unmapped: it says what the resource does not conform to.
        if not any(all_text(one).strip().lower() in ("true", "1") for one in passes):
            continue
        for specification in document.objects(result, "specification"):
            known = _specification(document, specification)
            if known:
                found[known] = None
                document.reading.take(*passes)
    for identifier in document.objects(document.root, "referenceSystemInfo/referenceSystemIdentifier"):
        for property_ in document.properties(identifier, "code")[:1]:
            system = _reference_system(document, identifier, property_)
            if system:
                found[system] = None
    return tuple(found)


def add_resolution(document: Document, subject: Element | None) -> None:
    """Add the spatial resolution to the document's further statements: metres, or the denominator of a scale."""
    for resolution in document.objects(subject, "spatialResolution"):
        for property_ in document.properties(resolution, "distance"):
            value = document.value(property_)
            unit = value.get("uom", "").strip().rpartition("#")[2].rpartition(":")[2].lower()
            length, factor = number(all_text(value)), _METRES.get(unit)
            if length is not None and factor is not None and length >= 0:
                document.reading.attribute(value, "uom")
                document.text(property_)
                metres = Literal(_decimal(length * factor), datatype=expand("xsd:decimal"))
                document.extra.append((expand("dcat:spatialResolutionInMeters"), metres))
        for property_ in document.properties(resolution, "equivalentScale/denominator"):
            text = document.text(property_)
            if text:
                document.extra.append((Iri(f"{GEODCAT_AP}spatialResolutionAsText"), Literal(f"1:{text}")))


def _specification(document: Document, specification: Element) -> Iri | None:
    """The address of a specification: its Anchor's, its identifier's, or that of the EU regulation its title names."""
    titles = document.properties(specification, "title")
    for property_ in (*titles, *document.properties(specification, "identifier/code")):
        anchor = document.anchor(property_)
        if anchor:
            break
    else:
        anchor = next(filter(None, (_regulation(all_text(title)) for title in titles)), None)
    if anchor:
        document.literals(titles)
        # When the specification was published says nothing of the resource.
        document.reading.take(*document.properties(specification, "date"))
        for code in document.properties(specification, "date/dateType"):
            document.code(code)
    return anchor


def _regulation(title: str) -> Iri | None:
    """The European Legislation Identifier of `Regulation (EU) No 1089/2010`, in any language of the EU."""
    found = _REGULATION.search(title)
    return Iri(f"http://data.europa.eu/eli/reg/{found['year']}/{found['number']}/oj") if found else None


def _reference_system(document: Document, identifier: Element, property_: Element) -> Iri | None:
    """The address of a reference system that is named by its code in the EPSG register or by an address."""
    value = document.value(property_)
    text = " ".join(all_text(value).split())
    space = " ".join(all_text(one).strip() for one in document.properties(identifier, "codeSpace"))
    anchor = document.anchor(property_)
    named = next((found for name in (anchor or "", text) if name and (found := _EPSG.search(name))), None)
    if named is None and _NUMBER.fullmatch(text) and "EPSG" in space.upper():
        named = _NUMBER.fullmatch(text)
    system = (
        Iri(f"http://www.opengis.net/def/crs/EPSG/0/{named['number']}") if named else anchor or identifiers.iri(text)
    )
    if system:
        document.literals([property_])
        document.reading.take(*document.properties(identifier, "codeSpace", "version"))
        if "EPSG" in system:
            for authority in document.properties(identifier, "authority"):
                document.reading.take(authority)
                for code in document.properties(identifier, "authority/date/dateType"):
                    document.code(code)
    return system


def _decimal(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


_METRES = {
    "m": 1.0, "meter": 1.0, "metre": 1.0, "meters": 1.0, "metres": 1.0, "mtr": 1.0, "9001": 1.0,
    "km": 1000.0, "kilometer": 1000.0, "kilometre": 1000.0, "cm": 0.01, "mm": 0.001,
}  # fmt: skip
_REGULATION = re.compile(
    r"\((?:EC|EU|EG|UE|CE|EF|EY|EK|ES|EÚ|WE|EB|EÜ|ЕО|ЕС|ΕΚ|ΕΕ)\)\s*"
    r"(?:No|Nr\.?|nr\.?|n[.°ºo]{1,2}|št\.|č\.|αριθ\.|№)?\s*(?P<number>[0-9]{1,4})/(?P<year>(?:19|20)[0-9]{2})\b"
)
_EPSG = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|/def/crs/EPSG/[\d.]+/|\bEPSG[:\s]{1,3}|epsg\.xml#)(?P<number>[0-9]{4,6})\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?P<number>[0-9]{4,6})")
