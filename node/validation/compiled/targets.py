"""Target declarations (https://www.w3.org/TR/shacl/#targets) as a function from a record to its focus nodes."""

from __future__ import annotations

from dataclasses import dataclass

from node.model.rdf import Iri
from node.validation.compiled.shapes_graph import ShapesGraph
from node.validation.record_graph import NOTHING, RecordGraph, Term, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a shape is asked of; called with a record, its focus nodes.

    Attributes:
        classes: instances of these.
        nodes: these, whatever the record says of them.
        subjects_of, objects_of: the subjects and the values of these properties.
    """

    classes: tuple[Term, ...]
    nodes: tuple[Term, ...]
    subjects_of: tuple[Iri, ...]
    objects_of: tuple[Iri, ...]

    @property
    def classes_only(self) -> bool:
        """A record without an instance of the classes has no focus nodes."""
        return not (self.nodes or self.subjects_of or self.objects_of)

    def __call__(self, record: RecordGraph) -> Values:
        """Return the focus nodes in a record."""
        found: Values = dict.fromkeys(self.nodes)
        for kind in self.classes:
            found.update(record.classes().get(kind, NOTHING))
        if self.subjects_of or self.objects_of:
            for subject, said in record.about.items():
                if any(predicate in said for predicate in self.subjects_of):
                    found[subject] = None
                for predicate in self.objects_of:
                    found.update(said.get(predicate, NOTHING))
        return found


def compile_targets(graph: ShapesGraph, shape: Term) -> Targets:
    """Return the targets of a shape, among them its own instances where it is a class (section 2.1.3.3)."""
    return Targets(
        classes=(*graph.parameters(shape, "targetClass"), *((shape,) if graph.is_class(shape) else ())),
        nodes=tuple(graph.parameters(shape, "targetNode")),
        subjects_of=tuple(each for each in graph.parameters(shape, "targetSubjectsOf") if isinstance(each, Iri)),
        objects_of=tuple(each for each in graph.parameters(shape, "targetObjectsOf") if isinstance(each, Iri)),
    )
