"""Findings of SHACL with the place in the raw record they come from.

What a shape is about is read from the shapes graph: the properties of its path, and those that the shapes within it ask
for (SHACL, sections 2.3 and 4.6 to 4.8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import pyoxigraph as ox

from node.mapping.pointers import Chain, RawRecord
from node.model.report import Finding, ValidationReport
from node.validation.profiles import Profile
from node.validation.statements import FIRST, Statements, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a shape is about: chains of properties from its focus node on, and those its inner shapes go on with."""

    chains: tuple[Chain, ...] = ()
    needed: tuple[Chain, ...] = ()


def pointed(report: ValidationReport, raw: RawRecord | None, profile: Profile) -> ValidationReport:
    """Return a report whose findings each name an element of the raw record and its line, or one that is missing."""
    if raw is None or not report.results:
        return report
    subjects = subjects_of(profile)
    places = {finding: _pointed(finding, raw, subjects) for finding in report.results}
    return replace(
        report,
        results=tuple(places.values()),
        blocked_by=tuple(places[finding] for finding in report.blocked_by),
    )


@lru_cache(maxsize=64)
def subjects_of(profile: Profile) -> dict[str, Subject]:
    """Return what each shape of a profile is about, by the shape's id."""
    statements = Statements.parse(profile.files)
    return {shape.id: _subject(statements, ox.NamedNode(shape.iri)) for shape in profile.shapes}


def _pointed(finding: Finding, raw: RawRecord, subjects: dict[str, Subject]) -> Finding:
    about = subjects.get(finding.code, Subject())
    # A shape without a path that finds fault with its own focus node says that node again as the value.
    value = finding.value if finding.value != finding.focus_node else None
    found = raw.point(about.chains, about.needed, finding.focus_node, value)
    return replace(finding, source_path=found.path, source_line=found.line, source_missing=found.missing)


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
