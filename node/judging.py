"""A prepared record is judged: by the profile that may hold it back, and in the same pass by those that audits ask for.

What is judged is the text that is kept, read once for all profiles, so that a harvest and an audit of the same record
come to the same verdicts. Why they are kept: `docs/explanation/decisions/what-bounds-a-harvest.md`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from node.model.audit import Judgement, Subject
from node.model.prepared import Prepared
from node.model.rdf import Iri
from node.model.report import ValidationReport
from node.syntax import from_ntriples
from node.validation import Profile, SharedRecord, ask, load_profile, report_of
from node.validation.engines import Answer


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


def judged(prepared: Prepared, judging: Judging, *, local_id: str, source: str) -> Prepared:
    """Return a record with its report and its judgements.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed.
    """
    if not judging.profiles:
        return prepared
    text = whole(prepared.ntriples, [node.ntriples for node in prepared.shared])
    record = SharedRecord(from_ntriples(text))
    subject = Subject(
        local_id=local_id,
        source=source,
        identifier=prepared.header.identifier,
        iri=prepared.subject,
        content=prepared.content_digest,
        ntriples=text,
    )
    report: ValidationReport | None = None
    judgements: list[tuple[str, Judgement]] = []
    for name in judging.profiles:
        profile = load_profile(name)
        answer = ask(record, profile, Iri(prepared.subject))
        own = report_of(answer, profile)
        if name == judging.profile:
            report = own
        if name in judging.audited and judging.make is not None:
            judgements.append((profile.digest, judging.make(subject, profile, answer, own)))
    return dataclasses.replace(prepared, report=report, judgements=tuple(judgements))


def whole(ntriples: str, shared: Sequence[str]) -> str:
    """Return all that a record says, agents included: the lines of canonical N-Triples, sorted, each once."""
    if not shared:
        return ntriples
    # Lines end with a line feed and nothing else: literals may hold other separators that `splitlines` cuts at.
    lines = {line for part in (ntriples, *shared) for line in part.split("\n") if line}
    return "".join(f"{line}\n" for line in sorted(lines))
