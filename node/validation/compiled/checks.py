"""What shapes compile to: a check that tells whether a node conforms, or reports in what it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from node.validation.record_graph import RecordGraph, Term, Values


class Fault(NamedTuple):
    """A validation result (SHACL, section 3.6.2). A named tuple, since records have dozens.

    Attributes:
        shape: the source shape.
        focus: the focus node.
        value: the value node; `None` where the result is about all of them.
        component: the IRI of the source constraint component.
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

Report = Callable[[RecordGraph, Term, list[Fault]], None]
"""Adds the results of a focus node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A compiled shape.

    Attributes:
        report: adds every result of a node.
        conforms: tells whether there is any, which takes less.
        has_path: it is a property shape.
        height: how many shapes it nests in each other.
        may_raise: comparing values can raise.
        only_with: the property without which there is nothing to judge; `None` where there always is something.
    """

    report: Report
    conforms: Test
    has_path: bool
    height: int
    may_raise: bool
    only_with: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A compiled constraint of one component, of exactly one of three kinds.

    Attributes:
        component: the component's IRI.
        test: judges each value node by itself.
        whole: judges the value nodes together.
        nested: a shape whose results count as results (`sh:property`), asked of each value node.
        height: how many shapes are nested in it.
        may_raise: see `Check`.
        needs_values: it holds where there are no value nodes.
    """

    component: str
    test: Test | None = None
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
    tests = tuple((each.test, each.component) for each in constraints if each.test is not None)
    wholes = tuple((each.whole, each.component) for each in constraints if each.whole is not None)
    nested = [each.nested for each in constraints if each.nested is not None]
    always = tuple(each.report for each in nested if each.only_with is None)
    # A node has a few of the many properties that a profile knows, so the node's are gone through, not the profile's.
    by_property: dict[str, list[Report]] = {}
    for check in nested:
        if check.only_with is not None:
            by_property.setdefault(check.only_with, []).append(check.report)
    conforming = (*(each.test for each in constraints if each.test is not None), *(each.conforms for each in nested))

    def report(record: RecordGraph, focus: Term, found: list[Fault]) -> None:
        values = path(record, focus) if path is not None else {focus: None}
        for whole, component in wholes:
            for value in whole(record, focus, values):
                found.append(value if isinstance(value, Fault) else Fault(shape, focus, value, component))
        for test, component in tests:
            for value in values:
                if not test(record, value):
                    found.append(Fault(shape, focus, value, component))
        for each in always:
            for value in values:
                each(record, value, found)
        if by_property:
            for value in values:
                for known in record.about.get(value, ()):
                    for each in by_property.get(known, ()):
                        each(record, value, found)

    def conforms(record: RecordGraph, focus: Term) -> bool:
        values = path(record, focus) if path is not None else {focus: None}
        for whole, _ in wholes:
            for _ in whole(record, focus, values):
                return False
        return all(test(record, value) for value in values for test in conforming)

    def conforms_in_full(record: RecordGraph, focus: Term) -> bool:
        # Not a step is left out, so that what raises does so whatever else is wrong.
        found: list[Fault] = []
        report(record, focus, found)
        return not found

    may_raise = any(each.may_raise for each in constraints)
    return Check(
        report=report,
        conforms=conforms_in_full if may_raise else conforms,
        has_path=path is not None,
        height=max((each.height for each in constraints), default=0),
        may_raise=may_raise,
        only_with=predicate if all(each.needs_values for each in constraints) else None,
    )
