"""The agents and contact points of a DCAT resource as values (DCAT-AP 3.0, classes Agent and Kind)."""

from __future__ import annotations

from urllib.parse import unquote

from node.mapping.dcat.statements import Statements
from node.mapping.dcat_ap import ROLES
from node.model.dcat import Agent, ContactPoint
from node.model.rdf import Iri, Literal, Node
from node.namespaces import expand
from node.terms import identifiers, vocabularies


def agents(statements: Statements, subject: Iri, predicate: Iri, name: str) -> tuple[Agent, ...]:
    """Return the agents of a property; `name` is what the record calls them, without their number."""
    roles = _roles(statements, subject) if predicate == _CONTRIBUTOR else {}
    found: dict[Agent, None] = {}
    for _, value in statements.values(subject, predicate):
        somebody = agent_of(statements, value, roles.get(value))
        if somebody is not None and somebody not in found:
            statements.take(subject, predicate, value)
            found[somebody] = None
            if isinstance(value, Iri):
                statements.rename(value, Iri(f"{name}-{len(found)}"))
    return tuple(found)


def contact_points(statements: Statements, subject: Iri, base: Iri) -> tuple[ContactPoint, ...]:
    """Return the contact points (vcard:Kind); the mail address in any of the forms vCard's ontology allows."""
    found: dict[ContactPoint, None] = {}
    for predicate, node in statements.values(subject, expand("dcat:contactPoint")):
        if not isinstance(node, Iri):
            continue
        name = statements.text(node, *_CONTACT_NAMES)
        contact = ContactPoint(
            name=name or None, email=_email(statements, node), url=statements.first(node, *_CONTACT_URLS)
        )
        if contact != ContactPoint() and contact not in found:
            found[contact] = None
            statements.take_part(subject, predicate, node, f"{base}#contact-{len(found)}")
    return tuple(found)


def agent_of(statements: Statements, node: Node, role: str | None = None) -> Agent | None:
    """Return the agent at a node, or named by a literal; `None` where it has neither a name nor an IRI of its own."""
    if isinstance(node, Literal):
        return Agent(name=node.value.strip(), role=role) if node.value.strip() else None
    iri = _identity(statements, node) if statements.is_minted(node) else node
    name = statements.text(node, *_AGENT_NAMES) or (vocabularies.label(node) or "")
    if not name and iri is None:
        return None
    if not name and iri is not None:
        statements.note("mapping.agent-unnamed", f"{iri} has no name in the record", expand("foaf:name"), iri)
    kinds = {_AGENT_KINDS.get(kind) for kind in statements.types(node) if isinstance(kind, Iri)} - {None}
    organisations = [Agent(name=one, iri=one) for one in statements.iris(node, *_MEMBER_OF)]
    organisations += [Agent(name=one.value.strip()) for one in statements.literals(node, _ORGANISATION)]
    statements.take_types(node)
    if iri is not None:
        statements.set_apart(node)
    return Agent(
        name=name or str(iri),
        iri=iri,
        kind=str(kinds.pop()) if len(kinds) == 1 else "unknown",
        affiliations=tuple(dict.fromkeys(organisations)),
        role=role,
    )


def _identity(statements: Statements, node: Iri) -> Iri | None:
    """Take the identifier that an agent without an IRI is known by everywhere, such as its ROR, and call it so."""
    for predicate, value in statements.values(node, *_IDENTIFIERS):
        iri = identifiers.agent(None, value.value if isinstance(value, Literal) else value)
        if iri is not None:
            statements.take(node, predicate, value)
            statements.rename(node, iri)
            return iri
    return None


def _roles(statements: Statements, subject: Iri) -> dict[Node, str]:
    """The DataCite role of each contributor that a prov:Attribution gives one of the relators `ROLES` uses."""
    found: dict[Node, str] = {}
    for predicate, node in statements.values(subject, expand("prov:qualifiedAttribution")):
        if not isinstance(node, Iri) or not statements.is_minted(node):
            continue
        whom = [value for _, value in statements.values(node, expand("prov:agent"))]
        role = next((_ROLE_OF[value] for _, value in statements.values(node, _HAD_ROLE) if value in _ROLE_OF), None)
        contributors = [value for _, value in statements.values(subject, _CONTRIBUTOR)]
        if role and len(whom) == 1 and whom[0] in contributors:
            found[whom[0]] = role
            statements.take(subject, predicate, node)
            for pair in list(statements.objects(node)):
                statements.take(node, *pair)
    return found


def _email(statements: Statements, node: Iri) -> str | None:
    found: str | None = None
    for predicate, value in statements.values(node, *_EMAILS):
        text = value.value if isinstance(value, Literal) else value
        if isinstance(value, Iri) and statements.is_minted(value):
            inner = statements.values(value, expand("vcard:value"))
            text = next((str(one) if isinstance(one, Iri) else one.value for _, one in inner), "")
            for pair in inner:
                statements.take(value, *pair)
        text = unquote(text.strip()).removeprefix("mailto:").removeprefix("MAILTO:")
        if "@" in text and found is None:
            statements.take(node, predicate, value)
            found = text
    return found


def _expanded(*names: str) -> tuple[Iri, ...]:
    return tuple(map(expand, names))


_CONTRIBUTOR, _HAD_ROLE = expand("dct:contributor"), expand("dcat:hadRole")
_ROLE_OF: dict[Node, str] = {iri: name for name, iri in reversed(list(ROLES.items()))}
_AGENT_NAMES = _expanded("foaf:name", "vcard:fn", "skos:prefLabel", "rdfs:label", "schema:name", "org:name")
_IDENTIFIERS = _expanded("dct:identifier", "schema:identifier", "owl:sameAs")
_AGENT_KINDS: dict[Node, str] = {
    expand("foaf:Person"): "person",
    expand("foaf:Organization"): "organization",
    expand("vcard:Organization"): "organization",
    expand("org:Organization"): "organization",
}
_MEMBER_OF, _ORGANISATION = _expanded("org:memberOf"), expand("vcard:organization-name")
_CONTACT_NAMES = _expanded("vcard:fn", "vcard:organization-name", "foaf:name", "rdfs:label")
_CONTACT_URLS = _expanded("vcard:hasURL", "foaf:page", "foaf:homepage")
_EMAILS = _expanded("vcard:hasEmail", "vcard:email", "foaf:mbox")
KNOWN = frozenset(
    (*_AGENT_NAMES, *_MEMBER_OF, _ORGANISATION, *_CONTACT_NAMES, *_CONTACT_URLS, *_EMAILS, expand("vcard:value"))
)
