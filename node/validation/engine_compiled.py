"""The compiled engine: SHACL Core as closures over the record's own statements, with pySHACL as the referee.

Whatever is not compiled is asked of pySHACL, shape by shape, and the engine's name says of which shapes. Where a
comparison raises, pySHACL is asked too, so that the finding is its own. Why this is right, and what was measured:
`docs/explanation/decisions/compiled-shacl.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.model.rdf import Iri, Triple
from node.validation.background import NO_BACKGROUND, Background
from node.validation.compiled import Compiler, Fault, NotCompiled, ShapesGraph
from node.validation.compiled.checks import Report
from node.validation.compiled.targets import Targets, compile_targets
from node.validation.deadline import OutOfTime, deadline
from node.validation.engine_pyshacl import SECONDS_PER_RECORD, PyshaclEngine, native_of
from node.validation.engines import Answer
from node.validation.findings import Kept, answer, failed, finding_of, keep, undecided, verdicts_of
from node.validation.indexed_graph import IndexedGraph
from node.validation.profiles import Profile
from node.validation.record_graph import NOTHING_SAID, RecordGraph, SharedRecord, Term, graph_of
from node.validation.shapes import Shape, by_targets
from node.validation.statements import parse_turtle

VERSION = 1
"""Raised with every change that can change a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Shapes with the same targets, each with its id, what reports on it, and the property it is nothing without.

    Those without a report are the referee's. `only_class` is the one class whose instances are all of the targets.
    """

    targets: Targets
    only_class: Term | None
    members: tuple[tuple[Shape, str, Report | None, str | None], ...]


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
        self._shapes: dict[Term, Shape] = {Iri(shape.iri): shape for shape in profile.shapes}
        graph = ShapesGraph.of((quad for _, quad in parse_turtle(profile.files)), strict_xsd=profile.strict_xsd)
        compiler = Compiler(graph)
        self.reasons: dict[str, str] = {}
        """By shape, why it is the referee's."""
        self._groups = tuple(self._group(graph, compiler, members) for members in by_targets(profile.shapes))
        # Most groups are asked of the instances of a class that most records hold none of.
        self._by_class: dict[Term, list[int]] = {}
        self._always = [number for number, group in enumerate(self._groups) if not group.targets.classes_only]
        for number, group in enumerate(self._groups):
            for kind in group.targets.classes if group.targets.classes_only else ():
                self._by_class.setdefault(kind, []).append(number)
        referred = f" ({PyshaclEngine.name} for {', '.join(sorted(self.reasons))})" if self.reasons else ""
        self.name = f"compiled {VERSION}{referred}"

    def ask(self, triples: Iterable[Triple] | SharedRecord, focus: Iri | None) -> Answer:
        """Judge one record; see `Engine.ask`."""
        asked = _Asked()
        reason = ""
        try:
            with deadline(self._seconds):
                self._judge(graph_of(triples), focus, asked)
        except OutOfTime:
            reason = f"judging the record took longer than {self._seconds:g} seconds"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        verdicts = verdicts_of(asked.verdicts)
        if reason:
            verdicts = undecided(verdicts, self._shapes.values(), str(focus or ""))
            stopped = f"the record could not be judged: {reason}"
            keep(asked.findings, failed(stopped, str(focus) if focus else None, None))
        return answer(asked.findings, verdicts)

    def _judge(self, record: RecordGraph, focus: Iri | None, asked: _Asked) -> None:
        todo = self._todo(record, record.written(focus) if focus is not None else None)
        if self._background.about:
            record = record.over(self._background.about)
        verdicts = asked.verdicts
        faults: list[Fault] = []
        for node, group in todo:
            shown = record.shown(node)
            said = record.about.get(node, NOTHING_SAID)
            for shape, name, report, needed in group.members:
                if needed is not None and needed not in said:
                    verdicts.append((name, shown, True))
                    continue
                try:
                    if report is None:
                        self._refer(shape, node, record, asked)
                        continue
                    report(record, node, faults)
                except (ArithmeticError, TypeError):
                    faults.clear()
                    self._refer(shape, node, record, asked)
                    continue
                verdicts.append((name, shown, not faults))
                if faults:
                    for fault in faults:
                        about = shown if fault.focus is node else record.shown(fault.focus)
                        value = record.shown(fault.value) if fault.value is not None else None
                        keep(asked.findings, finding_of(self._shapes[fault.shape], about, value, fault.component))
                    faults.clear()

    def _todo(self, record: RecordGraph, only: Term | None) -> list[tuple[Term, _Group]]:
        """Return the focus nodes with what they are asked, in the order in which the referee asks."""
        by_class, classes = self._by_class, record.classes()
        numbers = {number for kind in classes if kind in by_class for number in by_class[kind]}
        numbers.update(self._always)
        found: list[tuple[Term, _Group]] = []
        for number in sorted(numbers):
            group = self._groups[number]
            nodes = classes[group.only_class] if group.only_class is not None else group.targets(record)
            if only is None:
                found += [(node, group) for node in (sorted(nodes, key=_text) if len(nodes) > 1 else nodes)]
            elif only in nodes:
                found.append((only, group))
        return found

    def _refer(self, shape: Shape, node: Term, record: RecordGraph, asked: _Asked) -> None:
        if asked.graph is None:
            asked.graph = self._referee.graph(record)
        verdict, found = self._referee.judge(shape, native_of(node), asked.graph, record)
        asked.verdicts.append((verdict.shape, verdict.focus_node, verdict.passed))
        for finding in found:
            keep(asked.findings, finding)

    def _group(self, graph: ShapesGraph, compiler: Compiler, members: tuple[Shape, ...]) -> _Group:
        targets = compile_targets(graph, Iri(members[0].iri))
        return _Group(
            targets=targets,
            only_class=targets.classes[0] if targets.classes_only and len(targets.classes) == 1 else None,
            members=tuple(self._member(compiler, shape) for shape in members),
        )

    def _member(self, compiler: Compiler, shape: Shape) -> tuple[Shape, str, Report | None, str | None]:
        try:
            check = compiler.check(Iri(shape.iri))
        except NotCompiled as reason:
            self.reasons[shape.id] = str(reason)
            return shape, shape.id, None, None
        return shape, shape.id, check.report, check.only_with


class _Asked:
    """What is known so far of one record."""

    __slots__ = ("findings", "graph", "verdicts")

    def __init__(self) -> None:
        self.findings: Kept = {}
        self.verdicts: list[tuple[str, str, bool | None]] = []
        self.graph: IndexedGraph | None = None


def _text(term: Term) -> str:
    return term if isinstance(term, str) else term.value
