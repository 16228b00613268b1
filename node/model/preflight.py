"""What is found out about a repository before anything of it is kept: a preflight and its report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from node.model.report import Severity
from node.model.repository import RepositoryDescription
from node.model.run import RunError


class Incremental(Enum):
    """Whether the repository really lists what changed in a window of time (OAI-PMH 2.0, section 2.7.1)."""

    WORKS = "works"
    IGNORED = "ignored"
    MISSES = "misses"
    UNCHECKED = "unchecked"


class Verdict(Enum):
    """The preflight in one word: `ready`, `findings` (a violation to mend), `failed` (it could not be carried out)."""

    READY = "ready"
    FINDINGS = "findings"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a preflight asks.

    Attributes:
        url, kind, metadata_prefix, set_specs: as those of a `Source`.
        sample: records looked at, at most.
        profile: the validation profile.
    """

    url: str
    kind: str
    metadata_prefix: str
    set_specs: tuple[str, ...]
    sample: int
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A record of the sample that has a finding.

    Attributes:
        identifier: at the repository; empty where the record has none.
        path: the RDF property, or the element of the record.
        value: the offending value.
        line: of the record's payload, counted from 1.
        message: what is wrong there.
    """

    identifier: str
    path: str | None = None
    value: str | None = None
    line: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One thing to mend, with where it was met first.

    Attributes:
        code: a shape's id or a finding's code.
        message: what is wrong, in the words of the first case.
        advice: how to mend it.
        principle: the FAIR principle; `None` where it is no FAIR check.
        records: records of the sample that have it; 0 for what is about the repository as a whole.
        points: points of the FAIR score lost by it, over the whole sample.
        blocks: it keeps records from being published.
        examples: the first records that have it.
    """

    code: str
    severity: Severity
    message: str
    advice: str = ""
    principle: str | None = None
    records: int = 0
    points: float = 0.0
    blocks: bool = False
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The records that were looked at, and what a harvest would make of them.

    Attributes:
        records: looked at; the first ones of the list.
        pages: answers they came in.
        whole: the list ended within the sample, so the sample is all there is.
        deleted: of them, told as deleted.
        published, quarantined, rejected: what would become of the others; less than all of them where time ran out.
        repeated: identifiers that came more than once.
        score, max_score: points of the profile gained, and that could be gained, over the sample.
        by_letter: the same for each letter of FAIR.
        oldest, newest: datestamps, as the repository spells them.
    """

    records: int = 0
    pages: int = 0
    whole: bool = False
    deleted: int = 0
    published: int = 0
    quarantined: int = 0
    rejected: int = 0
    repeated: int = 0
    score: float = 0.0
    max_score: float = 0.0
    by_letter: tuple[tuple[str, float, float], ...] = ()
    oldest: str = ""
    newest: str = ""

    @property
    def checked(self) -> int:
        """Records that were mapped and validated, or found to be unfit for it."""
        return self.published + self.quarantined + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How long a full harvest would take.

    Attributes:
        records: in the whole list; `None` where nobody says.
        seconds: `None` where it cannot be told.
        page_seconds: a page took so long to arrive, on average.
        record_seconds: mapping and validating took so long a record, on average.
        reckoned: how `seconds` came about, in words.
    """

    records: int | None = None
    seconds: float | None = None
    page_seconds: float = 0.0
    record_seconds: float = 0.0
    reckoned: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightReport:
    """What a preflight found out.

    Attributes:
        question: what was asked.
        profile_digest: of the profile in use; empty where it was not reached.
        started: UTC.
        seconds: it took.
        requests, retries: it sent.
        description: what the repository says of itself; `None` where it does not answer.
        sample: see `Sample`.
        estimate: see `Estimate`.
        incremental: see `Incremental`.
        incremental_note: how that was tried, in words.
        conformance: about the repository and its protocol, the worst first.
        fixes: about its records, those first that cost most points.
        error: why the preflight ended early; what was found out before still stands.
    """

    question: Question
    started: dt.datetime
    profile_digest: str = ""
    seconds: float = 0.0
    requests: int = 0
    retries: int = 0
    description: RepositoryDescription | None = None
    sample: Sample = Sample()
    estimate: Estimate = Estimate()
    incremental: Incremental = Incremental.UNCHECKED
    incremental_note: str = ""
    conformance: tuple[Fix, ...] = ()
    fixes: tuple[Fix, ...] = ()
    error: RunError | None = None

    @property
    def worst(self) -> Severity | None:
        """The highest severity of all that is to mend; `None` where nothing is."""
        return max((fix.severity for fix in (*self.conformance, *self.fixes)), default=None)

    @property
    def verdict(self) -> Verdict:
        """The preflight in one word; findings that only warn or inform do not count."""
        if self.error is not None:
            return Verdict.FAILED
        return Verdict.FINDINGS if (self.worst or 0) >= Severity.VIOLATION else Verdict.READY
