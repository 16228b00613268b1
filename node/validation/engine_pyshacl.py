"""The pySHACL engine: complete, and the reference for any other (https://github.com/RDFLib/pySHACL).

The shapes graph is read once. Each shape is then asked directly (`Shape.validate`), without a report graph in between
that would be written to be read again. No inference, no rules, no imports, no network.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from functools import lru_cache
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
from node.model.report import Finding, Severity
from node.validation.deadline import OutOfTime, deadline
from node.validation.engines import ENGINE_FAILED, Answer, Verdict
from node.validation.indexed_graph import IndexedGraph
from node.validation.profiles import Profile
from node.validation.shapes import FNS, Shape
from node.validation.statements import parse_turtle

SECONDS_PER_RECORD = 10.0
_VALUE_LENGTH = 500


class PyshaclEngine:
    """pySHACL with the shapes of one profile."""

    name = f"pyshacl {pyshacl.__version__}"

    def __init__(self, profile: Profile, *, seconds: float = SECONDS_PER_RECORD) -> None:
        """Read the shapes and ask each of them once, so that an ill-formed one shows now.

        Raises:
            ProfileError: pySHACL refuses a shape.
        """
        # An ill-typed literal is a finding of its record, not a traceback in the log.
        logging.getLogger("rdflib.term").setLevel(logging.ERROR)
        self._seconds = seconds
        self._by_iri = {shape.iri: shape for shape in profile.shapes}
        graph = IndexedGraph(
            (_shapes_term(quad.subject), URIRef(quad.predicate.value), _shapes_term(quad.object))
            for _, quad in parse_turtle(profile.files)
        )
        # Each statement about a shape costs a comparison with every constraint parameter, so what pySHACL has read
        # once, and what only we read, is dropped as soon as it is not needed any more.
        graph.forget(_OURS)
        try:
            known = {str(shape.node): shape for shape in pyshacl.ShapesGraph(graph).shapes}
        except ReportableRuntimeError as error:
            raise ProfileError(f"{', '.join(name for name, _ in profile.files)}: {error}") from error
        # Shapes with the same targets share one look-up of their focus nodes.
        self._groups: dict[tuple[str, ...], list[tuple[Shape, pyshacl.Shape]]] = {}
        for shape in profile.shapes:
            if shape.targets:
                self._groups.setdefault(shape.targets, []).append((shape, known[shape.iri]))
        speakers = {members[0][1].node for members in self._groups.values()}
        graph.forget((SH.severity, SH.message))
        graph.forget((RDF.type, *_TARGET_PREDICATES), keep=speakers)
        self._try_out()

    def ask(self, triples: Iterable[Triple], focus: Iri | None) -> Answer:
        """Judge one record; see `Engine.ask`."""
        findings: dict[tuple[str, ...], Finding] = {}
        verdicts: list[Verdict] = []
        originals: dict[str, str] = {}
        reason = ""
        try:
            with deadline(self._seconds):
                graph = IndexedGraph(
                    (_iri(s, originals), _predicate(p), _term(o, originals)) for s, p, o in dict.fromkeys(triples)
                )
                only = _iri(focus, originals) if focus is not None else None
                todo = self._todo(graph, only)
                for shape, native, node in todo:
                    verdict, found = self._judge(shape, native, node, graph, originals)
                    verdicts.append(verdict)
                    for finding in found:
                        _keep(findings, finding)
        except OutOfTime:
            reason = f"judging the record took longer than {self._seconds:g} seconds"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if reason:
            verdicts = self._undecided(verdicts, str(focus or ""))
            stopped = _failure(f"the record could not be judged: {reason}", str(focus) if focus else None, None)
            _keep(findings, stopped)
        return Answer(
            findings=tuple(findings[key] for key in sorted(findings)),
            verdicts=tuple(sorted(verdicts, key=lambda verdict: (verdict.shape, verdict.focus_node))),
        )

    def _todo(
        self, graph: IndexedGraph, only: Node | None
    ) -> list[tuple[Shape, pyshacl.Shape, IdentifiedNode | Literal]]:
        found = []
        for members in self._groups.values():
            for node in sorted(_focus_nodes(members[0][1], graph), key=str):
                if only is None or node == only:
                    found += [(shape, native, node) for shape, native in members]
        return found

    def _judge(
        self,
        shape: Shape,
        native: pyshacl.Shape,
        node: IdentifiedNode | Literal,
        graph: IndexedGraph,
        originals: dict[str, str],
    ) -> tuple[Verdict, list[Finding]]:
        about = originals.get(str(node), str(node))
        try:
            passed, results = native.validate(SHACLExecutor(), graph, focus=node)
        except Exception as error:
            failure = _failure(f"{shape.id} could not be evaluated: {type(error).__name__}: {error}", about, shape)
            return Verdict(shape=shape.id, focus_node=about, passed=None), [failure]
        findings = [self._finding(result, originals) for result in results]
        return Verdict(shape=shape.id, focus_node=about, passed=bool(passed)), findings

    def _finding(self, result: tuple[str, BNode, list[tuple[Node, Node, Any]]], originals: dict[str, str]) -> Finding:
        _, node, statements = result
        # Nested results (sh:detail) follow in the same list, with subjects of their own.
        fields: dict[Node, Any] = {predicate: value for subject, predicate, value in statements if subject == node}
        shape = self._by_iri[str(fields[SH.sourceShape][1])]
        focus_term = str(fields[SH.focusNode][1])
        focus = originals.get(focus_term, focus_term)
        value: str | None = None
        if SH.value in fields:
            text = str(fields[SH.value][1])
            value = originals.get(text, text)[:_VALUE_LENGTH]
        return Finding(
            code=shape.id,
            severity=shape.severity,
            message=_sentence(shape.message, value if value != focus else None),
            advice=shape.advice,
            focus_node=focus,
            path=shape.path,
            value=value,
            principle=shape.principle,
            component=str(fields[SH.sourceConstraintComponent][1]),
        )

    def _undecided(self, verdicts: list[Verdict], focus: str) -> list[Verdict]:
        done = {verdict.shape for verdict in verdicts}
        left = [shape for members in self._groups.values() for shape, _ in members if shape.id not in done]
        return verdicts + [Verdict(shape=shape.id, focus_node=focus, passed=None) for shape in left]

    def _try_out(self) -> None:
        graph = IndexedGraph(())
        for members in self._groups.values():
            for shape, native in members:
                try:
                    native.validate(SHACLExecutor(), graph, focus=URIRef("urn:fairnode:trial"))
                except Exception as error:
                    raise ProfileError(f"{shape.file}: {shape.id}: {error}") from error


_TARGET_PREDICATES = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
_OURS = (*(URIRef(FNS + name) for name in ("principle", "points", "requires", "advice")), SH.name, SH.description)
_ADVICE = (
    "The record may be in order: its other checks stand. Report the record and the shape to the node's developers."
)
# What an IRI may not hold (RFC 3987, section 2.2); rdflib refuses to write such a term into a message.
_UNSAFE = re.compile(r'[\x00-\x20<>"{}|\\^`]')


def _focus_nodes(shape: pyshacl.Shape, graph: IndexedGraph) -> Iterable[IdentifiedNode | Literal]:
    found: Iterable[IdentifiedNode | Literal] = shape.focus_nodes(graph)  # type: ignore[no-untyped-call]
    return found


def _keep(findings: dict[tuple[str, ...], Finding], finding: Finding) -> None:
    """One finding a shape, focus node, path and value: two constraints that fail for one value are one fault."""
    key = (finding.code, finding.focus_node or "", finding.path or "", finding.value or "")
    known = findings.get(key)
    if known is None or (finding.component or "") < (known.component or ""):
        findings[key] = finding


def _failure(message: str, focus: str | None, shape: Shape | None) -> Finding:
    return Finding(
        code=ENGINE_FAILED,
        severity=Severity.WARNING,
        message=message[:_VALUE_LENGTH],
        advice=_ADVICE,
        focus_node=focus,
        value=shape.id if shape else None,
        principle=shape.principle if shape else None,
    )


def _sentence(message: str, value: str | None) -> str:
    if value is None:
        return message
    return f"{message.removesuffix('.')}: “{value if len(value) <= 100 else value[:99] + '…'}”"


@lru_cache(maxsize=4096)
def _predicate(iri: Iri) -> URIRef:
    return URIRef(_UNSAFE.sub(_percent, iri))


def _iri(iri: Iri, originals: dict[str, str]) -> URIRef:
    if _UNSAFE.search(iri):
        written = _UNSAFE.sub(_percent, iri)
        originals[written] = str(iri)
        return URIRef(written)
    return URIRef(iri)


def _percent(character: re.Match[str]) -> str:
    return f"%{ord(character[0]):02X}"


def _term(node: Iri | PlainLiteral, originals: dict[str, str]) -> Node:
    if isinstance(node, Iri):
        return _iri(node, originals)
    datatype = _predicate(node.datatype) if node.datatype else None
    try:
        return Literal(node.value, lang=node.language, datatype=datatype, normalize=False)
    except ValueError:
        # rdflib refuses language tags that are none; the text is judged without.
        return Literal(node.value, normalize=False)


def _shapes_term(term: object) -> Node:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    assert isinstance(term, ox.Literal), "Turtle has no quoted triples"
    if term.language:
        return Literal(term.value, lang=term.language)
    return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)
