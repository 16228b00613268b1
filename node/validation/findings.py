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
    message = shape.message if not shape.words else dict(shape.words).get(component, shape.message)
    _code(finding, shape.id)
    _severity(finding, shape.severity)
    _message(finding, message if value is None or value == focus else _sentence(message, value))
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
    """Return the finding that a shape, or the whole record, could not be judged.

    Args:
        message: without times, so that the same record has the same finding.
        shape: the one that could not, or that the record's time was over at.
    """
    return Finding(
        code=ENGINE_FAILED,
        severity=Severity.WARNING,
        message=message[:_VALUE_LENGTH],
        advice=_ADVICE,
        focus_node=focus,
        path=shape.path if shape else None,
        value=shape.id if shape else None,
        principle=shape.principle if shape else None,
    )


def not_evaluated(shape: Shape, focus: str, error: Exception) -> tuple[Verdict, Finding]:
    """Return that a shape could not be evaluated for a node."""
    reason = f"{shape.id} could not be evaluated: {type(error).__name__}: {error}"
    return Verdict(shape=shape.id, focus_node=focus, passed=None), failed(reason, focus, shape)


def out_of_time(shape: Shape, focus: str, *, asked: bool) -> Finding:
    """Return the finding that a shape took too long.

    Args:
        asked: it was asked of this node; otherwise of one before it, and of none since.
    """
    why = "it could not be decided in the time that a check has"
    return failed(f"{shape.id}: {why if asked else 'not asked here, for it took too long elsewhere'}", focus, shape)


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


def stopped(
    findings: Kept, verdicts: Iterable[Verdict], todo: Iterable[tuple[Shape, str]], reason: str, focus: str | None
) -> Answer:
    """Return the answer on a record that could not be judged to the end: what is left of it is undecided.

    Args:
        todo: each shape with each of its focus nodes, in the order in which they are asked.
        focus: what the record is about, where that is known.
    """
    given = list(verdicts)
    done = {(verdict.shape, verdict.focus_node) for verdict in given}
    left = [(shape, node) for shape, node in todo if (shape.id, node) not in done]
    shape, node = left[0] if left else (None, focus)
    keep(findings, failed(f"the record could not be judged: {reason}", node or None, shape))
    return answer(findings, [*given, *(Verdict(shape=shape.id, focus_node=node, passed=None) for shape, node in left)])


def _sentence(message: str, value: str) -> str:
    return f"{message.removesuffix('.')}: “{value if len(value) <= 100 else value[:99] + '…'}”"


_new = object.__new__
# A field that is added is missing here, and Python says so.
(
    _code, _severity, _message, _advice, _focus_node, _path, _value, _principle, _source_line, _component,
    _source_path, _source_missing,
) = (Finding.__dict__[field.name].__set__ for field in fields(Finding))  # fmt: skip
