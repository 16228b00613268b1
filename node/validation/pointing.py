"""Findings of SHACL with the place in the raw record they come from.

What a shape is about is read from the shapes graph: the properties of its path, and those that the shapes within it ask
for (SHACL, sections 2.3 and 4.6 to 4.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import pyoxigraph as ox

from node.mapping.pointers import Chain, Nested, Pointer, RawRecord
from node.model.rdf import Triple
from node.model.report import Finding, ValidationReport
from node.validation.described import Described
from node.validation.profiles import Profile
from node.validation.shapes import read_shapes
from node.validation.shapes_files import read_statements
from node.validation.statements import FIRST, Statements, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a shape is about: chains of properties from its focus node on, and those its inner shapes go on with."""

    chains: tuple[Chain, ...] = ()
    needed: tuple[Chain, ...] = ()


def pointed(
    report: ValidationReport, raw: RawRecord | None, profile: Profile, triples: Iterable[Triple]
) -> ValidationReport:
    """Return a report whose findings each name an element of the raw record and its line, or one that is missing.

    Args:
        triples: what was judged.
    """
    if raw is None or not report.results:
        return report
    found = zip(report.results, pointers_of(report.results, raw, profile.files, triples), strict=True)
    places = {finding: with_place(finding, place) for finding, place in found}
    return replace(
        report,
        results=tuple(places.values()),
        blocked_by=tuple(places[finding] for finding in report.blocked_by),
    )


def with_place(finding: Finding, place: Pointer) -> Finding:
    """Return a finding that names its place."""
    return replace(finding, source_path=place.path, source_line=place.line, source_missing=place.missing)


def pointers_of(
    findings: Sequence[Finding], raw: RawRecord, files: tuple[tuple[str, bytes], ...], triples: Iterable[Triple]
) -> tuple[Pointer, ...]:
    """Return for each finding the element of the raw record it comes from, or the one that is missing.

    Args:
        files: name and Turtle of each shapes file that asked; what is of none of their shapes is about the record.
        triples: what was judged.
    """
    subjects, described = subjects_of(files), Described(triples, raw.names)
    return tuple(_pointer(finding, raw, subjects, described) for finding in findings)


@lru_cache(maxsize=64)
def subjects_of(files: tuple[tuple[str, bytes], ...]) -> dict[str, Subject]:
    """Return what each shape of some shapes files is about, by the shape's id; raises `ProfileError`."""
    statements = read_statements(files)
    return {shape.id: _subject(statements, ox.NamedNode(shape.iri)) for shape in read_shapes(files)}


def _pointer(finding: Finding, raw: RawRecord, subjects: dict[str, Subject], described: Described) -> Pointer:
    about = subjects.get(finding.code, Subject())
    # A shape without a path that finds fault with its own focus node says that node again as the value.
    value = finding.value if finding.value != finding.focus_node else None
    lacking = described.lacking(value, about.chains, about.needed)
    if lacking:
        # A value that lacks something is what the finding is about, and what it lacks is what there is to say.
        focus, within = _place(value, raw, described)
        return raw.point(lacking, focus, None, lacks=True, within=within)
    focus, within = _place(finding.focus_node, raw, described)
    chains = about.chains or about.needed
    telling = described.texts(value) if value else described.words
    return raw.point(chains, focus, value, within=within, telling=telling)


def _place(node: str | None, raw: RawRecord, described: Described) -> tuple[str | None, Nested | None]:
    return (node, None) if raw.names(node) else described.place_of(node)


def _subject(statements: Statements, node: Term) -> Subject:
    paths = statements.objects(node, "path")
    chains = _chains(statements, paths[0], 0) if paths else []
    needed = _needed(statements, node, chains or [()], {node})
    return Subject(chains=tuple(dict.fromkeys(chains)), needed=tuple(dict.fromkeys(needed)))


def _needed(statements: Statements, node: Term, above: list[Chain], seen: set[Term]) -> list[Chain]:
    """The chains of the shapes within a shape."""
    inner = [one for local in _SHAPES for one in statements.objects(node, local)]
    for local in _LISTS:
        inner += [one for head in statements.objects(node, local) for one in statements.items(head, node)]
    found: list[Chain] = []
    for one in inner:
        if one in seen:
            continue
        paths = statements.objects(one, "path")
        steps = _chains(statements, paths[0], 0) if paths else [()]
        chains = [chain + step for chain, step in product(above, steps)][:_MOST]
        found += chains if paths else []
        found += _needed(statements, one, chains, seen | {one})
    return found


def _chains(statements: Statements, path: Term, depth: int) -> list[Chain]:
    """The chains of properties a path can follow; those that go backwards are left out, for what they come from is
    another record's."""
    if isinstance(path, ox.NamedNode):
        return [(path.value,)]
    if depth > _DEPTH:
        return []
    if FIRST in statements.about(path):
        steps = [_chains(statements, step, depth + 1) for step in statements.items(path, path)]
        return [sum(chain, ()) for chain in product(*steps)][:_MOST]
    for head in statements.objects(path, "alternativePath"):
        return [one for step in statements.items(head, path) for one in _chains(statements, step, depth + 1)][:_MOST]
    for local in _REPEATED:
        for step in statements.objects(path, local):
            return _chains(statements, step, depth + 1)
    return []


_SHAPES = ("property", "node", "not", "qualifiedValueShape")
_LISTS = ("and", "or", "xone")
_REPEATED = ("zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
_DEPTH = 8
_MOST = 100
