"""Links of an OGC API record by their relation types: ways to the data, pages, licences, other resources.

OGC API - Records, part 1, schema `link` (https://docs.ogc.org/is/20-004r1/20-004r1.html), where drafts
say `associations` too; relation types of https://www.iana.org/assignments/link-relations/.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from node.mapping.formats import byte_size, read_format
from node.mapping.json_reading import JsonReading, Part, member, peek
from node.model.dcat import Distribution, Relation
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import dates, identifiers


@dataclass(slots=True)
class Links:
    """What a record links to; the dictionaries keep the record's order.

    Attributes:
        ways: to the data, or to a service.
        descriptions: documents that describe a service to machines.
        pages: for people.
        licenses: the links that name one; they are not taken yet.
        names: persistent identifiers of the resource.
        thumbnails: pictures of it.
    """

    ways: dict[Distribution, None] = field(default_factory=dict)
    descriptions: dict[Iri, None] = field(default_factory=dict)
    pages: dict[Iri, None] = field(default_factory=dict)
    licenses: list[Part] = field(default_factory=list)
    names: dict[Iri, None] = field(default_factory=dict)
    relations: dict[Relation, None] = field(default_factory=dict)
    sources: dict[Iri, None] = field(default_factory=dict)
    thumbnails: dict[Iri, None] = field(default_factory=dict)


def read_links(reading: JsonReading, record: Part, tag: str | None) -> Links:
    """Return a record's links; those of no known relation type stay.

    Args:
        tag: the language of titles, checked before.
    """
    found = Links()
    for part in [*reading.of(record, "links"), *reading.of(member(record, "properties"), "associations")]:
        relation = peek(member(part, "rel")).lower().rpartition("/")[2]
        href = identifiers.iri(peek(member(part, "href")))
        if relation in _OF_THE_RECORD:
            reading.take(part)
        elif href and _add(reading, found, part, relation, href, tag):
            reading.take(*(member(part, name) for name in ("rel", "href", "hreflang")))
    return found


def _add(reading: JsonReading, found: Links, part: Part, relation: str, href: Iri, tag: str | None) -> bool:
    if relation in _DATA:
        found.ways[_way(reading, part, relation, href, tag)] = None
        return True
    if relation == "license":
        found.licenses.append(part)
        return True
    if relation in _RELATIONS:
        found.relations[Relation(predicate=expand(_RELATIONS[relation]), target=href)] = None
    elif relation == "cite-as":
        found.names[identifiers.resolve(None, href) or href] = None
    else:
        groups = ((_DESCRIPTIONS, found.descriptions), (_ABOUT, found.pages), (_PICTURES, found.thumbnails))
        holder = next((held for names, held in (*groups, (_ORIGINS, found.sources)) if relation in names), None)
        if holder is None:
            return False
        holder[href] = None
    # What a page is called is shown on the page itself.
    reading.take(member(part, "title"), member(part, "type"))
    return True


def _way(reading: JsonReading, part: Part, relation: str, href: Iri, tag: str | None) -> Distribution:
    kind = reading.line(member(part, "type"))
    known = read_format(reading, member(part, "type"), kind) if kind else None
    title = reading.literal(member(part, "title"), tag)
    size = byte_size(peek(member(part, "length")))
    issued, modified = (dates.date(peek(member(part, name))) for name in ("created", "updated"))
    taken = (("length", size), ("created", issued), ("updated", modified))
    reading.take(*(member(part, name) for name, value in taken if value is not None))
    is_file = relation in _FILES and kind.partition(";")[0].strip().lower() not in _PAGES
    return Distribution(
        access_url=href,
        download_url=href if is_file else None,
        title=(title,) if title else (Literal(known.name),) if known and known.name else (),
        media_type=known.media_type if known else None,
        file_format=known.file_type if known else None,
        byte_size=size,
        issued=issued,
        modified=modified,
    )


# How one gets around in the API, and what other forms the record itself has.
_OF_THE_RECORD = frozenset({
    "self", "root", "parent", "collection", "up", "next", "prev", "previous", "first", "last", "items", "alternate",
    "canonical", "conformance", "data-meta",
})  # fmt: skip
_FILES = frozenset({"enclosure", "download"})
_DATA = frozenset({"describes", "service", "item", "data", "dataset", "ows", *_FILES})
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_DESCRIPTIONS = frozenset({"service-desc", "service-meta"})
_ABOUT = frozenset(
    {"about", "describedby", "documentation", "help", "information", "landing-page", "search", "service-doc"}
)
_PICTURES = frozenset({"icon", "preview", "thumbnail"})
_ORIGINS = frozenset({"derived_from", "original", "via"})
_RELATIONS = {
    "latest-version": "dcat:hasCurrentVersion",
    "predecessor-version": "dcat:previousVersion",
    "related": "dct:relation",
    "successor-version": "dct:isReplacedBy",
}
