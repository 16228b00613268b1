"""DataCite creators, contributors, publishers and funders as agents and contact points.

Source: DataCite Metadata Schema 4.6, properties 2 Creator, 4 Publisher, 7 Contributor, 19 FundingReference
(https://datacite-metadata-schema.readthedocs.io/en/4.6/properties/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.etree import _Element as Element

from node.mapping.elements import Reading, children
from node.mapping.funding import Award
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri
from node.terms import identifiers


def agent(reading: Reading, element: Element, name_element: str) -> Agent | None:
    """Return a creator or contributor; `None` where it has no name.

    Args:
        name_element: `creatorName` or `contributorName`.
    """
    parts = children(element)
    names = parts.get(name_element, [])
    given, family = (_first(reading, parts.get(part, ())) for part in ("givenName", "familyName"))
    name = next(filter(None, map(reading.line, names)), "") or ", ".join(filter(None, (family, given)))
    name_type = next((reading.attribute(one, "nameType") for one in names), "")
    iri = _name_identifier(reading, parts.get("nameIdentifier", ()))
    role = reading.attribute(element, "contributorType") or None
    # A contact point has no place for affiliations: they stay.
    units = parts.get("affiliation", ()) if role != "ContactPerson" else ()
    affiliations = tuple(dict.fromkeys(_affiliations(reading, units)))
    if not name and not iri:
        return None
    return Agent(
        name=name or str(iri),
        iri=iri,
        kind=_kind(name_type, iri, role, is_person=bool(given or family)),
        affiliations=affiliations,
        role=role,
    )


def contact_point(somebody: Agent) -> ContactPoint:
    """Return a contributor of type ContactPerson as the contact point; an address in the name is taken out."""
    found = _EMAIL.search(somebody.name)
    name = somebody.name.replace(found[0], "").strip(" ,;<>()") if found else somebody.name
    return ContactPoint(name=name or None, email=found["email"] if found else None, url=somebody.iri)


def publisher(reading: Reading, element: Element) -> Agent | None:
    """Return the publisher; its identifier came with version 4.5."""
    name = reading.line(element)
    scheme = reading.attribute(element, "publisherIdentifierScheme") or element.get("schemeURI", "")
    text = reading.attribute(element, "publisherIdentifier")
    iri = _identifier(reading, element, scheme, text)
    return Agent(name=name or str(iri), iri=iri, kind="organization") if name or iri else None


def award(reading: Reading, element: Element) -> Award | None:
    """Return a funding reference; `None` where it is empty."""
    parts = children(element)
    numbers = parts.get("awardNumber", [])
    iris = [identifiers.iri(reading.attribute(number, "awardURI")) for number in numbers]
    funder_iri: Iri | None = None
    for one in parts.get("funderIdentifier", ()):
        scheme = reading.attribute(one, "funderIdentifierType")
        funder_iri = funder_iri or _identifier(reading, one, scheme, reading.line(one))
    found = Award(
        funder=_first(reading, parts.get("funderName", ())),
        funder_iri=funder_iri,
        number=_first(reading, numbers),
        title=_first(reading, parts.get("awardTitle", ())),
        iri=next(filter(None, iris), None),
    )
    return found if str(found) else None


def _first(reading: Reading, elements: Iterable[Element]) -> str:
    return next(filter(None, map(reading.line, elements)), "")


def _name_identifier(reading: Reading, elements: Iterable[Element]) -> Iri | None:
    """The first identifier that can be read; those after it stay unmapped."""
    for element in elements:
        scheme = reading.attribute(element, "nameIdentifierScheme") or element.get("schemeURI", "")
        iri = _identifier(reading, element, scheme, reading.line(element))
        if iri is not None:
            return iri
    return None


def _affiliations(reading: Reading, elements: Iterable[Element]) -> Iterable[Agent]:
    for element in elements:
        name = reading.line(element)
        scheme = reading.attribute(element, "affiliationIdentifierScheme") or element.get("schemeURI", "")
        iri = _identifier(reading, element, scheme, reading.attribute(element, "affiliationIdentifier"))
        if name or iri:
            yield Agent(name=name or str(iri), iri=iri, kind="organization")


def _identifier(reading: Reading, element: Element, scheme: str, text: str) -> Iri | None:
    if not text:
        return None
    iri = identifiers.agent(scheme, text)
    if iri is None:
        message = f"“{text}” is no valid {scheme or 'identifier'}"
        reading.note("mapping.identifier-unreadable", message, element, text)
    return iri


def _kind(name_type: str, iri: Iri | None, role: str | None, *, is_person: bool) -> str:
    known = _KINDS.get(name_type.lower())
    if known:
        return known
    if is_person or (iri and iri.startswith("https://orcid.org/")):
        return "person"
    if role in _ORGANISATION_ROLES or (iri and iri.startswith("https://ror.org/")):
        return "organization"
    return "unknown"


_KINDS = {"personal": "person", "organizational": "organization"}
_ORGANISATION_ROLES = frozenset({"HostingInstitution", "RegistrationAgency", "RegistrationAuthority", "ResearchGroup"})
_EMAIL = re.compile(r"<?(?:mailto:)?(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})>?")
