"""Related items and locations of MODS as links, pages and files.

Source: MODS 3.8, relatedItem (https://www.loc.gov/standards/mods/userguide/relateditem.html) and location
(https://www.loc.gov/standards/mods/userguide/location.html).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text, at
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import identifiers

XLINK = "http://www.w3.org/1999/xlink"


def read_related(draft: Draft, element: Element) -> None:
    """Add a related item: its identifiers and addresses as links, and for a host, words to cite it by."""
    reading = draft.reading
    kind = (element.get("type") or "").strip()
    predicate = expand(_PREDICATES.get(kind, "dct:relation"))
    targets = [target for one in at(element, "identifier") if (target := _identified(reading, one))]
    for one in at(element, "location/url"):
        if address := identifiers.iri(all_text(one)):
            reading.take(one)
            targets.append(address)
    if address := identifiers.resolve(None, element.get(f"{{{XLINK}}}href", "")):
        reading.attribute(element, f"{{{XLINK}}}href")
        targets.append(address)
    if kind in _PREDICATES:
        reading.attribute(element, "type")
    for target in targets:
        draft.relate(predicate, target)
    words = _citation(reading, element) if kind == "host" else ""
    draft.say("dct:bibliographicCitation", Literal(words) if words else None)
    if targets:
        # What the item is called is found where the link leads.
        reading.take(*at(element, "titleInfo"), *at(element, "recordInfo"))


def read_location(draft: Draft, element: Element) -> None:
    """Add the addresses of a location: the primary display first; an object itself is a file."""
    reading = draft.reading
    urls = at(element, "url")
    urls.sort(key=lambda one: "primary" not in one.get("usage", ""))
    for one in urls:
        address = identifiers.handle(all_text(one)) or identifiers.iri(all_text(one))
        if address is None:
            continue
        reading.take(one)
        for name in ("usage", "access", "dateLastAccessed"):
            reading.attribute(one, name)
        label = reading.attribute(one, "displayLabel")
        if one.get("access", "").strip() == "raw object":
            draft.files.add(Distribution(download_url=address, title=(Literal(label),) if label else ()))
        elif identifiers.doi(address) and draft.doi is None:
            draft.identifier(one, address, "DOI")
        else:
            draft.links.add(address)


def _identified(reading: Reading, element: Element) -> Iri | None:
    kind, text = (element.get("type") or "").strip(), " ".join(all_text(element).split())
    target = identifiers.resolve({"hdl": "HANDLE", "uri": "", "urn": ""}.get(kind.lower(), kind), text)
    if target is not None:
        reading.take(element)
        reading.attribute(element, "type")
    return target


def _citation(reading: Reading, element: Element) -> str:
    """A host's title with volume, issue and pages, as words."""
    parts = [reading.line(one) for path in ("titleInfo/nonSort", "titleInfo/title") for one in at(element, path)]
    title = " ".join(filter(None, parts))
    if not title:
        return ""
    found = [title]
    for detail in at(element, "part/detail"):
        caption = " ".join(reading.line(one) for name in ("caption", "number") for one in at(detail, name))
        reading.attribute(detail, "type")
        found.append(caption)
    for extent in at(element, "part/extent"):
        reading.attribute(extent, "unit")
        found.append("-".join(reading.line(one) for name in ("start", "end") for one in at(extent, name)))
    found += [reading.line(one) for one in at(element, "part/date")]
    return ", ".join(filter(None, found))


_PREDICATES = {
    "preceding": "dct:replaces", "succeeding": "dct:isReplacedBy", "original": "dct:source", "host": "dct:isPartOf",
    "constituent": "dct:hasPart", "series": "dct:isPartOf", "otherVersion": "dct:hasVersion",
    "otherFormat": "dct:hasFormat", "isReferencedBy": "dct:isReferencedBy", "references": "dct:references",
    "reviewOf": "schema:itemReviewed",
}  # fmt: skip
