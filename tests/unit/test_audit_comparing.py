"""What became of a finding: fixed and new only where it was judged both times."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from node.audit.comparing import by_rule, compare
from node.audit.judging import UNREADABLE
from node.model.audit import Change, Judgement, Rule
from node.model.report import Severity

RULES = tuple(Rule(code=code, severity=Severity.WARNING, message=code) for code in ("A", "B", "http://example.org/C"))


def judged(local_id: str, *found: str, checks: str = "...", **values: str) -> Judgement:
    return Judgement(
        local_id=local_id,
        source="s",
        identifier=local_id,
        iri=f"urn:{local_id}",
        content=values.get("content", "c"),
        rdf="",
        checks=checks,
        score=0,
        max_score=0,
        letters=(),
        failures=json.dumps([{"rule": code.partition("=")[0], "value": code.partition("=")[2]} for code in found]),
    )


def changes(
    before: list[Judgement], after: list[Judgement], old: tuple[Rule, ...] = RULES, new: tuple[Rule, ...] = RULES
) -> list[tuple[str, str, str]]:
    return [(each.local_id, each.finding.code, each.change.value) for each in compare(before, old, after, new)]


def test_a_finding_is_fixed_new_or_unchanged() -> None:
    found = changes([judged("r", "A", "B=1")], [judged("r", "B=1", "B=2")])

    assert found == [("r", "A", "fixed"), ("r", "B", "unchanged"), ("r", "B", "new")]


def test_of_two_constraints_that_failed_for_a_value_one_can_be_fixed() -> None:
    both = judged("r", "A=1")
    (item,) = json.loads(both.failures)
    two = [{**item, "component": "urn:MinLength"}, {**item, "component": "urn:Pattern"}]

    found = changes([replace(both, failures=json.dumps(two))], [replace(both, failures=json.dumps(two[:1]))])

    assert found == [("r", "A", "unchanged"), ("r", "A", "fixed")]


def test_a_record_that_left_fixed_nothing_and_one_that_came_broke_nothing() -> None:
    assert changes([judged("a", "A")], [judged("b", "A")]) == [("a", "A", "dropped"), ("b", "A", "first")]


def test_a_rule_that_is_not_asked_any_more_fixed_nothing() -> None:
    found = [judged("r", "A", "http://example.org/C")]

    assert changes(found, [judged("r", checks=".")], new=RULES[:1]) == [
        ("r", "A", "fixed"),
        ("r", "http://example.org/C", "dropped"),
    ]
    assert changes([judged("r", checks=".")], found, old=RULES[:1]) == [
        ("r", "A", "new"),
        ("r", "http://example.org/C", "first"),
    ]


def test_a_rule_that_could_not_be_evaluated_fixed_nothing() -> None:
    assert changes([judged("r", "A")], [judged("r", "validation.engine-failed=A", checks="u..")]) == [
        ("r", "A", "dropped"),
        ("r", "validation.engine-failed", "new"),
    ]
    assert changes([judged("r", UNREADABLE, checks="uuu")], [judged("r", "A")]) == [
        ("r", "A", "first"),
        ("r", UNREADABLE, "fixed"),
    ]


def test_the_wording_of_a_finding_does_not_make_it_another_one() -> None:
    other = (Rule(code="A", severity=Severity.VIOLATION, message="said otherwise"), *RULES[1:])

    assert changes([judged("r", "A")], [judged("r", "A")], new=other) == [("r", "A", "unchanged")]


_sides = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from(["A", "B=1", "B=2"]), unique=True))


@given(_sides, _sides)
def test_every_finding_of_both_sides_is_told_once(left: dict[str, list[str]], right: dict[str, list[str]]) -> None:
    before = [judged(key, *left[key]) for key in sorted(left)]
    after = [judged(key, *right[key]) for key in sorted(right)]

    counts = dict.fromkeys(Change, 0)
    for rule in by_rule(compare(before, RULES, after, RULES)):
        for way, many in rule.counts.items():
            counts[way] += many

    old, new = sum(map(len, left.values())), sum(map(len, right.values()))
    assert counts[Change.FIXED] + counts[Change.DROPPED] + counts[Change.UNCHANGED] == old
    assert counts[Change.NEW] + counts[Change.FIRST] + counts[Change.UNCHANGED] == new
    assert not any(each[2] != "unchanged" for each in changes(before, before))
