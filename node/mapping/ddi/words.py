"""How DDI Codebook writes texts, dates and names: beside a text stand its concept and its links.

Source: DDI Codebook 2.5, base types (https://ddialliance.org/Specification/DDI-Codebook/2.5/).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import XML_LANG, Reading, at, local_name
from node.model.dcat import Agent
from node.model.rdf import Iri, Literal
from node.terms import dates, identifiers, vocabularies


def words(reading: Reading, element: Element, *, one_line: bool = True) -> Literal | None:
    """Take a text; the concept beside it stays unless it is all there is, and links stay for who reads them."""
    beside = [one for one in element.iterchildren("*") if local_name(one) in ("concept", "ExtLink", "Link", "citation")]
    if not beside:
        return reading.literal(element, one_line=one_line)
    text = reading.own(element)
    if not text:
        return next(filter(None, (reading.literal(one) for one in beside if local_name(one) == "concept")), None)
    return Literal(text, language=reading.language(element))


def dated(reading: Reading, element: Element) -> str:
    """Take a date: the attribute, which is normalised, unless it only adds January the first and midnight to a year."""
    normal, text = reading.attribute(element, "date"), reading.line(element)
    return text if normal.startswith(text) and dates.date(text) else normal or text


def first_of_languages(elements: Sequence[Element]) -> Sequence[Element]:
    """Return elements that name different things: of one name in several languages, the first; the others stay."""
    tags = [one.get(XML_LANG) for one in elements]
    return elements[:1] if len(tags) > 1 and all(tags) and len(set(tags)) == len(tags) else elements


def agent(reading: Reading, element: Element, *, kind: str = "unknown") -> Agent | None:
    """Take somebody with affiliation and identifiers, which DDI 2.5 gives as ExtLink of role PID or Affiliation-PID."""
    found = words(reading, element)
    iris: dict[str, Iri] = {}
    for one in at(element, "ExtLink"):
        role = (one.get("role") or "").strip().lower()
        iri = identifiers.agent((one.get("title") or "").strip() or None, one.get("URI", ""))
        if iri and role in ("pid", "affiliation-pid"):
            iris.setdefault(role, iri)
            reading.take(one)
            for name in ("URI", "role", "title"):
                reading.attribute(one, name)
    iri = iris.get("pid")
    unit = reading.attribute(element, "affiliation")
    place = (
        Agent(name=unit or str(iris["affiliation-pid"]), iri=iris.get("affiliation-pid"), kind="organization")
        if (unit or "affiliation-pid" in iris)
        else None
    )
    if found is None and iri is None:
        return None
    if iri and iri.startswith("https://orcid.org/"):
        kind = "person"
    name = found.value if found else str(iri)
    return Agent(name=name, iri=iri, kind=kind, affiliations=(place,) if place else ())


def merged(agents: Iterable[Agent | None]) -> tuple[Agent, ...]:
    """Return each name once, with all its affiliations: a study in two languages names its authors twice."""
    found: dict[str, Agent] = {}
    affiliations: dict[str, dict[Agent, None]] = {}
    for one in agents:
        if one is not None:
            known = found.setdefault(one.name, one)
            if known.iri is None and one.iri is not None:
                found[one.name] = one
            affiliations.setdefault(one.name, {}).update(dict.fromkeys(one.affiliations))
    return tuple(replace(one, affiliations=tuple(affiliations[name])) for name, one in found.items())


def kind_of_data(draft: Draft, text: str) -> None:
    """Add a kind of data such as `survey data`; one that is no kind of dataset, such as `Text`, is kept by name."""
    known = vocabularies.resource_type(text) if text else None
    if known and vocabularies.datacite_type(known) == "Dataset":
        draft.resource_type = draft.resource_type or known
    elif text:
        draft.type_labels.add(text)
