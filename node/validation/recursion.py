"""Shapes that refer to themselves, of which SHACL leaves undefined what they mean (https://www.w3.org/TR/shacl/#shapes-recursion).

One validator follows them to some depth, the next for ever. A profile with such a shape is refused, so that no record
waits for a verdict that nobody defined.
"""

from __future__ import annotations

import pyoxigraph as ox

from node.errors import ProfileError
from node.validation.statements import Statements, Term

SHAPE_EXPECTING = ("property", "node", "not", "qualifiedValueShape")
SHAPE_LISTS = ("and", "or", "xone")
_TOLD = 12
"""Steps of a circle that a message tells."""


def refuse_recursion(statements: Statements) -> None:
    """Refuse shapes that refer to themselves, directly or by way of others.

    Raises:
        ProfileError: with the cycle, and the line of its first step.
    """
    done: set[Term] = set()
    for start in statements:
        # Without Python's own stack, which a file could exhaust.
        chain: dict[Term, str] = {}
        waiting: list[tuple[Term, str] | None] = [(start, "")]
        while waiting:
            step = waiting.pop()
            if step is None:
                done.add(chain.popitem()[0])
                continue
            shape, by = step
            if shape in chain:
                raise _refusal(statements, chain, shape, by)
            if shape not in done:
                chain[shape] = by
                waiting.append(None)
                waiting += reversed(_referred(statements, shape))


def is_deactivated(statements: Statements, shape: Term) -> bool:
    """Tell whether every node conforms to a shape (SHACL, section 2.1.6)."""
    return any(value.value == "true" for value in statements.literals(shape, "deactivated"))


def _referred(statements: Statements, shape: Term) -> list[tuple[Term, str]]:
    """The shapes that a shape refers to, each with the property that does; a deactivated one is never followed."""
    if is_deactivated(statements, shape):
        return []
    return [
        (member, local)
        for local in SHAPE_EXPECTING + SHAPE_LISTS
        for member in statements.members(shape, local)
        if isinstance(member, ox.NamedNode | ox.BlankNode)
    ]


def _refusal(statements: Statements, chain: dict[Term, str], again: Term, by: str) -> ProfileError:
    shapes = list(chain)
    circle = shapes[shapes.index(again) :]
    steps = [*(chain[shape] for shape in circle[1:]), by]
    told = [
        f" -sh:{step}-> {shape if isinstance(shape, ox.NamedNode) else 'a blank node'}"
        for step, shape in zip(steps, [*circle[1:], again], strict=True)
    ]
    if len(told) > _TOLD:
        told[_TOLD - 1 : -1] = [f" ... {len(told) - _TOLD} more ..."]
    path = str(circle[0]) + "".join(told)
    return ProfileError(
        f"{statements.where(again, steps[0])}: the shape refers to itself: {path}",
        advice="SHACL leaves recursion undefined (section 3.4.3): end the circle, or follow it by a property path.",
    )
