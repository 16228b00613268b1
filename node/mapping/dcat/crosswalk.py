"""DCAT and its application profiles, in any RDF syntax, read and written.

Specifications: DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), DCAT-AP 3.0
(https://semiceu.github.io/DCAT-AP/releases/3.0.0/). The resource is read into the model; every other triple that can be
reached from it is kept as it is, so that what a national profile adds survives.
"""

from __future__ import annotations

from node.errors import MappingError
from node.mapping.dcat.rdf_xml import SCHEMA, rdf_xml
from node.mapping.dcat.reading import KNOWN, read_resource
from node.mapping.dcat.statements import Statements, curie
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.protocols import XML, MappingContext
from node.model.dcat import OFFER_CLASSES, Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri
from node.namespaces import PREFIXES, expand
from node.syntax import parse_rdf

_RDF = PREFIXES["rdf"]


class Dcat:
    """The crosswalk and the writer of `dcat`.

    Attributes:
        schema: there is no XML Schema of DCAT; providers name the Open Archives Initiative's for rdf:RDF, as the
            EU's own ISO 19139 to DCAT-AP transformation does.
    """

    prefixes: tuple[str, ...] = (
        "dcat",
        "dcat_ap",
        "dcat-ap",
        "dcat_ap_xml",
        "dcatap",
        "oai_dcat",
        "oai_dcatap",
        "rdf",
        "oai_rdf",
    )
    namespaces: tuple[str, ...] = (_RDF,)
    media_types: tuple[str, ...] = (
        *XML,
        "application/rdf+xml",
        "text/turtle",
        "application/ld+json",
        "application/n-triples",
        "application/trig",
        "text/n3",
    )
    prefix: str = "dcat"
    namespace: str = PREFIXES["rdf"]  # the namespace of the root (OAI-PMH 2.0, section 3.4)
    schema: str = SCHEMA

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map the one resource an RDF payload describes; see `Crosswalk.read`."""
        media_type = "application/rdf+xml" if context.media_type in XML else context.media_type
        # Nested things get the names `to_triples` will give them; "b" never begins one of those.
        triples = parse_rdf(payload, media_type, base_iri=context.iri)
        statements = Statements(triples, minted=f"{context.iri}#b")
        candidates = _candidates(statements)
        if not candidates:
            raise MappingError("the RDF describes no dcat:Dataset, dcat:DataService or other dcat:Resource")
        primary = _primary(statements, candidates)
        statements.nest(primary)
        resource = read_resource(statements, primary, context)
        others = {node for node in statements.subjects() if node != primary and _is_resource(statements, node)}
        statements.rename(primary, resource.iri)
        extra, unmapped = statements.rest(primary, others, KNOWN)
        return Mapped(
            resource=resource, extra=tuple(extra), unmapped=tuple(unmapped), findings=tuple(statements.findings)
        )

    def write(self, resource: Resource, *, base: Iri | None = None) -> str:
        """Return the resource as rdf:RDF, with the agents it shares; see `Writer.write`.

        Args:
            base: as in `to_triples`; the resource's own IRI where it is not given.
        """
        triples = list(to_triples(resource, base=base or resource.iri))
        for _, about in shared_nodes(resource):
            triples += about
        return rdf_xml(triples)


CROSSWALK = Dcat()
WRITER = CROSSWALK

# In order of preference: a catalogue is itself a dataset (DCAT 3, section 6.3), the last that is meant.
_CLASSES = tuple(
    expand(name) for name in ("dcat:Dataset", "dcat:DatasetSeries", "dcat:DataService", "dcat:Resource", "dcat:Catalog")
)
# What only a dataset, or a service, has: their domains in DCAT 3.
_EVIDENCE = (
    (expand("dcat:distribution"), expand("dcat:Dataset")),
    (expand("dcat:servesDataset"), expand("dcat:DataService")),
    (expand("dcat:endpointURL"), expand("dcat:DataService")),
)
_RESOURCE_CLASSES = frozenset((*_CLASSES, *OFFER_CLASSES, expand("dcat:CatalogRecord")))
_PRIMARY_TOPIC = expand("foaf:primaryTopic")


def _is_resource(statements: Statements, node: Iri) -> bool:
    return not _RESOURCE_CLASSES.isdisjoint(statements.types(node))


def _candidates(statements: Statements) -> list[Iri]:
    """The subjects of the most preferred class there is, in document order."""
    subjects = list(statements.subjects())
    for kinds in (*((kind,) for kind in _CLASSES[:3]), OFFER_CLASSES, *((kind,) for kind in _CLASSES[3:])):
        found = [node for node in subjects if any(kind in kinds for kind in statements.types(node))]
        if found:
            return found
    for property_, kind in _EVIDENCE:
        found = [node for node in subjects if statements.values(node, property_)]
        if found:
            message = f"{found[0]} has no class; read as {curie(kind)} for its {curie(property_)}"
            statements.note("mapping.document", message, value=found[0])
            return found
    return []


def _primary(statements: Statements, candidates: list[Iri]) -> Iri:
    """The resource the payload is about.

    It is what a catalogue record names as its topic, else the only one, else the one that no other resource points at.
    """
    records = [(node, topic) for node in statements.subjects() for _, topic in statements.values(node, _PRIMARY_TOPIC)]
    topics = [topic for _, topic in records if isinstance(topic, Iri) and _is_resource(statements, topic)]
    chosen = list(dict.fromkeys(topics)) or candidates
    if len(chosen) > 1:
        pointed_at = {value for node in candidates for _, value in statements.objects(node) if value != node}
        chosen = [node for node in chosen if node not in pointed_at] or chosen
    if len(chosen) > 1:
        message = f"the payload describes {len(chosen)} resources; read as the first, {chosen[0]}"
        statements.note("mapping.several-resources", message, value=chosen[0])
    return chosen[0]
