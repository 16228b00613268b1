"""What a CERIF entity leads to: other outputs, equipment, files, and the words to cite it by.

Source: OpenAIRE Guidelines for CRIS Managers 1.2 (https://openaire-guidelines-for-cris-managers.readthedocs.io/en/latest/).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import Reading, all_text, at, local_name
from node.mapping.formats import byte_size, read_format
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import identifiers


def read_link(draft: Draft, link: Element) -> None:
    """Add the output or the equipment that a link leads to, where an identifier of it resolves; else it stays."""
    for entity in link.iterchildren("*"):
        target = _target(draft.reading, entity)
        if target is not None:
            draft.relate(expand(_PREDICATES[local_name(link)]), target)
            # What the target is called is found there.
            draft.reading.take(*(one for one in entity.iterchildren("*") if local_name(one) in _TOLD_THERE))


def read_citation(draft: Draft, root: Element) -> None:
    """Add the journal or book with volume, issue and pages as words."""
    reading = draft.reading
    titles = [*at(root, "PublishedIn/Publication/Title"), *at(root, "PartOf/Publication/Title")]
    title = next((text for one in titles if (text := reading.line(one))), "")
    if not title:
        return
    parts = [reading.line(one) for name in ("Volume", "Issue", "Number") for one in at(root, name)]
    pages = "-".join(reading.line(one) for name in ("StartPage", "EndPage") for one in at(root, name))
    draft.say("dct:bibliographicCitation", Literal(", ".join(filter(None, (title, *parts, pages)))))


def read_file(draft: Draft, element: Element) -> None:
    """Add the files of `FileLocations`, a `Medium` each."""
    for medium in at(element, "Medium"):
        parts = {local_name(one): one for one in medium.iterchildren("*")}
        address = draft.reading.address(parts["URI"]) if "URI" in parts else None
        if address is not None:
            draft.files.add(_file(draft, parts, address))


def _file(draft: Draft, parts: dict[str, Element], address: Iri) -> Distribution:
    reading = draft.reading

    def text(name: str) -> str:
        return reading.line(parts[name]) if name in parts else ""

    kind, size = text("MimeType"), None
    if "Size" in parts:
        unit = (parts["Size"].get("unit") or "").strip()
        size = byte_size(f"{all_text(parts['Size']).strip()} {unit}".strip())
    if size is not None:
        reading.take(parts["Size"])
        reading.attribute(parts["Size"], "unit")
    form = read_format(reading, parts["MimeType"], kind) if kind else None
    title = reading.literal(parts["Title"]) if "Title" in parts else None
    return Distribution(
        download_url=address,
        title=(title,) if title else (),
        media_type=form.media_type if form else None,
        file_format=form.file_type if form else None,
        byte_size=size,
    )


def _target(reading: Reading, entity: Element) -> Iri | None:
    for name in ("DOI", "Handle", "ARK", "URN", "ISBN", "ISSN", "URL", "Identifier"):
        for one in at(entity, name):
            scheme = {"Handle": "HANDLE", "Identifier": ""}.get(name, name)
            found = identifiers.resolve(scheme, all_text(one).strip())
            if found is not None:
                reading.take(one)
                for attribute in ("medium", "type"):
                    reading.attribute(one, attribute)
                return found
    return None


_PREDICATES = {
    "PartOf": "dct:isPartOf", "PublishedIn": "dct:isPartOf", "References": "dct:references",
    "Predecessor": "dct:relation", "GeneratedBy": "prov:wasGeneratedBy",
}  # fmt: skip
_TOLD_THERE = frozenset({"Type", "Title", "Subtitle", "Name", "VersionInfo", "Description"})
