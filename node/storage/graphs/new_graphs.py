"""Many new graphs as one N-Quads text (https://www.w3.org/TR/n-quads/) that the embedded store loads in bulk.

A bulk load writes sorted files where a transaction goes through the log and the memory tables: a third of the work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

# What one load holds in memory, about a kilobyte a statement. Oxigraph commits a load of more than a million statements
# in several steps; below, it is one.
_STATEMENTS = 100_000

# A statement's full stop and a comment on the same line, or a literal that looks like it.
_COMMENTED = re.compile(r"\.[ \t]*#")


def split_new(
    graphs: Sequence[tuple[str, str]], exists: Callable[[str], bool]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the graphs that can be loaded in bulk, and the others in their order, to be written after them.

    Args:
        graphs: name and N-Triples.
        exists: whether the store has a graph of this name.
    """
    new, others = [], []
    seen: set[str] = set()
    for graph, ntriples in graphs:
        if graph in seen or exists(graph) or not _is_plain(ntriples):
            others.append((graph, ntriples))
        else:
            new.append((graph, ntriples))
        seen.add(graph)
    return new, others


def nquads(graphs: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """Yield N-Quads documents, each of whole graphs and small enough to be loaded in one step.

    Text that is not N-Triples is not N-Quads here either: a statement that brings its own graph has one term too many.

    Args:
        graphs: names, each an IRI, and N-Triples that `split_new` found fit.

    Raises:
        ValueError: a lone surrogate.
    """
    parts: list[str] = []
    size = 0
    for graph, ntriples in graphs:
        statements = ntriples.count("\n")
        if parts and size + statements > _STATEMENTS:
            yield "".join(parts).encode()
            parts, size = [], 0
        parts.append(ntriples.replace(" .\n", f" <{graph}> .\n"))
        size += statements
    if parts:
        yield "".join(parts).encode()


def _is_plain(ntriples: str) -> bool:
    """Every line ends in the full stop of its one statement, and no label means something else in another graph.

    The parser holds a statement to one line; what it takes for the end of a line besides a line feed is a return.
    """
    lines = ntriples.count("\n")
    return (
        0 < lines <= _STATEMENTS
        and ntriples.endswith("\n")
        and ntriples.count(" .\n") == lines
        and "\r" not in ntriples
        and "_:" not in ntriples
        and _COMMENTED.search(ntriples) is None
    )
