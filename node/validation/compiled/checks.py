"""What shapes compile to: a check that tells whether a node conforms, or reports in what it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from node.validation.deadline import StepOutOfTime
from node.validation.record_graph import NOTHING, RecordGraph, Term, Values

STOPPED, NOT_ASKED = "stopped", "not asked"
"""Components of a fault that is none: its shape took too long of its focus node, or of one before it."""


class Fault(NamedTuple):
    """A validation result (SHACL, section 3.6.2). A named tuple, since records have dozens.

    Attributes:
        shape: the source shape.
        focus: the focus node.
        value: the value node; `None` where the result is about all of them.
        component: the IRI of the source constraint component, or `STOPPED` or `NOT_ASKED`.
        path: the result path, where it is not the shape's own (`sh:closed`).
    """

    shape: Term
    focus: Term
    value: Term | None
    component: str
    path: str | None = None


Path = Callable[[RecordGraph, Term], Values]
"""Returns the value nodes of a focus node."""

Test = Callable[[RecordGraph, Term], bool]
"""Tells whether one value node is as it should be."""

Whole = Callable[[RecordGraph, Term, Values], Iterable[Term | Fault | None]]
"""Returns the values to report of a focus node and all its value nodes; a `None` is a result without a value."""

Judge = Callable[[RecordGraph, Term, Values, list[Fault]], None]
"""Adds the results of a focus node and its value nodes."""

Report = Callable[[RecordGraph, Term, list[Fault]], None]
"""Adds the results of a focus node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A compiled shape.

    Attributes:
        report: adds every result of a node.
        conforms: tells whether there is any, which takes less.
        judge: adds every result of a node whose value nodes are known already.
        predicate: the property that is its path; `None` where the path is more than that, or there is none.
        has_path: it is a property shape.
        height: how many shapes it nests in each other.
        may_raise: comparing values can raise.
        needs_values: without value nodes it holds.
    """

    report: Report
    conforms: Test
    judge: Judge
    predicate: str | None = None
    has_path: bool
    height: int
    may_raise: bool
    needs_values: bool = False

    @property
    def only_with(self) -> str | None:
        """The property without which there is nothing to judge; `None` where there always is something."""
        return self.predicate if self.needs_values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A compiled constraint of one component, of exactly one of five kinds.

    Attributes:
        component: the component's IRI.
        test: judges each value node by itself.
        least, most: how many value nodes there may be.
        whole: judges the value nodes together.
        nested: a shape whose results count as results (`sh:property`), asked of each value node.
        height: how many shapes are nested in it.
        may_raise: see `Check`.
        needs_values: it holds where there are no value nodes.
    """

    component: str
    test: Test | None = None
    least: int | None = None
    most: int | None = None
    whole: Whole | None = None
    nested: Check | None = None
    height: int = 0
    may_raise: bool = False
    needs_values: bool = True


def assemble(shape: Term, path: Path | None, constraints: Sequence[Constraint], predicate: str | None = None) -> Check:
    """Return the check of a shape that has these constraints.

    Args:
        predicate: the property that is its path, where it is no more than that.
    """
    needs_values = all(each.needs_values for each in constraints)
    judge = _judge(shape, constraints)
    report = _report(shape, path, judge, predicate, needs_values)

    def conforms_in_full(record: RecordGraph, focus: Term) -> bool:
        # Not a step is left out, so that what raises does so whatever else is wrong.
        found: list[Fault] = []
        report(record, focus, found)
        if found and any(fault.component in (STOPPED, NOT_ASKED) for fault in found):
            raise StepOutOfTime
        return not found

    may_raise = any(each.may_raise for each in constraints)
    return Check(
        report=report,
        conforms=conforms_in_full if may_raise else _conforms(path, constraints),
        judge=judge,
        predicate=predicate,
        has_path=path is not None,
        height=max((each.height for each in constraints), default=0),
        may_raise=may_raise,
        needs_values=needs_values and path is not None,
    )


_fault = partial(tuple.__new__, Fault)
"""Makes a fault of its five parts, without a call of Python code."""


def _report(shape: Term, path: Path | None, judge: Judge, predicate: str | None, needs_values: bool) -> Report:
    if path is None:
        return lambda record, focus, found: judge(record, focus, {focus: None}, found)
    if predicate is not None:
        return _report_one(path, judge, needs_values)

    def report(record: RecordGraph, focus: Term, found: list[Fault]) -> None:
        try:
            values = path(record, focus)
        except StepOutOfTime:
            found.append(Fault(shape, focus, None, STOPPED))
            return
        judge(record, focus, values, found)

    return report


def _report_one(path: Path, judge: Judge, needs_values: bool) -> Report:
    if not needs_values:
        return lambda record, focus, found: judge(record, focus, path(record, focus), found)

    def report(record: RecordGraph, focus: Term, found: list[Fault]) -> None:
        values = path(record, focus)
        if values:
            judge(record, focus, values, found)

    return report


def _judge(shape: Term, constraints: Sequence[Constraint]) -> Judge:
    parts = [
        *(_counted(shape, each) for each in constraints if each.least is not None or each.most is not None),
        *(_together(shape, each.component, each.whole) for each in constraints if each.whole is not None),
    ]
    tests = [(each.test, each.component) for each in constraints if each.test is not None]
    nested = [each.nested for each in constraints if each.nested is not None]
    parts += ([_alone(shape, tests)] if tests else []) + ([_nested(nested)] if nested else [])
    if len(parts) == 1:
        return parts[0]

    def judge(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
        for part in parts:
            part(record, focus, values, found)

    return judge


def _counted(shape: Term, constraint: Constraint) -> Judge:
    component, least, most = constraint.component, constraint.least or 0, constraint.most

    def judge(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
        if len(values) < least or (most is not None and len(values) > most):
            found.append(_fault((shape, focus, None, component, None)))

    return judge


def _together(shape: Term, component: str, whole: Whole) -> Judge:
    def judge(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
        try:
            for value in whole(record, focus, values):
                found.append(value if isinstance(value, Fault) else Fault(shape, focus, value, component))
        except StepOutOfTime:
            found.append(Fault(shape, focus, None, STOPPED))

    return judge


def _alone(shape: Term, tests: Sequence[tuple[Test, str]]) -> Judge:
    # What a test takes too long for ends here, so that the other constraints and shapes are asked all the same. To
    # enter a `try` costs nothing.
    if len(tests) == 1:
        ((only, component),) = tests

        def judge_one(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
            try:
                for value in values:
                    if not only(record, value):
                        found.append(_fault((shape, focus, value, component, None)))
            except StepOutOfTime:
                found.append(Fault(shape, focus, None, STOPPED))

        return judge_one

    def judge(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
        for test, component in tests:
            try:
                for value in values:
                    if not test(record, value):
                        found.append(_fault((shape, focus, value, component, None)))
            except StepOutOfTime:
                found.append(Fault(shape, focus, None, STOPPED))

    return judge


def _nested(checks: Sequence[Check]) -> Judge:
    """Ask shapes of each value node, with one look at what is said of it for all that have a property as their path."""
    others = tuple(check.report for check in checks if check.predicate is None)
    always = tuple((check.predicate, check.judge) for check in checks if check.predicate and not check.needs_values)
    # A node has a few of the many properties that a profile knows, so the node's are gone through, not the profile's.
    by_property: dict[str, list[Judge]] = {}
    for check in checks:
        if check.only_with is not None:
            by_property.setdefault(check.only_with, []).append(check.judge)

    def judge(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
        about = record.about
        for value in values:
            for report in others:
                report(record, value, found)
            said = about.get(value)
            if said is None:
                for _, one in always:
                    one(record, value, NOTHING, found)
                continue
            for predicate, one in always:
                one(record, value, said.get(predicate, NOTHING), found)
            for predicate, known in said.items():
                if predicate in by_property:
                    for one in by_property[predicate]:
                        one(record, value, known, found)

    return judge


def _conforms(path: Path | None, constraints: Sequence[Constraint]) -> Test:
    """Return a test that ends at the first thing it finds wrong."""
    wholes = tuple(each.whole for each in constraints if each.whole is not None)
    least = max((each.least for each in constraints if each.least is not None), default=0)
    most = min((each.most for each in constraints if each.most is not None), default=None)
    tests = (
        *(each.test for each in constraints if each.test is not None),
        *(each.nested.conforms for each in constraints if each.nested is not None),
    )

    def conforms_itself(record: RecordGraph, focus: Term) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes longer than most tests
            if not test(record, focus):
                return False
        return True

    if path is None and not wholes:
        return tests[0] if len(tests) == 1 else conforms_itself

    def conforms(record: RecordGraph, focus: Term) -> bool:
        values = path(record, focus) if path is not None else {focus: None}
        if len(values) < least or (most is not None and len(values) > most):
            return False
        for whole in wholes:
            for _ in whole(record, focus, values):
                return False
        for value in values:
            for test in tests:
                if not test(record, value):
                    return False
        return True

    return conforms
