"""A MODS record, element by element, into a draft.

Source: Metadata Object Description Schema 3.8 (https://www.loc.gov/standards/mods/userguide/generalapp.html).
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import XML_LANG, Reading, all_text, at, local_name
from node.mapping.envelope import take_whole
from node.mapping.loc.names import read_name
from node.mapping.loc.origin import read_origin
from node.mapping.loc.related import XLINK, read_location, read_related
from node.mapping.loc.subjects import read_classification, read_subject
from node.model.rdf import Literal
from node.terms import identifiers

MODS = "http://www.loc.gov/mods/v3"


def read_mods(draft: Draft, record: Element) -> None:
    """Add what a `mods` element says."""
    reading = draft.reading
    for name in ("version", "ID"):
        reading.attribute(record, name)
    for element in record.iter("*"):
        language = reading.attribute(element, "lang")
        if language and element.get(XML_LANG) is None:
            # MODS has its own attribute for what xml:lang says, with codes of three letters.
            element.set(XML_LANG, language)
    # What was published goes before what was digitised: the first date and publisher of a kind stand.
    for element in sorted(record.iterchildren("*"), key=_is_secondary):
        rule = _RULES.get(local_name(element))
        if rule is not None:
            rule(draft, element)


def full_title(reading: Reading, element: Element) -> str:
    """Take the parts of a `titleInfo` as one text: `The title: subtitle. Part 1. Name of the part`."""

    def parts(name: str) -> list[str]:
        return [text for one in at(element, name) if (text := reading.line(one))]

    start = " ".join((*parts("nonSort"), *parts("title")))
    main = ": ".join(filter(None, (start, *parts("subTitle"))))
    return ". ".join(filter(None, (main, *parts("partNumber"), *parts("partName"))))


def _title(draft: Draft, element: Element) -> None:
    reading = draft.reading
    kind = reading.attribute(element, "type")
    for name in ("usage", "authority", "displayLabel"):
        reading.attribute(element, name)
    text = full_title(reading, element)
    words = Literal(text, language=reading.language(element)) if text else None
    if not kind or (kind == "translated" and words and words.language):
        draft.titles.add(words)
    else:
        draft.say("dct:alternative", words)


def _type(draft: Draft, element: Element) -> None:
    for name in ("authority", "authorityURI", "valueURI", "usage"):
        draft.reading.attribute(element, name)
    draft.type(element, element.get("valueURI", "").strip(), draft.reading.line(element))


def _language(draft: Draft, element: Element) -> None:
    terms = at(element, "languageTerm")
    terms.sort(key=lambda term: term.get("type") != "code")
    for term in terms:
        for name in ("type", "authority", "authorityURI", "valueURI"):
            draft.reading.attribute(term, name)
    for number, term in enumerate(terms):
        text = draft.reading.line(term)
        # The words of a code say the same once more.
        if number == 0 or term.get("type") == "code":
            draft.language(term, text)
    draft.reading.attribute(element, "usage")


def _physical(draft: Draft, element: Element) -> None:
    reading = draft.reading
    for one in at(element, "internetMediaType"):
        draft.format(one, reading.line(one))
    for one in at(element, "extent"):
        draft.extent(one, " ".join(filter(None, (reading.line(one), reading.attribute(one, "unit")))))
    for one in at(element, "form"):
        for name in ("authority", "authorityURI", "valueURI"):
            reading.attribute(one, name)
        draft.part("dct:medium", "dct:PhysicalMedium", reading.literal(one))


def _abstract(draft: Draft, element: Element) -> None:
    draft.abstracts.add(draft.reading.literal(element, one_line=False))


def _contents(draft: Draft, element: Element) -> None:
    draft.say("dct:tableOfContents", draft.reading.literal(element, one_line=False))


def _audience(draft: Draft, element: Element) -> None:
    draft.part("dct:audience", "dct:AgentClass", draft.reading.literal(element))


def _note(draft: Draft, element: Element) -> None:
    words = draft.reading.literal(element, one_line=False)
    kind = (element.get("type") or "").strip().lower()
    if kind in ("acquisition", "ownership", "source note", "original version", "reproduction"):
        draft.reading.attribute(element, "type")
        draft.provenance.add(words)
    elif kind in ("preferred citation", "citation/reference"):
        draft.reading.attribute(element, "type")
        draft.say("dct:bibliographicCitation", words)
    else:
        draft.notes.add(words)


def _identifier(draft: Draft, element: Element) -> None:
    """An identifier that resolves, else a number of the catalogue's own; one that is marked invalid stays."""
    if (element.get("invalid") or "").strip() == "yes":
        return
    text = " ".join(all_text(element).split())
    kind = (element.get("type") or "").strip()
    scheme = {"hdl": "HANDLE", "uri": "", "urn": "", "local": ""}.get(kind.lower(), kind)
    draft.reading.take(element)
    if identifiers.resolve(scheme, text) or scheme.upper() in ("DOI", "ISBN", "ISSN", "HANDLE"):
        draft.reading.attribute(element, "type")
        draft.identifier(element, text, scheme)
    else:
        draft.notations.add(text or None)


def _rights(draft: Draft, element: Element) -> None:
    address = draft.reading.attribute(element, f"{{{XLINK}}}href")
    draft.reading.attribute(element, "type")
    draft.rights.add(draft.reading, element, draft.reading.literal(element), address)


def _record(draft: Draft, element: Element) -> None:
    """About the record; its number in a catalogue is one of the resource too."""
    for one in at(element, "recordIdentifier"):
        number, source = draft.reading.line(one), draft.reading.attribute(one, "source")
        draft.notations.add(f"({source}){number}" if number and source else number or None)
    take_whole(draft.reading, element)


def _is_secondary(element: Element) -> bool:
    kind = (element.get("eventType") or "").strip().lower()
    return local_name(element) == "originInfo" and kind not in ("", "publication")


_RULES: dict[str, Callable[[Draft, Element], None]] = {
    "titleInfo": _title, "name": read_name, "typeOfResource": _type, "genre": _type, "originInfo": read_origin,
    "language": _language, "physicalDescription": _physical, "abstract": _abstract, "tableOfContents": _contents,
    "targetAudience": _audience, "note": _note, "subject": read_subject, "classification": read_classification,
    "relatedItem": read_related, "identifier": _identifier, "location": read_location, "accessCondition": _rights,
    "recordInfo": _record,
}  # fmt: skip
