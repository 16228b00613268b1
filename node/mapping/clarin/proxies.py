"""The Resources section of CMDI: resource proxies as files and pages, and what the resource is part of.

Source: CMDI 1.2 specification, The Resources section (https://www.clarin.eu/cmdi1.2-specification).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import all_text, at
from node.mapping.envelope import summary, take_whole
from node.mapping.formats import read_format
from node.model.dcat import Distribution
from node.model.mapped import Unmapped
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import identifiers

MAX_FILES = 10_000
"""Files of one record that are described one by one."""


def read_resources(draft: Draft, section: Element) -> tuple[Unmapped, ...]:
    """Add the proxies of a record; those of other records' metadata, which a collection lists, are told by number."""
    reading = draft.reading
    records = []
    for proxy in at(section, "ResourceProxyList/ResourceProxy"):
        reading.attribute(proxy, "id")
        kinds = at(proxy, "ResourceType")
        kind = all_text(kinds[0]).strip() if kinds else "Resource"
        references = at(proxy, "ResourceRef")
        address = next((iri for one in references if (iri := _address(all_text(one)))), None)
        if kind == "Metadata":
            records.append(proxy)
            continue
        if address is None:
            continue
        reading.take(*kinds, *references)
        if kind == "LandingPage":
            draft.links.add(address)
        elif kind == "Resource" and len(draft.files) < MAX_FILES:
            mime = reading.attribute(kinds[0], "mimetype") if kinds else ""
            form = read_format(reading, kinds[0], mime) if mime else None
            draft.files.add(
                Distribution(
                    access_url=address,
                    media_type=form.media_type if form else None,
                    file_format=form.file_type if form else None,
                )
            )
        elif kind == "Resource":
            reading.note("mapping.distributions-many", f"only the first {MAX_FILES} files were read", proxy)
        else:
            # SearchPage and SearchService: ways to look into the resource.
            draft.pages.add(address)
    for one in (*at(section, "IsPartOfList/IsPartOf"), *at(section.getparent(), "IsPartOfList/IsPartOf")):
        target = _address(all_text(one))
        if target is not None:
            reading.take(one)
            draft.relate(expand("dct:isPartOf"), target)
    take_whole(reading, *at(section, "JournalFileProxyList"))
    return summary(reading, records, f"{len(records)} metadata records of parts")


def _address(text: str) -> Iri | None:
    return identifiers.handle(text.strip()) or identifiers.doi(text.strip()) or identifiers.iri(text.strip())
