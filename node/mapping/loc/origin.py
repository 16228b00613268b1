"""Where and when a thing came into being: originInfo of MODS as publishers, dates, edition.

Source: MODS 3.8, originInfo (https://www.loc.gov/standards/mods/userguide/origininfo.html).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from node.mapping.draft import Draft
from node.mapping.elements import all_text, at, local_name
from node.model.dcat import Agent
from node.terms import dates, vocabularies


def read_origin(draft: Draft, element: Element) -> None:
    """Add publishers, dates, edition and frequency; the place of publication is no place the resource is about."""
    reading = draft.reading
    for name in ("eventType", "displayLabel"):
        reading.attribute(element, name)
    for one in at(element, "publisher"):
        name = reading.line(one)
        draft.publishers.add(Agent(name=name, kind="organization") if name else None)
    for one in at(element, "edition"):
        draft.version = draft.version or reading.line(one) or None
    for one in at(element, "frequency"):
        known = vocabularies.frequency(" ".join(all_text(one).split()))
        if known:
            reading.take(one)
            reading.attribute(one, "authority")
            draft.say("dct:accrualPeriodicity", known)
    coded = {local_name(one) for one in element.iterchildren("*") if one.get("encoding")}
    # A coded date goes before the same in words.
    for one in sorted(element.iterchildren("*"), key=lambda one: not one.get("encoding")):
        name = local_name(one)
        if name in _KINDS:
            _date(draft, one, _KINDS[name], has_code=name in coded)


def _date(draft: Draft, element: Element, kind: str, *, has_code: bool) -> None:
    """A date; the end of a range stays, since a date of issue has none; words beside a coded date say no more."""
    if (element.get("point") or "").strip() == "end":
        return
    reading, is_words = draft.reading, not element.get("encoding")
    for name in ("encoding", "keyDate", "point", "calendar"):
        reading.attribute(element, name)
    text = reading.line(element)
    if dates.date(text) or dates.period(text) or not (has_code and is_words):
        draft.date(element, text, kind)


_KINDS = {
    "dateIssued": "Issued", "dateCreated": "Created", "dateModified": "Updated", "dateValid": "Valid",
    "copyrightDate": "Copyrighted", "dateCaptured": "Date", "dateOther": "Date",
}  # fmt: skip
