"""Compiles shapes (https://www.w3.org/TR/shacl/#shapes) to checks, each once.

What pySHACL refuses, ignores with a warning or follows only to some depth is not compiled, so that there is one
engine that decides about it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from node.model.rdf import Iri
from node.validation.compiled import logic, values, wholes
from node.validation.compiled.checks import NOT_ASKED, Check, Constraint, Fault, Report, Test, Whole, assemble
from node.validation.compiled.paths import compile_path
from node.validation.compiled.shapes_graph import NotCompiled, ShapesGraph
from node.validation.record_graph import RecordGraph, Term, Values
from node.validation.statements import SH

# pySHACL refuses to judge a record that takes it further (`SHACLExecutor.max_validation_depth`).
_MOST_NESTED = 14


class Compiler:
    """The checks of a shapes graph.

    Args:
        stopped: shapes that took too long: they are asked of no further node, and say so of each.
    """

    def __init__(self, graph: ShapesGraph, stopped: Collection[Term] = ()) -> None:
        self._graph = graph
        self._stopped = stopped
        self._done: dict[Term, Check] = {}
        self._open: set[Term] = set()

    def check(self, shape: Term) -> Check:
        """Return the check of a shape.

        Raises:
            NotCompiled: the shape, or one it refers to, is recursive, ill-formed, deeper than pySHACL follows, or no
                SHACL Core.
        """
        if shape not in self._done:
            if shape in self._open:
                raise NotCompiled("it refers to itself")
            self._open.add(shape)
            try:
                found = self._compile(shape)
                self._done[shape] = _without(shape, found) if shape in self._stopped else found
            finally:
                self._open.discard(shape)
        return self._done[shape]

    def _compile(self, shape: Term) -> Check:
        parameters = {name.removeprefix(SH) for name in self._graph.predicates(shape) if name.startswith(SH)}
        unknown = parameters - _IGNORED - _ALONE.keys() - _PROPERTY_ONLY - _COMPANIONS.keys() - _NESTED.keys()
        if unknown:
            raise NotCompiled(f"sh:{min(unknown)} is no parameter of SHACL Core")
        path = self._graph.only(shape, "path")
        lost = [name for name in parameters if name in _COMPANIONS and _COMPANIONS[name] not in parameters]
        if lost or (path is None and parameters & _PROPERTY_ONLY):
            raise NotCompiled("a parameter that is out of place")
        if "deactivated" in parameters and wholes.is_true(self._graph.only(shape, "deactivated")):
            return Check(
                report=lambda record, focus, found: None,
                conforms=lambda record, focus: True,
                judge=lambda record, focus, values, found: None,
                has_path=path is not None,
                height=0,
                may_raise=False,
            )
        found = assemble(
            shape,
            None if path is None else compile_path(self._graph, path),
            [constraint for name in sorted(parameters) for constraint in self._constraints(shape, name)],
            path if isinstance(path, Iri) else None,
        )
        if found.height > _MOST_NESTED:
            raise NotCompiled("it nests too many shapes in each other")
        return found

    def _constraints(self, shape: Term, name: str) -> Iterator[Constraint]:
        if name in _NESTED:
            yield from _NESTED[name](self._graph, shape, self.check)
            return
        component = f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"
        if name == "minCount":
            least = values.count(self._graph, shape, name)
            yield Constraint(component=component, least=least, needs_values=not least)
        elif name == "maxCount":
            yield Constraint(component=component, most=values.count(self._graph, shape, name))
        elif name in _ALONE:
            test, whole = _ALONE[name]
            for each in test(self._graph, shape) if test else ():
                yield Constraint(component=component, test=each, may_raise=name in _RAISING)
            for judge in whole(self._graph, shape) if whole else ():
                yield Constraint(
                    component=component,
                    whole=judge,
                    may_raise=name in _RAISING,
                    needs_values=name not in _ABOUT_ABSENCE,
                )


def not_asked(shape: Term) -> Report:
    """Return what says of each node that a shape is not asked of it."""

    def report(record: RecordGraph, focus: Term, found: list[Fault]) -> None:
        found.append(Fault(shape, focus, None, NOT_ASKED))

    return report


def _without(shape: Term, check: Check) -> Check:
    """Whether a node conforms, where that decides on another shape, is asked as before."""
    report = not_asked(shape)

    def judge(record: RecordGraph, focus: Term, values: Values, found: list[Fault]) -> None:
        report(record, focus, found)

    return replace(check, report=report, judge=judge)


_Tests = Callable[[ShapesGraph, Term], Iterator[Test]]
_Wholes = Callable[[ShapesGraph, Term], Iterator[Whole]]


def _named(of: Callable[[ShapesGraph, Term, str], Iterator[Test]], name: str) -> _Tests:
    return lambda graph, shape: of(graph, shape, name)


def _less(name: str) -> _Wholes:
    return lambda graph, shape: wholes.is_less(graph, shape, name)


def _listed(name: str) -> Callable[[ShapesGraph, Term, logic.Nested], Iterator[Constraint]]:
    return lambda graph, shape, nested: logic.list_of_shapes(graph, shape, nested, name)


_RANGES = ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
_RAISING = {*_RANGES, "lessThan", "lessThanOrEquals"}
_ABOUT_ABSENCE = {"hasValue", "equals"}
_ALONE: dict[str, tuple[_Tests | None, _Wholes | None]] = {
    "class": (values.has_class, None),
    "datatype": (values.has_datatype, None),
    "nodeKind": (values.has_node_kind, None),
    **{name: (_named(values.is_in_range, name), None) for name in _RANGES},
    "minLength": (_named(values.has_length, "minLength"), None),
    "maxLength": (_named(values.has_length, "maxLength"), None),
    "pattern": (values.matches, None),
    "languageIn": (values.has_language, None),
    "in": (values.is_member, None),
    "uniqueLang": (None, wholes.has_unique_languages),
    "equals": (None, wholes.equals),
    "disjoint": (None, wholes.is_disjoint),
    "lessThan": (None, _less("lessThan")),
    "lessThanOrEquals": (None, _less("lessThanOrEquals")),
    "hasValue": (None, wholes.has_value),
    "closed": (None, wholes.is_closed),
}
_NESTED = {
    "not": logic.negation,
    "and": _listed("and"),
    "or": _listed("or"),
    "xone": _listed("xone"),
    "node": logic.node,
    "property": logic.property_,
    "qualifiedValueShape": logic.qualified,
}
_PROPERTY_ONLY = {"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape"}
_COMPANIONS = {
    "flags": "pattern",
    "ignoredProperties": "closed",
    "qualifiedMinCount": "qualifiedValueShape",
    "qualifiedMaxCount": "qualifiedValueShape",
    "qualifiedValueShapesDisjoint": "qualifiedValueShape",
}
"""Parameters that are nothing without another."""
_IGNORED = {
    "path", "deactivated", "severity", "message", "name", "description", "order", "group", "defaultValue",
    "targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf",
}  # fmt: skip
