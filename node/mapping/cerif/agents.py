"""Persons and organisation units of CERIF as agents, projects and funding as grants.

Source: OpenAIRE Guidelines for CRIS Managers 1.2 (https://openaire-guidelines-for-cris-managers.readthedocs.io/en/latest/),
entities Person, OrgUnit, Project and Funding; each is embedded in the link that leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text, at
from node.mapping.funding import Award
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri, Literal
from node.terms import identifiers


def agent(draft: Draft, link: Element) -> Agent | None:
    """Take who a link such as `Author` leads to: the name shown there, else the entity's own; with affiliations."""
    reading = draft.reading
    shown = next((text for one in at(link, "DisplayName") if (text := reading.line(one))), "")
    person = next(iter(at(link, "Person")), None)
    unit = next(iter(at(link, "OrgUnit")), None)
    if person is not None:
        iri = _person_iri(reading, person)
        name = shown or _person_name(reading, person)
        if shown:
            # The parts of a name that is shown say it once more.
            reading.take(*at(person, "PersonName"))
        units = [*at(link, "Affiliation/OrgUnit"), *at(person, "Affiliation/OrgUnit")]
        affiliations = tuple(dict.fromkeys(part for one in units for part in _with_parents(reading, one)))
        for mail in _mails(reading, person):
            draft.contacts.add(ContactPoint(name=name or None, email=mail))
    elif unit is not None:
        known = organisation(reading, unit)
        iri, name = (known.iri, shown or known.name) if known else (None, shown)
        affiliations = tuple(part for one in at(unit, "PartOf/OrgUnit") for part in _with_parents(reading, one))
    else:
        return Agent(name=shown) if shown else None
    if not name and iri is None:
        return None
    kind = "organization" if person is None else "person"
    return Agent(name=name or str(iri), iri=iri, kind=kind, affiliations=affiliations)


def read_origin(draft: Draft, link: Element) -> None:
    """Add what `OriginatesFrom` leads to: a funded project or a funding as a grant, else the project as an activity."""
    reading = draft.reading
    for funding in at(link, "Funding"):
        draft.awards.add(_filled(_funding(reading, funding)))
    for project in at(link, "Project"):
        title = _first(reading, project, "Title", "Acronym")
        funds = at(project, "Funded")
        for funded in funds:
            funders = [organisation(reading, one) for one in at(funded, "By/OrgUnit")]
            grants = [_funding(reading, one) for one in at(funded, "As/Funding")]
            grant = next(iter(grants), Award())
            funder = next(filter(None, funders), None)
            award = Award(
                funder=funder.name if funder else grant.funder,
                funder_iri=funder.iri if funder else grant.funder_iri,
                number=grant.number or _project_number(reading, project),
                title=grant.title or title,
                iri=grant.iri,
            )
            draft.awards.add(_filled(award))
        if not funds and title:
            draft.part("prov:wasGeneratedBy", "prov:Activity", Literal(title))


def organisation(reading: Reading, unit: Element) -> Agent | None:
    """Take an `OrgUnit`, without what it is part of; `None` where nothing names it."""
    name = _first(reading, unit, "Name", "Acronym")
    iri: Iri | None = None
    for one in unit.iterchildren("*"):
        scheme = _UNIT_SCHEMES.get(str(one.tag).rpartition("}")[2])
        if scheme is None:
            continue
        kind = (one.get("type") or "").rpartition("#")[2].rpartition("/")[2].removesuffix("ID")
        found = identifiers.agent(
            {"FundRef": "crossreffunder"}.get(kind, kind) or scheme or None, all_text(one).strip()
        )
        if found and iri is None:
            reading.take(one)
            reading.attribute(one, "type")
            iri = found
    return Agent(name=name or str(iri), iri=iri, kind="organization") if name or iri else None


def _with_parents(reading: Reading, unit: Element) -> list[Agent]:
    """A unit, and what it is part of: who works for a department works for its university."""
    found = list[Agent]()
    holder: Element | None = unit
    while holder is not None:
        known = organisation(reading, holder)
        found += [known] if known else []
        holder = next(iter(at(holder, "PartOf/OrgUnit")), None)
    return found


def _funding(reading: Reading, element: Element) -> Award:
    funder = next(filter(None, (organisation(reading, one) for one in at(element, "Funder/OrgUnit"))), None)
    return Award(
        funder=funder.name if funder else "",
        funder_iri=funder.iri if funder else None,
        number=_project_number(reading, element),
        title=_first(reading, element, "Name", "Acronym"),
    )


def _project_number(reading: Reading, element: Element) -> str:
    for one in at(element, "Identifier"):
        number = reading.line(one)
        reading.attribute(one, "type")
        if number:
            return number
    return ""


def _first(reading: Reading, element: Element, *names: str) -> str:
    """Take the first text of the first name that has one: a title, else an acronym."""
    return next((text for name in names for one in at(element, name) if (text := reading.line(one))), "")


def _filled(award: Award) -> Award | None:
    return award if str(award) else None


def _person_name(reading: Reading, person: Element) -> str:
    family, first, other = (
        " ".join(reading.line(one) for one in at(person, f"PersonName/{name}"))
        for name in ("FamilyNames", "FirstNames", "OtherNames")
    )
    return ", ".join(filter(None, (family, " ".join(filter(None, (first, other))))))


def _person_iri(reading: Reading, person: Element) -> Iri | None:
    for scheme in ("ORCID", "ISNI"):
        for one in at(person, scheme):
            found = identifiers.agent(scheme, all_text(one).strip())
            if found:
                reading.take(one)
                return found
            text = reading.line(one)
            reading.note("mapping.identifier-unreadable", f"“{text}” is no valid {scheme}", one, text)
    return None


def _mails(reading: Reading, element: Element) -> Iterator[str]:
    for one in at(element, "ElectronicAddress"):
        text = all_text(one).strip()
        if text.startswith("mailto:") and "@" in text:
            reading.take(one)
            yield text.removeprefix("mailto:")


_UNIT_SCHEMES = {
    "Identifier": "", "RORID": "ROR", "ISNI": "ISNI", "GRID": "", "FundRefID": "crossreffunder", "Wikidata": "Wikidata",
}  # fmt: skip
