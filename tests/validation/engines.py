"""Both engines over one profile, and over any shapes graph, with what they say in a form that compares."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import cache

import pyoxigraph as ox
import pyshacl
from pyshacl.pytypes import SHACLExecutor
from rdflib import SH, BNode, Graph, Literal, URIRef

from node.model.rdf import Iri, Triple
from node.namespaces import PREFIXES
from node.validation.background import NO_BACKGROUND, Background
from node.validation.compiled import Compiler, Fault, NotCompiled, ShapesGraph
from node.validation.compiled.shapes_graph import term
from node.validation.compiled.targets import compile_targets
from node.validation.engine_compiled import CompiledEngine
from node.validation.engine_pyshacl import PyshaclEngine, as_said, native_of
from node.validation.engines import Answer, Engine
from node.validation.profiles import Profile, read_profile
from node.validation.record_graph import RecordGraph, SharedRecord
from node.validation.shapes import read_shapes

TURTLE = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items()) + (
    "@prefix ex: <https://example.org/> .\n@prefix fns: <https://w3id.org/fairnode/shapes#> .\n"
)

_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
Result = tuple[str, str, str, str, str]
"""Source shape, focus node, path, value, component; texts in N-Triples, blank shapes and paths without their label."""


def profile_of(turtle: str) -> Profile:
    """Return a profile of shapes in Turtle, whose prefixes are declared."""
    data = (TURTLE + turtle).encode()
    files = (("shapes.ttl", data),)
    return Profile(
        name="test",
        digest=hashlib.sha256(data).hexdigest(),
        files=files,
        shapes=read_shapes(files),
        blocking=frozenset(),
    )


@cache
def fair() -> tuple[CompiledEngine, PyshaclEngine]:
    """Return both engines over the profile `fair`."""
    profile = read_profile("fair")
    return CompiledEngine(profile), PyshaclEngine(profile)


def agreed(
    profile: Profile, triples: Iterable[Triple], *, focus: Iri | None = None, background: Background = NO_BACKGROUND
) -> Answer:
    """Return what both engines answer, having checked that it is the same."""
    given = tuple(triples)
    compiled = CompiledEngine(profile, background=background)
    same_results((compiled, PyshaclEngine(profile, background=background)), given, focus)
    return compiled.ask(given, focus)


def same_results(
    engines: Iterable[Engine], triples: Iterable[Triple] | SharedRecord, focus: Iri | None, name: object = ""
) -> Answer:
    """Check that engines have the same results, each as often, and the same verdicts; return them."""
    first, *others = [engine.results(triples, focus) for engine in engines]
    for other in others:
        assert first == other, name
    return first


def triples_of(turtle: str) -> tuple[Triple, ...]:
    """Return the triples of Turtle without blank nodes, whose prefixes are declared."""
    quads = ox.parse((TURTLE + turtle).encode(), ox.RdfFormat.TURTLE)
    return tuple((term(quad.subject), Iri(quad.predicate.value), term(quad.object)) for quad in quads)  # type: ignore[misc]


class AnyShapes:
    """Any shapes graph, read by both engines once; its shapes need neither IRIs nor messages, as profiles' do."""

    def __init__(self, shapes: list[ox.Quad]) -> None:
        self._graph = ShapesGraph.of(shapes)
        native = pyshacl.ShapesGraph(_graph(shapes, said=True))
        self._native = {shape.node: shape for shape in native.shapes}
        compiler = Compiler(self._graph)
        self.left: dict[str, str] = {}
        """By shape that is left to the referee, why."""
        self._checks = []
        for subject in dict.fromkeys(term(quad.subject) for quad in shapes):
            if any(self._graph.parameters(subject, name) for name in _TARGETS) or self._graph.is_class(subject):
                try:
                    self._checks.append((subject, compile_targets(self._graph, subject), compiler.check(subject)))
                except NotCompiled as reason:
                    self.left[str(subject)] = str(reason)

    def compiled(self, data: list[ox.Quad]) -> Counter[Result]:
        """Return the results of every compiled shape that has targets."""
        record = RecordGraph((term(q.subject), Iri(q.predicate.value), term(q.object)) for q in data)  # type: ignore[misc]
        found: list[Fault] = []
        for _, targets, check in self._checks:
            for node in targets(record):
                check.report(record, node, found)
        results: Counter[Result] = Counter()
        for fault in found:
            path = fault.path or next(iter(self._graph.parameters(fault.shape, "path")), None)
            results[
                _named(native_of(fault.shape)),
                native_of(fault.focus).n3(),
                "" if path is None else _named(native_of(path)),
                "" if fault.value is None else native_of(fault.value).n3(),
                fault.component,
            ] += 1
        return results

    def pyshacl(self, data: list[ox.Quad]) -> Counter[Result]:
        """Return pySHACL's results of the same shapes."""
        graph, report = _graph(data), Graph()
        for subject, _, _ in self._checks:
            _, results = self._native[native_of(subject)].validate(SHACLExecutor(), graph)
            for _, node, statements in results:
                report.add((URIRef("urn:report"), SH.result, node))
                for each, predicate, value in statements:
                    report.add((each, predicate, value[1] if isinstance(value, tuple) else value))
        return results_in(report)


def pyshacl_results(shapes: list[ox.Quad], data: list[ox.Quad]) -> tuple[bool, Counter[Result]]:
    """Return whether pySHACL finds that the data conform, and its results."""
    # As text, since pySHACL reads the booleans of a shapes graph in its own way.
    text = ox.serialize([quad.triple for quad in shapes], format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    conforms, report, _ = pyshacl.validate(_graph(data), shacl_graph=text.decode(), shacl_graph_format="nt")
    assert isinstance(report, Graph)
    return conforms, results_in(report)


def results_in(report: Graph) -> Counter[Result]:
    """Return the results of a validation report, without those that are details of others."""
    results: Counter[Result] = Counter()
    for result in report.objects(None, SH.result):
        values = {name: report.value(result, SH[name]) for name in ("sourceShape", "focusNode", "resultPath", "value")}
        results[
            _named(values["sourceShape"]),
            values["focusNode"].n3(),
            _named(values["resultPath"]),
            values["value"].n3() if values["value"] is not None else "",
            str(report.value(result, SH.sourceConstraintComponent)),
        ] += 1
    return results


def _graph(quads: list[ox.Quad], *, said: bool = False) -> Graph:
    graph = Graph()
    for quad in quads:
        value = as_said(quad) if said else term(quad.object)
        graph.add((native_of(term(quad.subject)), URIRef(quad.predicate.value), native_of(value)))
    return graph


def _named(node: object) -> str:
    if node is None:
        return ""
    assert isinstance(node, URIRef | BNode | Literal)
    return "_" if isinstance(node, BNode) else node.n3()
