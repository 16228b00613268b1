"""Lists, their windows and what is in them: points L01 to L10 (OAI-PMH 2.0, sections 2.4, 2.5, 2.7 and 3.3)."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

from node.amounts import counted
from node.conformance.answers import Item
from node.conformance.asking import Fails, NotApplicable
from node.conformance.subject import SPELT, Subject, moment, spelt_in, step
from node.namespaces import OAI_DC, XSI

_URI = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x1f\x7f]+""")
_OAI_DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"


def l01(subject: Subject) -> str:
    """ListIdentifiers and ListRecords list the same items."""
    records = {item.identifier for item in subject.records.whole}
    headers = {item.identifier for item in subject.headers.whole}
    if records != headers:
        odd = sorted(records ^ headers)
        raise Fails(f"ListRecords has {len(records)} items, ListIdentifiers {len(headers)}; one alone has {odd[0]}")
    if not records:
        raise NotApplicable("no record is listed")
    return f"both list {len(records)} items"


def l02(subject: Subject) -> str:
    """A list holds each item once."""
    for name, walk in (("ListRecords", subject.records), ("ListIdentifiers", subject.headers)):
        times = Counter(item.identifier for item in walk.items)
        twice = [identifier for identifier, count in times.items() if count > 1]
        if twice:
            raise Fails(f"{name} lists {len(twice)} items more than once, such as {twice[0]}")
    if not subject.records.whole:
        raise NotApplicable("no record is listed")
    return f"{len(subject.records.whole)} items are listed once each"


def l03(subject: Subject) -> str:
    """Datestamps have the declared granularity."""
    granularity = subject.granularity
    items = (*subject.records.items, *subject.headers.items)
    for item in items:
        if not SPELT[granularity].fullmatch(item.datestamp):
            raise Fails(f"{item.identifier} has the datestamp {item.datestamp!r}, the granularity is {granularity}")
        moment(item.datestamp)
    return f"{len(items)} datestamps are spelt {granularity}"


def l04(subject: Subject) -> str:
    """Both ends of a window belong to it."""
    item, granularity = subject.sample[-1], subject.granularity
    when = moment(item.datestamp)
    before, after = (spelt_in(granularity, when + by * step(granularity)) for by in (-1, 1))
    stamp = item.datestamp
    for from_, until in ((stamp, stamp), (before, stamp), (stamp, after)):
        found = subject.listed("ListIdentifiers", from_=from_, until=until)
        if all(each.identifier != item.identifier for each in found.items):
            raise Fails(f"{item.identifier} of {stamp} is not among the records from {from_} until {until}")
        strange = [each for each in found.items if not from_ <= each.datestamp <= until]
        if strange:
            raise Fails(f"{strange[0].identifier} of {strange[0].datestamp} is listed from {from_} until {until}")
    return f"{item.identifier} of {stamp} is in the windows that begin or end then"


def l05(subject: Subject) -> str:
    """Two windows that meet hold all records between them, and none twice."""
    stamps = sorted(item.datestamp for item in subject.headers.whole)
    if not stamps:
        raise NotApplicable("no record is listed")
    middle = stamps[len(stamps) // 2]
    then = spelt_in(subject.granularity, moment(middle) + step(subject.granularity))
    first, second = subject.identifiers(until=middle), subject.identifiers(from_=then)
    everything = {item.identifier for item in subject.headers.items}
    if set(first) & set(second):
        raise Fails(f"{sorted(set(first) & set(second))[0]} is listed until {middle} and from {then}")
    if {*first, *second} != everything:
        lost = sorted(everything ^ {*first, *second})
        raise Fails(
            f"of {len(everything)} records {len(first)} are until {middle}, {len(second)} from {then}: {lost[0]}"
        )
    return f"{len(first)} records until {middle} and {len(second)} from {then} are all"


def l06(subject: Subject) -> str:
    """A window of a whole day is accepted, and holds the whole day."""
    items = subject.headers.whole
    if not items:
        raise NotApplicable("no record is listed")
    day = max(Counter(item.datestamp[:10] for item in items).items(), key=lambda each: (-each[1], each[0]))[0]
    expected = {item.identifier for item in items if item.datestamp[:10] == day}
    listed = set(subject.identifiers(from_=day, until=day))
    if listed != expected:
        odd = sorted(listed ^ expected)
        raise Fails(f"{len(expected)} records are of {day}, from and until {day} lists {len(listed)}; such as {odd[0]}")
    return f"{counted(len(expected), 'record')} of {day}"


def l07(subject: Subject) -> str:
    """A window without records is noRecordsMatch."""
    tomorrow = subject.clock() + dt.timedelta(days=400)
    asked = [{"from_": spelt_in(subject.granularity, tomorrow)}]
    earliest = moment(subject.stated("earliestDatestamp"))
    if earliest.year > 1001:
        asked.append({"until": f"{earliest.year - 1:04}-01-01"})
    for window in asked:
        answer = subject.ask("ListRecords", metadataPrefix=subject.prefix, **subject.scope, **window)
        if answer.codes != ("noRecordsMatch",):
            told = " ".join(f"{name.rstrip('_')} {value}" for name, value in window.items())
            raise Fails(f"records {told} were answered with {answer.said}, and not with noRecordsMatch", answer)
    return f"{len(asked)} windows without records were answered with noRecordsMatch"


def l08(subject: Subject) -> str:
    """Deleted records have no metadata."""
    gone = subject.deleted
    if not gone:
        raise NotApplicable("no deleted record is listed")
    single = subject.ask("GetRecord", identifier=gone[0].identifier, metadataPrefix=subject.prefix)
    for item in (*gone, *single.items):
        if item.record is not None and len(item.record) > 1:
            raise Fails(f"{item.identifier} is deleted, and has {_second(item)}")
    if not single.items:
        raise Fails(f"{gone[0].identifier} is listed as deleted, GetRecord answers {single.said}", single)
    return f"{len(gone)} deleted records are headers alone"


def l09(subject: Subject) -> str:
    """Identifiers are URIs."""
    items = (*subject.records.items, *subject.headers.items)
    for item in items:
        if not _URI.fullmatch(item.identifier):
            raise Fails(f"{item.identifier!r} is no URI")
    if not items:
        raise NotApplicable("no record is listed")
    return f"{len(items)} identifiers are URIs"


def l10(subject: Subject) -> str:
    """The payload of oai_dc says where its schema is."""
    answer, payloads = subject.in_oai_dc()
    for item, payload in payloads:
        located = (payload.get(f"{{{XSI}}}schemaLocation") or "").split()
        if dict(zip(located[::2], located[1::2], strict=False)).get(OAI_DC) != _OAI_DC_SCHEMA:
            raise Fails(f"the payload of {item.identifier} has the xsi:schemaLocation {' '.join(located)!r}", answer)
    return f"{len(payloads)} payloads say so"


def _second(item: Item) -> str:
    assert item.record is not None
    return str(item.record[1].tag)
