"""Names of MARC 21: 1XX, 7XX and 720 as creators, contributors, publishers.

Source: MARC 21 Bibliographic, 700 (https://www.loc.gov/marc/bibliographic/bd700.html) with $e and $4 (relators), $0 and
$1 (authority numbers and identifiers of the thing: https://www.loc.gov/marc/bibliographic/ecbdcntf.html).
"""

from __future__ import annotations

import re

from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text
from node.mapping.marc.fields import Field, plain
from node.mapping.relators import Relator, relator
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri
from node.terms import identifiers


def read_name(draft: Draft, field: Field) -> None:
    """Add who a name field names, in the role it gives: without one, 1XX is a creator and 7XX a contributor."""
    roles = _roles(draft.reading, field)
    somebody = _agent(draft.reading, field)
    if somebody is None:
        return
    kinds = [role.kind for role in roles]
    if "publisher" in kinds:
        draft.publishers.add(somebody)
    elif "contact" in kinds:
        draft.contacts.add(ContactPoint(name=somebody.name, url=somebody.iri))
    elif "creator" in kinds or (not roles and field.tag.startswith("1")):
        draft.creators.add(somebody)
    else:
        types = [role.contributor_type for role in roles if role.contributor_type]
        role = types[0] if types else None
        draft.contributors.add(
            Agent(
                name=somebody.name, iri=somebody.iri, kind=somebody.kind, affiliations=somebody.affiliations, role=role
            )
        )


def authority(text: str) -> Iri | None:
    """Return the IRI of `(DE-588)118540238`, `(orcid)0000-...` or an address; `None` for a number of another list."""
    found = _NUMBERED.fullmatch(text.strip())
    if found is None:
        return identifiers.agent(None, text)
    scheme = _SOURCES.get(found["source"].strip().casefold())
    return identifiers.agent(scheme, found["number"]) if scheme else None


def concept(text: str) -> Iri | None:
    """Return the IRI of an authority number or address of a subject, a place or a genre."""
    known = authority(text)
    found = _NUMBERED.fullmatch(text.strip())
    return known or identifiers.iri(found["number"] if found else text)


def _agent(reading: Reading, field: Field) -> Agent | None:
    kind = _KINDS.get(field.tag[1:], "unknown")
    if field.tag == "720":
        kind = "person" if field.first == "1" else "unknown"
    if field.tag[1:] == "11":
        about = " : ".join(plain(reading.line(one)) for one in field.of("ndc"))
        name = " ".join(filter(None, (plain(field.joined(reading, "ae", ". ")), f"({about})" if about else "")))
    elif field.tag[1:] == "10":
        name = ". ".join(plain(reading.line(one)) for one in field.of("ab"))
    else:
        name = plain(" ".join(reading.line(one) for one in field.of("abcq")))
    iri = _iri(reading, field)
    units = tuple(dict.fromkeys(text for one in field.of("u") if (text := plain(reading.line(one)))))
    if not name and iri is None:
        return None
    return Agent(
        name=name or str(iri),
        iri=iri,
        kind="person" if iri and iri.startswith("https://orcid.org/") else kind,
        affiliations=tuple(_affiliation(text) for text in units),
    )


def _affiliation(text: str) -> Agent:
    iri = identifiers.ror(text)
    return Agent(name=text, iri=iri, kind="organization")


def _iri(reading: Reading, field: Field) -> Iri | None:
    """The first identifier that can be read; an ORCID or ROR goes before a number of a library's list."""
    found = [(element, iri) for element in field.of("01j") if (iri := authority(all_text(element)))]
    found.sort(key=lambda pair: not pair[1].startswith(("https://orcid.org/", "https://ror.org/")))
    for element, _ in found[:1]:
        reading.take(element)
    return found[0][1] if found else None


def _roles(reading: Reading, field: Field) -> list[Relator]:
    """The roles that are known; a word for an unknown one stays unmapped."""
    found = []
    for element in field.of("4" if field.tag[1:] == "11" else "e4"):
        known = relator(all_text(element))
        if known:
            reading.take(element)
            found.append(known)
    return found


_KINDS = {"00": "person", "10": "organization"}
_NUMBERED = re.compile(r"\((?P<source>[^()]{1,40})\)\s*(?P<number>\S.*)", re.DOTALL)
_SOURCES = {
    "de-588": "gnd", "gnd": "gnd", "orcid": "ORCID", "isni": "ISNI", "viaf": "VIAF", "ror": "ROR",
    "wikidata": "Wikidata", "uri": "URI",
}  # fmt: skip
