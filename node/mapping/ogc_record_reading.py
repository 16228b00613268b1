"""A record of OGC API - Records as a `Resource`.

OGC API - Records, part 1, tables of the core properties (https://docs.ogc.org/is/20-004r1/20-004r1.html); members that
only drafts of it have are read where servers still send them. What the record says of itself belongs to the catalogue
record.
"""

from __future__ import annotations

from dataclasses import replace

from node.mapping import ogc_record_coverage as coverage
from node.mapping.elements import language_tag
from node.mapping.formats import distributions as ways_of_page
from node.mapping.formats import read_format
from node.mapping.json_reading import JsonReading, Part, member, peek
from node.mapping.offers import KIND_OF_TYPE
from node.mapping.ogc_record_contacts import read_parties
from node.mapping.ogc_record_links import Links, read_links
from node.mapping.protocols import MappingContext
from node.mapping.rights import Rights
from node.model.dcat import Distribution, Resource, ResourceKind
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import expand
from node.terms import dates, identifiers, vocabularies


def read_resource(reading: JsonReading, context: MappingContext) -> tuple[Resource, tuple[Triple, ...]]:
    """Return the resource that a record describes, and the statements it has no field for."""
    record = reading.root
    properties = member(record, "properties")
    tag = _tag(reading, properties)
    links = read_links(reading, record, tag)
    kind, resource_type, type_labels = _type(reading, properties)
    names = _names(reading, record, properties, links)
    doi = next((Iri(name) for name in names if name.startswith("https://doi.org/")), None)
    ordered = tuple(sorted(names, key=lambda name: name != doi)) or (context.identifier,)
    rights = _rights(reading, properties, links)
    keywords, themes, subjects = _subjects(reading, properties, tag)
    parties = read_parties(reading, properties)
    page = next(iter(links.pages), None) or doi
    is_dataset = kind is ResourceKind.DATASET
    resource = Resource(
        iri=doi or context.iri,
        kind=kind,
        title=_literals(reading, properties, "title", tag),
        description=_literals(reading, properties, "description", tag, one_line=False),
        identifiers=ordered[:1],
        alternate_identifiers=ordered[1:],
        creators=tuple(parties.creators),
        contributors=tuple(parties.contributors),
        publisher=parties.publisher,
        contact_points=tuple(parties.contacts),
        modified=_date(reading, properties, "updated"),
        created=_date(reading, properties, "created"),
        available=rights.embargo_end,
        keywords=keywords,
        themes=themes,
        subjects=subjects,
        resource_type=resource_type,
        type_labels=type_labels,
        languages=_languages(reading, properties),
        license=rights.license,
        rights=tuple(rights.statements),
        access_rights=rights.access_rights,
        is_open_access_claim=rights.is_open_access_claim,
        landing_page=page,
        pages=tuple(one for one in links.pages if one != page),
        relations=tuple(links.relations),
        sources=tuple(links.sources),
        spatial=coverage.places(reading, record, properties),
        temporal=coverage.periods(reading, record, properties),
        version=reading.line(member(properties, "version")) or None,
        distributions=_distributions(reading, properties, links, page, rights.license) if is_dataset else (),
        endpoint_url=None if is_dataset else next((way.access_url for way in links.ways), None),
        endpoint_description=None if is_dataset else next(iter(links.descriptions), None),
    )
    _take_own(reading, record, properties)
    extra: list[tuple[Iri, Node]] = [(expand("schema:thumbnailUrl"), one) for one in links.thumbnails]
    extra += [(expand("dcat:temporalResolution"), one) for one in coverage.resolutions(reading, record)]
    if is_dataset:
        extra += [(expand("dct:relation"), one) for one in links.descriptions]
    return resource, tuple((resource.iri, predicate, value) for predicate, value in dict.fromkeys(extra))


def _tag(reading: JsonReading, properties: Part) -> str | None:
    """The language of the record's texts; drafts give a code instead of an object with one."""
    part = member(properties, "language")
    code = member(part, "code") if part.members else part
    text = reading.line(code)
    known = language_tag(text) if text else None
    if text and known is None:
        reading.note("mapping.language-unknown", f"“{text}” is no known language", code, text)
    return known


def _literals(
    reading: JsonReading, properties: Part, name: str, tag: str | None, *, one_line: bool = True
) -> tuple[Literal, ...]:
    literal = reading.literal(member(properties, name), tag, one_line=one_line)
    return (literal,) if literal else ()


def _type(reading: JsonReading, properties: Part) -> tuple[ResourceKind, Iri | None, tuple[str, ...]]:
    part = member(properties, "type")
    text = reading.line(part)
    if not text:
        return ResourceKind.DATASET, None, ()
    plain = text.lower().rpartition("/")[2]
    # A series of ISO 19115 is one of datasets, not a periodical.
    known = vocabularies.resource_type("dataset" if plain == "series" else text)
    kind = ResourceKind.DATA_SERVICE if plain in _SERVICES else KIND_OF_TYPE.get(known, ResourceKind.DATASET)
    if known is None:
        reading.note("mapping.type-unknown", f"“{text}” is no known resource type", part, text)
    return kind, known, () if known else (text,)


def _names(reading: JsonReading, record: Part, properties: Part, links: Links) -> list[str]:
    """The identifiers of the resource, then the record's own."""
    found: dict[str, None] = {}
    for part in reading.of(properties, "externalIds", "externalId"):
        scheme = reading.line(member(part, "scheme")) or None
        text = reading.line(member(part, "value") if part.members else part)
        if text:
            found[identifiers.resolve(scheme, text) or text] = None
    found.update(dict.fromkeys(links.names))
    own = reading.line(member(record, "id"))
    if own:
        found[identifiers.resolve(None, own) or own] = None
    return list(found)


def _rights(reading: JsonReading, properties: Part, links: Links) -> Rights:
    """The licence: a code or a name, and links of type `license`; `other` and `various` are the links' to say."""
    rights = Rights()
    part = member(properties, "license")
    text = reading.line(part)
    words = None if not text or text.lower() in _NO_CODES else Literal(text)
    names = [identifiers.iri(peek(member(link, "href"))) or "" for link in links.licenses]
    for link in links.licenses:
        reading.take(member(link, "title"), member(link, "type"))
    rights.add(reading, part, words, *filter(None, names[:1]))
    for name, link in zip(names[1:], links.licenses[1:], strict=True):
        rights.add(reading, link, None, name)
    for one in reading.of(properties, "rights", "accessRights"):
        rights.add(reading, one, reading.literal(one))
    rights.finish(reading)
    return rights


def _subjects(
    reading: JsonReading, properties: Part, tag: str | None
) -> tuple[tuple[Literal, ...], tuple[Iri, ...], tuple[Iri, ...]]:
    """Keywords, themes of the EU's vocabulary, concepts of others."""
    words: dict[Literal, None] = {}
    concepts: dict[Iri, None] = {}
    for part in reading.of(properties, "keywords"):
        literal = reading.literal(part, tag)
        if literal:
            words[literal] = None
    for theme in reading.of(properties, "themes"):
        for part in reading.of(theme, "concepts"):
            # Drafts name concepts by texts alone.
            name = reading.line(member(part, "id") if part.members else part)
            title = reading.line(member(part, "title"))
            url = identifiers.iri(peek(member(part, "url"))) or identifiers.iri(name)
            if url:
                reading.take(member(part, "url"))
                concepts[url] = None
            label = title or ("" if identifiers.iri(name) else name)
            if label:
                words[Literal(label, language=tag)] = None
                reading.take(member(theme, "scheme"))
    named = [vocabularies.theme(text) for text in (*concepts, *(word.value for word in words))]
    themes = tuple(dict.fromkeys(theme for theme in named if theme))
    return tuple(words), themes, tuple(one for one in concepts if vocabularies.theme(one) is None)


def _languages(reading: JsonReading, properties: Part) -> tuple[Iri, ...]:
    found: dict[Iri, None] = {}
    for part in reading.of(properties, "resourceLanguages"):
        code = member(part, "code") if part.members else part
        text = reading.line(code)
        known = vocabularies.language(text) if text else None
        if known:
            reading.take(*(member(part, name) for name in ("name", "dir", "alternate") if part.members))
            found[known] = None
        elif text:
            reading.note("mapping.language-unknown", f"“{text}” is no known language", code, text)
    return tuple(found)


def _date(reading: JsonReading, properties: Part, name: str) -> Literal | None:
    part = member(properties, name)
    text = reading.line(part)
    known = dates.date(text) if text else None
    if text and known is None:
        reading.note("mapping.date-unreadable", f"“{text}” is no date", part, text)
    return known


def _distributions(
    reading: JsonReading, properties: Part, links: Links, page: Iri | None, license_iri: Iri | None
) -> tuple[Distribution, ...]:
    """The ways that links lead; where there are none, one a format, through the page."""
    parts = reading.of(properties, "formats")
    if links.ways:
        told = {way.media_type for way in links.ways if way.media_type}
        for part in parts:
            if vocabularies.media_type(peek(_format(part))) in told:
                reading.take(part)
        return tuple(replace(way, license=license_iri) for way in links.ways)
    formats = []
    for part in parts:
        named = _format(part)
        text = reading.line(named)
        if text:
            formats.append(read_format(reading, named, text))
            reading.take(part)
    return ways_of_page(formats, [], access_url=page, license_iri=license_iri)


def _format(part: Part) -> Part:
    """A format is an object with a media type or a name; in drafts it is a text."""
    return next((member(part, name) for name in ("mediaType", "name") if peek(member(part, name))), part)


def _take_own(reading: JsonReading, record: Part, properties: Part) -> None:
    """Take what the record says of itself."""
    reading.take(*(member(record, name) for name in ("type", "conformsTo")))
    reading.take(*(member(properties, name) for name in ("languages", "language", "recordCreated", "recordUpdated")))


_SERVICES = frozenset({"service", "dataservice", "webservice"})
_NO_CODES = frozenset({"other", "various", "proprietary", "unknown", "none"})
