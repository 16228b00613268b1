"""The compiled engine: SHACL Core as closures over the record's own statements, with pySHACL as the referee.

Whatever is not compiled is asked of pySHACL, shape by shape, and the engine's name says of which shapes. Where a
comparison raises, pySHACL is asked too, so that the finding is its own. Why this is right, and what was measured:
`docs/explanation/decisions/compiled-shacl.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.model.rdf import Iri, Triple
from node.model.report import Finding
from node.validation.background import NO_BACKGROUND, Background
from node.validation.compiled import Check, Compiler, Fault, NotCompiled, ShapesGraph
from node.validation.compiled.targets import Targets, compile_targets
from node.validation.deadline import OutOfTime, deadline
from node.validation.engine_pyshacl import SECONDS_PER_RECORD, PyshaclEngine, native_of
from node.validation.engines import Answer, Verdict
from node.validation.findings import Kept, answer, failed, finding_of, keep, undecided
from node.validation.indexed_graph import IndexedGraph
from node.validation.profiles import Profile
from node.validation.record_graph import RecordGraph, Term
from node.validation.shapes import Shape, by_targets
from node.validation.statements import parse_turtle

VERSION = 1
"""Raised with every change that can change a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Shapes with the same targets; those whose check is `None` are the referee's."""

    targets: Targets
    members: tuple[tuple[Shape, Check | None], ...]


class CompiledEngine:
    """The compiled shapes of one profile."""

    def __init__(
        self, profile: Profile, *, background: Background = NO_BACKGROUND, seconds: float = SECONDS_PER_RECORD
    ) -> None:
        """Compile the shapes, and have the referee read them too.

        Raises:
            ProfileError: pySHACL refuses a shape.
        """
        self._referee = PyshaclEngine(profile, background=background, seconds=seconds)
        self._background = background
        self._seconds = seconds
        self._shapes = {Iri(shape.iri): shape for shape in profile.shapes}
        graph = ShapesGraph.of(quad for _, quad in parse_turtle(profile.files))
        compiler = Compiler(graph)
        self.reasons: dict[str, str] = {}
        """By shape, why it is the referee's."""
        self._groups = tuple(
            _Group(
                targets=compile_targets(graph, Iri(members[0].iri)),
                members=tuple((shape, self._compiled(compiler, shape)) for shape in members),
            )
            for members in by_targets(profile.shapes)
        )
        referred = f" ({PyshaclEngine.name} for {', '.join(sorted(self.reasons))})" if self.reasons else ""
        self.name = f"compiled {VERSION}{referred}"

    def ask(self, triples: Iterable[Triple], focus: Iri | None) -> Answer:
        """Judge one record; see `Engine.ask`."""
        asked = _Asked()
        reason = ""
        try:
            with deadline(self._seconds):
                self._judge(RecordGraph(triples), focus, asked)
        except OutOfTime:
            reason = f"judging the record took longer than {self._seconds:g} seconds"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        verdicts = asked.verdicts
        if reason:
            verdicts = undecided(verdicts, self._shapes.values(), str(focus or ""))
            stopped = f"the record could not be judged: {reason}"
            keep(asked.findings, failed(stopped, str(focus) if focus else None, None))
        return answer(asked.findings, verdicts)

    def _judge(self, record: RecordGraph, focus: Iri | None, asked: _Asked) -> None:
        only = record.written(focus) if focus is not None else None
        todo: list[tuple[Term, tuple[tuple[Shape, Check | None], ...]]] = []
        for group in self._groups:
            nodes = group.targets(record)
            if only is not None:
                todo += [(only, group.members)] if only in nodes else []
            elif nodes:
                todo += [(node, group.members) for node in sorted(nodes, key=_text)]
        if self._background.about:
            record.with_background(self._background.about)
        for node, members in todo:
            shown = record.shown(node)
            for shape, check in members:
                faults: list[Fault] = []
                try:
                    if check is None:
                        self._refer(shape, node, record, asked)
                        continue
                    check.report(record, node, faults)
                except (ArithmeticError, TypeError):
                    self._refer(shape, node, record, asked)
                    continue
                asked.verdicts.append(Verdict(shape.id, shown, not faults))
                for fault in faults:
                    keep(asked.findings, self._finding(fault, record))

    def _refer(self, shape: Shape, node: Term, record: RecordGraph, asked: _Asked) -> None:
        if asked.graph is None:
            asked.graph = self._referee.graph(record)
        verdict, found = self._referee.judge(shape, native_of(node), asked.graph, record)
        asked.verdicts.append(verdict)
        for finding in found:
            keep(asked.findings, finding)

    def _finding(self, fault: Fault, record: RecordGraph) -> Finding:
        value = record.shown(fault.value) if fault.value is not None else None
        shape = self._shapes[fault.shape]  # type: ignore[index]
        return finding_of(shape, record.shown(fault.focus), value, fault.component)

    def _compiled(self, compiler: Compiler, shape: Shape) -> Check | None:
        try:
            return compiler.check(Iri(shape.iri))
        except NotCompiled as reason:
            self.reasons[shape.id] = str(reason)
            return None


class _Asked:
    """What is known so far of one record."""

    def __init__(self) -> None:
        self.findings: Kept = {}
        self.verdicts: list[Verdict] = []
        self.graph: IndexedGraph | None = None


def _text(term: Term) -> str:
    return term if isinstance(term, str) else term.value
