"""People, organisations and grants of schema.org as agents, contact points and awards.

https://schema.org/Person, https://schema.org/Organization, https://schema.org/Role, https://schema.org/Grant; roles as
https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md#roles-of-people uses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from node.mapping.dcat_ap import ROLES
from node.mapping.funding import Award
from node.mapping.json_reading import Part, peek
from node.mapping.schema_org.graph import Graph
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri
from node.terms import identifiers
from node.terms.tables import fold


def agents(graph: Graph, node: Part, *names: str, role: str | None = None) -> tuple[Agent, ...]:
    """Return the agents of properties, each once: somebody with the same IRI, else the same name, is the same."""
    found: dict[str, Agent] = {}
    for name in names:
        for value in graph.values(node, name):
            for somebody in _of_role(graph, value, name, role):
                found.setdefault(somebody.iri or somebody.name, somebody)
    return tuple(found.values())


def agent(graph: Graph, value: Part, role: str | None = None, *, affiliated: bool = True) -> Agent | None:
    """Return a person or an organisation; `None` where it has neither a name nor an identifier.

    Args:
        affiliated: read its affiliations too, without theirs.
    """
    if not graph.is_node(value):
        text = graph.text(value)
        iri = identifiers.agent(None, text) if text else None
        return Agent(name=text, iri=iri, kind=_kind((), iri), role=role) if text else None
    given, family = graph.first(value, "givenName"), graph.first(value, "familyName")
    name = graph.first(value, "name", "legalName") or ", ".join(filter(None, (family, given)))
    iri = _iri(graph, value)
    affiliations: tuple[Agent, ...] = ()
    if affiliated:
        members = graph.values(value, "affiliation", "worksFor", "memberOf")
        affiliations = tuple(dict.fromkeys(filter(None, (agent(graph, one, affiliated=False) for one in members))))
    if not name and iri is None:
        return None
    graph.take(value)
    if not name:
        graph.reading.note("mapping.agent-unnamed", f"{iri} has no name in the record", value, str(iri))
    kind = _kind(graph.types(value), iri, is_person=bool(given or family))
    return Agent(name=name or str(iri), iri=iri, kind=kind, affiliations=affiliations, role=role)


def contact_points(graph: Graph, node: Part) -> tuple[ContactPoint, ...]:
    """Return the contact points of a node and of its publisher (https://schema.org/ContactPoint)."""
    found: dict[ContactPoint, None] = {}
    publishers = graph.values(node, "publisher", "provider")
    for value in (inner for holder in (node, *publishers) for inner in graph.values(holder, "contactPoint")):
        if not graph.is_node(value):
            continue
        email = graph.first(value, "email").removeprefix("mailto:")
        contact = ContactPoint(
            name=graph.first(value, "name") or None,
            email=email if "@" in email else None,
            url=next(iter(graph.links(value, "url")), None),
        )
        if contact != ContactPoint():
            graph.take(value)
            found[contact] = None
    return tuple(found)


def awards(graph: Graph, node: Part) -> tuple[Award, ...]:
    """Return the grants of a node, those that name it as the funded item, and funders that no grant names."""
    name = graph.id(node)
    grants = [value for value in graph.values(node, "funding") if graph.is_node(value)]
    for one in graph.nodes if name else ():
        if name in map(graph.id, graph.values(one, "fundedItem")):
            graph.reading.take(*graph.values(one, "fundedItem"))
            grants.append(one)
    found = {award: None for award in (_award(graph, grant) for grant in grants) if str(award)}
    read = {grant.pointer for grant in grants}
    named = {part for award in found for part in (award.funder, award.funder_iri) if part}
    for value in graph.values(node, "funding", "funder"):
        funder = agent(graph, value, affiliated=False) if value.pointer not in read else None
        if funder and not {funder.name, funder.iri} & named:
            found[_funded_by(funder)] = None
    return tuple(found)


def _of_role(graph: Graph, value: Part, name: str, role: str | None) -> Iterator[Agent]:
    """The agent itself, or those that a schema.org Role stands before."""
    inner: Iterable[Part] = (value,)
    if graph.is_node(value) and any(kind.endswith("Role") for kind in graph.types(value)):
        inner = graph.values(value, name)
        for title in graph.values(value, "roleName", "namedPosition"):
            known = _ROLES.get(fold(peek(title)))
            if known:
                graph.text(title)
                role = known
        graph.take(value)
    for one in inner:
        somebody = agent(graph, one, role)
        if somebody:
            yield somebody


def _award(graph: Graph, grant: Part) -> Award:
    funders = (agent(graph, one, affiliated=False) for one in graph.values(grant, "funder", "sponsor"))
    funder = next(filter(None, funders), None)
    number = next(filter(None, (_number(graph, one) for one in graph.values(grant, "identifier"))), "")
    title = graph.first(grant, "name", "alternateName")
    links = graph.links(grant, "url", "sameAs") or tuple(filter(None, [identifiers.iri(graph.id(grant))]))
    graph.take(grant)
    named = _funded_by(funder) if funder else Award()
    iri = next(iter(links), None)
    return Award(funder=named.funder, funder_iri=named.funder_iri, number=number, title=title, iri=iri)


def _funded_by(funder: Agent) -> Award:
    return Award(funder=funder.name if funder.name != funder.iri else "", funder_iri=funder.iri)


def _number(graph: Graph, value: Part) -> str:
    if not graph.is_node(value):
        return graph.text(value)
    graph.take(value)
    return graph.first(value, "value")


def _iri(graph: Graph, node: Part) -> Iri | None:
    """The identifier of a scheme that names agents, wherever it is written; else the node's own address."""
    found: Iri | None = None
    for value in graph.values(node, "identifier"):
        scheme, texts = _identifier(graph, value)
        known = next(filter(None, (identifiers.agent(scheme, text) for text in texts)), None)
        if known is None and texts and _names_agents(scheme or texts[0]):
            message = f"“{texts[0]}” is no valid {scheme or 'identifier'}"
            graph.reading.note("mapping.identifier-unreadable", message, value, texts[0])
        if known and (found is None or known == found):
            graph.reading.take(value)
            found = known
    for value in graph.values(node, "@id", "sameAs", "url"):
        known = identifiers.agent(None, peek(value))
        if known and (found is None or known == found):
            graph.reading.take(value)
            found = known
        elif known is None and _names_agents(peek(value)):
            message = f"“{peek(value)}” is no valid identifier"
            graph.reading.note("mapping.identifier-unreadable", message, value, peek(value))
    own = identifiers.iri(graph.id(node))
    return found or (own if own and own.startswith("http") and not _names_agents(own) else None)


def _identifier(graph: Graph, value: Part) -> tuple[str | None, list[str]]:
    """The scheme and the spellings of an identifier: a text, or a PropertyValue."""
    if not graph.is_node(value):
        return None, [text for text in [peek(value)] if text]
    scheme = next(filter(None, map(peek, graph.values(value, "propertyID", "name"))), "")
    texts = [peek(one) for one in graph.values(value, "value", "url", "@id")]
    # https://registry.identifiers.org/registry/orcid names the scheme ORCID.
    plain = scheme.rstrip("/").rpartition("/")[2] if "identifiers.org" in scheme else scheme
    return plain or None, [text.removeprefix(f"{plain}:") for text in texts if text]


def _names_agents(text: str) -> bool:
    plain = fold(text)
    return plain.startswith(("orcid", "httpsorcidorg", "httporcidorg", "isni", "httpsrororg", "httprororg"))


def _kind(types: tuple[str, ...], iri: Iri | None, *, is_person: bool = False) -> str:
    if is_person or "Person" in types or (iri and iri.startswith("https://orcid.org/")):
        return "person"
    is_organisation = any(kind.endswith(("Organization", "Project")) or kind in _ORGANISATIONS for kind in types)
    return "organization" if is_organisation or (iri and iri.startswith("https://ror.org/")) else "unknown"


_ORGANISATIONS = frozenset(
    {
        "Airline", "CollegeOrUniversity", "Consortium", "Corporation", "FundingAgency", "FundingScheme", "Library",
        "LibrarySystem", "LocalBusiness", "MuseumOrganization", "NGO", "School",
    }
)  # fmt: skip
# DataCite's contributor types, as role names say them.
_ROLES = {fold(name): name for name in ROLES}
