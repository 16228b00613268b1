"""Validation results as findings: the same result is the same finding, whichever engine has it."""

from __future__ import annotations

from collections.abc import Iterable

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
    if value is not None:
        value = value[:_VALUE_LENGTH]
    return Finding(
        code=shape.id,
        severity=shape.severity,
        message=_sentence(shape.message, value if value != focus else None),
        advice=shape.advice,
        focus_node=focus,
        path=shape.path,
        value=value,
        principle=shape.principle,
        component=component,
    )


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
    return Answer(
        findings=tuple(findings[key] for key in sorted(findings)),
        # A shape is asked of a node once, so the verdicts themselves never decide their order.
        verdicts=tuple(sorted(verdicts, key=lambda verdict: verdict[:2])),
    )


def undecided(verdicts: Iterable[Verdict], shapes: Iterable[Shape], focus: str) -> list[Verdict]:
    """Return verdicts with those that were never reached, undecided."""
    given = list(verdicts)
    done = {verdict.shape for verdict in given}
    left = [shape for shape in shapes if shape.targets and shape.id not in done]
    return given + [Verdict(shape=shape.id, focus_node=focus, passed=None) for shape in left]


def _sentence(message: str, value: str | None) -> str:
    if value is None:
        return message
    return f"{message.removesuffix('.')}: “{value if len(value) <= 100 else value[:99] + '…'}”"
