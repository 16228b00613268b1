"""What became of each finding between two audits. Both are read once, in the order of their records.

Only what was judged both times can be fixed or new: where a record left, a rule is not asked any more or could not be
evaluated, a finding is `dropped`, not fixed; where record or rule came later, it is `first`, not new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from node.audit.judging import UNREADABLE, findings_of
from node.model.audit import Change, ChangedFinding, Judgement, Rule
from node.model.report import Finding
from node.validation.engines import ENGINE_FAILED

# Findings that are no rule's are looked for every time.
_NO_RULES = frozenset({ENGINE_FAILED, UNREADABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """How many findings of a rule took each way."""

    code: str
    counts: dict[Change, int]


def compare(
    before: Iterable[Judgement], old: Sequence[Rule], after: Iterable[Judgement], new: Sequence[Rule]
) -> Iterator[ChangedFinding]:
    """Yield the findings of two audits by record and rule, each with what became of it.

    Args:
        before, after: the audits' judgements, by local id.
        old, new: the rules of their yardsticks.
    """
    sides = (_Side(old), _Side(new))
    for first, second in _pairs(before, after):
        earlier = sides[0].findings(first)
        later = sides[1].findings(second)
        for key in sorted({*earlier, *later}):
            was, is_ = earlier.get(key), later.get(key)
            code = key[0]
            if was is not None and is_ is not None:
                change = Change.UNCHANGED
            elif is_ is not None:
                change = Change.NEW if sides[0].decided(first, code) else Change.FIRST
            else:
                change = Change.FIXED if sides[1].decided(second, code) else Change.DROPPED
            finding = is_ or was
            record = second or first
            assert finding is not None and record is not None
            yield ChangedFinding(
                change=change,
                local_id=record.local_id,
                source=record.source,
                identifier=record.identifier,
                finding=finding,
                current=second.content if second else None,
            )


def by_rule(changed: Iterable[ChangedFinding]) -> tuple[RuleChange, ...]:
    """Count the ways, by rule."""
    counts: dict[str, dict[Change, int]] = {}
    for each in changed:
        mine = counts.setdefault(each.finding.code, dict.fromkeys(Change, 0))
        mine[each.change] += 1
    return tuple(RuleChange(code=code, counts=counts[code]) for code in sorted(counts))


class _Side:
    """One of the audits: which rules it asked, and what it found."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = {rule.code: rule for rule in rules}
        self._places = {rule.code: index for index, rule in enumerate(rules)}

    def findings(self, judgement: Judgement | None) -> dict[tuple[str, ...], Finding]:
        """Return a record's findings by what makes them the same in both audits: not by their wording."""
        if judgement is None:
            return {}
        return {
            (each.code, each.focus_node or "", each.path or "", each.value or "", each.component or ""): each
            for each in findings_of(judgement, self._rules)
        }

    def decided(self, judgement: Judgement | None, code: str) -> bool:
        """Say whether a rule was asked of a record, and answered."""
        if judgement is None:
            return False
        place = self._places.get(code)
        if place is None:
            return code in _NO_RULES
        return judgement.checks[place] != "u"


def _pairs(
    before: Iterable[Judgement], after: Iterable[Judgement]
) -> Iterator[tuple[Judgement | None, Judgement | None]]:
    """Yield the two judgements of each record, by local id."""
    left, right = iter(before), iter(after)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.local_id < other.local_id):
            yield one, None
            one = next(left, None)
        elif one is None or other.local_id < one.local_id:
            yield None, other
            other = next(right, None)
        else:
            yield one, other
            one, other = next(left, None), next(right, None)
