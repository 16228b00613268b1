"""Components of CMDI that mean one thing together: licences, languages, sizes, places, grants, relations.

Source: components in use, CLARIN Component Registry (https://catalog.clarin.eu/ds/ComponentRegistry).
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as Element

from node.mapping.clarin.leaves import FURTHER_PAGES, read_file, read_page, read_rights
from node.mapping.clarin.people import PEOPLE, key, read_person
from node.mapping.datacite.relations import predicate
from node.mapping.draft import Draft
from node.mapping.elements import all_text
from node.mapping.funding import Award
from node.model.dcat import Place
from node.namespaces import expand
from node.terms import codes, identifiers


def _licence(draft: Draft, element: Element) -> None:
    """A licence with its name and address, who gives it, and where the resource is had under it."""
    reading, parts = draft.reading, list(element.iterchildren("*"))
    addresses = [reading.line(one) for one in parts if not len(one) and key(one) in _LICENCE_ADDRESSES]
    titles = [one for one in parts if not len(one) and key(one) in _LICENCE_NAMES]
    for one in titles:
        address = reading.attribute(one, "src")
        draft.rights.add(reading, one, reading.literal(one), *addresses, address)
    if addresses and not titles:
        draft.rights.add(reading, element, None, *addresses)
    for one in parts:
        name = key(one)
        if name in PEOPLE:
            read_person(draft, one, PEOPLE[name])
        elif len(one) and name in _LICENCES:
            _licence(draft, one)
        elif name == "downloadlocation":
            read_file(draft, one)
        elif name in FURTHER_PAGES:
            read_page(draft, one)
        elif name in ("restrictionsofuse", "attributiontext", "conditionsofuse"):
            read_rights(draft, one)


def _language(draft: Draft, element: Element) -> None:
    """A language by its code, else by its name."""
    codes_of = _leaves(element, _LANGUAGE_CODES)
    names = _leaves(element, ("languagename", "name"))
    for one in codes_of or names:
        draft.language(one, draft.reading.line(one).removeprefix("ISO639-3:"))
    if codes_of:
        draft.reading.take(*names)


def _size(draft: Draft, element: Element) -> None:
    for holder in (element, *element.iterchildren("*")):
        leaves = [one for one in holder.iterchildren("*") if not len(one)]
        numbers = [one for one in leaves if key(one) in ("size", "number") and all_text(one).strip()]
        units = [one for one in leaves if key(one) in ("sizeunit", "unit")]
        if numbers:
            draft.extent(holder, " ".join(draft.reading.line(one) for one in (*numbers, *units)).strip())


def _place(draft: Draft, element: Element) -> None:
    """A place by its country, and by what else names it."""
    reading = draft.reading
    country = next(
        (
            iri
            for one in _leaves(element, ("countrycoding", "code", "country"))
            if (iri := codes.country_iri(all_text(one)))
        ),
        None,
    )
    for one in _leaves(element, ("countrycoding", "code")):
        reading.take(*([one] if codes.country_iri(all_text(one)) else []))
    parts = [reading.line(one) for one in _leaves(element, ("address", "region", "countryname", "country"))]
    texts = list(dict.fromkeys(part for part in parts if part))
    draft.spatial.add(Place(iri=country) if country else None)
    if country is None or any(codes.country_iri(text) != country for text in texts):
        draft.place(element, ", ".join(texts))


def _grant(draft: Draft, element: Element) -> None:
    """A funding: funder, number and title."""
    reading = draft.reading

    def text(*names: str) -> str:
        return next((found for one in _leaves(element, names) if (found := reading.line(one))), "")

    award = Award(
        funder=text("funder", "organization", "organisation", "fundername"),
        number=text("code", "projectid", "grantnumber", "grantid"),
        title=text("projectname", "projecttitle"),
    )
    draft.awards.add(award if str(award) else None)


def _project(draft: Draft, element: Element) -> None:
    """A project the resource came out of; with a funder it is a grant."""
    if _leaves(element, ("funder", "fundername")):
        _grant(draft, element)
        return
    for name in ("projecttitle", "title", "projectname", "name"):
        titles = draft.reading.literals(_leaves(element, (name,)))
        if titles:
            draft.part("prov:wasGeneratedBy", "prov:Activity", titles[0])
            return


def _relation(draft: Draft, element: Element) -> None:
    kinds = _leaves(element, ("relationtype",))
    word = predicate("".join(all_text(kinds[0]).title().split())) if kinds else None
    for one in element.iter("*"):
        target = identifiers.resolve(None, all_text(one).strip()) if not len(one) else None
        if target is not None:
            draft.reading.take(one, *(kinds if word else ()))
            draft.relate(word or expand("dct:relation"), target)


def _leaves(element: Element, names: tuple[str, ...]) -> list[Element]:
    return [one for one in element.iter("*") if not len(one) and key(one) in names]


_LICENCES = ("licence", "license", "licenceinfo", "licenseinfo")
_LICENCE_NAMES = frozenset({"licence", "license", "licencename", "licensename", "name"})
_LICENCE_ADDRESSES = frozenset({"uri", "url", "licenceurl", "licenseurl"})
_LANGUAGE_CODES = ("id", "languageid", "code", "languagecode", "iso6393code", "iso639code", "iso6392code", "isocode")
COMPONENTS: dict[str, Callable[[Draft, Element], None]] = {
    **dict.fromkeys(("language", "languageinfo", "subjectlanguage", "documentlanguage", "contentlanguage"), _language),
    **dict.fromkeys(_LICENCES, _licence),
    **dict.fromkeys(("sizeinfo", "totalsize", "size"), _size),
    **dict.fromkeys(("project", "projectinfo", "fundingproject"), _project),
    **dict.fromkeys(("funding", "fundinginfo"), _grant),
    **dict.fromkeys(("location", "country"), _place),
    "relationinfo": _relation, "relation": _relation,
}  # fmt: skip
"""What is read of components that mean one thing together, by their names."""
