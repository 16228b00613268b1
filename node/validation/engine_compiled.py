"""The compiled engine: SHACL Core as closures over the record's own statements, with pySHACL as the referee.

Whatever is not compiled is asked of pySHACL, shape by shape, and the engine's name says of which shapes. Where a
comparison raises, pySHACL is asked too, so that the finding is its own. Why this is right, and what was measured:
`docs/explanation/decisions/compiled-shacl.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from node.model.rdf import Iri, Triple
from node.model.report import Finding
from node.validation import patience
from node.validation.background import NO_BACKGROUND, Background
from node.validation.compiled import NOT_ASKED, STOPPED, Compiler, Fault, NotCompiled, ShapesGraph, not_asked
from node.validation.compiled.checks import Report
from node.validation.compiled.targets import Targets, compile_targets
from node.validation.deadline import OutOfTime, StepOutOfTime, deadline
from node.validation.engine_pyshacl import SECONDS_PER_RECORD, PyshaclEngine, native_of
from node.validation.engines import Answer, Verdict
from node.validation.findings import (
    answer,
    finding_of,
    given_up,
    not_evaluated,
    out_of_time,
    stopped,
    verdicts_of,
    without_repetition,
)
from node.validation.indexed_graph import IndexedGraph
from node.validation.profiles import Profile
from node.validation.record_graph import NOTHING_SAID, RecordGraph, SharedRecord, Term, graph_of
from node.validation.shapes import Shape, by_targets
from node.validation.shapes_files import parse_turtle

VERSION = 2
"""Raised with every change that can change a verdict or a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Shapes with the same targets, each with its id, what reports on it, and the property it is nothing without.

    The groups of a profile are numbered.

    Those without a report are the referee's. `only_class` is the one class whose instances are all of the targets.
    """

    number: int
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
        self._graph = ShapesGraph.of(parse_turtle(profile.files), strict_xsd=profile.strict_xsd)
        self.reasons: dict[str, str] = {}
        """By shape, why it is the referee's."""
        self._groups = self._compiled()
        # What is asked in a run that does without some shapes, as it last was.
        self._without: tuple[frozenset[Term], tuple[_Group, ...]] = (_NONE, self._groups)
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
        return without_repetition(self.results(triples, focus))

    def results(self, triples: Iterable[Triple] | SharedRecord, focus: Iri | None) -> Answer:
        """Judge one record; see `Engine.results`."""
        asked = _Asked()
        if without := patience.given_up():
            asked.stopped = asked.given_up = frozenset(shape for shape in self._shapes if shape in without)
        try:
            with deadline(self._seconds) as limit:
                record = asked.record = graph_of(triples)
                asked.todo = self._todo(record, record.written(focus) if focus is not None else None, asked.given_up)
                limit.steps(asked.verdicts)
                self._judge(record.over(self._background.about) if self._background.about else record, asked)
            return answer(asked.findings, verdicts_of(asked.verdicts))
        except OutOfTime:
            reason = "its time was over"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        finally:
            if asked.stopped is not asked.given_up:
                patience.stopped(shape for shape in asked.stopped - asked.given_up if isinstance(shape, Iri))
        return stopped(asked.findings, verdicts_of(asked.verdicts), self._pairs(asked, focus), reason, focus)

    def _pairs(self, asked: _Asked, focus: Iri | None) -> Iterator[tuple[Shape, str]]:
        if asked.record is None or asked.todo is None:
            yield from ((shape, focus or "") for shape in self._shapes.values() if shape.targets)
            return
        for node, group in asked.todo:
            yield from ((shape, asked.record.shown(node)) for shape, *_ in group.members)

    def _judge(self, record: RecordGraph, asked: _Asked) -> None:
        assert asked.todo is not None, "whoever asks has looked"
        verdicts = asked.verdicts
        faults: list[Fault] = []
        for node, group in asked.todo:
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
                except StepOutOfTime:
                    faults.append(Fault(Iri(shape.iri), node, None, STOPPED))
                except Exception as error:
                    faults.clear()
                    verdict, finding = not_evaluated(shape, shown, error)
                    verdicts.append(verdict)
                    asked.findings.append(finding)
                    continue
                verdicts.append((name, shown, not faults))
                if faults:
                    undecided = 0
                    for fault in faults:
                        about = shown if fault.focus is node else record.shown(fault.focus)
                        own, component, value = self._shapes[fault.shape], fault.component, None
                        if fault.value is not None:
                            value = record.shown(fault.value)
                        elif component is STOPPED or component is NOT_ASKED:
                            undecided += 1
                            if fault.shape in asked.given_up:
                                asked.findings.append(given_up(own, about))
                            else:
                                asked.findings.append(out_of_time(own, about, asked=component is STOPPED))
                            continue
                        asked.findings.append(finding_of(own, about, value, component, fault.path))
                    if undecided:
                        if undecided == len(faults):
                            verdicts[-1] = (name, shown, None)
                        self._go_on_without({fault.shape for fault in faults if fault.component is STOPPED}, asked)
                    faults.clear()

    def _go_on_without(self, shapes: set[Term], asked: _Asked) -> None:
        """Have shapes that took too long not asked of the nodes that are left."""
        todo = asked.todo
        if todo is not None and not shapes <= asked.stopped:
            asked.stopped = asked.stopped | shapes
            groups = self._compiled(asked.stopped)
            # In place: it is being gone through.
            todo[:] = [(node, groups[group.number]) for node, group in todo]

    def _todo(self, record: RecordGraph, only: Term | None, given_up: frozenset[Term]) -> list[tuple[Term, _Group]]:
        """Return the focus nodes with what they are asked, in the order in which the referee asks."""
        if given_up and self._without[0] != given_up:
            self._without = given_up, self._compiled(given_up)
        groups = self._without[1] if given_up else self._groups
        by_class, classes = self._by_class, record.classes()
        numbers = {number for kind in classes if kind in by_class for number in by_class[kind]}
        numbers.update(self._always)
        found: list[tuple[Term, _Group]] = []
        for number in sorted(numbers):
            group = groups[number]
            nodes = classes[group.only_class] if group.only_class is not None else group.targets(record)
            if only is None:
                found += [(node, group) for node in (sorted(nodes, key=_text) if len(nodes) > 1 else nodes)]
            elif only in nodes:
                found.append((only, group))
        return found

    def _refer(self, shape: Shape, node: Term, record: RecordGraph, asked: _Asked) -> None:
        try:
            if asked.graph is None:
                asked.graph = self._referee.graph(record)
            verdict, found = self._referee.judge(shape, native_of(node), asked.graph, record)
        except StepOutOfTime:
            about = record.shown(node)
            verdict, found = Verdict(shape.id, about, None), [out_of_time(shape, about, asked=True)]
            self._go_on_without({Iri(shape.iri)}, asked)
        asked.verdicts.append((verdict.shape, verdict.focus_node, verdict.passed))
        asked.findings += found

    def _compiled(self, stopped: Collection[Term] = ()) -> tuple[_Group, ...]:
        compiler = Compiler(self._graph, stopped)
        groups = enumerate(by_targets(self._shapes.values()))
        return tuple(self._group(number, compiler, members, stopped) for number, members in groups)

    def _group(self, number: int, compiler: Compiler, members: tuple[Shape, ...], stopped: Collection[Term]) -> _Group:
        targets = compile_targets(self._graph, Iri(members[0].iri))
        return _Group(
            number=number,
            targets=targets,
            only_class=targets.classes[0] if targets.classes_only and len(targets.classes) == 1 else None,
            members=tuple(self._member(compiler, shape, stopped) for shape in members),
        )

    def _member(
        self, compiler: Compiler, shape: Shape, stopped: Collection[Term]
    ) -> tuple[Shape, str, Report | None, str | None]:
        node = Iri(shape.iri)
        try:
            check = compiler.check(node)
        except NotCompiled as reason:
            self.reasons[shape.id] = str(reason)
            return shape, shape.id, not_asked(node) if node in stopped else None, None
        return shape, shape.id, check.report, check.only_with


class _Asked:
    """What is known so far of one record."""

    __slots__ = ("findings", "given_up", "graph", "record", "stopped", "todo", "verdicts")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.verdicts: list[tuple[str, str, bool | None]] = []
        self.graph: IndexedGraph | None = None
        self.record: RecordGraph | None = None
        self.todo: list[tuple[Term, _Group]] | None = None
        self.stopped: frozenset[Term] = _NONE
        self.given_up: frozenset[Term] = _NONE


_NONE: frozenset[Term] = frozenset()


def _text(term: Term) -> str:
    return term if isinstance(term, str) else term.value
