"""What a provider says of itself: points I01 to I07 (OAI-PMH 2.0, section 4.2)."""

from __future__ import annotations

import datetime as dt
import re

from node.conformance.answers import TAG
from node.conformance.asking import Fails, NotApplicable, Undecided
from node.conformance.subject import SPELT, Subject, moment, spelt_in, step
from node.namespaces import OAI_IDENTIFIER

_ONCE = ("repositoryName", "baseURL", "protocolVersion", "earliestDatestamp", "deletedRecord", "granularity")
_MAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")


def i01(subject: Subject) -> str:
    """All that Identify must hold is there, once."""
    answer = subject.identify
    found = [str(each.tag).removeprefix(TAG) for each in answer.verb] if answer.verb is not None else []
    wrong = [f"{found.count(name)} times {name}" for name in _ONCE if found.count(name) != 1]
    said = answer.verb.findall(f"{TAG}adminEmail") if answer.verb is not None else []
    mails = [(each.text or "").strip() for each in said]
    plausible = [mail for mail in mails if _MAIL.fullmatch(mail)]
    if wrong or not plausible:
        raise Fails("; ".join([*wrong, *([] if plausible else [f"adminEmail is {mails}"])]), answer)
    if subject.stated("protocolVersion") != "2.0":
        raise Fails(f"protocolVersion is {subject.stated('protocolVersion')!r}", answer)
    return f"{subject.stated('repositoryName')!r}, {', '.join(plausible)}"


def i02(subject: Subject) -> str:
    """The baseURL is the URL that was asked."""
    base = subject.stated("baseURL")
    if base != subject.asker.url:
        raise Fails(f"asked at {subject.asker.url}, the provider says that its baseURL is {base!r}", subject.identify)
    return base


def i03(subject: Subject) -> str:
    """The earliestDatestamp has the declared granularity."""
    earliest = subject.stated("earliestDatestamp")
    if not SPELT[subject.granularity].fullmatch(earliest):
        raise Fails(f"earliestDatestamp is {earliest!r}, the granularity {subject.granularity}", subject.identify)
    moment(earliest)
    return earliest


def i04(subject: Subject) -> str:
    """No datestamp is before the earliestDatestamp."""
    earliest = subject.stated("earliestDatestamp")
    before = [item for item in subject.headers.items if item.datestamp < earliest[: len(item.datestamp)]]
    if before:
        raise Fails(f"{before[0].identifier} has the datestamp {before[0].datestamp}, before {earliest}")
    granularity = subject.granularity
    until = spelt_in(granularity, _before(moment(earliest), step(granularity)))
    answer = subject.ask("ListIdentifiers", metadataPrefix=subject.prefix, until=until, **subject.scope)
    if "noRecordsMatch" not in answer.codes:
        raise Fails(f"records until {until}, before the earliestDatestamp, were answered with {answer.said}", answer)
    return f"none of {len(subject.headers.items)} datestamps is before {earliest}"


def i05(subject: Subject) -> str:
    """The deletedRecord is a legal value, and `no` means none."""
    kept = subject.stated("deletedRecord")
    if kept not in ("no", "transient", "persistent"):
        raise Fails(f"deletedRecord is {kept!r}", subject.identify)
    gone = [item for item in (*subject.headers.items, *subject.deleted) if item.is_deleted]
    if kept == "no" and gone:
        raise Fails(f"deletedRecord is no, and {gone[0].identifier} is listed as deleted")
    return f"{kept}, {len({item.identifier for item in gone})} deleted records are listed"


def i06(subject: Subject) -> str:
    """The granularity is one of the two."""
    found = subject.stated("granularity")
    if found not in SPELT:
        raise Fails(f"granularity is {found!r}", subject.identify)
    return found


def i07(subject: Subject) -> str:
    """The oai-identifier description fits the identifiers in use."""
    ns = f"{{{OAI_IDENTIFIER}}}"
    verb = subject.identify.verb
    described = verb.find(f"{TAG}description/{ns}oai-identifier") if verb is not None else None
    if described is None:
        raise NotApplicable("Identify has no oai-identifier description")
    told = {str(each.tag).removeprefix(ns): (each.text or "").strip() for each in described}
    head = f"oai:{told.get('repositoryIdentifier')}:"
    if told.get("scheme") != "oai" or told.get("delimiter") != ":":
        raise Fails(f"the scheme is {told.get('scheme')!r}, the delimiter {told.get('delimiter')!r}", subject.identify)
    used = (told.get("sampleIdentifier", ""), *(item.identifier for item in subject.headers.items))
    strange = [identifier for identifier in used if not identifier.startswith(head)]
    if strange:
        raise Fails(f"{strange[0]!r} does not begin with {head!r}", subject.identify)
    return f"{len(used) - 1} identifiers and the sample begin with {head}"


def _before(when: dt.datetime, by: dt.timedelta) -> dt.datetime:
    try:
        earlier = when - by
    except OverflowError as error:
        raise Undecided("there is no time before the earliestDatestamp") from error
    if earlier.year < 1000:
        raise Undecided(f"no date before {when:%Y-%m-%d} can be spelt")
    return earlier
