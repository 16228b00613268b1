"""How much a graph store holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCounts:
    """What a store holds in the union of its graphs, as `COUNT` queries over one snapshot count it.

    Attributes:
        snapshot: which; `None` where the store cannot say.
        triples, subjects, objects: how many statements, and different subjects and objects of them.
        classes: each class and how many different things are of it.
        properties: each property and how many statements have it.
    """

    snapshot: str | None
    triples: int
    subjects: int
    objects: int
    classes: tuple[tuple[str, int], ...]
    properties: tuple[tuple[str, int], ...]
