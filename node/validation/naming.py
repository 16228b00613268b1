"""Names for shapes that report and have no IRI, as most property shapes of published files: `sh:property [ ... ]`.

Results are told apart by their shape, so such a shape needs a name that is the same in each run and on each machine,
which the label of a blank node is not. It is made of what SHACL says of the shape: the shape around it and its path;
where these are not enough, its constraints too, and in the end its place in the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import pyoxigraph as ox

from node.errors import ProfileError
from node.validation.paths import short, short_path
from node.validation.recursion import is_deactivated
from node.validation.statements import FNS, SH, Statements, Term
from node.validation.targets import TARGETS, targets_of

Names = Mapping[Term, ox.NamedNode]


def names_of(statements: Statements) -> Names:
    """Return names for the blank nodes that are shapes with a target, or are named by such a shape by sh:property.

    A deactivated shape has none. Nothing is refused here: what is ill-formed is named like the rest, and refused after.
    """
    names: dict[Term, ox.NamedNode] = {}
    taken = {subject.value for subject in statements if isinstance(subject, ox.NamedNode)}
    waiting = [node for node in statements if targets_of(statements, node) and not is_deactivated(statements, node)]
    _name(statements, [(node, _ROOT + _target(statements, node)) for node in waiting], names, taken)
    seen = set(waiting)
    for node in waiting:
        above = names.get(node, node)
        inner = [each for each in statements.objects(node, "property") if isinstance(each, ox.NamedNode | ox.BlankNode)]
        inner = [each for each in inner if each not in seen and not is_deactivated(statements, each)]
        seen.update(inner)
        waiting += dict.fromkeys(inner)
        if isinstance(above, ox.NamedNode):
            _name(statements, [(each, _below(above.value, statements, each)) for each in inner], names, taken)
    return names


def _name(
    statements: Statements,
    wishes: Sequence[tuple[Term, str]],
    names: dict[Term, ox.NamedNode],
    taken: set[str],
) -> None:
    wished = Counter(text for node, text in wishes if isinstance(node, ox.BlankNode))
    for node, text in wishes:
        if not isinstance(node, ox.BlankNode):
            continue
        if text in taken or wished[text] > 1:
            text = f"{text}/{_constraints(statements, node)}"
        name, number = text, 1
        while name in taken:
            number += 1
            name = f"{text}-{number}"
        taken.add(name)
        names[node] = ox.NamedNode(name)


def _below(above: str, statements: Statements, node: Term) -> str:
    paths = statements.objects(node, "path")
    try:
        text = short_path(statements, node, paths[0]) if paths else "shape"
    except ProfileError:
        text = "path"
    # What the project's own shapes are called has no colon (`F2-05`), and their IRI is made of that.
    return f"{above}/{_quoted(text, colon=not above.startswith(FNS))}"


def _target(statements: Statements, node: Term) -> str:
    for local in TARGETS:
        for value in sorted(statements.objects(node, local), key=str):
            if not isinstance(value, ox.BlankNode):
                text = short(value.value) if isinstance(value, ox.NamedNode) else str(value)
                return f"{local}:{_quoted(text)}"
    return "class"


def _constraints(statements: Statements, node: Term) -> str:
    said = {iri.value.removeprefix(SH) for iri in statements.about(node) if iri.value.startswith(SH)}
    return ",".join(sorted(said - _NO_CONSTRAINTS)) or "shape"


def _quoted(text: str, *, colon: bool = True) -> str:
    """What no IRI may hold is percent-encoded, and what would end the path of one."""
    if text.startswith("<") and text.find(">") == len(text) - 1:
        text = text[1:-1]
    return quote(text, safe=_SAFE + (":" if colon else ""))


_ROOT = "urn:fairnode:shape:"
_SAFE = "/*+()!$&',;=@-._~"
_NO_CONSTRAINTS = {"path", "severity", "message", "name", "description", "order", "group", "defaultValue", *TARGETS}
