"""The elements of a CERIF entity, in the order of the record, into a draft.

Source: OpenAIRE Guidelines for CRIS Managers 1.2 (https://openaire-guidelines-for-cris-managers.readthedocs.io/en/latest/),
entities Product, Publication, Patent, Equipment and Service.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as Element

from node.mapping.cerif.agents import agent, read_origin
from node.mapping.cerif.links import read_citation, read_file, read_link
from node.mapping.draft import Draft
from node.mapping.elements import all_text, at, local_name
from node.mapping.roles import enter
from node.model.dcat import ContactPoint
from node.model.rdf import Literal
from node.terms import dates, identifiers


def read_entity(draft: Draft, root: Element) -> None:
    """Add what the elements of an entity say."""
    reading = draft.reading
    for element in root.iter("*"):
        # Numbers of the source's own database, also where an entity is embedded.
        number = reading.attribute(element, "id")
        if element is root:
            draft.notations.add(number or None)
    _titles(draft, root)
    for element in root.iterchildren("*"):
        rule = _RULES.get(local_name(element))
        if rule is not None:
            rule(draft, element)
    read_citation(draft, root)


def _titles(draft: Draft, root: Element) -> None:
    """Titles, each with the subtitle of its language; an acronym is another name, or the only one."""
    reading = draft.reading
    subtitles = reading.literals(at(root, "Subtitle"))
    endings = {one.language: one for one in reversed(subtitles)}
    for words in reading.literals([*at(root, "Title"), *at(root, "Name")]):
        ending = endings.get(words.language)
        text = f"{words.value}: {ending.value}" if ending else words.value
        draft.titles.add(Literal(text, language=words.language))
    languages = {one.language for one in draft.titles}
    for words in subtitles:
        if words.language not in languages or words is not endings[words.language]:
            draft.say("dct:alternative", words)
    for words in reading.literals(at(root, "Acronym")):
        if len(draft.titles):
            draft.say("dct:alternative", words)
        else:
            draft.titles.add(words)


def _type(draft: Draft, element: Element) -> None:
    draft.reading.attribute(element, "scheme")
    draft.type(element, draft.reading.line(element))


def _language(draft: Draft, element: Element) -> None:
    draft.language(element, draft.reading.line(element))


def _version(draft: Draft, element: Element) -> None:
    draft.version = draft.version or draft.reading.line(element) or None


def _identifier(draft: Draft, element: Element) -> None:
    """An identifier that resolves, else a number of another list."""
    name = local_name(element)
    scheme = _SCHEMES.get(name, "") or draft.reading.attribute(element, "type").rpartition("#")[2]
    draft.reading.attribute(element, "medium")
    text = draft.reading.line(element)
    if identifiers.resolve(scheme, text) or name in ("DOI", "Handle", "ISSN", "ISBN"):
        draft.identifier(element, text, scheme)
    else:
        draft.notations.add(text or None)


def _date(draft: Draft, element: Element) -> None:
    draft.date(element, draft.reading.line(element), _DATES[local_name(element)])


def _people(draft: Draft, element: Element) -> None:
    """Authors, Editors, Publishers and such: a link each, or the link itself where there is only one."""
    links = [element] if local_name(element) in _ROLES else list(element.iterchildren("*"))
    for link in links:
        role = _ROLES.get(local_name(link), local_name(link))
        enter(draft, agent(draft, link), role)


def _text(draft: Draft, element: Element) -> None:
    draft.abstracts.add(draft.reading.literal(element, one_line=False))


def _subject(draft: Draft, element: Element) -> None:
    reading = draft.reading
    scheme = identifiers.iri(element.get("scheme", ""))
    if scheme:
        reading.attribute(element, "scheme")
    words = reading.literal(element)
    concept = identifiers.iri(words.value) if words else None
    draft.subject(None if concept else words, concept)
    if words and scheme and not concept:
        draft.part("dct:subject", "skos:Concept", words, naming="skos:prefLabel", scheme=scheme)


def _keyword(draft: Draft, element: Element) -> None:
    draft.subject(draft.reading.literal(element))


def _license(draft: Draft, element: Element) -> None:
    draft.reading.attribute(element, "scheme")
    draft.rights.add(draft.reading, element, draft.reading.literal(element))


def _access(draft: Draft, element: Element) -> None:
    """A COAR access right; the date an embargoed access ends is when the resource can be had."""
    reading, text = draft.reading, draft.reading.line(element)
    draft.rights.add(reading, element, Literal(text) if text else None)
    end = dates.date((element.get("endDate") or "").strip()) if text.endswith("/c_f1cf") else None
    if end:
        reading.attribute(element, "endDate")
        draft.rights.embargo_end = end


def _website(draft: Draft, element: Element) -> None:
    address = draft.reading.address(element)
    if local_name(element) == "WebsiteURL":
        draft.links.add(address)
    else:
        draft.pages.add(address)


def _endpoint(draft: Draft, element: Element) -> None:
    draft.endpoint = draft.endpoint or draft.reading.address(element)


def _compatibility(draft: Draft, element: Element) -> None:
    draft.say("dct:conformsTo", draft.reading.address(element))


def _address(draft: Draft, element: Element) -> None:
    text = all_text(element).strip()
    if text.startswith("mailto:") and "@" in text:
        draft.contacts.add(ContactPoint(email=draft.reading.line(element).removeprefix("mailto:")))
    else:
        draft.links.add(draft.reading.address(element))


_SCHEMES = {
    "DOI": "DOI", "Handle": "HANDLE", "ISSN": "ISSN", "ISBN": "ISBN", "URL": "URL", "URN": "URN", "ARK": "ARK",
    "PMCID": "PMCID", "ISI-Number": "", "SCP-Number": "", "ZDB-ID": "", "PatentNumber": "",
}  # fmt: skip
_DATES = {"PublicationDate": "Issued", "RegistrationDate": "Submitted", "ApprovalDate": "Accepted"}
_ROLES = {
    "Author": "author", "Creator": "creator", "Inventor": "inventor", "Editor": "editor", "Publisher": "publisher",
    "Issuer": "publisher", "Holder": "rightsholder", "Owner": "hostinginstitution",
}  # fmt: skip
_RULES: dict[str, Callable[[Draft, Element], None]] = {
    "Type": _type, "Language": _language, "VersionInfo": _version, "Edition": _version, "Identifier": _identifier,
    **dict.fromkeys(_SCHEMES, _identifier), **dict.fromkeys(_DATES, _date),
    **dict.fromkeys(("Authors", "Creators", "Inventors", "Editors", "Publishers", "Contributors", "Holders"), _people),
    **dict.fromkeys(("Issuer", "Owner"), _people), **dict.fromkeys(("Abstract", "Description"), _text),
    "Subject": _subject, "Keyword": _keyword, "License": _license, "Access": _access, "OriginatesFrom": read_origin,
    **dict.fromkeys(("PartOf", "PublishedIn", "References", "Predecessor", "GeneratedBy"), read_link),
    "FileLocations": read_file, "WebsiteURL": _website, "SubjectHeadingsURL": _website, "OAIPMHBaseURL": _endpoint,
    "Compatibility": _compatibility, "ElectronicAddress": _address,
}  # fmt: skip
