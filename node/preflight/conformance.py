"""Whether a repository's own description and the datestamps of its records fit what a harvest needs of them.

OAI-PMH 2.0, sections 2.7.1 (selective harvesting), 3.3.1 (datestamps) and 4.2 (Identify).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from node.mapping.crosswalks import CROSSWALKS
from node.model.oai import Record
from node.model.preflight import Example, Fix
from node.model.report import Finding, Severity
from node.model.repository import MetadataFormat, RepositoryDescription
from node.model.source import Source
from node.preflight.ranking import EXAMPLES

DAY, SECONDS = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"
_SPELT = {DAY: re.compile(r"\d{4}-\d\d-\d\d"), SECONDS: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")}


def check_description(description: RepositoryDescription, source: Source) -> Iterator[Fix]:
    """Yield what a repository's description tells against harvesting it as the source asks."""
    yield from as_fixes(description.findings)
    if source.kind == "oai-pmh":  # elsewhere a source's format is the node's word, not the repository's
        yield from _formats(description, source)
        offered = {each.spec for each in description.sets}
        for spec in source.set_specs:
            if offered and spec not in offered:
                yield Fix(
                    code="preflight.set-missing",
                    severity=Severity.WARNING,
                    message=f"the repository does not list the set “{spec}”",
                    advice="Compare the name with the repository's ListSets.",
                )
    if description.deletions == "no":
        can = "Keep track of deleted records (deletedRecord persistent), so that they vanish here at once."
        cannot = "Have everything listed often enough (--full-every); what was deleted stays here until then."
        yield Fix(
            code="preflight.deletions-untold",
            severity=Severity.INFO,
            message="the repository does not tell of deletions; only their absence from a full list does",
            advice=can if source.kind == "oai-pmh" else cannot,
        )
    elif description.deletions == "transient":
        yield Fix(
            code="preflight.deletions-transient",
            severity=Severity.INFO,
            message="the repository tells of deletions for some time only",
            advice="Let a source be harvested more often than deletions are forgotten, or keep them for good.",
        )
    if description.granularity == DAY:
        yield Fix(
            code="preflight.granularity-day",
            severity=Severity.INFO,
            message="the datestamps are days, so an incremental harvest asks for each day twice",
            advice="Offer datestamps in seconds (granularity YYYY-MM-DDThh:mm:ssZ).",
        )


def check_headers(
    records: Sequence[Record], description: RepositoryDescription, source: Source, now: dt.datetime
) -> Iterator[Fix]:
    """Yield what is wrong with the identifiers and datestamps of a sample."""
    times = Counter(record.header.identifier for record in records)
    repeated = [record for record in records if times[record.header.identifier] > 1]
    if repeated:
        yield _about(
            "preflight.identifier-repeated",
            Severity.WARNING,
            "an identifier is listed more than once in one list",
            "List each item once, as it is now (in OAI-PMH: one record per format, section 2.4).",
            list({record.header.identifier: record for record in repeated}.values()),
            lambda record: Example(identifier=record.header.identifier, path="header/identifier"),
        )
    if description.granularity not in _SPELT:
        return
    granularity, earliest = description.granularity, description.earliest
    tomorrow = spelt_in(granularity, (now + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")) or ""
    tests: tuple[tuple[str, str, str, Callable[[str], bool]], ...] = (
        (
            "preflight.datestamp-spelling",
            f"a datestamp is not spelt {granularity}, as Identify promises",
            "Spell the datestamps of headers in the repository's granularity (section 3.3.1).",
            lambda stamp: _SPELT[granularity].fullmatch(stamp) is None,
        ),
        (
            "preflight.datestamp-future",
            "a datestamp lies in the future",
            "A datestamp says when the record last changed; an incremental harvest meets this record again and again.",
            lambda stamp: (spelt_in(granularity, stamp) or "") > tomorrow,
        ),
        (
            "preflight.datestamp-too-early",
            f"a datestamp lies before the earliestDatestamp {earliest}",
            "Correct earliestDatestamp in Identify: it is a lower limit of all datestamps (section 4.2).",
            lambda stamp: bool(earliest) and stamp < earliest[: len(stamp)],
        ),
    )
    if source.kind != "oai-pmh":  # other protocols spell dates in their own ways
        tests = tests[1:2]
    for code, message, advice, is_wrong in tests:
        wrong = [record for record in records if is_wrong(record.header.datestamp)]
        if wrong:
            yield _about(code, Severity.WARNING, message, advice, wrong, _datestamp)


def spelt_in(granularity: str, datestamp: str) -> str | None:
    """Return a datestamp as it can be asked for, fractions of seconds cut off; `None` where it is none."""
    try:
        moment = dt.datetime.fromisoformat(datestamp)
        moment = moment.astimezone(dt.UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    if granularity == DAY:
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if granularity == SECONDS and len(datestamp) > len(DAY) else None


def as_fixes(findings: Sequence[Finding]) -> Iterator[Fix]:
    """Yield findings about the repository, each code and message once."""
    for finding in dict.fromkeys(findings):
        found = Example(identifier="", path=finding.path, value=finding.value, line=finding.source_line)
        yield Fix(
            code=finding.code,
            severity=finding.severity,
            message=finding.message,
            advice=finding.advice,
            examples=(found,) if finding.path or finding.value or finding.source_line else (),
        )


def _formats(description: RepositoryDescription, source: Source) -> Iterator[Fix]:
    offered = {each.prefix for each in description.formats}
    if not offered:
        return
    if source.metadata_prefix not in offered:
        yield Fix(
            code="preflight.format-missing",
            severity=Severity.VIOLATION,
            message=f"the repository does not list the format “{source.metadata_prefix}”",
            advice=f"Ask for one that it lists: {', '.join(sorted(offered)[:20])}.",
        )
    if source.metadata_prefix == "oai_dc":
        richer = [each.prefix for each in description.formats if _is_richer(each)]
        if richer:
            yield Fix(
                code="preflight.format-richer",
                severity=Severity.INFO,
                message=f"the repository offers a format that says more than oai_dc: {', '.join(richer[:5])}",
                advice=f"Have it harvested with the metadata prefix {richer[0]}: types, licences and dates survive.",
            )


def _is_richer(offered: MetadataFormat) -> bool:
    for crosswalk in CROSSWALKS:
        if "oai_dc" in crosswalk.prefixes:
            continue
        known = (name.removesuffix("*") for name in crosswalk.namespaces)
        if offered.prefix.lower() in crosswalk.prefixes or any(
            offered.namespace.startswith(name) for name in known if name
        ):
            return True
    return False


def _datestamp(record: Record) -> Example:
    return Example(
        identifier=record.header.identifier, path="header/datestamp", value=record.header.datestamp[:100] or "(none)"
    )


def _about(
    code: str,
    severity: Severity,
    message: str,
    advice: str,
    records: Sequence[Record],
    show: Callable[[Record], Example],
) -> Fix:
    return Fix(
        code=code,
        severity=severity,
        message=message,
        advice=advice,
        records=len(records),
        examples=tuple(show(record) for record in records[:EXAMPLES]),
    )
