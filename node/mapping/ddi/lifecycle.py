"""How DDI Lifecycle writes texts, references and agents, the same in 3.1, 3.2 and 3.3 but for the places of texts.

Source: DDI Lifecycle 3.3 (https://ddialliance.org/Specification/DDI-Lifecycle/3.3/), reusable and archive. Texts are
`String` or `Content` elements, one for each language; in 3.1 the element's own. Somebody is referred to by the ID of
an Organization or Individual elsewhere in the document.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.elements import Reading, all_text, at, local_name
from node.mapping.envelope import take_whole
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri, Literal
from node.terms import identifiers


def texts(reading: Reading, element: Element, *, one_line: bool = True) -> tuple[Literal, ...]:
    """Take the texts of an element, one for each language."""
    parts = [one for one in element.iterchildren("*") if local_name(one) in ("String", "Content")]
    return reading.literals(parts or [element], one_line=one_line)


def line(reading: Reading, element: Element) -> str:
    """Take the first text of an element that is not empty; the same in further languages counts as taken."""
    found = texts(reading, element)
    return found[0].value if found else ""


class Agents:
    """The organisations and individuals of a document, by what they can be referred to."""

    def __init__(self, reading: Reading, root: Element) -> None:
        """Index the agents of a document, and who is related to whom."""
        self._reading = reading
        self._by_id: dict[str, Element] = {}
        self._units: dict[str, list[Element]] = {}
        for element in root.iter("{*}Organization", "{*}Individual"):
            for name in _names(element):
                self._by_id.setdefault(name, element)
        for relation in root.iter("{*}Relation"):
            roles = [line(reading, one) for one in at(relation, "TargetObject/Role/Description")]
            if not all("affiliat" in role.casefold() for role in roles):
                continue
            sources = [name for one in at(relation, "SourceObject/IndividualReference") for name in _names(one)]
            for target in at(relation, "TargetObject/OrganizationReference"):
                for name in sources:
                    self._units.setdefault(name, []).append(target)
                take_whole(reading, relation)

    def referred(self, reference: Element) -> Agent | None:
        """Take a reference, and return who it leads to; `None` where the document does not say."""
        element = self._element(reference)
        if element is None:
            return None
        take_whole(self._reading, reference)
        units = [target for name in _names(element) for target in self._units.get(name, ())]
        places = [place for place in map(self._element, units) if place is not None]
        affiliations = tuple(dict.fromkeys(one for place in places if (one := self._agent(place))))
        somebody = self._agent(element)
        if somebody is None:
            return None
        return Agent(name=somebody.name, iri=somebody.iri, kind=somebody.kind, affiliations=affiliations)

    def contact(self, reference: Element) -> ContactPoint | None:
        """Take a reference, and return how to reach who it leads to."""
        element, somebody = self._element(reference), self.referred(reference)
        if element is None or somebody is None:
            return None
        mails = [one for one in element.iter("{*}InternetEmail") if "@" in all_text(one)]
        mail = next((self._reading.line(one) for one in mails), None)
        pages = at(element, "ContactInformation/URL")
        address = next((iri for one in pages if (iri := self._reading.address(one))), None)
        return ContactPoint(name=somebody.name, email=mail, url=address)

    def _element(self, reference: Element) -> Element | None:
        return next((self._by_id[name] for name in _names(reference) if name in self._by_id), None)

    def _agent(self, element: Element) -> Agent | None:
        reading, is_person = self._reading, local_name(element) == "Individual"
        name = ""
        for path in _PERSON_NAMES if is_person else _UNIT_NAMES:
            for one in at(element, path):
                name = name or line(reading, one)
        if is_person and not name:
            given, family = (
                " ".join(line(reading, one) for one in at(element, f"IndividualIdentification/IndividualName/{part}"))
                for part in ("FirstGiven", "LastFamily")
            )
            name = ", ".join(filter(None, (family, given)))
        iri = self._iri(element)
        kind = "person" if is_person else "organization"
        return Agent(name=name or str(iri), iri=iri, kind=kind) if name or iri else None

    def _iri(self, element: Element) -> Iri | None:
        reading = self._reading
        for one in at(element, "UserID"):
            found = identifiers.agent((one.get("typeOfUserID") or "").strip() or None, all_text(one).strip())
            if found:
                reading.take(one)
                reading.attribute(one, "typeOfUserID")
                return found
        for one in at(element, "IndividualIdentification/ResearcherID"):
            scheme = " ".join(all_text(kind).strip() for kind in at(one, "TypeOfID"))
            for path in ("URI", "ResearcherIdentification"):
                for value in at(one, path):
                    found = identifiers.agent(scheme or None, all_text(value).strip())
                    if found:
                        reading.take(one)
                        return found
        return None


def _names(element: Element) -> list[str]:
    """What an object is referred to by: its URN, or its agency and ID; in 3.1 the attribute `id`."""
    urns = [all_text(one).strip() for one in at(element, "URN")]
    ids = [all_text(one).strip() for one in at(element, "ID")]
    return [name for name in (*urns, *ids, (element.get("id") or "").strip()) if name]


_UNIT_NAMES = ("OrganizationIdentification/OrganizationName", "OrganizationName")
_PERSON_NAMES = ("IndividualIdentification/IndividualName/FullName", "IndividualName/FullName")
