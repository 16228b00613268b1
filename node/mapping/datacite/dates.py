"""DataCite dates as dates and periods of a resource.

Source: DataCite Metadata Schema 4.6, properties 5 PublicationYear and 8 Date with appendix 1, dateType
(https://datacite-metadata-schema.readthedocs.io/en/4.6/appendices/appendix-1/dateType/).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from node.mapping.coverage import period_of
from node.mapping.elements import Reading
from node.model.dcat import Period
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.terms import dates


@dataclass(slots=True)
class Dates:
    """The dates of one resource.

    Attributes:
        single: the first date of each type read into a property of its own.
        temporal: what was collected or is covered when.
        others: DCMI properties that a `Resource` has no field for.
    """

    single: dict[str, Literal] = field(default_factory=dict)
    temporal: list[Period] = field(default_factory=list)
    others: list[tuple[Iri, Literal]] = field(default_factory=list)


def read_dates(reading: Reading, elements: Iterable[Element], years: Iterable[Element]) -> Dates:
    """Return the dates; the publication year is the date of issue where there is no better one."""
    found = Dates()
    ends: dict[str, Literal] = {}
    for element in elements:
        kind = element.get("dateType", "").strip()
        if kind not in _KNOWN:
            continue
        reading.attribute(element, "dateType")
        text = reading.line(element)
        if text and not _read(found, ends, kind, text):
            reading.note("mapping.date-unreadable", f"“{text}” is no date", element, text)
    if ends:
        found.temporal.append(Period(start=ends.get("StartDate"), end=ends.get("EndDate")))
    for element in years:
        text = reading.line(element)
        year = dates.date(text) if text else None
        if year is None and text:
            reading.note("mapping.date-unreadable", f"“{text}” is no year", element, text)
        elif year is not None:
            found.single.setdefault("Issued", year)
    return found


def _read(found: Dates, ends: dict[str, Literal], kind: str, text: str) -> bool:
    if kind in _TEMPORAL:
        period = period_of(text)
        if period is not None:
            found.temporal.append(period)
        return period is not None
    date = dates.date(text)
    if date is None:
        period = dates.period(text)
        date = period.start or period.end if period else None
    if date is None:
        return False
    if kind in ("StartDate", "EndDate"):
        ends[kind] = date
    elif kind in _OTHERS:
        found.others.append((_OTHERS[kind], date))
    elif kind == "Updated":
        # The last update counts; sources list them in either order.
        found.single[kind] = max(date, found.single.get(kind, date), key=lambda literal: literal.value)
    elif kind == "Available" and date.datatype != _DATE:
        # An embargo ends on a day: less, or more, than a day only says when the resource came out.
        found.others.append((_AVAILABLE, date))
    else:
        found.single.setdefault(kind, date)
    return True


_DATE = expand("xsd:date")
_AVAILABLE = expand("dct:available")
_TEMPORAL = frozenset({"Collected", "Coverage"})
_OTHERS = {
    "Accepted": expand("dct:dateAccepted"),
    "Copyrighted": expand("dct:dateCopyrighted"),
    "Submitted": expand("dct:dateSubmitted"),
    "Valid": expand("dct:valid"),
}
# StartDate and EndDate are of kernel 2; Withdrawn and Other have no property and stay unmapped.
_KNOWN = {"Issued", "Available", "Created", "Updated", "StartDate", "EndDate", *_TEMPORAL, *_OTHERS}
