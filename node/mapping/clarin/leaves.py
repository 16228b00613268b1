"""Elements of CMDI that hold one text each, and what the text means for a resource.

Source: components in use, CLARIN Component Registry (https://catalog.clarin.eu/ds/ComponentRegistry).
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as Element

from node.mapping.clarin.people import key
from node.mapping.draft import Draft
from node.mapping.elements import all_text
from node.model.dcat import Agent, Distribution
from node.terms import identifiers


def _title(draft: Draft, element: Element) -> None:
    draft.titles.add(draft.reading.literal(element))


def _alternative(draft: Draft, element: Element) -> None:
    draft.say("dct:alternative", draft.reading.literal(element))


def _description(draft: Draft, element: Element) -> None:
    draft.abstracts.add(draft.reading.literal(element, one_line=False))


def _identifier(draft: Draft, element: Element) -> None:
    """An identifier that resolves; a text that does not may be the record's, or stand for none: it stays."""
    text, scheme = " ".join(all_text(element).split()), (element.get("type") or "").strip()
    if identifiers.resolve(scheme, text):
        draft.reading.take(element)
        draft.reading.attribute(element, "type")
        draft.identifier(element, text, scheme)


def read_page(draft: Draft, element: Element) -> None:
    """Add the page an element has the address of; the landing page is one of the resource itself."""
    address = draft.reading.address(element)
    if address is not None:
        (draft.pages if key(element) in FURTHER_PAGES else draft.links).add(address)


def read_file(draft: Draft, element: Element) -> None:
    """Add the file an element has the address of."""
    address = draft.reading.address(element)
    if address is not None:
        draft.files.add(Distribution(download_url=address))


def _version(draft: Draft, element: Element) -> None:
    draft.version = draft.version or draft.reading.line(element) or None


def _date(draft: Draft, element: Element) -> None:
    draft.date(element, draft.reading.line(element), _DATES[key(element)])


def _type(draft: Draft, element: Element) -> None:
    draft.type(element, draft.reading.line(element))


def _publisher(draft: Draft, element: Element) -> None:
    name = draft.reading.line(element)
    draft.publishers.add(Agent(name=name) if name else None)


def _subject(draft: Draft, element: Element) -> None:
    draft.subject(draft.reading.literal(element))


def _format(draft: Draft, element: Element) -> None:
    draft.format(element, draft.reading.line(element))


def read_rights(draft: Draft, element: Element) -> None:
    """Add a rights statement, whose attribute `src` may give its address."""
    address = draft.reading.attribute(element, "src")
    draft.rights.add(draft.reading, element, draft.reading.literal(element), address)


def _coverage(draft: Draft, element: Element) -> None:
    draft.place(element, draft.reading.line(element))


def _period(draft: Draft, element: Element) -> None:
    draft.period(element, draft.reading.line(element))


_DATES = {
    "publicationdate": "Issued", "dateissued": "Issued", "issued": "Issued", "publicationyear": "Issued",
    "lastupdate": "Updated", "lastupdated": "Updated", "lastdateupdated": "Updated",
    "modified": "Updated", "revisiondate": "Updated",
    "creationdate": "Created", "creationenddate": "Created", "created": "Created", "completionyear": "Created",
}  # fmt: skip
FURTHER_PAGES = frozenset({"executionlocation", "accesslocation", "cataloguelink", "projecturl", "samplelocation"})
"""Names of elements with addresses that are not the landing page."""
LEAVES: dict[str, Callable[[Draft, Element], None]] = {
    "title": _title, "resourcetitle": _title, "resourceshortname": _alternative, "alternativetitle": _alternative,
    "description": _description, "abstract": _description,
    **dict.fromkeys(("identifier", "pid", "doi", "handle", "islrn", "resourceid"), _identifier),
    **dict.fromkeys(("url", "landingpage", *FURTHER_PAGES), read_page),
    "downloadlocation": read_file, "version": _version,
    **dict.fromkeys(_DATES, _date),
    **dict.fromkeys(("resourceclass", "resourcetype", "type", "detailedtype", "corpustype", "lexicontype"), _type),
    "publisher": _publisher, **dict.fromkeys(("keyword", "keywords", "subject", "genre", "topic", "domain"), _subject),
    **dict.fromkeys(("mimetype", "format"), _format),
    **dict.fromkeys(("licence", "license", "availability", "rights", "accessrights", "restrictionsofuse"), read_rights),
    "timecoverage": _period, "temporalcoverage": _period, "geographiccoverage": _coverage, "countryname": _coverage,
}  # fmt: skip
"""What is read of elements that hold one text, by their names."""
