"""Subjects of MODS: topics, places, periods, coordinates, classifications.

Source: MODS 3.8, subject (https://www.loc.gov/standards/mods/userguide/subject.html) and classification
(https://www.loc.gov/standards/mods/userguide/classification.html).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.coordinates import statement
from node.mapping.coverage import coverage
from node.mapping.draft import Draft
from node.mapping.elements import all_text, at, local_name
from node.mapping.loc.names import display_name
from node.model.dcat import Place
from node.model.rdf import Iri, Literal
from node.terms import codes, identifiers


def read_subject(draft: Draft, element: Element) -> None:
    """Add a subject: only places and periods where it holds nothing else, its parts in one keyword where it does."""
    reading = draft.reading
    _take_authority(draft, element)
    for coordinates in at(element, "cartographics/coordinates"):
        _coordinates(draft, coordinates)
    for code in at(element, "geographicCode"):
        _code(draft, code)
    parts = [part for part in element.iterchildren("*") if local_name(part) in _WORDS]
    for part in parts:
        _take_authority(draft, part)
    names = {local_name(part) for part in parts}
    concept = _concept(element)
    if names <= {"geographic", "hierarchicalGeographic"}:
        for part in parts:
            draft.place(part, _words(draft, part), _concept(part) or concept)
    elif names <= {"temporal"}:
        _periods(draft, parts)
    else:
        words = "--".join(text for part in parts if (text := _words(draft, part)))
        concept = concept or (_concept(parts[0]) if len(parts) == 1 else None)
        draft.subject(Literal(words, language=reading.language(parts[0])) if words else None, concept)


def read_classification(draft: Draft, element: Element) -> None:
    """Add a class as a concept named by its notation, such as `DDC 551.46`."""
    reading = draft.reading
    scheme = reading.attribute(element, "authority").upper()
    text = reading.line(element)
    words = Literal(f"{scheme} {text}".strip()) if text else None
    draft.part("dct:subject", "skos:Concept", words, naming="skos:prefLabel")


def _take_authority(draft: Draft, element: Element) -> None:
    """Mark the list a term is from, and its address there where it is one."""
    for name in ("authority", "authorityURI", *(("valueURI",) if _concept(element) else ())):
        draft.reading.attribute(element, name)


def _words(draft: Draft, part: Element) -> str:
    reading = draft.reading
    name = local_name(part)
    if name == "name":
        reading.attribute(part, "type")
        return display_name(reading, part)
    if name in ("titleInfo", "hierarchicalGeographic"):
        separator = " " if name == "titleInfo" else ", "
        return separator.join(text for child in part.iterchildren("*") if (text := reading.line(child)))
    return reading.line(part)


def _periods(draft: Draft, parts: list[Element]) -> None:
    edges: dict[str, list[Element]] = {}
    for part in parts:
        draft.reading.attribute(part, "encoding")
        edges.setdefault(draft.reading.attribute(part, "point"), []).append(part)
    for part in edges.get("", ()):
        draft.period(part, draft.reading.line(part))
    for start, end in zip(edges.get("start", ()), edges.get("end", ()), strict=False):
        draft.period(start, f"{draft.reading.line(start)}/{draft.reading.line(end)}")


def _coordinates(draft: Draft, element: Element) -> None:
    text = draft.reading.line(element)
    place = statement(text) or (coverage(text) if text else None)
    if isinstance(place, Place) and (place.bbox or place.wkt):
        draft.spatial.add(place)
    elif text:
        draft.reading.note("mapping.geometry-unreadable", f"“{text}” bounds no place on the globe", element, text)


def _code(draft: Draft, element: Element) -> None:
    """A country's code; codes of other lists stay unmapped."""
    country = codes.country_iri(all_text(element).strip())
    if country and (element.get("authority") or "").strip() == "iso3166":
        draft.reading.attribute(element, "authority")
        draft.place(element, draft.reading.line(element), country)


def _concept(part: Element) -> Iri | None:
    return identifiers.iri(part.get("valueURI", ""))


_WORDS = frozenset(
    ["topic", "geographic", "hierarchicalGeographic", "temporal", "name", "titleInfo", "genre", "occupation"]
)
