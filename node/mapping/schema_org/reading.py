"""One node of schema.org's terms as a `Resource`: a dataset, a service, an instrument, software.

https://schema.org/Dataset, https://schema.org/Service, https://schema.org/WebAPI, https://schema.org/IndividualProduct;
usage: https://github.com/ESIPFed/science-on-schema.org/blob/main/guides/Dataset.md. What DCAT-AP has no word for and
DCMI has is returned beside the resource.
"""

from __future__ import annotations

from node.mapping.formats import distributions as ways_of_page
from node.mapping.json_reading import Part, flag, peek
from node.mapping.protocols import MappingContext
from node.mapping.schema_org import agents, places
from node.mapping.schema_org.distributions import byte_size_of, date, distributions, formats, license_of
from node.mapping.schema_org.graph import Graph
from node.mapping.schema_org.identity import Identity, identity
from node.mapping.schema_org.kinds import kind_of, types
from node.mapping.schema_org.links import endpoint, relations, serves
from node.mapping.schema_org.offers import OfferTerms, offer_terms
from node.mapping.schema_org.subjects import subjects
from node.model.dcat import Agent, Distribution, Resource, ResourceKind
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import expand
from node.terms import vocabularies


def read_resource(
    graph: Graph, node: Part, context: MappingContext, files: tuple[Part, ...] = ()
) -> tuple[Resource, tuple[Triple, ...]]:
    """Return the resource that a node describes, and the statements it has no field for.

    Args:
        files: nodes that describe files of the dataset besides those of `distribution`.
    """
    named = identity(graph, node)
    titles, alternatives = _titles(graph, node)
    kind = kind_of(graph, node)
    resource_type, type_labels = types(graph, node)
    rights = license_of(graph, node, *_TERMS)
    rights.finish(graph.reading)
    creators = _creators(graph, node)
    publisher, contributors = _others(graph, node)
    topics = subjects(graph, node)
    links = relations(graph, node, named, files)
    is_dataset = kind is ResourceKind.DATASET
    endpoint_url, endpoint_description = endpoint(graph, node) if not is_dataset else (None, None)
    conforms_to = graph.links(node, "conformsTo", expand("dct:conformsTo"))
    terms = OfferTerms() if is_dataset else offer_terms(graph, node)
    resource = Resource(
        iri=named.doi or context.iri,
        kind=kind,
        title=titles,
        description=graph.literals(node, "description", "abstract", "disambiguatingDescription", one_line=False),
        identifiers=named.names[:1] or (context.identifier,),
        alternate_identifiers=named.names[1:],
        creators=creators,
        contributors=contributors,
        publisher=publisher,
        contact_points=agents.contact_points(graph, node),
        issued=date(graph, node, "datePublished"),
        modified=date(graph, node, "dateModified"),
        created=date(graph, node, "dateCreated"),
        available=rights.embargo_end,
        keywords=topics.keywords,
        themes=topics.themes,
        subjects=tuple(dict.fromkeys((*topics.concepts, *terms.subjects))),
        resource_type=resource_type,
        type_labels=type_labels,
        languages=_languages(graph, node),
        license=rights.license,
        rights=tuple(rights.statements),
        access_rights=rights.access_rights,
        is_open_access_claim=_is_free(graph, node) or rights.is_open_access_claim,
        landing_page=named.page,
        pages=(*named.pages, *links.pages),
        relations=links.relations,
        sources=links.sources,
        conforms_to=conforms_to,
        spatial=places.places(graph, node, "spatialCoverage", "spatial", "contentLocation", "areaServed"),
        temporal=places.periods(graph, node, "temporalCoverage", "temporal"),
        provenance=_provenance(graph, node),
        version=graph.first(node, "version", "softwareVersion") or None,
        distributions=_distributions(graph, node, files, named, rights.license) if is_dataset else (),
        endpoint_url=endpoint_url,
        endpoint_description=endpoint_description,
        serves=serves(graph, node) if not is_dataset else (),
        access_types=terms.access_types,
        access_modes=terms.access_modes,
        locations=terms.locations,
        classifications=terms.classifications,
        funding=tuple(dict.fromkeys(map(str, agents.awards(graph, node)))),
    )
    graph.take(node)
    return resource, tuple((resource.iri, _ALTERNATIVE, words) for words in alternatives)


def _titles(graph: Graph, node: Part) -> tuple[tuple[Literal, ...], tuple[Literal, ...]]:
    """The titles, one in each language, and other names; without a name, the headline is one."""
    names = graph.literals(node, "name") or graph.literals(node, "headline")
    titles: dict[str | None, Literal] = {}
    for name in names:
        titles.setdefault(name.language, name)
    others = (name for name in names if titles[name.language] != name)
    return tuple(titles.values()), (*others, *graph.literals(node, "alternateName", "alternativeHeadline"))


def _creators(graph: Graph, node: Part) -> tuple[Agent, ...]:
    """The creators; `author` says the same (https://schema.org/creator), and is often given beside it.

    Of an instrument it is the manufacturer, as in the DataCite form of PIDINST (https://doi.org/10.15497/RDA00070).
    """
    makers = agents.agents(graph, node, "creator", "manufacturer")
    found = {somebody.iri or somebody.name: somebody for somebody in makers}
    names = {somebody.name for somebody in found.values()}
    for somebody in agents.agents(graph, node, "author"):
        if somebody.name not in names:
            found.setdefault(somebody.iri or somebody.name, somebody)
    return tuple(found.values())


def _others(graph: Graph, node: Part) -> tuple[Agent | None, tuple[Agent, ...]]:
    """The publisher, where there is none the provider; and everybody else who took part, with their roles."""
    publishers = agents.agents(graph, node, "publisher")
    providers = agents.agents(graph, node, "provider", "serviceOperator")
    chief = next(iter((*publishers, *providers)), None)
    known = {name for name in (chief.name, chief.iri) if name} if chief else set()
    found: dict[Agent, None] = {}
    found.update(dict.fromkeys((*agents.agents(graph, node, "contributor"), *publishers[1:])))
    for name, role in _ROLES:
        found.update(dict.fromkeys(agents.agents(graph, node, name, role=role)))
    for provider in providers:
        if not known & {provider.name, provider.iri}:
            found[Agent(name=provider.name, iri=provider.iri, kind=provider.kind, role="Distributor")] = None
    return chief, tuple(found)


def _languages(graph: Graph, node: Part) -> tuple[Iri, ...]:
    found: dict[Iri, None] = {}
    for value in graph.values(node, "inLanguage", "availableLanguage"):
        names = graph.values(value, "alternateName", "name", "@id") if graph.is_node(value) else [value]
        known = next(filter(None, (vocabularies.language(peek(name)) for name in names if peek(name))), None)
        text = graph.text(value)
        graph.reading.take(*(name for name in names if known))
        if known:
            found[known] = None
        elif text:
            graph.reading.note("mapping.language-unknown", f"“{text}” is no known language", value, text)
    return tuple(found)


def _is_free(graph: Graph, node: Part) -> bool:
    """The claim of `isAccessibleForFree`; its opposite is no access right, and stays."""
    found = [value for value in graph.values(node, "isAccessibleForFree") if flag(value)]
    graph.reading.take(*found)
    return bool(found)


def _provenance(graph: Graph, node: Part) -> tuple[Literal, ...]:
    """How the data came about, in words: as DataCite's descriptions of type Methods are read."""
    texts = graph.values(node, "measurementTechnique", "measurementMethod")
    for statement in graph.values(node, expand("dct:provenance")):
        labels = graph.values(statement, expand("rdfs:label")) if graph.is_node(statement) else []
        graph.reading.take(*(kind for kind in graph.values(statement, "@type") if labels))
        texts += labels or [statement]
    found = [graph.literal(one, one_line=False) or Literal(graph.text(one)) for one in texts]
    return tuple(dict.fromkeys(words for words in found if words.value))


def _distributions(
    graph: Graph, node: Part, files: tuple[Part, ...], named: Identity, license_iri: Iri | None
) -> tuple[Distribution, ...]:
    values = [*graph.values(node, "distribution", "encoding", "associatedMedia"), *files]
    found = distributions(graph, values, page=named.page, license_iri=license_iri)
    if found:
        return found
    downloads = graph.links(node, "contentUrl", "downloadUrl")
    if downloads:
        return tuple(Distribution(access_url=one, download_url=one, license=license_iri) for one in downloads)
    known, _ = formats(graph, node)
    size = byte_size_of(graph, node)
    return ways_of_page(known, [] if size is None else [size], access_url=named.page, license_iri=license_iri)


_ALTERNATIVE = expand("dct:alternative")
_TERMS = ("license", "usageInfo", "copyrightNotice", "conditionsOfAccess", "termsOfService")
# Properties of CreativeWork that name people by what they do, and DataCite's word for it.
_ROLES = (
    ("copyrightHolder", "RightsHolder"),
    ("editor", "Editor"),
    ("maintainer", "DataManager"),
    ("producer", "Producer"),
    ("sponsor", "Sponsor"),
    ("translator", "Translator"),
)
