"""A MARC 21 bibliographic record, field by field, into a draft.

Source: MARC 21 Format for Bibliographic Data (https://www.loc.gov/marc/bibliographic/). The dialect of Invenio
repositories (Zenodo, INSPIRE, CERN) is read too: files in 856 $q $s, relations in 773 $i, types in 980 $a.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml.etree import _Element as Element

from node.mapping.coordinates import box_or_point, degrees, statement
from node.mapping.draft import Draft
from node.mapping.elements import all_text, language_tag
from node.mapping.geometry import polygon_wkt
from node.mapping.marc import coding
from node.mapping.marc.agents import concept, read_name
from node.mapping.marc.fields import Field, control_text, is_oai_marc, name_fields, plain
from node.mapping.marc.links import LINKING, read_location, read_related
from node.mapping.marc.notes import read_funding, read_note, read_rights
from node.model.dcat import Agent, Place
from node.model.rdf import Literal
from node.terms import dates, identifiers, vocabularies


def read_record(draft: Draft, record: Element) -> None:
    """Add what a record element says."""
    control, data = name_fields(record)
    for attribute in ("type", *(("status", "level") if is_oai_marc(record) else ())):
        draft.reading.attribute(record, attribute)
    names = _read_control(draft, control, leader_of(record))
    for field in data:
        rule = _RULES.get(field.tag)
        if rule is not None:
            rule(draft, field)
        elif field.tag[0] == "5" and field.tag[1] != "9":
            read_note(draft, field)
    if draft.resource_type is None and names:
        # The codes say least: a book may be a data report.
        draft.type(record, *names)


def leader_of(record: Element) -> str:
    """Return the leader, of `oai_marc` as far as its attributes say it; empty where there is none."""
    if is_oai_marc(record):
        return "     " + "".join(record.get(name, " ")[:1] or " " for name in ("status", "type", "level"))
    return next((all_text(one) for one in record.iterchildren("{*}leader", "leader")), "")


def _read_control(draft: Draft, control: dict[str, list[Element]], leader: str) -> tuple[str, ...]:
    """Read the control fields, and return the names of the type they give."""
    reading = draft.reading
    reading.take(*(one for tag in ("leader", "003", "005", "006", "008") for one in control.get(tag, ())))
    source, codes_006, codes_008 = (
        next((control_text(one) for one in control.get(tag, ())), "") for tag in ("003", "006", "008")
    )
    reading.take(*control.get("001", ()))
    for element in control.get("001", ()):
        number = control_text(element).strip()
        if number:
            draft.notations.add(f"({source.strip()}){number}" if source.strip() else number)
    for element in control.get("008", ())[:1]:
        draft.language(element, coding.language(codes_008))
        draft.issued_at_least = dates.date(coding.date_of_issue(codes_008))
    return coding.type_names(leader, codes_008, codes_006)


def _number(draft: Draft, field: Field) -> None:
    """020, 022, 024, 027, 028, 088: identifiers; 010 and 035: numbers of catalogues."""
    reading = draft.reading
    scheme = {"020": "ISBN", "022": "ISSN"}.get(field.tag) or (field.peek("2") if field.tag == "024" else "")
    for element in field.of("a"):
        text = reading.line(element)
        if field.tag in ("010", "035"):
            draft.notations.add(text or None)
            continue
        if field.tag == "020":
            # 9783161484100 (pbk.)
            text = text.partition(" ")[0]
        draft.identifier(element, text, {"hdl": "HANDLE"}.get(scheme.lower(), scheme))
    reading.take(*field.of("2"))


def _language(draft: Draft, field: Field) -> None:
    for element in field.of("ad"):
        text = draft.reading.line(element)
        codes = re.findall("...", text) if re.fullmatch(r"(?:[a-z]{3}){2,}", text) else [text]
        for code in codes:
            draft.language(element, code)
    draft.reading.take(*field.of("2"))


def _coordinates(draft: Draft, field: Field) -> None:
    west, east, north, south = (field.peek(code) for code in "defg")
    ring = list(zip(field.of("t"), field.of("s"), strict=False))
    corners = [(degrees(all_text(x)), degrees(all_text(y))) for x, y in ring]
    points = [(x, y) for x, y in corners if x is not None and y is not None]
    place = box_or_point(west, east, north, south) if west else None
    wkt = polygon_wkt(points) if points and len(points) == len(corners) else None
    place = Place(wkt=wkt) if wkt else place
    text = " ".join(all_text(element).strip() for element in field.of("defgst"))
    if place is None and text:
        draft.reading.note("mapping.geometry-unreadable", f"“{text}” bounds no place on the globe", field.element, text)
    draft.spatial.add(place)
    draft.reading.take(*field.of("defgst"))


def _scale(draft: Draft, field: Field) -> None:
    for element in field.of("c"):
        place = statement(all_text(element))
        # 034 says the same in codes.
        if place is not None or len(draft.spatial):
            draft.reading.take(element)
        if place is not None and not len(draft.spatial):
            draft.spatial.add(place)


def _periods(draft: Draft, field: Field) -> None:
    for element in field.of("a"):
        found = coding.coded_period(all_text(element))
        if found is not None:
            draft.reading.take(element)
            draft.temporal.add(found)
    days = [(element, coding.formatted_date(all_text(element))) for element in field.of("b")]
    days = [(element, day) for element, day in days if day]
    draft.reading.take(*(element for element, _ in days))
    if field.first == "2" and len(days) == 2:
        draft.period(days[0][0], f"{days[0][1]}/{days[1][1]}")
    else:
        for element, day in days:
            draft.period(element, day)


def _special_dates(draft: Draft, field: Field) -> None:
    for codes, kind in (("k", "Created"), ("j", "Updated"), ("m", "Valid")):
        for element in field.of(codes):
            draft.date(element, draft.reading.line(element), kind)


def _title(draft: Draft, field: Field) -> None:
    reading = draft.reading
    parts = [plain(reading.line(element)) for element in field.of("anp")]
    main, rest = (parts[0], [part for part in parts[1:] if part]) if parts else ("", [])
    subtitle = plain(field.joined(reading, "b"))
    whole = [": ".join(filter(None, (main, subtitle))), *rest]
    text = ". ".join(part.rstrip(". ") for part in whole).strip(". ")
    reading.take(*field.of("h"))
    tag = language_tag(field.peek("y")) if field.tag == "242" else None
    literal = Literal(text, language=tag or reading.language(field.element)) if text else None
    if field.tag == "245":
        draft.titles.add(literal)
    else:
        draft.say("dct:alternative", literal)
        reading.take(*field.of("i"), *(field.of("y") if tag else ()))


def _edition(draft: Draft, field: Field) -> None:
    draft.version = draft.version or plain(field.joined(draft.reading, "ab")) or None


def _imprint(draft: Draft, field: Field) -> None:
    reading, role = draft.reading, field.second if field.tag == "264" else "1"
    if role in "1 2":
        for element in field.of("b"):
            name = plain(reading.line(element)).strip("[]")
            draft.publishers.add(Agent(name=name, kind="organization") if name else None)
    for element in field.of("c"):
        text = plain(reading.line(element)).rstrip(".")
        kind = {"0": "Created", "4": "Copyrighted"}.get(role, "Issued")
        # Where 008 codes the year, one in words such as `[1752?, after the preface]` is no loss.
        if dates.date(text) or dates.period(text) or not draft.issued_at_least:
            draft.date(element, text, kind)


def _extent(draft: Draft, field: Field) -> None:
    text = plain(field.joined(draft.reading, "abcfg"))
    draft.extent(field.element, text)


def _frequency(draft: Draft, field: Field) -> None:
    known = vocabularies.frequency(plain(field.peek("a")))
    if known:
        draft.reading.take(*field.of("a")[:1])
        draft.say("dct:accrualPeriodicity", known)


def _content(draft: Draft, field: Field) -> None:
    name = next(filter(None, (coding.content_type(all_text(one)) for one in field.of("b"))), "")
    if name:
        draft.reading.take(*field.of("ab2"))
        draft.type(field.element, name)


def _carrier(draft: Draft, field: Field) -> None:
    words = draft.reading.literals(field.of("a"))
    for literal in words:
        draft.part("dct:medium", "dct:PhysicalMedium", literal)
    draft.reading.take(*(field.of("b2") if words else ()))


def _series(draft: Draft, field: Field) -> None:
    for element in field.of("x"):
        known = identifiers.resolve("ISSN", plain(all_text(element)))
        if known:
            draft.reading.take(element)
            draft.relate(LINKING["760"], known)
    words = ", ".join(filter(None, (plain(draft.reading.line(element)) for element in field.of("anptv"))))
    draft.say("dct:bibliographicCitation", Literal(words) if words else None)


def _subject(draft: Draft, field: Field) -> None:
    reading = draft.reading
    parts = [plain(reading.line(element)) for element in field.of("abcdnpqtvxyz")]
    text = "--".join(part for part in parts if part) if field.tag not in ("600", "610", "611") else " ".join(parts)
    concepts = [(element, iri) for element in field.of("01") if (iri := concept(all_text(element)))]
    reading.take(*(element for element, _ in concepts), *field.of("25"))
    iri = concepts[0][1] if concepts else None
    if field.tag == "651":
        draft.place(field.element, text, iri)
    elif field.tag == "648" or (field.tag == "653" and field.second == "4"):
        draft.period(field.element, text)
    else:
        draft.subject(Literal(text, language=reading.language(field.element)) if text else None, iri)


def _genre(draft: Draft, field: Field) -> None:
    reading = draft.reading
    text = plain(field.joined(reading, "a"))
    iris = [(element, iri) for element in field.of("01") if (iri := concept(all_text(element)))]
    reading.take(*field.of("2"), *(element for element, _ in iris))
    draft.type(field.element, *(iri for _, iri in iris if vocabularies.resource_type(iri)), text)


def _classification(draft: Draft, field: Field) -> None:
    scheme = {"050": "LCC", "080": "UDC", "082": "DDC"}.get(field.tag) or field.peek("2")
    for element in field.of("a"):
        text = draft.reading.line(element)
        words = Literal(f"{scheme} {text}".strip()) if text else None
        draft.part("dct:subject", "skos:Concept", words, naming="skos:prefLabel")
    draft.reading.take(*field.of("2"))


def _collection(draft: Draft, field: Field) -> None:
    """980 of Invenio: a collection's name that is a type, such as `dataset` or `publication` with `article` in $b."""
    for element in reversed(field.of("ab")):
        if vocabularies.resource_type(all_text(element)):
            draft.type(element, draft.reading.line(element))


def _name(draft: Draft, field: Field) -> None:
    # With a title it names another work, not somebody who made this one; without an address that is no link.
    if not field.of("t"):
        read_name(draft, field)


def _cataloguing(draft: Draft, field: Field) -> None:
    """About the record, not about the resource."""
    draft.reading.take(field.element)


_RULES: dict[str, Callable[[Draft, Field], None]] = {
    **dict.fromkeys(("010", "020", "022", "024", "027", "028", "035", "088"), _number),
    **dict.fromkeys(("039", "040", "042"), _cataloguing),
    **dict.fromkeys(("050", "080", "082", "084"), _classification),
    "034": _coordinates, "041": _language, "045": _periods, "046": _special_dates, "255": _scale,
    **dict.fromkeys(("130", "240", "242", "245", "246", "247", "740"), _title),
    **dict.fromkeys(("100", "110", "111", "700", "710", "711", "720"), _name),
    "250": _edition, "260": _imprint, "264": _imprint, "300": _extent, "310": _frequency, "336": _content,
    "337": _carrier, "338": _carrier, **dict.fromkeys(("440", "490", "830"), _series),
    "506": read_rights, "540": read_rights, "542": read_rights, "536": read_funding,
    **dict.fromkeys(("600", "610", "611", "630", "648", "650", "651", "653"), _subject),
    "655": _genre, **dict.fromkeys(LINKING, read_related), "856": read_location, "980": _collection,
}  # fmt: skip
