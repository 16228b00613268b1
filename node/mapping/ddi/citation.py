"""The citation of a study in DDI Codebook: titles, numbers, who made, paid for and distributes it, versions.

Source: DDI Codebook 2.5 and 2.6, citation
(https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/field_level_documentation.html).
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import _Element as Element

from node.mapping.dcterms.reading import is_term, read_terms
from node.mapping.ddi.words import agent, dated, first_of_languages, merged, words
from node.mapping.draft import Draft
from node.mapping.elements import XML_LANG, at, namespace
from node.mapping.funding import Award
from node.mapping.roles import enter
from node.model.dcat import ContactPoint
from node.namespaces import DC, PREFIXES, expand
from node.terms import identifiers


def read_citations(draft: Draft, citations: Sequence[Element]) -> None:
    """Add what the citations of one study say; some archives write one for each language."""
    for citation in citations:
        for statement in at(citation, "titlStmt"):
            _titles(draft, statement)
        for number in at(citation, "titlStmt/IDNo"):
            _number(draft, number)
        for holding in at(citation, "holdings"):
            _holding(draft, holding)
        _versions(draft, citation)
        _distribution(draft, citation)
        _production(draft, citation)
        for series in at(citation, "serStmt"):
            address = identifiers.iri(series.get("URI", ""))
            if address:
                draft.reading.attribute(series, "URI")
                draft.relate(expand("dct:isPartOf"), address)
        for one in at(citation, "biblCit"):
            draft.say("dct:bibliographicCitation", words(draft.reading, one))
        for note in at(citation, "notes"):
            draft.notes.add(words(draft.reading, note, one_line=False))
        read_terms(draft, (one for one in citation if is_term(one) and namespace(one) in (DC, PREFIXES["dct"])))
    authors = [one for citation in citations for one in at(citation, "rspStmt/AuthEnty")]
    draft.creators.add(*merged(agent(draft.reading, one) for one in authors))
    for one in (one for citation in citations for one in at(citation, "rspStmt/othId")):
        name = "role" if one.get("role") else "type"
        if enter(draft, agent(draft.reading, one), one.get(name, "")):
            draft.reading.attribute(one, name)


def _titles(draft: Draft, statement: Element) -> None:
    """A parallel title is the title in another language; without saying which it is another name."""
    reading = draft.reading
    titles = reading.literals(at(statement, "titl"))
    draft.titles.add(*titles)
    known = set(titles)
    languages = {title.language for title in draft.titles}
    for one in at(statement, "parTitl"):
        title = reading.literal(one)
        is_translation = title is not None and one.get(XML_LANG) is not None and title.language not in languages
        if is_translation:
            draft.titles.add(title)
        elif title not in known:
            draft.say("dct:alternative", title)
    for one in (*at(statement, "subTitl"), *at(statement, "altTitl")):
        draft.say("dct:alternative", reading.literal(one))


def _number(draft: Draft, element: Element) -> None:
    """An identifier that resolves, else the archive's number of the study."""
    text = draft.reading.line(element)
    agency = (element.get("agency") or "").strip()
    scheme = _AGENCIES.get(agency.casefold(), "")
    if identifiers.resolve(scheme, text) or scheme == "DOI":
        draft.identifier(element, text, scheme)
        draft.reading.attribute(element, "agency")
    else:
        draft.notations.add(text or None)


def _holding(draft: Draft, element: Element) -> None:
    """Where the study is held: an identifier, and the page it is found at."""
    reading = draft.reading
    address = reading.attribute(element, "URI")
    draft.identifier(element, address, "URL")
    page = identifiers.iri(address)
    if page and page.startswith(("http://", "https://")) and not identifiers.doi(page):
        draft.links.add(page)


def _versions(draft: Draft, citation: Element) -> None:
    reading = draft.reading
    for one in at(citation, "verStmt/version"):
        changed = reading.attribute(one, "date")
        draft.version = draft.version or reading.line(one) or None
        draft.date(one, changed, "Updated")
    for one in at(citation, "verStmt/notes"):
        draft.say("adms:versionNotes", words(reading, one))


def _distribution(draft: Draft, citation: Element) -> None:
    reading = draft.reading
    for one in first_of_languages(at(citation, "distStmt/distrbtr")):
        draft.publishers.add(agent(reading, one, kind="organization"))
    for one in at(citation, "distStmt/contact"):
        read_contact(draft, one)
    for one in at(citation, "distStmt/depositr"):
        enter(draft, agent(reading, one))
    for name, kind in (("depDate", "Submitted"), ("distDate", "Issued")):
        for one in at(citation, f"distStmt/{name}"):
            draft.date(one, dated(reading, one), kind)


def _production(draft: Draft, citation: Element) -> None:
    reading = draft.reading
    for one in first_of_languages(at(citation, "prodStmt/producer")):
        enter(draft, agent(reading, one), "Producer")
    for one in at(citation, "prodStmt/prodDate"):
        draft.date(one, dated(reading, one), "Created")
    for one in at(citation, "prodStmt/copyright"):
        text = words(reading, one)
        if text:
            draft.rights.statements[text] = None
    grants = [(reading.attribute(one, "agency"), reading.line(one)) for one in at(citation, "prodStmt/grantNo")]
    funders = {funder for funder, number in grants if number}
    for funder, number in grants:
        if number or (funder and funder not in funders):
            draft.awards.add(Award(funder=funder, number=number))
    for one in first_of_languages(at(citation, "prodStmt/fundAg")):
        name = reading.line(one)
        if name and name not in funders:
            draft.awards.add(Award(funder=name))


def read_contact(draft: Draft, element: Element) -> None:
    """Add a `contact`: its name, its mail address and its page."""
    reading = draft.reading
    name, mail = words(reading, element), (element.get("email") or "").strip()
    address = identifiers.iri(element.get("URI", ""))
    if "@" in mail:
        reading.attribute(element, "email")
    if address:
        reading.attribute(element, "URI")
    contact = ContactPoint(name=name.value if name else None, email=mail if "@" in mail else None, url=address)
    draft.contacts.add(contact if contact != ContactPoint() else None)


_AGENCIES = {
    "doi": "DOI", "datacite": "DOI", "da|ra": "DOI", "dara": "DOI", "hdl": "HANDLE", "handle": "HANDLE",
    "ark": "ARK", "isbn": "ISBN", "issn": "ISSN",
}  # fmt: skip
