"""A prepared record is judged: by the profile that may hold it back, and in the same pass by those that audits ask for.

What is judged is what a reader finds in the text that is kept, one graph for all profiles, so that a harvest and an
audit of the same record come to the same verdicts. Why they are kept:
`docs/explanation/decisions/what-bounds-a-harvest.md`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from node.model.audit import Judgement, Subject
from node.model.prepared import Prepared
from node.model.rdf import Iri, Triple
from node.model.report import ValidationReport
from node.validation import Profile, SharedRecord, ask, load_profile, report_of
from node.validation.engines import Answer
from node.validation.findings import is_given_up


class MakesJudgement(Protocol):
    """Makes of an engine's answer what audits keep; it pickles. `node.audit.harvest_judging` has the one there is."""

    def __call__(
        self, subject: Subject, profile: Profile, answer: Answer, report: ValidationReport, /
    ) -> Judgement: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """By what records are judged.

    Attributes:
        profile: the one whose verdict may hold a record back; empty where none does.
        audited: those whose verdicts are kept for audits; `profile` may be among them.
        make: makes these verdicts' judgements.
    """

    profile: str = ""
    audited: tuple[str, ...] = ()
    make: MakesJudgement | None = None

    @property
    def profiles(self) -> tuple[str, ...]:
        """Each profile once, the one that may hold back first."""
        audited = self.audited if self.make is not None else ()
        return tuple(dict.fromkeys(name for name in (self.profile, *audited) if name))


def judged(
    prepared: Prepared, judging: Judging, lines: Mapping[str, Triple], *, local_id: str, source: str
) -> Prepared:
    """Return a record with its report and its judgements.

    Args:
        lines: all it says, agents included, as `node.syntax.to_lines` gives it: what a reader of the text finds.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed.
    """
    if not judging.profiles:
        return prepared
    written = sorted(lines)
    record = SharedRecord([lines[line] for line in written])
    subject = Subject(
        local_id=local_id,
        source=source,
        identifier=prepared.header.identifier,
        iri=prepared.subject,
        content=prepared.content_digest,
        ntriples="".join(written),
    )
    report: ValidationReport | None = None
    judgements: list[tuple[str, Judgement]] = []
    given_up: set[str] = set()
    for name in judging.profiles:
        profile = load_profile(name)
        answer = ask(record, profile, Iri(prepared.subject))
        own = report_of(answer, profile)
        given_up |= {finding.value or "" for finding in answer.findings if is_given_up(finding)}
        if name == judging.profile:
            report = own
        if name in judging.audited and judging.make is not None:
            judgements.append((profile.digest, judging.make(subject, profile, answer, own)))
    return dataclasses.replace(prepared, report=report, judgements=tuple(judgements), given_up=tuple(sorted(given_up)))
