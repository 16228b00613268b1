"""A CKAN package as a `Resource`, by the table of ckanext-dcat.

https://docs.ckan.org/projects/ckanext-dcat/en/latest/mapping/; what DCAT-AP has no field of `Resource` for is returned
beside it.
"""

from __future__ import annotations

from node.mapping.ckan import people, where
from node.mapping.ckan.fields import Fields
from node.mapping.ckan.resources import distributions
from node.mapping.json_reading import JsonReading, Part, flag, member, peek
from node.mapping.offers import KIND_OF_TYPE
from node.mapping.protocols import MappingContext
from node.mapping.rights import Rights
from node.model.dcat import Relation, Resource, ResourceKind
from node.model.rdf import Iri, Literal, Node, Triple
from node.namespaces import expand
from node.terms import identifiers, vocabularies


def read_resource(reading: JsonReading, package: Part, context: MappingContext) -> tuple[Resource, tuple[Triple, ...]]:
    """Return the resource that a package describes, and the statements it has no field for."""
    fields = Fields(reading, package)
    doi, names = _identifiers(reading, fields)
    pages = fields.links("url", "landing_page")
    kind, resource_type, type_labels = _types(reading, fields)
    rights = _rights(reading, fields)
    keywords, named_themes = _keywords(reading, fields)
    themes = fields.concepts("theme", vocabularies.theme, "mapping.value-unusable")
    page = next(iter(pages), None) or doi
    is_dataset = kind is ResourceKind.DATASET
    endpoints = fields.links("endpoint_url", "access_url") if not is_dataset else ()
    resource = Resource(
        iri=doi or context.iri,
        kind=kind,
        title=fields.literals("title_translated") or fields.literals("title") or fields.literals("name"),
        description=fields.literals("notes_translated", one_line=False) or fields.literals("notes", one_line=False),
        identifiers=names[:1] or (context.identifier,),
        alternate_identifiers=names[1:],
        creators=people.creators(reading, fields),
        contributors=people.contributors(reading, fields),
        publisher=people.publisher(reading, fields, package),
        contact_points=people.contact_points(reading, fields),
        issued=fields.date("issued", "release_date") or fields.date("metadata_created"),
        modified=fields.date("modified") or fields.date("metadata_modified"),
        created=fields.date("created"),
        available=rights.embargo_end,
        keywords=keywords,
        themes=tuple(dict.fromkeys((*(one for one in themes if vocabularies.theme(one)), *named_themes))),
        subjects=tuple(one for one in themes if not vocabularies.theme(one)),
        resource_type=resource_type,
        type_labels=type_labels,
        languages=fields.concepts("language", vocabularies.language, "mapping.language-unknown"),
        license=rights.license,
        rights=tuple(rights.statements),
        access_rights=rights.access_rights,
        is_open_access_claim=rights.is_open_access_claim,
        landing_page=page,
        pages=tuple(dict.fromkeys((*pages[1:], *fields.links("documentation")))),
        relations=_relations(fields),
        sources=fields.links("source", "was_derived_from"),
        conforms_to=fields.links("conforms_to"),
        spatial=where.places(reading, fields),
        temporal=where.periods(reading, fields),
        provenance=fields.literals("provenance", "lineage", one_line=False),
        version=fields.text("version", "dcat_version") or None,
        distributions=distributions(reading, package, page, rights.license) if is_dataset else (),
        endpoint_url=next(iter(endpoints), None),
        endpoint_description=next(iter(fields.links("endpoint_description")), None) if not is_dataset else None,
        serves=fields.links("serves_dataset") if not is_dataset else (),
    )
    # CKAN repeats here what it counts or keeps for itself; the slug names the package where nothing better does.
    fields.take(*_HOUSEKEEPING)
    return resource, tuple((resource.iri, property_, value) for property_, value in _others(fields))


def _identifiers(reading: JsonReading, fields: Fields) -> tuple[Iri | None, tuple[str, ...]]:
    """The DOI, and every identifier with it in front; CKAN's own id where there is no better one."""
    names: dict[str, None] = {}
    for part in fields.parts("doi", "identifier", "alternate_identifier", "uri"):
        text = reading.line(part)
        if text:
            names[identifiers.resolve(None, text) or text] = None
    own = fields.text("guid") or fields.text("id")
    if own and not names:
        names[own] = None
    doi = next((Iri(name) for name in names if name.startswith("https://doi.org/")), None)
    return doi, tuple(sorted(names, key=lambda name: name != doi))


def _types(reading: JsonReading, fields: Fields) -> tuple[ResourceKind, Iri | None, tuple[str, ...]]:
    """The kind and the type: `type` is CKAN's own class of packages, `dcat_type` the source's."""
    kind, found = ResourceKind.DATASET, None
    labels: dict[str, None] = {}
    for part in fields.parts("dcat_type", "type"):
        text = reading.line(part)
        if text.rpartition("/")[2].lower() in _SERVICES:
            kind = ResourceKind.DATA_SERVICE
        known = vocabularies.resource_type(text) if text else None
        kind = KIND_OF_TYPE.get(known, kind)
        found = found or known
        if text and known is None and not labels:
            reading.note("mapping.type-unknown", f"“{text}” is no known resource type", part, text)
            labels[text] = None
    return kind, found, tuple(labels)


def _rights(reading: JsonReading, fields: Fields) -> Rights:
    """The licence, which CKAN tells by id, title and address at once; `notspecified` is no licence."""
    rights = Rights()
    parts = fields.parts("license_url", "license_id", "license_title", "license")
    texts = [peek(part) for part in parts if peek(part) and peek(part).lower() not in _NO_LICENSE]
    fields.take("license_url", "license_id", "license_title", "license", "isopen")
    known = [text for text in texts if vocabularies.license(text)]
    if texts:
        words = Literal(next(map(peek, fields.parts("license_title")), "") or texts[0])
        names = known[:1] or [text for text in texts if identifiers.iri(text)][:1]
        rights.add(reading, parts[0], None if known else words, *names)
    for part in fields.parts("access_rights", "rights", "restrictions"):
        text = peek(part)
        rights.add(reading, part, reading.literal(part), *([text] if vocabularies.access_right(text) else []))
    rights.is_open_access_claim |= any(flag(part) is True for part in fields.parts("isopen"))
    # Private packages are for members of their organisation (https://docs.ckan.org/en/latest/user-guide.html).
    if any(flag(part) is True for part in fields.parts("private")):
        rights.access_rights = vocabularies.access_right("restricted")
        rights.is_open_access_claim = False
    rights.finish(reading)
    return rights


def _keywords(reading: JsonReading, fields: Fields) -> tuple[tuple[Literal, ...], tuple[Iri, ...]]:
    """Tags and groups as keywords; those that name a theme of the EU's vocabulary are themes too."""
    found: dict[Literal, None] = {}
    for part in fields.parts("tags", "groups", "tag_string"):
        # A tag is an object, in old versions a text; a group is shown by its title.
        named = [member(part, name) for name in ("display_name", "title", "name") if name in part.members] or [part]
        literal = reading.literal(named[0])
        if literal:
            reading.take(*(member(part, name) for name in _TAG_HOUSEKEEPING if name in part.members))
            reading.take(*(one for one in named if peek(one) == literal.value))
            for word in literal.value.split(",") if part.pointer.endswith("tag_string") else [literal.value]:
                found[Literal(word.strip())] = None
    for literal in fields.literals("tags_translated", "keywords"):
        found[literal] = None
    found.pop(Literal(""), None)
    themes = (vocabularies.theme(literal.value) for literal in found)
    return tuple(found), tuple(dict.fromkeys(theme for theme in themes if theme))


def _relations(fields: Fields) -> tuple[Relation, ...]:
    found = (
        Relation(predicate=expand(property_), target=target)
        for name, property_ in _RELATIONS
        for target in fields.links(name)
    )
    return tuple(dict.fromkeys(found))


def _others(fields: Fields) -> list[tuple[Iri, Node]]:
    found: list[tuple[Iri, Node]] = [(expand("dct:accrualPeriodicity"), one) for one in _frequencies(fields)]
    found += [(expand("adms:versionNotes"), words) for words in fields.literals("version_notes", one_line=False)]
    return found


def _frequencies(fields: Fields) -> tuple[Iri, ...]:
    return fields.concepts("frequency", vocabularies.frequency)


_SERVICES = frozenset({"service", "dataservice", "data-service", "webservice", "dcat:dataservice"})
_NO_LICENSE = frozenset({"notspecified", "license not specified", "licence not specified", "none"})
_RELATIONS = (
    ("has_version", "dcat:hasVersion"),
    ("is_version_of", "dcat:isVersionOf"),
    ("in_series", "dcat:inSeries"),
    ("is_referenced_by", "dct:isReferencedBy"),
    ("related_resource", "dct:relation"),
    ("sample", "adms:sample"),
)
_HOUSEKEEPING = (
    "id", "name", "guid", "state", "num_resources", "num_tags", "private", "revision_id", "creator_user_id",
    "owner_org", "metadata_created", "metadata_modified", "isopen", "type", "relationships_as_object",
    "relationships_as_subject", "tracking_summary", "title", "notes", "revision_timestamp",
)  # fmt: skip
_TAG_HOUSEKEEPING = (
    "id", "name", "display_name", "state", "vocabulary_id", "image_display_url", "description", "revision_timestamp",
)  # fmt: skip
