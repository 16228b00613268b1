"""What a record itself says of its data: access rights, an embargo, acts of law; and where it contradicts itself.

Its words only ever tighten. Access rights are terms of the EU authority table, to which crosswalks bring those of COAR,
DataCite and `info:eu-repo`.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator

from node.model.dcat import Resource
from node.model.label import Access, Label
from node.model.rdf import Iri
from node.model.report import Finding, Severity
from node.sovereignty.labels import least
from node.sovereignty.legislation import LegalAct, act_of
from node.sovereignty.terms import asked
from node.terms import vocabularies

ACCESS_RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
"""The EU authority table of access rights."""
CONTRADICTION = "sovereignty.contradiction"
RIGHT_UNKNOWN = "sovereignty.access-right-unknown"
EMBARGO_UNREADABLE = "sovereignty.embargo-unreadable"
CODES = (CONTRADICTION, RIGHT_UNKNOWN, EMBARGO_UNREADABLE)
"""The codes of what is found while labels are derived; they are found anew whenever labels are."""


def stated(resource: Resource, today: dt.date) -> Iterator[tuple[str, Label]]:
    """Yield what the record says of its data, as (the property it says it by, the least label that has it)."""
    if resource.access_rights is not None:
        yield "dct:accessRights", dataclasses.replace(least(), access=_class(resource.access_rights))
    if _embargoed(resource, today):
        yield "dct:available", dataclasses.replace(least(), access=Access.RESTRICTED)
    for act in _acts(resource, today):
        yield f"dcatap:applicableLegislation {act.eli}", asked(act.terms)
    for right in _distributed(resource):
        yield "dct:rights of a distribution", dataclasses.replace(least(), access=_class(right))


def changes(resource: Resource) -> Iterator[dt.date]:
    """Yield the days on which what the record says comes to mean something else."""
    end = embargo_end(resource)
    if end is not None:
        yield end
    for act in filter(None, map(act_of, resource.applicable_legislation)):
        yield act.valid_from
        if act.valid_until is not None:
            yield act.valid_until + dt.timedelta(days=1)


def embargo_end(resource: Resource) -> dt.date | None:
    """Return the day the data becomes available; of a month or a year its last day, of an unreadable date nothing."""
    found = _DAY.fullmatch(resource.available.value.strip()) if resource.available else None
    if found is None:
        return None
    try:
        year, month = int(found["year"]), int(found["month"] or 12)
        return dt.date(year, month, int(found["day"] or calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


def contradictions(resource: Resource, today: dt.date) -> Iterator[Finding]:
    """Yield where the record contradicts itself, or says what cannot be understood."""
    right = resource.access_rights
    code = right.removeprefix(ACCESS_RIGHTS) if right is not None else ""
    claims_open = resource.is_open_access_claim or code == "PUBLIC"
    if right is not None and code not in _CLASSES:
        yield _finding(
            RIGHT_UNKNOWN,
            f"the access right {right} is not in the EU table; the data counts as confidential",
            "Use a term of the EU access-right authority table.",
            "dct:accessRights",
            right,
        )
    if resource.is_open_access_claim and code in _CLASSES and code != "PUBLIC":
        yield _finding(
            CONTRADICTION,
            f"the record claims open access and the access right {code}; the stricter one holds",
            "Say one access right only.",
            "dct:accessRights",
            str(right),
        )
    if claims_open:
        yield from _closed_elsewhere(resource, today)
    if resource.available is None:
        return
    end = embargo_end(resource)
    if end is None:
        yield _finding(
            EMBARGO_UNREADABLE,
            f"the date of availability {resource.available.value[:100]!r} cannot be read; the data counts as embargoed",
            "Write the end of the embargo as a date, such as 2027-01-31.",
            "dct:available",
            resource.available.value,
        )
    elif claims_open and end > today:
        yield _finding(
            CONTRADICTION,
            f"the record claims open access and an embargo until {end}; the embargo holds",
            "Call the data embargoed until it is available.",
            "dct:available",
            resource.available.value,
        )


_CLASSES = {
    "PUBLIC": Access.PUBLIC,
    "RESTRICTED": Access.RESTRICTED,
    "SENSITIVE": Access.RESTRICTED,
    "NON_PUBLIC": Access.CONFIDENTIAL,
    "CONFIDENTIAL": Access.CONFIDENTIAL,
}
_LONGEST = 200
_DAY = re.compile(r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d))?)?(Z|[+-]\d\d:\d\d)?([T ].*)?")


def _closed_elsewhere(resource: Resource, today: dt.date) -> Iterator[Finding]:
    for act in _acts(resource, today):
        asks = [str(value.name).lower() for value in (act.terms.access, act.terms.personal) if value]
        if asks:
            yield _finding(
                CONTRADICTION,
                f"the record claims open access and names {act.eli} ({act.name}) as applicable, under which its data "
                f"counts as {' and '.join(asks)}; the stricter one holds",
                "Name an act only where it applies to the data, and do not call open what it protects.",
                "dcatap:applicableLegislation",
                act.source,
            )
    for right in _distributed(resource):
        if _class(right) is not Access.PUBLIC:
            yield _finding(
                CONTRADICTION,
                f"the record claims open access, and a distribution the access right "
                f"{right.removeprefix(ACCESS_RIGHTS)}; the stricter one holds",
                "Describe what is not open as a dataset of its own.",
                "dct:rights",
                right,
            )
            return


def _acts(resource: Resource, today: dt.date) -> Iterator[LegalAct]:
    found = (act_of(iri) for iri in dict.fromkeys(resource.applicable_legislation))
    return (act for act in dict.fromkeys(found) if act is not None and act.holds(today))


def _distributed(resource: Resource) -> tuple[Iri, ...]:
    """The access rights that distributions name; sentences about rights are not interpreted."""
    texts = dict.fromkeys(words.value for each in resource.distributions for words in each.rights)
    found = (vocabularies.access_right(text) for text in texts if len(text) <= _LONGEST)
    return tuple(dict.fromkeys(right for right in found if right is not None))


def _class(right: str) -> Access:
    return _CLASSES.get(right.removeprefix(ACCESS_RIGHTS), Access.CONFIDENTIAL)


def _embargoed(resource: Resource, today: dt.date) -> bool:
    end = embargo_end(resource)
    return resource.available is not None and (end is None or end > today)


def _finding(code: str, message: str, advice: str, path: str, value: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        advice=advice,
        path=path,
        value=value[:500],
        principle=None,
    )
