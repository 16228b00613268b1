"""Responsible parties as creators, publisher, contributors, contact points and funders of a resource.

ISO 19115:2003, B.3.2 (CI_ResponsibleParty, with the names of a person and of an organisation) and ISO 19115-1:2014,
B.3.2 (CI_Responsibility, whose parties are organisations and individuals). Roles as in GeoDCAT-AP 3
(https://semiceu.github.io/GeoDCAT-AP/); those without a property of DCAT by the contributor type of DataCite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from node.mapping.elements import local_name
from node.mapping.envelope import take_whole
from node.mapping.funding import Award
from node.mapping.iso.document import Document
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri
from node.terms import identifiers


@dataclass(slots=True)
class Parties:
    """Those responsible for a resource; the dictionaries keep the order in which they are named."""

    creators: dict[Agent, None] = field(default_factory=dict)
    contributors: dict[Agent, None] = field(default_factory=dict)
    publisher: Agent | None = None
    contacts: dict[ContactPoint, None] = field(default_factory=dict)
    awards: dict[str, None] = field(default_factory=dict)


def read_parties(document: Document, identification: Element | None) -> Parties:
    """Return the parties that the identification and the distribution name.

    A point of contact is who has that role. Where nobody has, those listed as points of contact under other roles are
    asked, and where there are none either, those responsible for the metadata.
    """
    found = Parties()
    listed: list[_Party] = []
    for path in ("citation/citedResponsibleParty", "pointOfContact"):
        for responsibility in document.objects(identification, path):
            parties = _read(document, found, responsibility)
            listed += parties if path == "pointOfContact" else ()
    for responsibility in document.objects(document.root, "distributionInfo/distributor/distributorContact"):
        _read(document, found, responsibility)
    _take_contacts(document, found, listed)
    own = document.objects(document.root, "contact")
    if found.contacts:
        take_whole(document.reading, *own)
    for one in own if not found.contacts else ():
        document.codes(one, "role", ("pointofcontact",))
    _take_contacts(document, found, [party for one in own for party in _parties(document, one)])
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Party:
    """A person, an organisation, or a person of an organisation; `contacts` are its CI_Contact objects.

    A position stands in for a name where there is none; beside one, no property of DCAT holds it, and it stays.
    """

    person: str = ""
    organisation: str = ""
    position: str = ""
    person_iri: Iri | None = None
    organisation_iri: Iri | None = None
    contacts: tuple[Element, ...] = ()


def _read(document: Document, found: Parties, responsibility: Element) -> list[_Party]:
    """Add the parties of one responsibility by its role, and return them."""
    roles = document.codes(responsibility, "role", _ROLES)
    role = roles[0] if roles else ""
    if role in _NO_PART:
        return []
    parties = list(_parties(document, responsibility))
    for party in parties:
        if role == "pointofcontact":
            _take_contacts(document, found, [party], again=True)
            continue
        agent = _agent(party, _CONTRIBUTORS.get(role))
        if agent is None:
            continue
        if role in _CREATORS:
            found.creators[agent] = None
        elif role == "publisher" and found.publisher is None:
            found.publisher = agent
        elif role == "funder":
            found.awards[str(Award(funder=agent.name, funder_iri=agent.iri))] = None
        elif agent != found.publisher:
            found.contributors[agent] = None
    return parties


def _parties(document: Document, responsibility: Element) -> Iterator[_Party]:
    holders = document.objects(responsibility, "party")
    if not holders:
        person, unit = (document.first(responsibility, f"{kind}Name") for kind in ("individual", "organisation"))
        yield _Party(
            person=person,
            organisation=unit,
            position="" if person or unit else document.first(responsibility, "positionName"),
            person_iri=_iri(document, responsibility, "individualName"),
            organisation_iri=_iri(document, responsibility, "organisationName"),
            contacts=tuple(document.objects(responsibility, "contactInfo")),
        )
    for holder in holders:
        if local_name(holder) == "CI_Individual":
            yield _individual(document, holder)
            continue
        organisation = _Party(
            organisation=document.first(holder, "name"),
            organisation_iri=_iri(document, holder, "name"),
            contacts=tuple(document.objects(holder, "contactInfo")),
        )
        members = document.objects(holder, "individual")
        for member in members:
            yield _individual(document, member, organisation)
        if not members:
            yield organisation


def _individual(document: Document, holder: Element, employer: _Party | None = None) -> _Party:
    own = tuple(document.objects(holder, "contactInfo"))
    person = document.first(holder, "name")
    return _Party(
        person=person,
        position="" if person or employer else document.first(holder, "positionName"),
        person_iri=_iri(document, holder, "name"),
        organisation=employer.organisation if employer else "",
        organisation_iri=employer.organisation_iri if employer else None,
        contacts=(*own, *(employer.contacts if employer else ())),
    )


def _iri(document: Document, holder: Element, name: str) -> Iri | None:
    """The ORCID, ROR or other identifier of a party: a partyIdentifier, the Anchor of its name, or its web address."""
    for identifier in document.objects(holder, "partyIdentifier"):
        for property_ in document.properties(identifier, "code")[:1]:
            scheme = document.first(identifier, "codeSpace") or None
            text = document.text(property_)
            known = document.anchor(property_) or identifiers.agent(scheme, text)
            if known:
                return known
            document.reading.note("mapping.identifier-unreadable", f"“{text}” names no agent", property_, text)
    for property_ in document.properties(holder, name):
        anchor = document.anchor(property_)
        if anchor:
            return identifiers.agent(None, anchor) or anchor
    is_person = name == "individualName" or local_name(holder) == "CI_Individual"
    for property_ in document.properties(holder, "contactInfo/onlineResource/linkage"):
        address = "".join(property_.itertext()).strip()
        known = identifiers.agent(None, address) if "://" in address else None
        # An organisation's page and a person's are told apart by the scheme: ORCID is for people alone.
        if known and known.startswith("https://orcid.org/") == is_person:
            document.text(property_)
            return known
    return None


def _agent(party: _Party, role: str | None) -> Agent | None:
    if party.person:
        employer = Agent(name=party.organisation, iri=party.organisation_iri, kind="organization")
        affiliations = (employer,) if party.organisation else ()
        return Agent(name=party.person, iri=party.person_iri, kind="person", affiliations=affiliations, role=role)
    if party.organisation:
        return Agent(name=party.organisation, iri=party.organisation_iri, kind="organization", role=role)
    return Agent(name=party.position, role=role) if party.position else None


def _take_contacts(document: Document, found: Parties, parties: list[_Party], *, again: bool = False) -> None:
    """Add contact points: all of a kind, or only where there are none yet."""
    if found.contacts and not again:
        return
    for party in parties:
        emails = [text for one in party.contacts for text in _texts(document, one, "address/electronicMailAddress")]
        links = [one for holder in party.contacts for one in document.properties(holder, "onlineResource/linkage")]
        pages = [page for page in map(document.link, links) if page and page.startswith(("http://", "https://"))]
        name = ", ".join(filter(None, (party.person, party.organisation))) or party.position
        url = next(iter(pages), None) or party.person_iri or party.organisation_iri
        if name or emails or url:
            email = next((text.removeprefix("mailto:") for text in emails if "@" in text), None)
            found.contacts[ContactPoint(name=name or None, email=email, url=url)] = None


def _texts(document: Document, holder: Element, path: str) -> list[str]:
    return list(filter(None, map(document.text, document.properties(holder, path))))


_CREATORS = frozenset({"author", "coauthor", "originator"})
_CONTRIBUTORS = {
    "collaborator": "Other",
    "custodian": "DataManager",
    "distributor": "Distributor",
    "editor": "Editor",
    "mediator": "Other",
    "owner": "RightsHolder",
    "principalinvestigator": "ProjectLeader",
    "processor": "DataCurator",
    "resourceprovider": "Other",
    "rightsholder": "RightsHolder",
    "sponsor": "Sponsor",
}
# Who uses a resource, or has an interest in it, had no part in its making: left unmapped.
_NO_PART = frozenset({"user", "stakeholder"})
_ROLES = frozenset({"pointofcontact", "publisher", "funder", "contributor", *_CREATORS, *_CONTRIBUTORS, *_NO_PART})
