"""The elements of a Dublin Core record as a `Resource`; each method of the reader takes those of one meaning.

Specification: DCMES 1.1 (https://www.dublincore.org/specifications/dublin-core/dces/).
"""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from node.mapping.coverage import coverage
from node.mapping.elements import Reading, all_text
from node.mapping.formats import Format, byte_size, distributions, read_format
from node.mapping.offers import KIND_OF_TYPE
from node.mapping.protocols import MappingContext
from node.mapping.rights import Rights, embargo_end
from node.model.dcat import Agent, Period, Place, Relation, Resource, ResourceKind
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import dates, identifiers, vocabularies


def read_resource(reading: Reading, elements: dict[str, list[Element]], context: MappingContext) -> Resource:
    """Return the resource that the elements, by local name, describe."""
    return _Dublin(reading, elements).resource(context)


class _Dublin:
    """The elements of one document; each method reads those of one meaning."""

    def __init__(self, reading: Reading, elements: dict[str, list[Element]]) -> None:
        self.reading, self.elements = reading, elements

    def of(self, *names: str) -> list[Element]:
        return [element for name in names for element in self.elements.get(name, ())]

    def resource(self, context: MappingContext) -> Resource:
        reading = self.reading
        doi, names, links = self.identifiers()
        page = links[0] if links else doi
        issued, periods, embargo = self.dates()
        places, more_periods = self.coverages()
        kind, resource_type, type_labels = self.types()
        rights = self.rights()
        relations = self.relations()
        is_dataset = kind is ResourceKind.DATASET
        formats, sizes = self.formats()
        ways = distributions(formats, sizes, access_url=page, license_iri=rights.license) if is_dataset else ()
        creators = self.agents("creator")
        publishers = self.agents("publisher")
        return Resource(
            iri=doi or context.iri,
            kind=kind,
            title=reading.literals(self.of("title")),
            description=reading.literals(self.of("description", "abstract", "tableOfContents"), one_line=False),
            identifiers=names[:1] or (context.identifier,),
            alternate_identifiers=names[1:],
            creators=creators,
            contributors=self.agents("contributor") + publishers[1:],
            publisher=publishers[0] if publishers else None,
            issued=issued,
            modified=self.first_date("modified"),
            created=self.first_date("created"),
            available=embargo or rights.embargo_end or self.first_date("available"),
            keywords=self.keywords(),
            themes=self.themes,
            subjects=self.subjects,
            resource_type=resource_type,
            type_labels=type_labels,
            languages=self.languages(),
            license=rights.license,
            rights=tuple(rights.statements),
            access_rights=rights.access_rights,
            is_open_access_claim=rights.is_open_access_claim,
            landing_page=page,
            pages=tuple(links[1:]),
            relations=relations,
            sources=self.sources(),
            spatial=places,
            temporal=(*periods, *more_periods),
            provenance=reading.literals(self.of("provenance"), one_line=False),
            distributions=ways,
        )

    def identifiers(self) -> tuple[Iri | None, tuple[str, ...], list[Iri]]:
        """The first DOI, all identifiers with it in front, and the links among them."""
        doi: Iri | None = None
        names: dict[str, None] = {}
        links: dict[Iri, None] = {}
        for element in self.of("identifier", "bibliographicCitation"):
            text = self.reading.line(element)
            if not text:
                continue
            known = identifiers.doi(text)
            doi = doi or known
            iri = known or identifiers.handle(text)
            if iri is None:
                iri = identifiers.iri(text)
                if iri is not None and iri.startswith(("http://", "https://")):
                    links[iri] = None
            names[iri or text] = None
        ordered = sorted(names, key=lambda name: name != doi)
        return doi, tuple(ordered), list(links)

    def agents(self, name: str) -> tuple[Agent, ...]:
        found: dict[Agent, None] = {}
        for element in self.of(name):
            text = self.reading.line(element)
            if text:
                found[agent(text)] = None
        return tuple(found)

    def dates(self) -> tuple[Literal | None, list[Period], Literal | None]:
        """The first readable date, the ranges, and the end of an embargo."""
        issued: Literal | None = None
        periods: list[Period] = []
        embargo: Literal | None = None
        for element in self.of("issued", "dateSubmitted", "date"):
            text = self.reading.line(element)
            end = embargo_end(text)
            date = dates.date(text) if text and not end else None
            period = dates.period(text) if text and not end and not date else None
            if end:
                embargo = embargo or end
            elif date:
                # DSpace repeats dc:date for accession, availability and issue: the shortest form is the date of issue.
                if issued is None or (len(date.value) < len(issued.value) and "T" in issued.value):
                    issued = date
            elif period:
                periods.append(period)
            elif text:
                self.reading.note("mapping.date-unreadable", f"“{text}” is no date", element, text)
        return issued, periods, embargo

    def first_date(self, name: str) -> Literal | None:
        found = [dates.date(self.reading.line(element)) for element in self.of(name)]
        return next((date for date in found if date), None)

    def coverages(self) -> tuple[tuple[Place, ...], tuple[Period, ...]]:
        places: dict[Place, None] = {}
        periods: dict[Period, None] = {}
        for element in self.of("coverage", "spatial", "temporal"):
            text = self.reading.line(element)
            found = coverage(text) if text else None
            if isinstance(found, Place):
                places[found] = None
            elif found is not None:
                periods[found] = None
            elif text:
                self.reading.note("mapping.geometry-unreadable", f"“{text}” is no usable coverage", element, text)
        return tuple(places), tuple(periods)

    def types(self) -> tuple[ResourceKind, Iri | None, tuple[str, ...]]:
        kind, resource_type = ResourceKind.DATASET, None
        labels: dict[str, None] = {}
        for element in self.of("type"):
            text = self.reading.line(element)
            if not text:
                continue
            known = vocabularies.resource_type(text)
            if kind is ResourceKind.DATASET:
                is_service = text.rpartition("/")[2].lower() in ("service", "webservice", "web service")
                kind = ResourceKind.DATA_SERVICE if is_service else KIND_OF_TYPE.get(known, kind)
            resource_type = resource_type or known
            if known is None:
                self.reading.note("mapping.type-unknown", f"“{text}” is no known resource type", element, text)
                labels[text] = None
        return kind, resource_type, tuple(labels)

    def rights(self) -> Rights:
        rights = Rights()
        for element in self.of("rights", "license", "accessRights"):
            rights.add(self.reading, element, self.reading.literal(element))
        rights.finish(self.reading)
        return rights

    def relations(self) -> tuple[Relation, ...]:
        found: dict[Relation, None] = {}
        for name in _RELATIONS:
            for element in self.of(name):
                target = self._link(element)
                if target is not None:
                    found[Relation(predicate=expand(f"dct:{name}"), target=target)] = None
        return tuple(found)

    def sources(self) -> tuple[Iri, ...]:
        return tuple(dict.fromkeys(filter(None, map(self._link, self.of("source")))))

    def languages(self) -> tuple[Iri, ...]:
        found: dict[Iri, None] = {}
        for element in self.of("language"):
            text = self.reading.line(element)
            for part in [text] if vocabularies.language(text) else re.split(r"[;,/]\s*", text):
                known = vocabularies.language(part.strip()) if part.strip() else None
                if known:
                    found[known] = None
                elif part.strip():
                    self.reading.note("mapping.language-unknown", f"“{part}” is no known language", element, part)
        return tuple(found)

    def formats(self) -> tuple[list[Format], list[int | None]]:
        formats: list[Format] = []
        sizes: list[int | None] = []
        for element in self.of("format", "medium", "extent"):
            text = self.reading.line(element)
            size = byte_size(text) if text else None
            if size is not None:
                sizes.append(size)
            elif text:
                formats.append(read_format(self.reading, element, text))
        return formats, sizes

    def keywords(self) -> tuple[Literal, ...]:
        """The subjects that are words; those that are concepts go to `themes` and `subjects`."""
        words: dict[Literal, None] = {}
        themes: dict[Iri, None] = {}
        concepts: dict[Iri, None] = {}
        for element in self.of("subject"):
            literal = self.reading.literal(element)
            if literal is None:
                continue
            theme = vocabularies.theme(literal.value)
            concept = identifiers.iri(literal.value)
            if theme:
                themes[theme] = None
            if concept and concept != theme:
                concepts[concept] = None
            elif not concept:
                words[literal] = None
        self.themes, self.subjects = tuple(themes), tuple(concepts)
        return tuple(words)

    def _link(self, element: Element) -> Iri | None:
        """The link an element holds; its text stays unmapped where it is none."""
        text = " ".join(all_text(element).split())
        found = link(text)
        if found:
            self.reading.take(element)
        return found


def link(text: str) -> Iri | None:
    """Return the IRI of a text that is a DOI, a handle or an address, also within an `info:eu-repo` identifier."""
    inner = _ALT_IDENTIFIER.fullmatch(text)
    if inner:
        return identifiers.resolve(inner["scheme"], inner["value"]) or link(inner["value"])
    return identifiers.doi(text) or identifiers.handle(text) or identifiers.iri(text)


def agent(text: str) -> Agent:
    """Return who a text names; an ORCID within it becomes their IRI."""
    found = _ORCID.search(text)
    iri = identifiers.orcid(found["orcid"]) if found else None
    if found is None or iri is None:
        return Agent(name=text)
    name = (text[: found.start()] + text[found.end() :]).strip(" ,;()[]")
    return Agent(name=name or text, iri=iri, kind="person")


_RELATIONS = (
    "relation", "references", "isReferencedBy", "isPartOf", "hasPart", "isVersionOf", "hasVersion", "replaces",
    "isReplacedBy", "requires", "isRequiredBy", "isFormatOf", "hasFormat", "conformsTo",
)  # fmt: skip
_ORCID = re.compile(r"\(?(?:https?://orcid\.org/|orcid:?\s*)(?P<orcid>\d{4}-\d{4}-\d{4}-\d{3}[\dX])\)?", re.IGNORECASE)
_ALT_IDENTIFIER = re.compile(
    r"info:eu-repo/(?:semantics/(?:altIdentifier|dataset|reference)|grantAgreement)/(?P<scheme>[A-Za-z]+)/(?P<value>\S+)"
)
