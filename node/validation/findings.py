"""Validation results as findings: the same result is the same finding, whichever engine has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from itertools import pairwise

from node.model.report import Finding, Severity
from node.validation.engines import ENGINE_FAILED, Answer, Verdict
from node.validation.shapes import Shape

_VALUE_LENGTH = 500
_NOT_IN_RUN = "not asked, for it took too long of several records before this one in the same run"
_ADVICE = (
    "The record may be in order: its other checks stand. Report the record and the shape to the node's developers."
)


def finding_of(shape: Shape, focus: str, value: str | None, component: str, path: str | None = None) -> Finding:
    """Return the finding of a validation result (SHACL, section 3.6.2).

    Args:
        shape: its source shape.
        focus, value: as the record spells them.
        component: the IRI of its source constraint component.
        path: the result path, where it is not the shape's own (`sh:closed`).
    """
    if value is not None and len(value) > _VALUE_LENGTH:
        value = value[:_VALUE_LENGTH]
    # Slot by slot, which takes half the time of a frozen dataclass's own `__init__`: records have a dozen findings.
    finding = _new(Finding)
    message = shape.message if not shape.words else dict(shape.words).get(component, shape.message)
    _code(finding, shape.id)
    _severity(finding, shape.severity)
    _message(finding, message if value is None or value == focus else sentence(message, value))
    _advice(finding, shape.advice)
    _focus_node(finding, focus)
    _path(finding, shape.path if path is None else path)
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


def given_up(shape: Shape, focus: str) -> Finding:
    """Return the finding that a shape is not asked any more in the run at hand (`node.validation.patience`)."""
    return failed(f"{shape.id}: {_NOT_IN_RUN}", focus, shape)


def is_given_up(finding: Finding) -> bool:
    """Tell whether a finding is one of `given_up`; its value names the shape."""
    return finding.code == ENGINE_FAILED and finding.message.endswith(_NOT_IN_RUN)


def answer(findings: Iterable[Finding], verdicts: Iterable[Verdict]) -> Answer:
    """Return findings and verdicts in their fixed order, each as often as it is there."""
    given = list(verdicts)
    try:
        given.sort()
    except TypeError:
        # Two literals can have the same text, and `None` has no place between passed and failed.
        given.sort(key=lambda verdict: (*verdict[:2], str(verdict[2])))
    return Answer(findings=tuple(sorted(findings, key=_key)), verdicts=tuple(given))


def without_repetition(found: Answer) -> Answer:
    """Return an answer with one finding a shape, focus node, path, value and component.

    A shape that two others name reports for both, and so does one that a node meets in two ways.
    """
    results = found.findings
    keys = list(map(_key, results))
    if not any(one == other for one, other in pairwise(keys)):
        return found
    first = dict(zip(reversed(keys), reversed(results), strict=True))
    return Answer(findings=tuple(first[key] for key in dict.fromkeys(keys)), verdicts=found.verdicts)


def _key(finding: Finding) -> tuple[str, str, str, str, str]:
    return (
        finding.code, finding.focus_node or "", finding.path or "", finding.value or "", finding.component or "",
    )  # fmt: skip


def verdicts_of(rows: Iterable[tuple[str, str, bool | None]]) -> list[Verdict]:
    """Return verdicts of shape, focus node and outcome; for dozens at a time, at half the price of making each."""
    return list(map(_verdict, rows))


_verdict = partial(tuple.__new__, Verdict)


def stopped(
    findings: Iterable[Finding],
    verdicts: Iterable[Verdict],
    todo: Iterable[tuple[Shape, str]],
    reason: str,
    focus: str | None,
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
    last = failed(f"the record could not be judged: {reason}", node or None, shape)
    return answer(
        [*findings, last], [*given, *(Verdict(shape=shape.id, focus_node=node, passed=None) for shape, node in left)]
    )


def sentence(message: str, value: str) -> str:
    """Return a message with the value that it is about."""
    return f"{message.removesuffix('.')}: “{value if len(value) <= 100 else value[:99] + '…'}”"


_new = object.__new__
# A field that is added is missing here, and Python says so.
(
    _code, _severity, _message, _advice, _focus_node, _path, _value, _principle, _source_line, _component,
    _source_path, _source_missing,
) = (Finding.__dict__[field.name].__set__ for field in fields(Finding))  # fmt: skip
