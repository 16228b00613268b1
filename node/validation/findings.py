"""Validation results as findings: the same result is the same finding, whichever engine has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import partial

from node.model.report import Finding, Severity
from node.validation.engines import ENGINE_FAILED, Answer, Verdict
from node.validation.shapes import Shape

Kept = dict[tuple[str, str, str, str], Finding]
"""Findings by shape, focus node, path and value."""

_VALUE_LENGTH = 500
_ADVICE = (
    "The record may be in order: its other checks stand. Report the record and the shape to the node's developers."
)


def finding_of(shape: Shape, focus: str, value: str | None, component: str) -> Finding:
    """Return the finding of a validation result (SHACL, section 3.6.2).

    Args:
        shape: its source shape.
        focus, value: as the record spells them.
        component: the IRI of its source constraint component.
    """
    if value is not None and len(value) > _VALUE_LENGTH:
        value = value[:_VALUE_LENGTH]
    # Slot by slot, which takes half the time of a frozen dataclass's own `__init__`: records have a dozen findings.
    finding = _new(Finding)
    _code(finding, shape.id)
    _severity(finding, shape.severity)
    _message(finding, shape.message if value is None or value == focus else _sentence(shape.message, value))
    _advice(finding, shape.advice)
    _focus_node(finding, focus)
    _path(finding, shape.path)
    _value(finding, value)
    _principle(finding, shape.principle)
    _source_line(finding, None)
    _component(finding, component)
    _source_path(finding, None)
    _source_missing(finding, False)
    return finding


def failed(message: str, focus: str | None, shape: Shape | None) -> Finding:
    """Return the finding that a shape, or the whole record, could not be judged."""
    return Finding(
        code=ENGINE_FAILED,
        severity=Severity.WARNING,
        message=message[:_VALUE_LENGTH],
        advice=_ADVICE,
        focus_node=focus,
        value=shape.id if shape else None,
        principle=shape.principle if shape else None,
    )


def keep(findings: Kept, finding: Finding) -> None:
    """One finding a shape, focus node, path and value: two constraints that fail for one value are one fault."""
    key = (finding.code, finding.focus_node or "", finding.path or "", finding.value or "")
    known = findings.get(key)
    if known is None or (finding.component or "") < (known.component or ""):
        findings[key] = finding


def answer(findings: Kept, verdicts: Iterable[Verdict]) -> Answer:
    """Return findings and verdicts in their fixed order."""
    given = list(verdicts)
    try:
        given.sort()
    except TypeError:
        # Two literals can have the same text, and `None` has no place between passed and failed.
        given.sort(key=lambda verdict: (*verdict[:2], str(verdict[2])))
    return Answer(findings=tuple(findings[key] for key in sorted(findings)), verdicts=tuple(given))


def verdicts_of(rows: Iterable[tuple[str, str, bool | None]]) -> list[Verdict]:
    """Return verdicts of shape, focus node and outcome; for dozens at a time, at half the price of making each."""
    return list(map(_verdict, rows))


_verdict = partial(tuple.__new__, Verdict)


def undecided(verdicts: Iterable[Verdict], shapes: Iterable[Shape], focus: str) -> list[Verdict]:
    """Return verdicts with those that were never reached, undecided."""
    given = list(verdicts)
    done = {verdict.shape for verdict in given}
    left = [shape for shape in shapes if shape.targets and shape.id not in done]
    return given + [Verdict(shape=shape.id, focus_node=focus, passed=None) for shape in left]


def _sentence(message: str, value: str) -> str:
    return f"{message.removesuffix('.')}: “{value if len(value) <= 100 else value[:99] + '…'}”"


_new = object.__new__
# A field that is added is missing here, and Python says so.
(
    _code, _severity, _message, _advice, _focus_node, _path, _value, _principle, _source_line, _component,
    _source_path, _source_missing,
) = (Finding.__dict__[field.name].__set__ for field in fields(Finding))  # fmt: skip
