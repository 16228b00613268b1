"""The shapes of a profile as values, read from its Turtle files, and refused where they are ill-formed.

Specification: SHACL (https://www.w3.org/TR/shacl/), Core only: no SPARQL, no rules, no functions, so a shape can
neither run long queries nor reach the network. `owl:imports` is never followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from node.errors import ProfileError
from node.model.rdf import Literal
from node.model.report import Severity
from node.validation.paths import path_text
from node.validation.recursion import is_deactivated, refuse_recursion
from node.validation.shapes_files import read_statements
from node.validation.statements import FNS as FNS
from node.validation.statements import SH, Statements, Term
from node.validation.targets import targets_of
from node.validation.well_formed import refuse_ill_formed
from node.validation.wording import summary_of, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A shape that reports results of its own.

    Attributes:
        id: the local name of a shape in the project's namespace, such as `F2-05`; else its whole IRI.
        iri: the node in the shapes graph; for a blank node, the name made for it.
        file: the name of the file that describes it.
        name: a few words.
        severity: of its results; one that is not SHACL's own (section 2.1.4) counts as a violation.
        severity_iri: as the shape gives it.
        message: what is wrong where it fails, one sentence; its sh:message, or made of its constraints. Of several, one
            in English or without a language.
        messages: each sh:message, with its language; that one first.
        words: where there is no sh:message, by the IRI of each component what it asks.
        advice: how to mend it.
        principle: the FAIR principle, such as `R1.1`.
        points: what passing it is worth; 0 for a shape that is no check.
        requires: the id of the check that must pass too before the points count.
        path: an IRI, or a SPARQL property path (SPARQL 1.1 Query, section 9.1); `None` for a node shape.
        targets: the statements that say what it is asked of, as sorted text; empty for a nested shape.
        within: the ids of the shapes with a target that reach it by sh:property, sorted: it is asked where they are.
        place: the file and the line where its description begins, as text.
    """

    id: str
    iri: str
    file: str
    name: str
    severity: Severity
    message: str
    advice: str
    principle: str | None
    points: float
    requires: str | None
    path: str | None
    targets: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = ()
    messages: tuple[Literal, ...] = ()
    severity_iri: str = SH + "Violation"
    within: tuple[str, ...] = ()
    place: str = field(default="", compare=False)


def read_shapes(files: Sequence[tuple[str, bytes]]) -> tuple[Shape, ...]:
    """Return the reporting shapes of some files, sorted by id.

    A shape reports where it has a target, or where a reporting shape names it by sh:property. One without an IRI has a
    name made for it (`naming`), one without sh:message has words (`wording`). Deactivated shapes (section 2.1.6) are
    left out.

    Args:
        files: name and Turtle of each.

    Raises:
        ProfileError: a file is not Turtle, or a shape is ill-formed or recursive; the message names file, line and
            node.
    """
    statements = read_statements(files)
    refuse_ill_formed(statements)
    refuse_recursion(statements)
    shapes = sorted(
        (_shape(statements, node, within) for node, within in _reporting(statements).items()),
        key=lambda shape: shape.id,
    )
    if not shapes:
        raise ProfileError(f"{', '.join(name for name, _ in files)}: no shape has a target")
    known = {shape.id for shape in shapes}
    for shape in shapes:
        if shape.requires is not None and shape.requires not in known:
            raise ProfileError(
                f"{shape.place}: {shape.id}: fns:requires names {shape.requires}, which is no shape of the profile"
            )
    return tuple(shapes)


def by_targets(shapes: Iterable[Shape]) -> tuple[tuple[Shape, ...], ...]:
    """Return the shapes that have targets, those with the same targets together: they have the same focus nodes."""
    groups: dict[tuple[str, ...], list[Shape]] = {}
    for shape in shapes:
        if shape.targets:
            groups.setdefault(shape.targets, []).append(shape)
    return tuple(tuple(members) for members in groups.values())


_SEVERITIES = {SH + "Info": Severity.INFO, SH + "Warning": Severity.WARNING, SH + "Violation": Severity.VIOLATION}


def _reporting(statements: Statements) -> dict[Term, set[str]]:
    """Return the shapes that report, each with the ids of those with a target that reach it by sh:property."""
    found: dict[Term, set[str]] = {}
    for root in statements:
        if not targets_of(statements, root) or is_deactivated(statements, root):
            continue
        assert isinstance(root, ox.NamedNode), "those without an IRI were named"
        found.setdefault(root, set())
        seen: set[Term] = {root}
        waiting = [*statements.objects(root, "property")]
        while waiting:
            node = waiting.pop()
            if node not in seen and not is_deactivated(statements, node):
                seen.add(node)
                found.setdefault(node, set()).add(_id(root.value))
                waiting += statements.objects(node, "property")
    return found


def _shape(statements: Statements, node: Term, within: Iterable[str]) -> Shape:
    where = statements.where(node)
    assert isinstance(node, ox.NamedNode), "those without an IRI were named"
    messages = sorted(statements.literals(node, "message"), key=_english_first)
    words = () if messages else words_of(statements, node)
    severities = statements.objects(node, "severity") or [ox.NamedNode(SH + "Violation")]
    severity = severities[0]
    if not isinstance(severity, ox.NamedNode) or len(severities) > 1:
        raise ProfileError(f"{where}: sh:severity has {len(severities)} values, and may have one only")
    paths = statements.objects(node, "path")
    requires = _annotation(statements, node, "requires")
    return Shape(
        id=_id(node.value),
        iri=node.value,
        file=statements.file(node),
        name=next((name.value for name in statements.literals(node, "name")), _id(node.value)),
        severity=_SEVERITIES.get(severity.value, Severity.VIOLATION),
        severity_iri=severity.value,
        message=messages[0].value if messages else summary_of(words, _id(node.value)),
        messages=tuple(_literal(text) for text in messages),
        words=words,
        advice=_annotation(statements, node, "advice") or "",
        principle=_annotation(statements, node, "principle"),
        points=_points(statements, node, where),
        requires=_id(requires) if requires else None,
        path=path_text(statements, node, paths[0]) if paths else None,
        targets=targets_of(statements, node),
        within=tuple(sorted(within)),
        place=statements.place(node),
    )


def _english_first(text: ox.Literal) -> tuple[bool, str, str]:
    language = text.language or ""
    return (language or "en").lower().partition("-")[0] != "en", text.value, language


def _literal(text: ox.Literal) -> Literal:
    return Literal(text.value, language=text.language)


def _points(statements: Statements, node: Term, where: str) -> float:
    text = _annotation(statements, node, "points") or "0"
    try:
        points = float(text)
    except ValueError:
        points = -1.0
    if not 0 <= points < 1000:
        raise ProfileError(f"{where}: fns:points must be a number from 0 to 999, not {text}")
    if points and not targets_of(statements, node):
        raise ProfileError(f"{where}: only a shape with a target of its own can have fns:points")
    return points


def _annotation(statements: Statements, node: Term, name: str) -> str | None:
    values = statements.about(node).get(ox.NamedNode(FNS + name), [])
    if len(values) > 1:
        raise ProfileError(f"{statements.where(node)}: fns:{name} may be given once only")
    return next((value.value for value in values if isinstance(value, ox.NamedNode | ox.Literal)), None)


def _id(iri: str) -> str:
    return iri.removeprefix(FNS)
