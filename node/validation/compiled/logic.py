"""Constraints that ask other shapes: logic, `sh:node`, `sh:property`, qualified shapes
(https://www.w3.org/TR/shacl/#core-components, sections 4.6 and 4.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from node.validation.compiled.checks import Check, Constraint, Test, Whole
from node.validation.compiled.shapes_graph import NotCompiled, ShapesGraph
from node.validation.compiled.values import count
from node.validation.compiled.wholes import is_true
from node.validation.record_graph import RecordGraph, Term, Values
from node.validation.statements import SH

Nested = Callable[[Term], Check]
"""Returns the check of another shape."""


def negation(graph: ShapesGraph, shape: Term, nested: Nested) -> Iterator[Constraint]:
    """`sh:not`."""
    for other in graph.parameters(shape, "not"):
        check = nested(other)
        yield _constraint(
            "Not",
            [check],
            lambda record, value, check=check: not check.conforms(record, value),  # type: ignore[misc]
        )


def list_of_shapes(graph: ShapesGraph, shape: Term, nested: Nested, local: str) -> Iterator[Constraint]:
    """`sh:and`, `sh:or` and `sh:xone`."""
    component, least, most = _LISTS[local]
    for head in graph.parameters(shape, local):
        members = [nested(other) for other in graph.items(head)]
        if local != "xone":
            members = list(dict.fromkeys(members, None))
        yield _constraint(component, members, _counting(members, least or len(members), most or len(members)))


def node(graph: ShapesGraph, shape: Term, nested: Nested) -> Iterator[Constraint]:
    """`sh:node`."""
    for other in graph.parameters(shape, "node"):
        check = nested(other)
        if check.has_path:
            raise NotCompiled("sh:node refers to a property shape")
        yield _constraint("Node", [check], check.conforms)


def property_(graph: ShapesGraph, shape: Term, nested: Nested) -> Iterator[Constraint]:
    """`sh:property`."""
    for other in graph.parameters(shape, "property"):
        check = nested(other)
        if not check.has_path:
            raise NotCompiled("sh:property refers to a node shape")
        yield Constraint(
            component=SH + "PropertyConstraintComponent",
            nested=check,
            height=check.height + 1,
            may_raise=check.may_raise,
        )


def qualified(graph: ShapesGraph, shape: Term, nested: Nested) -> Iterator[Constraint]:
    """`sh:qualifiedValueShape` with its counts, and without the sibling shapes where they are disjoint."""
    least, most = count(graph, shape, "qualifiedMinCount"), count(graph, shape, "qualifiedMaxCount")
    others = graph.parameters(shape, "qualifiedValueShape")
    if not others or (least is None and most is None):
        raise NotCompiled("a qualified value shape without a count, or a count without one")
    disjoint = any(is_true(value) for value in graph.parameters(shape, "qualifiedValueShapesDisjoint"))
    for other in others:
        siblings = _siblings(graph, shape, other) if disjoint else []
        checks = [nested(each) for each in (other, *siblings)]
        conforms, may_raise = _alone(checks), any(check.may_raise for check in checks)
        for name, limit in (("Max", most), ("Min", least)):
            if limit is not None:
                yield Constraint(
                    component=f"{SH}Qualified{name}CountConstraintComponent",
                    whole=(_at_most(conforms, limit) if name == "Max" else _at_least(conforms, limit, may_raise)),
                    height=1 + max(check.height for check in checks),
                    may_raise=may_raise,
                    needs_values=name == "Max",
                )


_LISTS = {"and": ("And", 0, 0), "or": ("Or", 1, 0), "xone": ("Xone", 1, 1)}
"""By parameter, the component and how many members at least and at most a value conforms to; 0 is all of them."""


def _constraint(component: str, checks: Sequence[Check], test: Test) -> Constraint:
    return Constraint(
        component=f"{SH}{component}ConstraintComponent",
        test=test,
        height=1 + max(check.height for check in checks),
        may_raise=any(check.may_raise for check in checks),
    )


def _counting(checks: Sequence[Check], least: int, most: int) -> Test:
    tests = [check.conforms for check in checks]
    if most < len(tests) or any(check.may_raise for check in checks):
        return lambda record, value: least <= sum([test(record, value) for test in tests]) <= most
    if least == 1:
        return lambda record, value: any(test(record, value) for test in tests)
    return lambda record, value: all(test(record, value) for test in tests)


def _alone(checks: Sequence[Check]) -> Test:
    """Conforms to the first and to none of the others."""
    first, *others = [check.conforms for check in checks]
    if not others:
        return first
    return lambda record, value: first(record, value) and True not in [other(record, value) for other in others]


def _at_most(conforms: Test, most: int) -> Whole:
    return lambda record, focus, values: (None,) if _conforming(conforms, record, values) > most else ()


def _at_least(conforms: Test, least: int, may_raise: bool) -> Whole:
    if may_raise:
        # Each value is asked, so that what raises does so wherever it stands.
        return lambda record, focus, values: (None,) if _conforming(conforms, record, values) < least else ()

    def judge(record: RecordGraph, focus: Term, values: Values) -> tuple[None, ...]:
        missing = least
        for value in values:
            if missing <= 0:
                break
            if conforms(record, value):
                missing -= 1
        return (None,) if missing > 0 else ()

    return judge


def _conforming(conforms: Test, record: RecordGraph, values: Values) -> int:
    return sum([conforms(record, value) for value in values])


def _siblings(graph: ShapesGraph, shape: Term, own: Term) -> list[Term]:
    """SHACL, section 4.7.3."""
    found = dict.fromkeys(
        other
        for parent in graph.subjects("property", shape)
        for each in graph.parameters(parent, "property")
        for other in graph.parameters(each, "qualifiedValueShape")
    )
    return [other for other in found if other != own]
