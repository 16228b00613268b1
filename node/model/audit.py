"""Audits as values: what a profile said about stored records, by digests, and what people decided about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from node.model.report import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A shape as audits speak of it.

    Attributes:
        path, message: what its findings say where they say nothing else.
        digest: of all that its verdicts and findings rest on, engine included; empty where that is not known.
    """

    code: str
    severity: Severity
    name: str = ""
    message: str = ""
    advice: str = ""
    principle: str | None = None
    points: float = 0.0
    path: str | None = None
    digest: str = ""


def shared_codes(before: Mapping[str, str], after: Sequence[Rule]) -> frozenset[str]:
    """Return the codes of the rules that rest on the same in two yardsticks; `before` are digests by code."""
    return frozenset(rule.code for rule in after if rule.digest and before.get(rule.code) == rule.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What records are measured by: a profile and an engine. Two are equal where their digests are.

    Attributes:
        profile, version: the profile's name and version.
        profile_digest: SHA-256 over the profile's definition, shapes and vocabularies.
        engine: name and version of the engine.
        engine_digest: SHA-256 over the engine's code and the libraries it stands on.
        files: name and text of each shapes file.
        rules: sorted by code.
    """

    profile: str
    version: str
    profile_digest: str
    engine: str
    engine_digest: str
    files: tuple[tuple[str, bytes], ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A live record, ready to be judged.

    Attributes:
        local_id: the node's own name of it.
        source, identifier: whose it is, and its name there.
        iri: the resource it describes.
        content: the digest that changes whenever the record does.
        ntriples: all it says, agents included, as canonical N-Triples; `None` where it could not be read.
        lost: why it could not be read.
    """

    local_id: str
    source: str
    identifier: str
    iri: str
    content: str
    ntriples: str | None
    lost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one yardstick says about one version of one record.

    Attributes:
        rdf: SHA-256 of the N-Triples that were judged; empty where they could not be read.
        checks: one character per rule, in their order: `f` failed, `u` undecided, `.` nothing to say.
        score, max_score: points gained, and points that could be.
        letters: the same for each letter of FAIR.
        failures: the findings as canonical JSON, without what their rules say already.
        verdicts: by focus node (`null` for `iri`), one character per rule, as JSON: `p` passed, `f` failed, `-` not
            asked; what the next version of a profile goes on from. Empty where a check is undecided, and where they
            were not read.
    """

    local_id: str
    source: str
    identifier: str
    iri: str
    content: str
    rdf: str
    checks: str
    score: float
    max_score: float
    letters: tuple[tuple[str, float, float], ...]
    failures: str
    verdicts: str = ""

    @property
    def undecided(self) -> bool:
        """Some check could not be evaluated, so the record is judged again next time."""
        return "u" in self.checks


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How many records fail a rule, with how many findings."""

    code: str
    severity: Severity
    records: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceScore:
    """A source's part in an audit: its records, those with findings, points gained and points that could be."""

    source: str
    records: int
    failing: int
    score: float
    max_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit. What `digest` covers is `document`; the times are not part of it.

    Attributes:
        number: of its row.
        digest: SHA-256 of `document`, by which it is known.
        document: canonical JSON: yardstick and sources by name and digest, totals, and the digest of all results.
        made: when it was made, UTC without zone.
        confirmed: when an audit last found everything as it is here.
        rules: counts by rule, the most severe first.
        sources: one part per source, by name.
    """

    number: int
    digest: str
    document: str
    yardstick: int
    profile: str
    version: str
    profile_digest: str
    engine: str
    made: dt.datetime
    confirmed: dt.datetime
    rules: tuple[RuleCount, ...]
    sources: tuple[SourceScore, ...]

    def is_of(self, names: Collection[str]) -> bool:
        """Return whether it is about no other sources than these."""
        return all(each.source in names for each in self.sources)

    @property
    def records(self) -> int:
        """The records judged."""
        return sum(each.records for each in self.sources)

    @property
    def findings(self) -> int:
        """The findings of all records."""
        return sum(each.findings for each in self.rules)

    @property
    def score(self) -> float:
        """Points gained."""
        return sum(each.score for each in self.sources)

    @property
    def max_score(self) -> float:
        """Points that could be gained."""
        return sum(each.max_score for each in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody's word that a finding is known and accepted for a while. Dates are days in UTC.

    Attributes:
        code: the rule.
        source: only in records of this source; `None` for any.
        record: only in this record, by local id; `None` for any.
        expires: the first day on which it does not hold any more.
        ended: the day somebody took it back.
    """

    number: int
    code: str
    source: str | None
    record: str | None
    reason: str
    owner: str
    created: dt.date
    expires: dt.date
    ended: dt.date | None = None

    def holds(self, today: dt.date) -> bool:
        """Say whether it counts on a day."""
        return self.created <= today < self.expires and (self.ended is None or today < self.ended)

    def covers(self, code: str, source: str, record: str) -> bool:
        """Say whether it is about a rule's findings in a record."""
        return self.code == code and self.source in (None, source) and self.record in (None, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who stood up for an audit, by its digest, and when (UTC without zone)."""

    audit: str
    who: str
    at: dt.datetime
    note: str = ""


class Change(Enum):
    """What became of a finding between two audits.

    `dropped` and `first` say nothing about the record: the record or the rule was not judged in one of the two.
    """

    FIXED = "fixed"
    NEW = "new"
    UNCHANGED = "unchanged"
    DROPPED = "dropped"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFinding:
    """A finding and what became of it.

    Attributes:
        current: the content digest of its record in the later audit; `None` where it is not in there.
    """

    change: Change
    local_id: str
    source: str
    identifier: str
    finding: Finding
    current: str | None
