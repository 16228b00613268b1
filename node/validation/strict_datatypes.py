"""pySHACL with XML Schema to the letter, for the profiles that ask for it (`Profile.strict_xsd`).

pySHACL has no such switch: it takes rdflib's word for what is well-typed. Its component for `sh:datatype` is replaced
by one that does as before, except for the shapes graphs that were named here.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import pyshacl
from pyshacl.constraints import ALL_CONSTRAINT_COMPONENTS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from rdflib import SH, Literal

from node.validation.lexical_spaces import is_in_lexical_space

_strict: WeakSet[pyshacl.ShapesGraph] = WeakSet()


def apply_to(shapes: pyshacl.ShapesGraph) -> None:
    """Have the datatypes of a shapes graph judged to the letter."""
    _strict.add(shapes)
    CONSTRAINT_PARAMETERS_MAP[SH.datatype] = _Datatype
    place = next(
        number for number, each in enumerate(ALL_CONSTRAINT_COMPONENTS) if issubclass(each, DatatypeConstraintComponent)
    )
    ALL_CONSTRAINT_COMPONENTS[place] = _Datatype


class _Datatype(DatatypeConstraintComponent):
    """`sh:datatype`."""

    def evaluate(
        self, executor: Any, target_graph: Any, focus_value_nodes: dict[Any, Any], _evaluation_path: Any
    ) -> Any:
        """Return whether all values conform, and a result for each that does not."""
        if self.shape.sg not in _strict:
            return super().evaluate(executor, target_graph, focus_value_nodes, _evaluation_path)
        reports: list[Any] = []
        for focus, values in focus_value_nodes.items():
            for value in values:
                rule, known = self.datatype_rule, None
                if isinstance(value, Literal) and value.datatype == rule:
                    known = is_in_lexical_space(str(value), str(rule))
                if known is None:
                    reports += super().evaluate(executor, target_graph, {focus: [value]}, _evaluation_path)[1]
                elif not known:
                    reports.append(self.make_v_result(target_graph, focus, value_node=value))
        return not reports, reports
