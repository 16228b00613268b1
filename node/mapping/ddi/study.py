"""What a study is about, when, where and how it was made, and under what terms it can be had (DDI Codebook).

Source: DDI Codebook 2.5 and 2.6, stdyInfo, method and dataAccs
(https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/field_level_documentation.html).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.coordinates import box_or_point
from node.mapping.ddi.citation import read_contact
from node.mapping.ddi.words import agent, dated, first_of_languages, kind_of_data, words
from node.mapping.draft import Draft
from node.mapping.elements import all_text, at, children
from node.mapping.geometry import number, polygon_wkt
from node.mapping.rights_statements import RightsStatements
from node.mapping.roles import enter
from node.model.dcat import Period, Place
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import codes, dates, identifiers, vocabularies


def read_information(draft: Draft, information: Element) -> None:
    """Add subjects, abstracts, and the summary of what was collected (stdyInfo)."""
    reading = draft.reading
    for element in (*at(information, "subject/keyword"), *at(information, "subject/topcClas")):
        _subject(draft, element)
    for element in at(information, "abstract"):
        draft.abstracts.add(words(reading, element, one_line=False))
    for element in at(information, "notes"):
        draft.notes.add(words(reading, element, one_line=False))
    for summary in at(information, "sumDscr"):
        _periods(draft, at(summary, "timePrd"))
        _periods(draft, at(summary, "collDate"))
        for element in (*at(summary, "nation"), *at(summary, "geogCover")):
            _place(draft, element)
        for element in at(summary, "geoBndBox"):
            _box(draft, element)
        for element in at(summary, "boundPoly/polygon"):
            _polygon(draft, element)
        for element in at(summary, "dataKind"):
            text = words(reading, element)
            kind_of_data(draft, text.value if text else "")


def read_method(draft: Draft, method: Element) -> None:
    """Add how the data came about, as provenance, and who collected them."""
    for name in _METHODS:
        for element in at(method, f"dataColl/{name}"):
            draft.provenance.add(words(draft.reading, element, one_line=False))
    for element in first_of_languages(at(method, "dataColl/dataCollector")):
        enter(draft, agent(draft.reading, element), "DataCollector")
    for element in at(method, "dataColl/frequenc"):
        known = vocabularies.frequency(" ".join(all_text(element).split()))
        if known:
            draft.reading.take(element)
            draft.say("dct:accrualPeriodicity", known)


def read_access(draft: Draft, sections: list[Element]) -> None:
    """Add terms of use, contacts and extent of all `dataAccs` of a study."""
    reading, statements = draft.reading, RightsStatements(draft.reading, draft.rights)
    for section in sections:
        for path in _TERMS:
            for element in at(section, path):
                address = (element.get("URI") or "").strip()
                is_licence = bool(address and vocabularies.license(address))
                if is_licence:
                    reading.attribute(element, "URI")
                statements.add(element, words(reading, element), *((address,) if is_licence else ()))
        for element in at(section, "useStmt/contact"):
            read_contact(draft, element)
        for element in at(section, "useStmt/citReq"):
            draft.say("dct:bibliographicCitation", words(reading, element))
        for element in at(section, "setAvail/collSize"):
            draft.extent(element, reading.line(element))
        for element in at(section, "setAvail/accsPlac"):
            address_iri = identifiers.iri(element.get("URI", ""))
            if address_iri:
                reading.attribute(element, "URI")
                draft.pages.add(address_iri)
    draft.rights = statements.finish()


def read_related(draft: Draft, element: Element) -> None:
    """Add related material, studies and publications that have an address; citations without one stay."""
    for name, predicate in _RELATED.items():
        for one in at(element, name):
            targets = [*_addresses(draft, one, "citation/holdings"), *_addresses(draft, one, "ExtLink")]
            if not targets and (found := identifiers.doi(" ".join(all_text(one).split()).rpartition(" ")[2])):
                targets = [found]
            for target in targets:
                draft.relate(expand(predicate), target)
            if targets:
                draft.reading.take(one)
                for inner in one.iter("*"):
                    draft.reading.attribute(inner, "date")


def _subject(draft: Draft, element: Element) -> None:
    """A keyword or a class, and where its vocabulary has an address, the concept in that."""
    text = words(draft.reading, element)
    scheme = identifiers.iri(element.get("vocabURI", ""))
    draft.subject(text)
    if text and scheme:
        draft.reading.attribute(element, "vocabURI")
        draft.reading.attribute(element, "vocab")
        draft.part("dct:subject", "skos:Concept", text, naming="skos:prefLabel", scheme=scheme)


def _periods(draft: Draft, elements: list[Element]) -> None:
    """Single dates, and starts with the ends that follow them."""
    reading = draft.reading
    start: tuple[Element, str] | None = None
    for element in elements:
        event = reading.attribute(element, "event")
        text = dated(reading, element)
        if event == "end" and start is not None:
            _period(draft, start[0], start[1], text)
            start = None
        elif event == "end":
            _period(draft, element, "", text)
        elif event == "start":
            if start is not None:
                _period(draft, start[0], start[1], "")
            start = (element, text)
        else:
            _single(draft, element, text)
    if start is not None:
        _period(draft, start[0], start[1], "")


def _period(draft: Draft, element: Element, start: str, end: str) -> None:
    edges = [dates.date(text) if text else None for text in (start, end)]
    for text, edge in zip((start, end), edges, strict=True):
        if text and edge is None:
            draft.reading.note("mapping.date-unreadable", f"“{text}” is no date", element, text)
    if any(edges):
        draft.temporal.add(Period(start=edges[0], end=edges[1]))


def _single(draft: Draft, element: Element, text: str) -> None:
    if dates.date(text) or dates.period(text):
        draft.period(element, text)
    elif text:
        draft.reading.note("mapping.date-unreadable", f"“{text}” is no date or period", element, text)


def _place(draft: Draft, element: Element) -> None:
    """A place by its name; the country of `abbr` once, in however many languages its name is given."""
    text = words(draft.reading, element)
    country = codes.country_iri((element.get("abbr") or "").strip())
    if country:
        draft.reading.attribute(element, "abbr")
    draft.spatial.add(Place(iri=country) if country else None)
    if text and (country is None or codes.country_iri(text.value) != country):
        draft.place(element, text.value)


def _box(draft: Draft, element: Element) -> None:
    reading, sides = draft.reading, children(element)
    texts = [
        reading.line(sides[name][0]) if name in sides else "" for name in ("westBL", "eastBL", "northBL", "southBL")
    ]
    place = box_or_point(*texts)
    if place is None and any(texts):
        text = " ".join(texts)
        reading.note("mapping.geometry-unreadable", f"“{text}” bounds no place on the globe", element, text)
    draft.spatial.add(place)


def _polygon(draft: Draft, element: Element) -> None:
    reading, texts = draft.reading, list[tuple[str, str]]()
    for point in at(element, "point"):
        x, y = (" ".join(reading.line(one) for one in at(point, name)) for name in ("gringLon", "gringLat"))
        texts.append((x, y))
    points = [(x, y) for x, y in ((number(x), number(y)) for x, y in texts) if x is not None and y is not None]
    wkt = polygon_wkt(points) if len(points) == len(texts) else None
    if wkt is None and texts:
        text = ", ".join(f"{x} {y}" for x, y in texts)
        reading.note("mapping.geometry-unreadable", f"“{text}” bounds no place on the globe", element, text)
    draft.spatial.add(Place(wkt=wkt) if wkt else None)


def _addresses(draft: Draft, element: Element, path: str) -> list[Iri]:
    found = []
    for one in at(element, path):
        address = identifiers.resolve("URL", one.get("URI", ""))
        if address is not None:
            draft.reading.attribute(one, "URI")
            found.append(address)
    return found


_METHODS = (
    "timeMeth", "sampProc", "collMode", "collSitu", "resInstru", "actMin", "ConOps", "weight", "cleanOps",
    "sources/dataSrc", "sources/srcOrig",
)  # fmt: skip
_TERMS = (
    "useStmt/license", "useStmt/conditions", "useStmt/restrctn", "useStmt/specPerm", "useStmt/confDec",
    "useStmt/deposReq", "useStmt/disclaimer", "setAvail/avlStatus", "typeOfAccess", "notes",
)  # fmt: skip
_RELATED = {
    "relPubl": "dct:isReferencedBy", "relMat": "dct:relation", "relStdy": "dct:relation", "othRefs": "dct:references",
}  # fmt: skip
