"""The labels of a resource: what the agreement with its source says, tightened by what the record says of its data.

A record's own words never loosen a label, and they speak of the data only: hiding every record of restricted data
would break FAIR A2 (https://www.go-fair.org/fair-principles/).
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator

from node.model.dcat import Resource
from node.model.label import Access, Label, Labels
from node.model.report import Finding, Severity
from node.model.source import Agreement
from node.sovereignty.labels import UNKNOWN_ORIGIN, join, least, most_restrictive

ACCESS_RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
"""The EU authority table of access rights."""


def derive(resource: Resource, agreement: Agreement, today: dt.date) -> tuple[Labels, tuple[Finding, ...]]:
    """Return the labels of a record and of its data as of a day, and where the record contradicts itself.

    Where the agreement is silent on a dimension of the data, the data's label has its most restrictive value and no
    claim of the record lowers it.
    """
    findings = tuple(_findings(resource, today))
    data = join(_agreed_data(agreement), *_stated(resource, today))
    return Labels(record=_agreed_record(agreement), data=data), findings


_CLASSES = {
    "PUBLIC": Access.PUBLIC,
    "RESTRICTED": Access.RESTRICTED,
    "SENSITIVE": Access.RESTRICTED,
    "NON_PUBLIC": Access.CONFIDENTIAL,
    "CONFIDENTIAL": Access.CONFIDENTIAL,
}
_DAY = re.compile(r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d))?)?(Z|[+-]\d\d:\d\d)?([T ].*)?")


def valid_until(resource: Resource, today: dt.date) -> dt.date | None:
    """Return the day on which the labels derived today change by themselves; `None` where there is none."""
    end = _embargo_end(resource)
    return end if end is not None and end > today else None


def _agreed_record(agreement: Agreement) -> Label:
    return dataclasses.replace(
        least(),
        origin=_origin(agreement),
        zones=_zones(agreement, agreement.record_zones),
        access=agreement.record_access,
        critical=frozenset(agreement.record_critical),
        personal=agreement.record_personal,
        assurance=agreement.record_assurance,
    )


def _agreed_data(agreement: Agreement) -> Label:
    unknown = most_restrictive()
    return dataclasses.replace(
        unknown,
        origin=_origin(agreement),
        zones=_zones(agreement, agreement.data_zones),
        access=unknown.access if agreement.data_access is None else agreement.data_access,
        critical=unknown.critical if agreement.data_critical is None else frozenset(agreement.data_critical),
        personal=unknown.personal if agreement.data_personal is None else agreement.data_personal,
        assurance=unknown.assurance if agreement.data_assurance is None else agreement.data_assurance,
        # An agreement that says who may have the data is the policy; without one nothing permits.
        policies=unknown.policies if agreement.data_access is None else frozenset(),
    )


def _origin(agreement: Agreement) -> frozenset[str]:
    return frozenset({agreement.country or UNKNOWN_ORIGIN})


def _zones(agreement: Agreement, agreed: tuple[str, ...] | None) -> frozenset[str]:
    return frozenset(agreed) if agreed else most_restrictive().zones


def _stated(resource: Resource, today: dt.date) -> Iterator[Label]:
    if resource.access_rights is not None:
        code = resource.access_rights.removeprefix(ACCESS_RIGHTS)
        yield dataclasses.replace(least(), access=_CLASSES.get(code, Access.CONFIDENTIAL))
    if _embargoed(resource, today):
        yield dataclasses.replace(least(), access=Access.RESTRICTED)


def _embargoed(resource: Resource, today: dt.date) -> bool:
    end = _embargo_end(resource)
    return resource.available is not None and (end is None or end > today)


def _embargo_end(resource: Resource) -> dt.date | None:
    """Return the day the data becomes available; of a month or a year its last day, of an unreadable date nothing."""
    found = _DAY.fullmatch(resource.available.value.strip()) if resource.available else None
    if found is None:
        return None
    try:
        year, month = int(found["year"]), int(found["month"] or 12)
        return dt.date(year, month, int(found["day"] or calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


def _findings(resource: Resource, today: dt.date) -> Iterator[Finding]:
    right = resource.access_rights
    code = right.removeprefix(ACCESS_RIGHTS) if right is not None else ""
    claims_open = resource.is_open_access_claim or code == "PUBLIC"
    if right is not None and code not in _CLASSES:
        yield _finding(
            "sovereignty.access-right-unknown",
            f"the access right {right} is not in the EU table; the data counts as confidential",
            "Use a term of the EU access-right authority table.",
            "dct:accessRights",
            right,
        )
    if resource.is_open_access_claim and code in _CLASSES and code != "PUBLIC":
        yield _finding(
            "sovereignty.contradiction",
            f"the record claims open access and the access right {code}; the stricter one holds",
            "Say one access right only.",
            "dct:accessRights",
            str(right),
        )
    if resource.available is None:
        return
    end = _embargo_end(resource)
    if end is None:
        yield _finding(
            "sovereignty.embargo-unreadable",
            f"the date of availability {resource.available.value[:100]!r} cannot be read; the data counts as embargoed",
            "Write the end of the embargo as a date, such as 2027-01-31.",
            "dct:available",
            resource.available.value,
        )
    elif claims_open and end > today:
        yield _finding(
            "sovereignty.contradiction",
            f"the record claims open access and an embargo until {end}; the embargo holds",
            "Call the data embargoed until it is available.",
            "dct:available",
            resource.available.value,
        )


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
