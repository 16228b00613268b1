"""A DataCite `resource` element, of any kernel version, as a `Resource`.

Source: DataCite Metadata Schema 4.6 (https://datacite-metadata-schema.readthedocs.io/en/4.6/properties/). What DCAT-AP
has no word for, DCMI has: such statements are returned beside the resource.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.datacite import agents
from node.mapping.datacite import places as geography
from node.mapping.datacite.dates import Dates, read_dates
from node.mapping.datacite.relations import predicate
from node.mapping.elements import Reading, all_text, children, local_name
from node.mapping.formats import byte_size, distributions, read_format
from node.mapping.offers import KIND_OF_TYPE
from node.mapping.protocols import MappingContext
from node.mapping.rights import Rights
from node.model.dcat import Agent, ContactPoint, Distribution, Place, Relation, Resource, ResourceKind
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import expand
from node.terms import identifiers, vocabularies


def read_resource(reading: Reading, context: MappingContext) -> tuple[Resource, tuple[Triple, ...]]:
    """Return the resource that `reading.root` describes, and the statements it has no field for."""
    return _DataCite(reading).resource(context)


class _DataCite:
    """The properties of one resource element; each method reads those of one meaning."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.parts = children(reading.root)
        self.extra: list[tuple[Iri, Literal]] = []

    def of(self, wrapper: str, name: str) -> list[Element]:
        """The elements called `name` in the wrapper; those that a source put beside it too."""
        found = [one for each in self.parts.get(wrapper, ()) for one in each if local_name(one) == name]
        found += self.parts.get(name, ())
        return found

    def resource(self, context: MappingContext) -> tuple[Resource, tuple[Triple, ...]]:
        reading = self.reading
        doi, names, page, pages = self.identifiers()
        kind, resource_type, type_labels = self.types()
        rights = self.rights()
        time = read_dates(reading, self.of("dates", "date"), self.parts.get("publicationYear", ()))
        self.extra += time.others
        contributors, contacts = self.contributors()
        publishers = [agents.publisher(reading, one) for one in self.parts.get("publisher", ())]
        keywords, themes, subjects = self.subjects()
        relations, sources, documents = self.relations()
        awards = (agents.award(reading, one) for one in self.of("fundingReferences", "fundingReference"))
        description, provenance = self.descriptions()
        resource = Resource(
            iri=doi or context.iri,
            kind=kind,
            title=self.titles(),
            description=description,
            identifiers=names[:1] or (context.identifier,),
            alternate_identifiers=names[1:],
            creators=self.creators(),
            contributors=contributors,
            publisher=next(filter(None, publishers), None),
            contact_points=contacts,
            issued=time.single.get("Issued"),
            modified=time.single.get("Updated"),
            created=time.single.get("Created"),
            available=_embargo_end(time, rights),
            keywords=keywords,
            themes=themes,
            subjects=subjects,
            resource_type=resource_type,
            type_labels=type_labels,
            languages=self.languages(),
            license=rights.license,
            rights=tuple(rights.statements),
            access_rights=rights.access_rights,
            is_open_access_claim=rights.is_open_access_claim,
            landing_page=page,
            pages=(*pages, *documents),
            relations=relations,
            sources=sources,
            spatial=self.places(),
            temporal=tuple(time.temporal),
            provenance=provenance,
            version=next(filter(None, map(reading.line, self.parts.get("version", ()))), None),
            distributions=self.distributions(page, rights.license) if kind is ResourceKind.DATASET else (),
            funding=tuple(dict.fromkeys(str(award) for award in awards if award)),
        )
        return resource, tuple((resource.iri, property_, value) for property_, value in self.extra)

    def identifiers(self) -> tuple[Iri | None, tuple[str, ...], Iri | None, tuple[Iri, ...]]:
        """The DOI, every identifier with the main one first, the landing page, and further pages."""
        reading, doi = self.reading, None
        names: dict[str, None] = {}
        links: dict[Iri, None] = {}
        found = [(one, "identifierType") for one in self.parts.get("identifier", ())]
        found += [(one, "alternateIdentifierType") for one in self.of("alternateIdentifiers", "alternateIdentifier")]
        for element, attribute in found:
            scheme, text = reading.attribute(element, attribute), reading.line(element)
            if not text:
                continue
            iri = identifiers.doi(text) if scheme.upper() == "DOI" else identifiers.resolve(scheme, text)
            if iri is None and scheme.upper() in _STRICT_SCHEMES:
                reading.note("mapping.identifier-unreadable", f"“{text}” is no valid {scheme}", element, text)
            if doi is None and iri and iri.startswith("https://doi.org/"):
                doi = iri
            elif "URL" in scheme.upper() and iri and iri.startswith(("http://", "https://")):
                links[iri] = None
            names[iri or text] = None
        # A DOI among the alternate identifiers names the same instance: it becomes the main one.
        ordered = tuple(sorted(names, key=lambda name: name != doi))
        first = next(iter(names), "")
        # A name may begin like an address and be none.
        address = identifiers.iri(first) if first.startswith(("http://", "https://")) else None
        page = next(iter(links), None) or doi or address
        return doi, ordered, page, tuple(links)[1:]

    def titles(self) -> tuple[Literal, ...]:
        """Main and translated titles; a subtitle ends the main title, other titles are dct:alternative."""
        main: list[Literal] = []
        subtitles: list[Literal] = []
        for element in self.of("titles", "title"):
            kind = self.reading.attribute(element, "titleType")
            literal = self.reading.literal(element)
            if literal is None:
                continue
            if kind in ("AlternativeTitle", "Other"):
                self.extra.append((_ALTERNATIVE, literal))
            elif kind == "Subtitle":
                subtitles.append(literal)
            else:
                main.append(literal)
        for subtitle in subtitles:
            place = next((n for n, title in enumerate(main) if title.language == subtitle.language), 0)
            if main:
                title = main[place]
                main[place] = Literal(f"{title.value.rstrip(': ')}: {subtitle.value}", language=title.language)
            else:
                main.append(subtitle)
        return tuple(dict.fromkeys(main))

    def creators(self) -> tuple[Agent, ...]:
        found = (agents.agent(self.reading, one, "creatorName") for one in self.of("creators", "creator"))
        return tuple(dict.fromkeys(filter(None, found)))

    def contributors(self) -> tuple[tuple[Agent, ...], tuple[ContactPoint, ...]]:
        contacts: dict[ContactPoint, None] = {}
        others: dict[Agent, None] = {}
        for element in self.of("contributors", "contributor"):
            somebody = agents.agent(self.reading, element, "contributorName")
            if somebody is not None and somebody.role == "ContactPerson":
                contacts[agents.contact_point(somebody)] = None
            elif somebody is not None:
                others[somebody] = None
        return tuple(others), tuple(contacts)

    def subjects(self) -> tuple[tuple[Literal, ...], tuple[Iri, ...], tuple[Iri, ...]]:
        """Keywords, themes of the EU's vocabulary, and concepts of other schemes."""
        words: dict[Literal, None] = {}
        themes: dict[Iri, None] = {}
        concepts: dict[Iri, None] = {}
        for element in self.of("subjects", "subject"):
            literal = self.reading.literal(element)
            concept = identifiers.iri(self.reading.attribute(element, "valueURI"))
            text = literal.value if literal else ""
            theme = (concept and vocabularies.theme(concept)) or (text and vocabularies.theme(text)) or None
            if theme:
                themes[theme] = None
            if concept:
                self.reading.attribute(element, "subjectScheme")
                if concept != theme:
                    concepts[concept] = None
            if literal:
                words[literal] = None
        return tuple(words), tuple(themes), tuple(concepts)

    def languages(self) -> tuple[Iri, ...]:
        found: list[Iri] = []
        for element in self.parts.get("language", ()):
            text = self.reading.line(element)
            known = vocabularies.language(text) if text else None
            if known:
                found.append(known)
            elif text:
                self.reading.note("mapping.language-unknown", f"“{text}” is no known language", element, text)
        return tuple(dict.fromkeys(found))

    def types(self) -> tuple[ResourceKind, Iri | None, tuple[str, ...]]:
        kind, found = ResourceKind.DATASET, None
        labels: dict[str, None] = {}
        for element in self.parts.get("resourceType", ()):
            general, text = self.reading.attribute(element, "resourceTypeGeneral"), self.reading.line(element)
            known = vocabularies.resource_type(general) if general else None
            narrower = vocabularies.resource_type(text) if text else None
            told = narrower if general in _SAYS_NO_KIND and narrower in KIND_OF_TYPE else known
            kind = KIND_OF_TYPE.get(told, kind)
            # “Text / Journal article” says more than “Text”.
            found = found or narrower or known
            if text and narrower is None and text != general:
                labels[text] = None
            if known is None and narrower is None and (general or text):
                labels |= dict.fromkeys(filter(None, (general, text)))
                message = f"“{general or text}” is no known resource type"
                self.reading.note("mapping.type-unknown", message, element, general or text)
        return kind, found, tuple(labels)

    def relations(self) -> tuple[tuple[Relation, ...], tuple[Iri, ...], tuple[Iri, ...]]:
        """Relations, what the resource is derived from, and documents about it."""
        found: dict[Relation, None] = {}
        related = [(one, one, "relatedIdentifierType") for one in self.of("relatedIdentifiers", "relatedIdentifier")]
        for item in self.of("relatedItems", "relatedItem"):
            inner = children(item).get("relatedItemIdentifier", ())
            related += ((item, one, "relatedItemIdentifierType") for one in inner)
        for holder, element, attribute in related:
            text = " ".join(all_text(element).split())
            scheme = element.get(attribute, "").strip()
            target = identifiers.resolve(scheme, text) or (identifiers.iri(text) if "://" in text else None)
            if target is None:
                # Left unmapped: an identifier of a scheme without addresses links to nothing.
                continue
            self.reading.take(element)
            self.reading.attribute(element, attribute)
            relation_type = self.reading.attribute(holder, "relationType")
            property_ = predicate(relation_type)
            if property_ is None:
                message = f"“{relation_type}” is no known relation type; kept as dct:relation"
                self.reading.note("mapping.relation-unknown", message, holder, relation_type)
            found[Relation(predicate=property_ or _RELATION, target=target)] = None
        sources = tuple(one.target for one in found if one.predicate == _SOURCE)
        documents = tuple(one.target for one in found if one.predicate == _PAGE)
        return tuple(one for one in found if one.predicate not in (_SOURCE, _PAGE)), sources, documents

    def distributions(self, page: Iri | None, license_iri: Iri | None) -> tuple[Distribution, ...]:
        texts = [(one, self.reading.line(one)) for one in self.of("formats", "format")]
        formats = [read_format(self.reading, element, text) for element, text in texts if text]
        sizes: list[int | None] = []
        for element in self.of("sizes", "size"):
            text = all_text(element).strip()
            size = byte_size(text)
            if size is not None:
                # “24630 data points” and “15 pages” are no bytes and stay unmapped.
                self.reading.take(element)
            if text:
                sizes.append(size)
        in_bytes = [size for size in sizes if size is not None]
        return distributions(
            formats, sizes if len(sizes) == len(formats) else in_bytes, access_url=page, license_iri=license_iri
        )

    def rights(self) -> Rights:
        rights = Rights()
        for element in self.of("rightsList", "rights"):
            self.reading.attribute(element, "rightsIdentifierScheme")
            names = (self.reading.attribute(element, name) for name in ("rightsURI", "rightsIdentifier"))
            rights.add(self.reading, element, self.reading.literal(element), *names)
        rights.finish(self.reading)
        return rights

    def descriptions(self) -> tuple[tuple[Literal, ...], tuple[Literal, ...]]:
        """Descriptions, abstracts first, and how the data came about."""
        ranked: list[tuple[int, Literal]] = []
        provenance: list[Literal] = []
        for element in self.of("descriptions", "description"):
            kind = self.reading.attribute(element, "descriptionType")
            literal = self.reading.literal(element, one_line=False)
            if literal is None:
                continue
            if kind == "Methods":
                provenance.append(literal)
            elif kind == "TableOfContents":
                self.extra.append((_CONTENTS, literal))
            else:
                ranked.append((_DESCRIPTIONS.get(kind, 1), literal))
        ranked.sort(key=lambda pair: pair[0])
        return tuple(dict.fromkeys(literal for _, literal in ranked)), tuple(dict.fromkeys(provenance))

    def places(self) -> tuple[Place, ...]:
        locations = self.of("geoLocations", "geoLocation")
        return tuple(dict.fromkeys(one for each in locations for one in geography.places(self.reading, each)))


def _embargo_end(time: Dates, rights: Rights) -> Literal | None:
    return rights.embargo_end or time.single.get("Available")


_ALTERNATIVE, _CONTENTS = expand("dct:alternative"), expand("dct:tableOfContents")
_RELATION, _SOURCE, _PAGE = expand("dct:relation"), expand("dct:source"), expand("foaf:page")
_DESCRIPTIONS = {"Abstract": 0}
_STRICT_SCHEMES = frozenset({"DOI", "URL", "HANDLE"})
# General types that leave it to the text whether an instrument or an infrastructure is described.
_SAYS_NO_KIND = frozenset({"", "Other", "PhysicalObject", "Service"})
