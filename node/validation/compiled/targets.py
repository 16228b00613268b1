"""Target declarations (https://www.w3.org/TR/shacl/#targets) as a function from a record to its focus nodes."""

from __future__ import annotations

from collections.abc import Callable

from node.model.rdf import Iri
from node.validation.compiled.shapes_graph import ShapesGraph
from node.validation.record_graph import RecordGraph, Term, Values

Targets = Callable[[RecordGraph], Values]


def compile_targets(graph: ShapesGraph, shape: Term) -> Targets:
    """Return the targets of a shape, among them its own instances where it is a class (section 2.1.3.3)."""
    nodes: Values = dict.fromkeys(graph.parameters(shape, "targetNode"))
    classes = [*graph.parameters(shape, "targetClass"), *([shape] if graph.is_class(shape) else [])]
    subjects_of = [each for each in graph.parameters(shape, "targetSubjectsOf") if isinstance(each, Iri)]
    objects_of = [each for each in graph.parameters(shape, "targetObjectsOf") if isinstance(each, Iri)]

    def focus_nodes(record: RecordGraph) -> Values:
        found = dict(nodes)
        for kind in classes:
            found.update(record.instances(kind))
        if subjects_of or objects_of:
            for subject, said in record.about.items():
                if any(predicate in said for predicate in subjects_of):
                    found[subject] = None
                for predicate in objects_of:
                    found.update(said.get(predicate, {}))
        return found

    return focus_nodes
