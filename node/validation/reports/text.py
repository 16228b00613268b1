"""Reports as text: what costs most first, with the place in the raw record and the way to mend it.

Lines carry a style, so that a terminal can show them in colour; as plain text they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from node.model.report import Finding, Severity, ValidationReport
from node.validation.reports.outcomes import Outcome, in_order, place
from node.validation.reports.summary import Summary


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `style` is a colour of terminals, or empty."""

    text: str
    style: str = ""


def as_text(outcomes: Sequence[Outcome], fail_on: Severity | None = None) -> str:
    """Return the report without styles."""
    return "\n".join(line.text for line in lines(outcomes))


def lines(outcomes: Sequence[Outcome]) -> tuple[Line, ...]:
    """Return the report; no line holds a character that could steer a terminal."""
    one = outcomes[0] if len(outcomes) == 1 else None
    found = _one(one) if one is not None and one.report is not None else _many(outcomes)
    return tuple(Line("".join(char if char.isprintable() else " " for char in line.text), line.style) for line in found)


STYLES = {Severity.VIOLATION: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def _one(outcome: Outcome) -> Iterator[Line]:
    yield from _head(Summary.of([outcome]), outcome.report)
    lost = outcome.lost()
    said: set[str] = set()
    for finding in _told(outcome):
        # A check costs its points once, however many findings it has.
        points = lost.get(finding.code, 0.0) if finding.code not in said else 0.0
        said.add(finding.code)
        yield Line("")
        yield Line(_title(finding, points, _blocks(outcome, finding)), STYLES[finding.severity])
        yield from (Line(f"    {word}: {text}") for word, text in _details(finding) if text)


def _many(outcomes: Sequence[Outcome]) -> Iterator[Line]:
    whole = Summary.of(outcomes)
    yield from _head(whole, next((outcome.report for outcome in outcomes if outcome.report), None))
    rules = whole.rules
    if rules:
        yield Line("")
        yield Line("What to mend first:", "bold")
    for rule in rules:
        finding = rule.example
        yield Line("")
        records = f"{rule.records} record{'' if rule.records == 1 else 's'}"
        yield Line(f"{_title(finding, rule.points, rule.blocks)} in {records}", STYLES[finding.severity])
        if finding.advice:
            yield Line(f"    mend: {finding.advice}")
    for outcome in outcomes:
        yield Line("")
        if outcome.problem is not None:
            yield Line(f"{outcome.name or '-'}: {outcome.problem.message} [{outcome.problem.code}]", "red")
            yield Line(f"    mend: {outcome.problem.advice}")
            continue
        assert outcome.report is not None
        report = outcome.report
        yield Line(f"{outcome.name}: {report.score:g} of {report.max_score:g} points", "bold")
        for scores in outcome.scores:
            said = "; ".join(f"{name} {statement}" for name, statement in scores.statements)
            yield Line(f"    {said}" + (f" ({scores.resource})" if len(outcome.scores) > 1 else ""))
        for finding in _told(outcome):
            where = place(finding)
            yield Line(f"    {finding.code} {finding.message}" + (f" ({where})" if where else ""))


def _told(outcome: Outcome) -> list[Finding]:
    """The findings in order; of those that only differ by their component, and so read the same, one."""
    found = in_order(outcome)
    return list({(*_details(one), one.code, one.message): one for one in reversed(found)}.values())[::-1]


def _head(whole: Summary, first: ValidationReport | None) -> Iterator[Line]:
    if first is not None:
        yield Line(f"profile {first.profile} ({first.digest[:12]}), {first.engine}")
    if whole.records != 1:
        yield Line(f"records {whole.records}" + (f", {whole.unread} of them could not be read" if whole.unread else ""))
    parts = ", ".join(f"{letter} {points:g}/{most:g}" for letter, (points, most) in whole.letters.items())
    yield Line(f"score   {whole.gained:g} of {whole.possible:g} points" + (f" ({parts})" if parts else ""), "bold")
    if whole.checks:
        met, not_met, undecided = (whole.checks[state] for state in (True, False, None))
        yield Line(f"checks  {met} met, {not_met} not met, {undecided} undecided")
    for name, statement in whole.statements:
        yield Line(f"{name:<7} {statement}")
    words = [f"{count} {one.label}{'' if count == 1 else 's'}" for one, count in whole.found.items() if count]
    yield Line(f"found   {', '.join(words) or 'nothing'}")


def _title(finding: Finding, points: float, blocks: bool) -> str:
    notes = [finding.severity.label]
    notes += ["blocks"] if blocks else []
    notes += [f"costs {points:g} point{'' if points == 1 else 's'}"] if points else []
    return f"{finding.code} {finding.message} [{', '.join(notes)}]"


def _blocks(outcome: Outcome, finding: Finding) -> bool:
    return outcome.report is not None and finding in outcome.report.blocked_by


def _details(finding: Finding) -> tuple[tuple[str, str | None], ...]:
    return (
        ("at", finding.focus_node), ("path", finding.path), ("value", finding.value),
        ("element", place(finding)), ("mend", finding.advice),
    )  # fmt: skip
