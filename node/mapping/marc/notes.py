"""Notes of MARC 21: 5XX as descriptions, provenance, rights and funding.

Source: MARC 21 Bibliographic, 5XX (https://www.loc.gov/marc/bibliographic/bd5xx.html).
"""

from __future__ import annotations

from node.mapping.draft import Draft
from node.mapping.elements import all_text, language_tag
from node.mapping.funding import Award
from node.mapping.marc.fields import Field, plain
from node.model.dcat import Agent
from node.model.rdf import Literal
from node.terms import vocabularies


def read_note(draft: Draft, field: Field) -> None:
    """Add a note in words: 520 as abstract, what tells of an original or a history as provenance."""
    separator = " -- " if field.tag == "505" else " "
    words = field.joined(draft.reading, "abcdefgnoprt" if field.tag != "534" else "pabcefklmnt", separator)
    literal = Literal(words, language=draft.reading.language(field.element)) if words else None
    if field.tag == "520":
        codes = field.peek("9")
        tag = language_tag(codes) if codes else None
        if tag and literal:
            literal = Literal(literal.value, language=tag)
            draft.reading.take(*field.of("9"))
        draft.abstracts.add(literal)
    elif field.tag == "505":
        draft.say("dct:tableOfContents", literal)
    elif field.tag in ("533", "534", "541", "561", "567"):
        draft.provenance.add(literal)
    else:
        draft.notes.add(literal)


def read_rights(draft: Draft, field: Field) -> None:
    """Add access restrictions, terms of use and copyright: 506, 540, 542."""
    reading = draft.reading
    links = [reading.line(element) for element in field.of("u")]
    words = field.joined(reading, "af" if field.tag != "542" else "fn")
    literal = Literal(words, language=reading.language(field.element)) if words else None
    reading.take(*field.of("2"))
    draft.rights.add(reading, field.element, literal, *links)
    if field.tag == "542":
        # Invenio writes the access right where MARC has the copyright status.
        for element in field.of("l"):
            if vocabularies.access_right(all_text(element)):
                draft.rights.add(reading, element, None, reading.line(element))
        for element in field.of("d"):
            name = plain(reading.line(element))
            draft.contributors.add(Agent(name=name, role="RightsHolder") if name else None)
        for element in field.of("g"):
            draft.date(element, reading.line(element), "Copyrighted")


def read_funding(draft: Draft, field: Field) -> None:
    """Add a grant: its number, and the words as its title; without a number the words name the funder."""
    reading = draft.reading
    number = next(filter(None, (field.take(reading, code) for code in "cbfd")), "")
    words = field.joined(reading, "a")
    award = Award(number=number, title=words) if number else Award(funder=words)
    draft.awards.add(award if str(award) else None)
