"""Names of MODS as creators, contributors and publishers.

Source: MODS 3.8, name (https://www.loc.gov/standards/mods/userguide/name.html), with relators as roles.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text, at
from node.mapping.relators import relator
from node.mapping.roles import enter
from node.model.dcat import Agent
from node.model.rdf import Iri
from node.terms import identifiers


def read_name(draft: Draft, element: Element) -> None:
    """Add who a `name` names, in their role; without one the primary name is a creator, any other a contributor."""
    reading = draft.reading
    somebody = _agent(reading, element)
    if somebody is None:
        return
    is_primary = reading.attribute(element, "usage") == "primary"
    words = []
    for role in at(element, "role"):
        terms = at(role, "roleTerm")
        known = next((text for term in terms if relator(text := _term(term))), "")
        if known:
            words.append(known)
            reading.take(role)
            for term in terms:
                for name in ("type", "authority", "authorityURI", "valueURI"):
                    reading.attribute(term, name)
    enter(draft, somebody, *words, is_creator=is_primary)


def display_name(reading: Reading, element: Element) -> str:
    """Take the parts of a name: `Family, Given`, else the parts in order; dates of life are no part of it."""
    parts: dict[str, list[str]] = {}
    for part in at(element, "namePart"):
        kind = (part.get("type") or "").strip()
        if kind != "date":
            reading.attribute(part, "type")
            parts.setdefault(kind, []).append(reading.line(part))
    family, given = " ".join(parts.get("family", ())), " ".join(parts.get("given", ()))
    plain = [*parts.get("", ()), ", ".join(filter(None, (family, given))), *parts.get("termsOfAddress", ())]
    name = " ".join(text for text in plain if text)
    shown = at(element, "displayForm")
    if not name:
        name = next((text for one in shown if (text := reading.line(one))), "")
    reading.take(*shown)
    return name


def _agent(reading: Reading, element: Element) -> Agent | None:
    name, iri = display_name(reading, element), _iri(reading, element)
    kind = _KINDS.get(reading.attribute(element, "type"), "unknown")
    if not name and iri is None:
        return None
    units = (reading.line(unit) for unit in at(element, "affiliation"))
    return Agent(
        name=name or str(iri),
        iri=iri,
        kind="person" if iri and iri.startswith("https://orcid.org/") else kind,
        affiliations=tuple(
            Agent(name=unit, iri=identifiers.ror(unit), kind="organization") for unit in dict.fromkeys(units) if unit
        ),
    )


def _iri(reading: Reading, element: Element) -> Iri | None:
    """The first identifier that can be read; an ORCID or ROR goes before a number of a library's list."""
    found: list[tuple[Iri, Element | None]] = []
    for one in at(element, "nameIdentifier"):
        iri = identifiers.agent((one.get("type") or one.get("typeURI") or "").strip() or None, all_text(one).strip())
        if iri:
            found.append((iri, one))
    address = identifiers.agent(reading.attribute(element, "authority") or None, element.get("valueURI", ""))
    if address:
        reading.attribute(element, "valueURI")
        found.append((address, None))
    found.sort(key=lambda pair: not pair[0].startswith(("https://orcid.org/", "https://ror.org/")))
    if not found:
        return None
    iri, holder = found[0]
    if holder is not None:
        reading.take(holder)
        reading.attribute(holder, "type")
        reading.attribute(holder, "typeURI")
    return iri


def _term(element: Element) -> str:
    return (element.get("valueURI") or "").strip() or all_text(element).strip()


_KINDS = {"personal": "person", "family": "unknown", "corporate": "organization"}
