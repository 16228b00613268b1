"""Contacts of an OGC API record as creators, publisher, contributors and contact points.

OGC API - Records, part 1, schema `contact` (https://docs.ogc.org/is/20-004r1/20-004r1.html); drafts of it say
`providers` and one `role`. Roles are those of ISO 19115 (CI_RoleCode); those without a property of DCAT go by the
contributor type of DataCite.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from node.mapping.json_reading import JsonReading, Part, member, peek
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


def read_parties(reading: JsonReading, properties: Part) -> Parties:
    """Return the parties that a record names.

    A point of contact is who has that role, or no role at all; where nobody has, whoever can be written to.
    """
    found = Parties()
    others: list[ContactPoint] = []
    for part in reading.of(properties, "contacts", "providers"):
        roles = _roles(reading, part)
        contact, agent = _contact_point(reading, part), _agent(reading, part)
        if contact and (not roles or _CONTACT in roles):
            found.contacts[contact] = None
        elif contact and contact.email:
            others.append(contact)
        if agent:
            for role in roles:
                _add(found, agent, role)
    if not found.contacts:
        found.contacts.update(dict.fromkeys(others))
    return found


def _roles(reading: JsonReading, part: Part) -> list[str]:
    """The roles of a contact in lower case, without marks; one that nobody knows makes a contributor, and stays."""
    known = []
    for one in reading.of(part, "roles", "role"):
        named = member(one, "name") if one.members else one
        role = "".join(letter for letter in peek(named).lower() if letter.isalnum())
        if role in _KNOWN:
            reading.take(named)
        if role:
            known.append(role)
    return known


def _add(found: Parties, agent: Agent, role: str) -> None:
    if role in _CREATORS:
        found.creators[agent] = None
    elif role == "publisher" and found.publisher is None:
        found.publisher = agent
    elif role not in _NO_PART and role != _CONTACT and agent != found.publisher:
        with_role = Agent(
            name=agent.name,
            iri=agent.iri,
            kind=agent.kind,
            affiliations=agent.affiliations,
            role=_CONTRIBUTORS.get(role),
        )
        found.contributors[with_role] = None


def _agent(reading: JsonReading, part: Part) -> Agent | None:
    """The agent: a person where an organisation is named beside it; a name alone may be anybody's."""
    name, organisation = (reading.line(member(part, key)) for key in ("name", "organization"))
    iri = _iri(reading, part)
    if name and organisation and name != organisation:
        # Only ORCID says by itself that it is a person's; a ROR beside a person is the employer's.
        is_persons = iri is None or not iri.startswith("https://ror.org/")
        employer = Agent(name=organisation, iri=None if is_persons else iri, kind="organization")
        return Agent(name=name, iri=iri if is_persons else None, kind="person", affiliations=(employer,))
    if organisation:
        return Agent(name=organisation, iri=iri, kind="organization")
    if not name:
        return None
    return Agent(name=name, iri=iri, kind="person" if iri and iri.startswith("https://orcid.org/") else "unknown")


def _iri(reading: JsonReading, part: Part) -> Iri | None:
    """The ORCID, ROR or such: of `identifier`, else of a link."""
    for one in (member(part, "identifier"), *(member(link, "href") for link in reading.of(part, "links"))):
        found = identifiers.agent(None, peek(one)) if peek(one) else None
        if found:
            reading.take(one)
            return found
    return None


def _contact_point(reading: JsonReading, part: Part) -> ContactPoint | None:
    names = [reading.line(member(part, key)) for key in ("name", "organization")]
    name = ", ".join(dict.fromkeys(filter(None, names))) or reading.line(member(part, "position"))
    emails = []
    for one in reading.of(part, "emails", "email"):
        value = member(one, "value") if one.members else one
        if "@" in peek(value):
            emails.append(reading.line(value).removeprefix("mailto:"))
    links = []
    for link in reading.of(part, "links", "url"):
        href = member(link, "href") if link.members else link
        address = identifiers.iri(peek(href))
        if address and address.startswith(("http://", "https://")):
            reading.take(href, *(member(link, key) for key in ("rel", "type", "title", "hreflang")))
            links.append(address)
    if not name and not emails and not links:
        return None
    return ContactPoint(name=name or None, email=next(iter(emails), None), url=next(iter(links), None))


_CONTACT = "pointofcontact"
_CREATORS = frozenset({"author", "coauthor", "originator", "creator"})
_CONTRIBUTORS = {
    "custodian": "DataManager",
    "distributor": "Distributor",
    "editor": "Editor",
    "host": "HostingInstitution",
    "licensor": "RightsHolder",
    "owner": "RightsHolder",
    "principalinvestigator": "ProjectLeader",
    "processor": "DataCurator",
    "producer": "Producer",
    "rightsholder": "RightsHolder",
    "sponsor": "Sponsor",
}
# Who uses a resource had no part in its making.
_NO_PART = frozenset({"user", "stakeholder"})
_KNOWN = frozenset(
    {_CONTACT, "publisher", "contributor", "collaborator", "resourceprovider", *_CREATORS, *_CONTRIBUTORS}
)
