"""Who made, publishes and answers for a CKAN package.

https://docs.ckan.org/projects/ckanext-dcat/en/latest/mapping/#contact-points-and-publisher: fields of their own,
objects in newer profiles; the organisation the package belongs to is the publisher where no field names one.
"""

from __future__ import annotations

from node.mapping.ckan.fields import Fields
from node.mapping.json_reading import JsonReading, Part, member
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri
from node.terms import identifiers


def creators(reading: JsonReading, fields: Fields) -> tuple[Agent, ...]:
    """Return the creators: objects, else `author`, in which several names are parted by semicolons."""
    found = _agents(reading, fields, "creator")
    if not found:
        names = fields.text("creator_name", "author")
        found = [_named(name.strip()) for name in names.split(";") if name.strip()]
    return tuple(dict.fromkeys(found))


def contributors(reading: JsonReading, fields: Fields) -> tuple[Agent, ...]:
    """Return the contributors."""
    return tuple(dict.fromkeys(_agents(reading, fields, "contributor")))


def publisher(reading: JsonReading, fields: Fields, package: Part) -> Agent | None:
    """Return the publisher, else the organisation."""
    found = _agents(reading, fields, "publisher")
    iri = next(iter(fields.links("publisher_uri", "publisher_identifier")), None)
    name = fields.text("publisher_name")
    if not found and (name or iri):
        found = [Agent(name=name or str(iri), iri=iri, kind="organization")]
    organisation = member(package, "organization")
    if not found and organisation.members:
        held = Fields(reading, organisation)
        title = held.text("title", "display_name") or held.text("name")
        if title:
            found = [Agent(name=title, iri=_iri(held), kind="organization")]
    if organisation.members:
        reading.take(*(member(organisation, one) for one in _HOUSEKEEPING if one in organisation.members))
    return found[0] if found else None


def contact_points(reading: JsonReading, fields: Fields) -> tuple[ContactPoint, ...]:
    """Return the contact points: objects, else fields, else the maintainer, else the author's address."""
    found = [_contact(Fields(reading, part)) for part in fields.parts("contact") if part.members]
    if not any(found):
        for name, email in (("contact_name", "contact_email"), ("maintainer", "maintainer_email")):
            found.append(_point(fields.text(name), fields.text(email), fields.links("contact_uri")))
        if not any(found):
            found.append(_point("", fields.text("author_email"), ()))
    return tuple(dict.fromkeys(contact for contact in found if contact))


def _contact(held: Fields) -> ContactPoint | None:
    return _point(held.text("name"), held.text("email"), held.links("uri", "url"))


def _point(name: str, email: str, links: tuple[Iri, ...]) -> ContactPoint | None:
    address = email.removeprefix("mailto:")
    found = ContactPoint(name=name or None, email=address if "@" in address else None, url=next(iter(links), None))
    return found if found != ContactPoint() else None


def _agents(reading: JsonReading, fields: Fields, name: str) -> list[Agent]:
    found = []
    for part in fields.parts(name):
        if not part.members:
            text = reading.line(part)
            found += [_named(text)] if text else []
            continue
        held = Fields(reading, part)
        title, iri = held.text("name"), _iri(held)
        if title or iri:
            kind = "person" if iri and iri.startswith("https://orcid.org/") else "unknown"
            found.append(Agent(name=title or str(iri), iri=iri, kind=kind))
    return found


def _named(text: str) -> Agent:
    iri = identifiers.agent(None, text)
    return Agent(name=text, iri=iri)


def _iri(held: Fields) -> Iri | None:
    """The agent's own identifier: an ORCID, ROR or such, else the `uri` its source gave it."""
    for name in ("identifier", "uri"):
        for link in held.links(name):
            return identifiers.agent(None, link) or link
    return None


_HOUSEKEEPING = (
    "id", "name", "title", "type", "state", "approval_status", "is_organization", "image_url", "created",
    "revision_id", "description", "display_name",
)  # fmt: skip
