"""The pySHACL engine: complete, and the reference for any other (https://github.com/RDFLib/pySHACL).

The shapes graph is read once. Each shape is then asked directly (`Shape.validate`), without a report graph in between
that would be written to be read again. No inference, no rules, no imports, no network.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
import pyshacl
from pyshacl.errors import ReportableRuntimeError
from pyshacl.pytypes import SHACLExecutor
from rdflib import RDF, SH, BNode, Literal, URIRef
from rdflib.term import IdentifiedNode, Node

from node.errors import ProfileError
from node.model.rdf import Iri, Triple
from node.model.rdf import Literal as PlainLiteral
from node.model.report import Finding
from node.validation import strict_datatypes
from node.validation.background import NO_BACKGROUND, Background
from node.validation.compiled.literals import native
from node.validation.compiled.shapes_graph import term
from node.validation.deadline import OutOfTime, StepOutOfTime, deadline
from node.validation.engines import Answer, Verdict
from node.validation.findings import answer, finding_of, not_evaluated, out_of_time, stopped, without_repetition
from node.validation.indexed_graph import IndexedGraph
from node.validation.profiles import Profile
from node.validation.record_graph import BlankNode, RecordGraph, SharedRecord, Term, graph_of
from node.validation.shapes import FNS, Shape, by_targets
from node.validation.shapes_files import parse_turtle

SECONDS_PER_RECORD = 10.0


class PyshaclEngine:
    """pySHACL with the shapes of one profile."""

    name = f"pyshacl {pyshacl.__version__}"

    def __init__(
        self, profile: Profile, *, background: Background = NO_BACKGROUND, seconds: float = SECONDS_PER_RECORD
    ) -> None:
        """Read the shapes and ask each of them once, so that an ill-formed one shows now.

        Raises:
            ProfileError: pySHACL refuses a shape.
        """
        # An ill-typed literal is a finding of its record, not a traceback in the log.
        logging.getLogger("rdflib.term").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", message="Parsing weird boolean")
        self._seconds = seconds
        self._background = background
        self._by_iri = {shape.iri: shape for shape in profile.shapes}
        graph = IndexedGraph(
            (native_of(term(quad.subject)), URIRef(quad.predicate.value), native_of(as_said(quad)))
            for quad in parse_turtle(profile.files)
        )
        # Each statement about a shape costs a comparison with every constraint parameter, so what pySHACL has read
        # once, and what only we read, is dropped as soon as it is not needed any more.
        graph.forget(_OURS)
        try:
            native_graph = pyshacl.ShapesGraph(graph)
            known = {str(shape.node): shape for shape in native_graph.shapes}
        except ReportableRuntimeError as error:
            raise ProfileError(f"{', '.join(name for name, _ in profile.files)}: {error}") from error
        if profile.strict_xsd:
            strict_datatypes.apply_to(native_graph)
        # Shapes with the same targets share one look-up of their focus nodes.
        self._groups = by_targets(profile.shapes)
        self._native = {shape.iri: known[shape.iri] for shape in profile.shapes}
        speakers = {URIRef(members[0].iri) for members in self._groups}
        graph.forget((SH.severity, SH.message))
        graph.forget((RDF.type, *_TARGET_PREDICATES), keep=speakers)
        self._try_out()

    def ask(self, triples: Iterable[Triple] | SharedRecord, focus: Iri | None) -> Answer:
        """Judge one record; see `Engine.ask`."""
        return without_repetition(self.results(triples, focus))

    def results(self, triples: Iterable[Triple] | SharedRecord, focus: Iri | None) -> Answer:
        """Judge one record; see `Engine.results`."""
        findings: list[Finding] = []
        verdicts: list[Verdict] = []
        todo: list[tuple[Shape, Any, str]] | None = None
        try:
            with deadline(self._seconds) as limit:
                record = graph_of(triples)
                graph = self.graph(record)
                only = native_of(record.written(focus)) if focus is not None else None
                todo = [(shape, node, record.shown(Iri(node))) for shape, node in self._todo(graph, only)]
                if self._background.about:
                    record = record.over(self._background.about)
                    graph = self.graph(record)
                limit.steps(verdicts)
                given_up: set[str] = set()
                for shape, node, about in todo:
                    try:
                        if shape.id in given_up:
                            raise StepOutOfTime
                        verdict, found = self.judge(shape, node, graph, record)
                    except StepOutOfTime:
                        verdict = Verdict(shape=shape.id, focus_node=about, passed=None)
                        found = [out_of_time(shape, about, asked=shape.id not in given_up)]
                        given_up.add(shape.id)
                    verdicts.append(verdict)
                    findings += found
            return answer(findings, verdicts)
        except OutOfTime:
            reason = "its time was over"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if todo is None:
            left = [(shape, focus or "") for shape in self._by_iri.values() if shape.targets]
        else:
            left = [(shape, about) for shape, _, about in todo]
        return stopped(findings, verdicts, left, reason, focus)

    def graph(self, record: RecordGraph) -> IndexedGraph:
        """Return a record as pySHACL reads it."""
        return IndexedGraph(
            (native_of(subject), native_of(predicate), native_of(value))
            for subject, predicate, value in record.triples()
        )

    def judge(
        self, shape: Shape, node: IdentifiedNode | Literal, graph: IndexedGraph, record: RecordGraph
    ) -> tuple[Verdict, list[Finding]]:
        """Return what a shape with a target says of a node of a record's graph."""
        about = record.shown(Iri(node))
        try:
            passed, results = self._native[shape.iri].validate(SHACLExecutor(), graph, focus=node)
        except Exception as error:
            verdict, finding = not_evaluated(shape, about, error)
            return verdict, [finding]
        found = [self._finding(result, record) for result in results]
        return Verdict(shape=shape.id, focus_node=about, passed=bool(passed)), found

    def _todo(self, graph: IndexedGraph, only: Node | None) -> list[tuple[Shape, IdentifiedNode | Literal]]:
        found = []
        for members in self._groups:
            for node in sorted(_focus_nodes(self._native[members[0].iri], graph), key=str):
                if only is None or node == only:
                    found += [(shape, node) for shape in members]
        return found

    def _finding(self, result: tuple[str, BNode, list[tuple[Node, Node, Any]]], record: RecordGraph) -> Finding:
        _, node, statements = result
        # Nested results (sh:detail) follow in the same list, with subjects of their own.
        fields: dict[Node, Any] = {predicate: value for subject, predicate, value in statements if subject == node}
        component = fields[SH.sourceConstraintComponent][1]
        return finding_of(
            self._by_iri[str(fields[SH.sourceShape][1])],
            record.shown(Iri(fields[SH.focusNode][1])),
            record.shown(Iri(fields[SH.value][1])) if SH.value in fields else None,
            str(component),
            # The path of any other is its shape's.
            str(fields[SH.resultPath][1]) if component == SH.ClosedConstraintComponent else None,
        )

    def _try_out(self) -> None:
        graph = IndexedGraph(())
        for members in self._groups:
            for shape in members:
                try:
                    self._native[shape.iri].validate(SHACLExecutor(), graph, focus=URIRef("urn:fairnode:trial"))
                except Exception as error:
                    said = str(error).partition("\n")[0] or type(error).__name__
                    raise ProfileError(f"{shape.place}: {shape.id}: {said}") from error


_TARGET_PREDICATES = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_BOOLEANS = {str(SH[name]) for name in ("closed", "deactivated", "uniqueLang", "qualifiedValueShapesDisjoint")}
_OURS = (*(URIRef(FNS + name) for name in ("principle", "points", "requires", "advice")), SH.name, SH.description)


def _focus_nodes(shape: pyshacl.Shape, graph: IndexedGraph) -> Iterable[IdentifiedNode | Literal]:
    found: Iterable[IdentifiedNode | Literal] = shape.focus_nodes(graph)  # type: ignore[no-untyped-call]
    return found


def native_of(node: Term | str) -> Any:
    """Return a term as one of rdflib."""
    if isinstance(node, PlainLiteral):
        return native(node)
    return BNode(node.removeprefix("_:")) if isinstance(node, BlankNode) else URIRef(node)


def as_said(quad: ox.Quad) -> Term:
    """Return the value of a statement about a shape, as pySHACL is to read it."""
    # SHACL asks for the word `true`: rdflib takes 1 for it, and pySHACL's own loader takes care that it does not.
    if quad.predicate.value in _BOOLEANS and isinstance(quad.object, ox.Literal) and quad.object.value == "1":
        return PlainLiteral("false", datatype=Iri(quad.object.datatype.value))
    return term(quad.object)
