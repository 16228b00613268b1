"""The statements about one dcat:Resource as a `Resource`.

Properties: DCAT-AP 3.0, classes Dataset and Data Service (https://semiceu.github.io/DCAT-AP/releases/3.0.0/); those of
DCAT-AP 1 and 2 that were renamed are read under their old names too.
"""

from __future__ import annotations

from collections.abc import Callable

from node.mapping.dcat import agents, parts
from node.mapping.dcat.distributions import KNOWN as DISTRIBUTION_PROPERTIES
from node.mapping.dcat.distributions import distributions
from node.mapping.dcat.statements import Statements
from node.mapping.dcat_ap import DOCUMENT
from node.mapping.offers import kind_of_class
from node.mapping.protocols import MappingContext
from node.model.dcat import Agent, Place, Relation, Resource, ResourceKind
from node.model.rdf import Iri, Literal, Node
from node.namespaces import RDF_TYPE, expand
from node.terms import codes, identifiers, regions, vocabularies


def read_resource(statements: Statements, node: Iri, context: MappingContext) -> Resource:
    """Return the resource that `statements` describe at `node`."""
    return _Dcat(statements, node, context).resource()


class _Dcat:
    """The properties of one resource."""

    def __init__(self, statements: Statements, node: Iri, context: MappingContext) -> None:
        self.statements, self.node, self.base = statements, node, context.iri
        self.context = context

    def literals(self, *curies: str) -> tuple[Literal, ...]:
        return self.statements.literals(self.node, *map(expand, curies))

    def iris(self, *curies: str) -> tuple[Iri, ...]:
        return self.statements.iris(self.node, *map(expand, curies))

    def first(self, *curies: str) -> Iri | None:
        return self.statements.first(self.node, *map(expand, curies))

    def date(self, *curies: str) -> Literal | None:
        return parts.date(self.statements, self.node, *map(expand, curies))

    def resource(self) -> Resource:
        types = self.statements.types(self.node)
        kind = self.kind(types)
        titles = self.literals("dct:title") or (self.literals("foaf:name") if kind in _ORGANISATIONS else ())
        if kind in _ORGANISATIONS:
            # Written again with the title: an infrastructure is an agent as well.
            self.statements.take_types(self.node)
            for title in titles[:1]:
                self.statements.take(self.node, expand("foaf:name"), Literal(title.value))
        names, alternate = self.identifiers()
        subject = self.subject(names)
        license_iri, license_texts = parts.license_of(self.statements, self.node)
        access_rights, access_texts = self.access_rights()
        rights = (*license_texts, *access_texts, *self.labels("dct:rights", "rights"))
        resource_type, type_labels = self.types()
        publishers = self.agents("publisher", "dct:publisher")
        texts = [words.value for words in rights] + [text for text in (license_iri, access_rights) if text]
        return Resource(
            iri=subject,
            kind=kind,
            title=titles,
            description=self.literals("dct:description"),
            identifiers=names or (subject if subject != self.base else self.context.identifier,),
            alternate_identifiers=alternate,
            creators=self.agents("creator", "dct:creator"),
            contributors=self.agents("contributor", "dct:contributor"),
            publisher=publishers[0] if publishers else None,
            contact_points=agents.contact_points(self.statements, self.node, self.base),
            issued=self.date("dct:issued"),
            modified=self.date("dct:modified"),
            created=self.date("dct:created"),
            available=self.date("dct:available"),
            keywords=self.literals("dcat:keyword"),
            themes=self.concepts("dcat:theme", vocabularies.theme),
            subjects=self.iris("dct:subject"),
            resource_type=resource_type,
            type_labels=type_labels,
            languages=self.concepts("dct:language", vocabularies.language),
            license=license_iri,
            rights=tuple(dict.fromkeys(rights)),
            access_rights=access_rights,
            applicable_legislation=self.iris("dcatap:applicableLegislation"),
            is_open_access_claim=any(map(vocabularies.claims_open_access, texts)),
            landing_page=self.landing_page(),
            pages=self.pages(),
            relations=self.relations(),
            sources=self.iris("dct:source"),
            conforms_to=self.iris("dct:conformsTo"),
            spatial=self.places(),
            temporal=parts.periods(self.statements, self.node, self.base),
            provenance=self.labels("dct:provenance", "provenance"),
            version=self.statements.text(self.node, *map(expand, _VERSIONS)) or None,
            distributions=distributions(self.statements, self.node, self.base),
            endpoint_url=self.first("dcat:endpointURL"),
            endpoint_description=self.first("dcat:endpointDescription"),
            serves=self.iris("dcat:servesDataset"),
            access_types=self.terms("fni:accessType", vocabularies.access_type),
            access_modes=self.terms("fni:accessMode", vocabularies.access_mode),
            locations=self.locations() if kind.is_offer else (),
            classifications=(
                self.terms("org:classification", vocabularies.infrastructure_status) if kind.is_offer else ()
            ),
            funding=parts.funding(self.statements, self.node, self.base),
        )

    def kind(self, types: list[Node]) -> ResourceKind:
        """The kind by the class, a narrower one than dcat:Resource or dcat:DataService first; the class is taken."""
        found = ResourceKind.DATASET
        if _DATASET not in types:
            offered = [kind for name in types if (kind := kind_of_class(name, is_resource=_RESOURCE in types))]
            serves = not types and self.statements.values(self.node, *_SERVICE_PROPERTIES)
            is_service = _SERVICE in types or serves
            found = next(iter(offered), ResourceKind.DATA_SERVICE if is_service else ResourceKind.DATASET)
            if found not in (ResourceKind.DATASET, ResourceKind.DATA_SERVICE):
                self.statements.take(self.node, RDF_TYPE, _RESOURCE)
        self.statements.take(self.node, RDF_TYPE, found.iri)
        return found

    def terms(self, name: str, look_up: Callable[[str], Iri | None]) -> tuple[Iri, ...]:
        """Concepts of a vocabulary of the node's, by address, identifier or name; other values stay as they are."""
        found: dict[Iri, None] = {}
        for predicate, value in self.statements.values(self.node, expand(name)):
            known = look_up(value.value if isinstance(value, Literal) else value)
            if known is not None:
                self.statements.take(self.node, predicate, value)
                found[known] = None
        return tuple(found)

    def locations(self) -> tuple[Iri, ...]:
        """Countries and NUTS regions by address, code or name; other places stay as they are."""
        found: dict[Iri, None] = {}
        for predicate, value in self.statements.values(self.node, expand("locn:location")):
            text = value.value if isinstance(value, Literal) else value
            known = regions.region(text) or codes.country_iri(text)
            if known is not None:
                self.statements.take(self.node, predicate, value)
                found[known] = None
        return tuple(found)

    def landing_page(self) -> Iri | None:
        page = self.first("dcat:landingPage")
        if page is not None:
            self.statements.take(page, RDF_TYPE, DOCUMENT)
        return page

    def pages(self) -> tuple[Iri, ...]:
        pages = self.iris("foaf:page")
        for page in pages:
            self.statements.take(page, RDF_TYPE, DOCUMENT)
        return pages

    def subject(self, names: tuple[str, ...]) -> Iri:
        """Its own IRI; a resource that was a blank node is named by its DOI, else by the node."""
        if not self.statements.was_blank(self.node) and self.node != self.base:
            return self.node
        return next(filter(None, map(identifiers.doi, names)), None) or self.context.iri

    def identifiers(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        names: dict[str, None] = {}
        for predicate, value in self.statements.values(self.node, expand("dct:identifier")):
            text = value.value.strip() if isinstance(value, Literal) else value
            self.statements.take(self.node, predicate, value)
            if text:
                names[identifiers.doi(text) or text] = None
        return tuple(names), parts.notations(self.statements, self.node, self.base)

    def agents(self, word: str, name: str) -> tuple[Agent, ...]:
        return agents.agents(self.statements, self.node, expand(name), f"{self.base}#{word}")

    def labels(self, name: str, word: str) -> tuple[Literal, ...]:
        return parts.labels(self.statements, self.node, expand(name), f"{self.base}#{word}")

    def concepts(self, name: str, look_up: Callable[[str], Iri | None]) -> tuple[Iri, ...]:
        """Concepts of the EU's vocabularies, by address or name; addresses of other vocabularies stay as they are."""
        found: dict[Iri, None] = {}
        for predicate, value in self.statements.values(self.node, expand(name)):
            known = look_up(value.value if isinstance(value, Literal) else value)
            if known is None and isinstance(value, Iri) and not self.statements.is_minted(value):
                known = value
            if known is not None:
                self.statements.take(self.node, predicate, value)
                found[known] = None
            elif isinstance(value, Literal):
                code = "mapping.language-unknown" if name == "dct:language" else "mapping.value-unusable"
                self.statements.note(code, f"“{value.value}” is no concept of {name}", predicate, value)
        return tuple(found)

    def access_rights(self) -> tuple[Iri | None, tuple[Literal, ...]]:
        """The access right, and statements about access that are only text."""
        found: Iri | None = None
        texts: list[Literal] = []
        for predicate, value in self.statements.values(self.node, expand("dct:accessRights")):
            words = parts.words(self.statements, value) if isinstance(value, Iri) else (value,)
            names = [value] if isinstance(value, Iri) else []
            known = next(filter(None, map(vocabularies.access_right, [*names, *(text.value for text in words)])), None)
            is_own = isinstance(value, Iri) and not self.statements.is_minted(value)
            if found is None and (known or is_own):
                found = known or Iri(value)
                self.statements.take(self.node, predicate, value)
            elif words and not is_own:
                self.statements.take(self.node, predicate, value)
                parts.take_words(self.statements, value)
                texts += words
        return found, tuple(texts)

    def types(self) -> tuple[Iri | None, tuple[str, ...]]:
        found: Iri | None = None
        texts: list[str] = []
        values = self.statements.values(self.node, expand("dct:type"))
        # A type that is known says what kind of thing it is, wherever it stands among narrower ones.
        for predicate, value in sorted(values, key=lambda each: _known_type(each[1]) is None):
            known = _known_type(value)
            is_own = isinstance(value, Iri) and not self.statements.is_minted(value)
            words = parts.words(self.statements, value) if isinstance(value, Iri) else (value,)
            if found is None and (known or is_own):
                found = known or Iri(value)
                self.statements.take(self.node, predicate, value)
            elif words and not is_own:
                self.statements.take(self.node, predicate, value)
                parts.take_words(self.statements, value)
                texts += [text.value for text in words]
        return found, tuple(dict.fromkeys(texts))

    def relations(self) -> tuple[Relation, ...]:
        links = self.statements.links(self.node, *_RELATIONS)
        return tuple(dict.fromkeys(Relation(predicate=predicate, target=target) for predicate, target in links))

    def places(self) -> tuple[Place, ...]:
        return parts.places(self.statements, self.node, self.base)


def _known_type(value: Node) -> Iri | None:
    return vocabularies.resource_type(value.value if isinstance(value, Literal) else value)


def _expanded(*names: str) -> tuple[Iri, ...]:
    return tuple(map(expand, names))


_DATASET, _SERVICE, _RESOURCE = expand("dcat:Dataset"), expand("dcat:DataService"), expand("dcat:Resource")
_ORGANISATIONS = (ResourceKind.INFRASTRUCTURE,)
_SERVICE_PROPERTIES = _expanded("dcat:servesDataset", "dcat:endpointURL")
_VERSIONS = ("dcat:version", "owl:versionInfo", "schema:version")
_RELATIONS = _expanded(
    "dct:relation", "dct:references", "dct:isReferencedBy", "dct:isPartOf", "dct:hasPart", "dct:isVersionOf",
    "dct:hasVersion", "dct:replaces", "dct:isReplacedBy", "dct:requires", "dct:isRequiredBy", "dct:isFormatOf",
    "dct:hasFormat", "dcat:hasVersion", "dcat:isVersionOf", "dcat:hasCurrentVersion", "dcat:previousVersion",
    "dcat:prev", "dcat:next", "dcat:inSeries", "dcat:seriesMember", "adms:sample", "owl:sameAs", "prov:wasDerivedFrom",
    "prov:hadDerivation", "prov:wasInfluencedBy", "prov:influenced", "prov:wasGeneratedBy", "prov:generated",
    "foaf:topic", "foaf:isPrimaryTopicOf", "schema:review", "schema:itemReviewed",
)  # fmt: skip
KNOWN = frozenset(
    (
        RDF_TYPE,
        *_RELATIONS,
        *_expanded(*_VERSIONS),
        *agents.KNOWN,
        *parts.KNOWN,
        *DISTRIBUTION_PROPERTIES,
        *_expanded(
            "dct:title", "dct:description", "dct:identifier", "adms:identifier", "dct:creator", "dct:contributor",
            "dct:publisher", "dcat:contactPoint", "dct:issued", "dct:modified", "dct:created", "dct:available",
            "dcat:keyword", "dcat:theme", "dct:subject", "dct:language", "dct:license", "dct:rights",
            "dct:accessRights", "dct:type", "dcatap:applicableLegislation",
            "dcat:landingPage", "foaf:page", "dct:source", "dct:conformsTo", "dct:spatial", "dct:temporal",
            "dct:provenance", "dcat:distribution", "dcat:endpointURL", "dcat:endpointDescription", "dcat:servesDataset",
            "schema:funding", "fni:accessType", "fni:accessMode", "locn:location", "org:classification",
        ),
    )
)  # fmt: skip
