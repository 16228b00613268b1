"""The citation of a resource: its identifiers, dates and relations (ISO 19115:2003, B.3.2; ISO 19115-1:2014, B.3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from node.mapping.elements import all_text
from node.mapping.iso.document import Document
from node.model.dcat import Relation
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import dates, identifiers


@dataclass(slots=True)
class Names:
    """The identifiers of a resource.

    Attributes:
        doi: its DOI.
        own: identifiers of the resource, the DOI first, then in the document's order.
        metadata: the identifier of the metadata.
        page: the address of the dataset, where the metadata has one (dataSetURI).
    """

    doi: Iri | None = None
    own: dict[str, None] = field(default_factory=dict)
    metadata: str = ""
    page: Iri | None = None


def read_names(document: Document, identification: Element | None) -> Names:
    """Return the identifiers of the resource and of its metadata."""
    found = Names(metadata=document.first(document.root, *document.encoding.identifier))
    known: dict[str, None] = {}
    for identifier in document.objects(identification, "citation/identifier"):
        # It has one code (ISO 19115-1:2014, B.3.2.5); more would each be read with all the others around it.
        for property_ in document.properties(identifier, "code")[:1]:
            name = _name(document, identifier, property_)
            if name:
                known[name] = None
    for scheme in ("ISBN", "ISSN"):
        for property_ in document.properties(identification, f"citation/{scheme}"):
            text = document.text(property_)
            if text:
                known[identifiers.resolve(scheme, text) or text] = None
    for property_ in document.properties(document.root, "dataSetURI"):
        found.page = document.link(property_)
        if found.page:
            known[found.page] = None
    # A DOI is registered for what is described, also where it is written as the identifier of the metadata.
    misplaced = identifiers.doi(found.metadata)
    found.doi = next((Iri(name) for name in known if name.startswith("https://doi.org/")), misplaced)
    if found.doi:
        known[found.doi] = None
    if misplaced and misplaced == found.doi:
        found.metadata = ""
    found.own = dict.fromkeys(sorted(known, key=lambda name: name != found.doi))
    return found


@dataclass(slots=True)
class Dates:
    """The dates of a resource; of several of one kind the first counts, of revisions the last."""

    created: Literal | None = None
    issued: Literal | None = None
    modified: Literal | None = None
    available: Literal | None = None


def read_dates(document: Document, identification: Element | None) -> Dates:
    """Return the dates of the citation by their CI_DateTypeCode; kinds without a property stay unmapped."""
    found = Dates()
    for date in document.objects(identification, "citation/date"):
        kinds = document.codes(date, "dateType", _DATE_TYPES)
        field_name = _DATE_TYPES.get(kinds[0]) if kinds else None
        if field_name is None:
            continue
        for property_ in document.properties(date, "date"):
            text = document.text(property_)
            known = dates.date(text) if text else None
            if known is None:
                if text:
                    document.reading.note("mapping.date-unreadable", f"“{text}” is no date", property_, text)
                continue
            before = getattr(found, field_name)
            if before is None or (field_name == "modified" and known.value > before.value):
                setattr(found, field_name, known)
    return found


def read_relations(document: Document, identification: Element | None) -> tuple[tuple[Relation, ...], tuple[Iri, ...]]:
    """Return relations and sources: associated resources that have an identifier with an address, and the parent."""
    relations: dict[Relation, None] = {}
    sources: dict[Iri, None] = {}
    for associated in document.objects(identification, *document.encoding.associated):
        targets = document.properties(associated, *document.encoding.associated_target)
        target = next(filter(None, map(document.link, targets)), None)
        if target is None:
            continue
        kinds = document.codes(associated, "associationType", _ASSOCIATIONS)
        predicate = _ASSOCIATIONS[kinds[0]] if kinds else expand("dct:relation")
        if predicate == _SOURCE:
            sources[target] = None
        else:
            relations[Relation(predicate=predicate, target=target)] = None
    for parent in document.properties(document.root, *document.encoding.parent):
        target = document.link(parent)
        if target:
            relations[Relation(predicate=expand("dct:isPartOf"), target=target)] = None
    return tuple(relations), tuple(sources)


def _name(document: Document, identifier: Element, property_: Element) -> str:
    """An identifier with its code space: an IRI where both make one, else joined by a slash (INSPIRE TG 2.0, 2.1.2)."""
    anchor = document.anchor(property_)
    text = document.text(property_)
    spaces = document.properties(identifier, "codeSpace")
    space = " ".join(all_text(spaces[0]).split()) if spaces else ""
    known = identifiers.resolve(space or None, text) if text else None
    if known is None and anchor:
        known = identifiers.resolve(None, anchor)
    if space and text:
        document.text(spaces[0])
    if known or not (text and space) or text.startswith(space):
        return known or text
    joined = f"{space.rstrip('/')}/{text}" if not space.endswith(("#", ":", "=")) else f"{space}{text}"
    return identifiers.iri(joined) or joined


_SOURCE = expand("dct:source")
_DATE_TYPES = {
    "creation": "created",
    "publication": "issued",
    "revision": "modified",
    "lastrevision": "modified",
    "lastupdate": "modified",
    "released": "available",
}
# DS_AssociationTypeCode (ISO 19115-1:2014, B.3.7).
_ASSOCIATIONS = {
    "crossreference": expand("dct:relation"),
    "largerworkcitation": expand("dct:isPartOf"),
    "partofseamlessdatabase": expand("dct:isPartOf"),
    "series": expand("dct:isPartOf"),
    "source": _SOURCE,
    "stereomate": expand("dct:relation"),
    "iscomposedof": expand("dct:hasPart"),
    "collectivetitle": expand("dct:isPartOf"),
    "dependency": expand("dct:requires"),
    "revisionof": expand("dct:isVersionOf"),
}
