"""What a harvest makes of an engine's answer for audits; pure, and light enough for every worker to import."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from node.audit import verdicts
from node.audit.judging import (
    canonical,
    checks_of,
    codes_of,
    has_failed,
    items_of,
    judgement,
    rdf_digest,
    rules_of,
)
from node.model.audit import Judgement, Rule, Subject
from node.model.report import ValidationReport
from node.validation import Profile
from node.validation.engines import Answer
from node.validation.quality import Quality


def made(subject: Subject, profile: Profile, answer: Answer, report: ValidationReport) -> Judgement:
    """Return the judgement of a record, the same that an audit of it comes to.

    Args:
        subject: with N-Triples.
        report: of the answer.
    """
    rules = _Rules.of(profile)
    # A record fails few of a profile's rules, of which DCAT-AP has two hundred: only those are looked at.
    failed = [rules.by_code[code] for code in {finding.code for finding in answer.findings} if code in rules.by_code]
    undecided = has_failed(answer)
    return judgement(
        subject,
        rdf=rdf_digest(subject),
        checks=checks_of(answer, rules.all) if undecided else rules.marked(failed),
        quality=Quality(score=report.score, max_score=report.max_score, by_letter=report.by_letter),
        failures=canonical(items_of(answer.findings, subject, failed)),
        told="" if undecided else verdicts.written(answer.verdicts, rules.codes, subject.iri),
    )


class _Rules:
    """A profile's rules, as they are looked up."""

    def __init__(self, profile: Profile) -> None:
        self.all = rules_of(profile)
        self.codes = codes_of(self.all)
        self.by_code = {rule.code: rule for rule in self.all}
        self._places = {code: place for place, code in enumerate(self.codes)}

    @staticmethod
    @cache
    def of(profile: Profile) -> _Rules:
        return _Rules(profile)

    def marked(self, failed: Sequence[Rule]) -> str:
        """Return `Judgement.checks` where every check is decided."""
        checks = ["."] * len(self.all)
        for rule in failed:
            checks[self._places[rule.code]] = "f"
        return "".join(checks)
