"""Property paths (https://www.w3.org/TR/shacl/#property-paths) as functions from a node to its value nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from node.model.rdf import Iri
from node.namespaces import PREFIXES
from node.validation.compiled.checks import Path
from node.validation.compiled.shapes_graph import NotCompiled, ShapesGraph
from node.validation.record_graph import NOTHING, NOTHING_SAID, RecordGraph, Term, Values
from node.validation.statements import SH

# pySHACL goes no deeper, and each further member of a sequence is one step deeper.
_DEPTH = 10
_FIRST, _REST = PREFIXES["rdf"] + "first", PREFIXES["rdf"] + "rest"


def compile_path(graph: ShapesGraph, path: Term, *, inverse: bool = False, depth: int = 0) -> Path:
    """Return a path as a function.

    Args:
        inverse: follow it backwards.
        depth: in how many paths it lies.

    Raises:
        NotCompiled: it is not well-formed, too deep, or the inverse of a sequence, of which pySHACL takes the steps
            in the order in which they are written.
    """
    if isinstance(path, Iri):
        return _backwards(path) if inverse else _forwards(path)
    kinds = list(graph.predicates(path))
    if depth >= _DEPTH or sorted(kinds) not in ([_FIRST, _REST], *([SH + local] for local in _KINDS)):
        raise NotCompiled("a path that is not well-formed, or too deep")
    if len(kinds) == 2:
        return _sequence(graph, path, inverse, depth)
    local = kinds[0].removeprefix(SH)
    operand = graph.only(path, local)
    assert operand is not None, "it is the one property that the node has"
    if local == "alternativePath":
        steps = graph.items(operand)
        if len(steps) < 2:
            raise NotCompiled("alternatives that are only one")
        if not inverse and all(isinstance(step, Iri) for step in steps):
            return _any_of([step for step in steps if isinstance(step, Iri)])
        return _alternatives([compile_path(graph, step, inverse=inverse, depth=depth + 1) for step in steps])
    if local == "inversePath":
        return compile_path(graph, operand, inverse=not inverse, depth=depth + 1)
    return _REPEATS[local](compile_path(graph, operand, inverse=inverse, depth=depth + 1))


def _forwards(predicate: str) -> Path:
    def follow(record: RecordGraph, node: Term) -> Values:
        return record.about.get(node, NOTHING_SAID).get(predicate, NOTHING)

    return follow


def _backwards(predicate: str) -> Path:
    return lambda record, node: record.subjects(predicate, node)


def _sequence(graph: ShapesGraph, path: Term, inverse: bool, depth: int) -> Path:
    members = graph.items(path)
    if len(members) == 1:
        if depth == 0:
            raise NotCompiled("a sequence of one step")
        return compile_path(graph, members[0], inverse=inverse, depth=depth + 1)
    if inverse:
        raise NotCompiled("the inverse of a sequence")
    if depth + len(members) > _DEPTH:
        raise NotCompiled("a path that is too deep")
    first, *others = [compile_path(graph, member, depth=depth + number) for number, member in enumerate(members, 1)]

    def follow(record: RecordGraph, node: Term) -> Values:
        nodes = first(record, node)
        for step in others:
            if not nodes:
                return NOTHING
            if len(nodes) == 1:
                (node,) = nodes
                nodes = step(record, node)
            else:
                nodes = _union([step(record, each) for each in nodes])
        return nodes

    return follow


def _alternatives(paths: Sequence[Path]) -> Path:
    def follow(record: RecordGraph, node: Term) -> Values:
        found = NOTHING
        for path in paths:
            values = path(record, node)
            if values:
                found = {**found, **values} if found else values
        return found

    return follow


def _any_of(predicates: Sequence[Iri]) -> Path:
    def follow(record: RecordGraph, node: Term) -> Values:
        said = record.about.get(node, NOTHING_SAID)
        found = NOTHING
        for predicate in predicates:
            if predicate in said:
                found = {**found, **said[predicate]} if found else said[predicate]
        return found

    return follow


def _union(found: Sequence[Values]) -> Values:
    """Most properties of most nodes are absent, so mostly there is nothing to merge."""
    some = [values for values in found if values]
    if len(some) < 2:
        return some[0] if some else NOTHING
    merged = dict(some[0])
    for values in some[1:]:
        merged.update(values)
    return merged


def _zero_or_one(path: Path) -> Path:
    return lambda record, node: {node: None, **path(record, node)}


def _one_or_more(path: Path) -> Path:
    return lambda record, node: _reached(path, record, {}, path(record, node))


def _zero_or_more(path: Path) -> Path:
    return lambda record, node: _reached(path, record, {node: None}, path(record, node))


def _reached(path: Path, record: RecordGraph, found: Values, start: Values) -> Values:
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting += path(record, node)
    return found


_REPEATS: dict[str, Callable[[Path], Path]] = {
    "oneOrMorePath": _one_or_more,
    "zeroOrMorePath": _zero_or_more,
    "zeroOrOnePath": _zero_or_one,
}
_KINDS = ("alternativePath", "inversePath", *_REPEATS)
