"""Persons and organisations of CMDI components, whichever elements a profile names them with.

Source: components in use, CLARIN Component Registry (https://catalog.clarin.eu/ds/ComponentRegistry): META-SHARE's
personInfo and organizationInfo, CLARIN's Contact, LINDAT's author.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text, local_name
from node.mapping.oai_dc_reading import agent as agent_of
from node.mapping.roles import enter
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri
from node.terms import identifiers


def key(element: Element) -> str:
    """Return the name of an element as profiles share it: `iso-639-3-code` and `ISO6393Code` are the same."""
    return "".join(letter for letter in local_name(element).casefold() if letter.isalnum())


def read_person(draft: Draft, element: Element, role: str) -> None:
    """Add who a component or a leaf names, in a role: a word that `relator` knows."""
    somebody = _agent(draft.reading, element, is_contact=role == "contact")
    if role != "contact":
        enter(draft, somebody, role)
    elif somebody is not None:
        mails = [one for one in _own(element, ("email",)) if "@" in all_text(one)]
        mail = next((draft.reading.line(one) for one in mails), None)
        page = next((iri for one in _own(element, ("url",)) if (iri := draft.reading.address(one))), None)
        draft.contacts.add(ContactPoint(name=somebody.name, email=mail, url=page or somebody.iri))


def _agent(reading: Reading, element: Element, *, is_contact: bool) -> Agent | None:
    """Who is named; a contact has no place for whom they work for."""
    if not len(element):
        text = reading.line(element)
        return agent_of(text) if text else None
    person, is_person = _first(reading, element, _FULL_NAMES), False
    if not person:
        person = ", ".join(filter(None, (_first(reading, element, _FAMILY), _first(reading, element, _GIVEN))))
        is_person = bool(person)
    holder = next((one for one in element.iter("*") if key(one) == "affiliation" and not is_contact), None)
    works_for = ""
    if holder is not None:
        works_for = _first(reading, holder, _UNITS) if len(holder) else reading.line(holder)
    if works_for and holder is not None:
        reading.take(*(one for one in holder if key(one) == "role"))
    unit = "" if person and (works_for or is_contact) else _first(reading, element, _UNITS)
    name, works_for = person or unit, works_for or (unit if person else "")
    iri = _iri(reading, element)
    if not name and iri is None:
        return None
    # A role that repeats the component's name says nothing more.
    reading.take(*_own(element, ("role",)))
    places = (Agent(name=works_for, iri=identifiers.ror(works_for), kind="organization"),) if works_for else ()
    kind = "person" if person and (is_person or works_for) else "unknown" if person else "organization"
    return Agent(name=name or str(iri), iri=iri, kind=kind, affiliations=places)


def _iri(reading: Reading, element: Element) -> Iri | None:
    for one in _own(element, ("orcid", "pid", "identifier", "nameidentifier")):
        found = identifiers.agent(None, all_text(one).strip())
        if found:
            reading.take(one)
            return found
    return None


def _first(reading: Reading, element: Element, names: tuple[str, ...]) -> str:
    """The first text under the strongest of several names; the same in further languages stays."""
    return next((text for name in names for one in _own(element, (name,)) if (text := reading.line(one))), "")


def _own(element: Element, names: tuple[str, ...]) -> list[Element]:
    """Leaves that are about the one named, not about whom they work for."""
    found = []
    for one in element.iter("*"):
        if one is element or len(one) or key(one) not in names:
            continue
        holders = []
        for holder in one.iterancestors():
            if holder is element:
                break
            holders.append(key(holder))
        if "affiliation" not in holders:
            found.append(one)
    return found


_FULL_NAMES = ("fullname", "personname", "person", "name", "creatorname", "authorname", "contactname")
_FAMILY = ("surname", "lastname", "familyname")
_GIVEN = ("givenname", "firstname", "forename")
_UNITS = ("organizationname", "organisationname", "organisation", "organization", "institution")
PEOPLE = {
    "creator": "creator", "author": "author", "resourcecreatorperson": "creator", "resourcecreator": "creator",
    "resourcecreatororganization": "creator", "contactperson": "contact", "contact": "contact",
    "licensorperson": "licensor", "licensororganization": "licensor", "legalowner": "rightsholder",
    "iprholderperson": "iprholder", "iprholderorganization": "iprholder", "rightsholder": "rightsholder",
    "distributionrightsholderperson": "rightsholder", "distributionrightsholderorganization": "rightsholder",
    "contributor": "contributor", "editor": "editor", "funder": "funder",
}  # fmt: skip
"""Names of components, and of elements, that name somebody, and the role they name them in."""
