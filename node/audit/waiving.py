"""Findings as they count today: a waived one is shown as waived, never left out, and counts again in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from node.audit.judging import findings_of
from node.model.audit import Judgement, Rule, RuleCount, Waiver
from node.model.report import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A finding in its record, with the waiver that covers it."""

    judgement: Judgement
    finding: Finding
    waiver: Waiver | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedCount:
    """How many findings of a rule there are, in how many records, and how many of them are waived."""

    rule: RuleCount
    waived: int


class Waiving:
    """The waivers that hold, by rule."""

    def __init__(self, holding: Iterable[Waiver]) -> None:
        self._by_code: dict[str, list[Waiver]] = {}
        for waiver in sorted(holding, key=lambda waiver: waiver.number):
            self._by_code.setdefault(waiver.code, []).append(waiver)

    def __bool__(self) -> bool:
        return bool(self._by_code)

    def covering(self, code: str, source: str, record: str) -> Waiver | None:
        """Return the first waiver that covers a rule's findings in a record, by local id."""
        return next((waiver for waiver in self._by_code.get(code, ()) if waiver.covers(code, source, record)), None)


def standing(results: Iterable[Judgement], rules: Iterable[Rule], waiving: Waiving) -> Iterator[Standing]:
    """Yield every finding of some judgements, in their order, with its waiver."""
    by_code = {rule.code: rule for rule in rules}
    for judgement in results:
        for finding in findings_of(judgement, by_code):
            waiver = waiving.covering(finding.code, judgement.source, judgement.local_id)
            yield Standing(judgement=judgement, finding=finding, waiver=waiver)


def counted(rules: Iterable[RuleCount], found: Iterable[Standing]) -> tuple[WaivedCount, ...]:
    """Return the counts of an audit's rules with what is waived of them."""
    waived: dict[str, int] = {}
    for each in found:
        if each.waiver is not None:
            waived[each.finding.code] = waived.get(each.finding.code, 0) + 1
    return tuple(WaivedCount(rule=rule, waived=waived.get(rule.code, 0)) for rule in rules)


def is_at_least(counts: Iterable[WaivedCount], severity: Severity) -> bool:
    """Say whether some finding that is not waived is at least this severe."""
    return any(each.rule.severity >= severity and each.waived < each.rule.findings for each in counts)
