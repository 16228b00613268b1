"""Is a shapes graph well-formed? Asked by the rules of SHACL (https://www.w3.org/TR/shacl/#syntax-rules).

pySHACL reads every profile too and refuses more; what it lets pass, and silently takes for something else, is refused
here: a node kind that is none, an IRI where a list is due.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache

import pyoxigraph as ox

from node.errors import ProfileError
from node.namespaces import PREFIXES
from node.validation.recursion import SHAPE_EXPECTING, SHAPE_LISTS
from node.validation.statements import FIRST, NIL, SH, Statements, Term
from node.validation.targets import TARGETS


def refuse_ill_formed(statements: Statements) -> None:
    """Refuse shapes that break a rule.

    Raises:
        ProfileError: the message names file, line and node.
    """
    for subject in statements:
        for predicate, values in statements.about(subject).items():
            if predicate.value.startswith(SH):
                _check(statements, subject, predicate.value.removeprefix(SH), list(values))


_CORE = {
    *TARGETS, *SHAPE_EXPECTING, *SHAPE_LISTS,
    "class", "datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive",
    "maxInclusive", "minLength", "maxLength", "pattern", "flags", "languageIn", "uniqueLang", "equals", "disjoint",
    "lessThan", "lessThanOrEquals", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint", "closed",
    "ignoredProperties", "hasValue", "in", "path", "severity", "message", "deactivated", "name", "description",
    "order", "group", "defaultValue", "alternativePath", "inversePath", "zeroOrMorePath", "oneOrMorePath",
    "zeroOrOnePath", "declare", "prefix", "namespace", "shapesGraph", "suggestedShapesGraph",
    # Of reports (section 3.6), which some files hold beside their shapes.
    "conforms", "result", "focusNode", "resultPath", "resultSeverity", "resultMessage", "value", "sourceShape",
    "sourceConstraintComponent", "sourceConstraint", "detail",
}  # fmt: skip
_BEYOND_CORE = {
    "sparql", "js", "rule", "values", "expression", "target", "select", "ask", "construct", "update", "function",
    "parameter", "validator", "nodeValidator", "propertyValidator", "entailment",
}  # fmt: skip
_XSD = PREFIXES["xsd"]
_NODE_KINDS = {SH + name for name in (
    "IRI", "Literal", "BlankNode", "IRIOrLiteral", "BlankNodeOrIRI", "BlankNodeOrLiteral",
)}  # fmt: skip
_INTEGERS = {_XSD + name for name in ("integer", "long", "int", "short", "byte", "nonNegativeInteger")}


def _check(statements: Statements, subject: Term, local: str, values: list[Term]) -> None:
    where = statements.where(subject, local)
    if local not in _CORE:
        complaint = f"{where}: sh:{local} is no term of SHACL Core"
        near = get_close_matches(local, sorted(_CORE), n=1, cutoff=0.75)
        if local in _BEYOND_CORE:
            advice = "Say it in SHACL Core: queries, scripts and rules could run for ever or reach the network."
            raise ProfileError(complaint, advice=advice)
        if near:
            raise ProfileError(complaint, advice=f"Is sh:{near[0]} meant?")
        _say(f"{complaint}, so it asks nothing")
        return
    if local in _ONCE and len(values) > 1:
        raise ProfileError(f"{where}: sh:{local} has {len(values)} values, and may have one only")
    for value in values:
        if local in _DUE:
            due, is_due = _DUE[local]
            if not is_due(value):
                raise ProfileError(f"{where}: sh:{local} must be {due}, not {value}")
    if local in _LISTS:
        for head in values:
            if head != NIL and FIRST not in statements.about(head):
                raise ProfileError(f"{where}: sh:{local} must be a list, as in `sh:{local} ( ... )`, not {head}")
            if head != NIL:
                statements.items(head, subject)
    if local in SHAPE_EXPECTING + SHAPE_LISTS:
        _check_members(statements, subject, local, where)
    if local == "pattern":
        for value in values:
            _compiles(value, where)
    if local == "path" and len(values) != 1:
        raise ProfileError(f"{where}: a property shape needs exactly one sh:path")


def _check_members(statements: Statements, subject: Term, local: str, where: str) -> None:
    for member in statements.members(subject, local):
        if not isinstance(member, ox.NamedNode | ox.BlankNode) or not statements.about(member):
            raise ProfileError(
                f"{where}: sh:{local} refers to {member}, which is nowhere described",
                advice="Describe the shape in a file of the profile, or correct its IRI.",
            )
        paths = len(statements.objects(member, "path"))
        if local == "property" and paths != 1:
            raise ProfileError(
                f"{statements.where(member)}: a property shape needs exactly one sh:path",
                advice="Say by sh:path which property is meant; a shape without a path is named by sh:node.",
            )
        if local == "node" and paths:
            raise ProfileError(
                f"{statements.where(member, 'path')}: a shape with a sh:path is no node shape",
                advice="Name it by sh:property instead of sh:node.",
            )


@cache
def _say(remark: str) -> None:
    """A validator ignores what it does not know, as published files count on; whoever wrote it is to know, once."""
    from node.telemetry import logger  # loaded where there is something to say

    logger(__name__).warning(remark)


def _compiles(pattern: Term, where: str) -> None:
    try:
        re.compile(pattern.value if isinstance(pattern, ox.Literal) else "(")
    except (re.error, OverflowError) as error:
        raise ProfileError(
            f"{where}: sh:pattern {pattern} is no regular expression: {error}",
            advice="Patterns are read as Python's `re` reads them.",
        ) from error


def _is_iri(value: Term) -> bool:
    return isinstance(value, ox.NamedNode)


def _is_literal(value: Term) -> bool:
    return isinstance(value, ox.Literal)


def _is_text(value: Term) -> bool:
    return isinstance(value, ox.Literal) and value.datatype.value == _XSD + "string"


def _is_number(value: Term) -> bool:
    return (
        isinstance(value, ox.Literal)
        and value.datatype.value in _INTEGERS
        and re.fullmatch(r"\s*[+]?[0-9]{1,18}\s*", value.value) is not None
    )


def _is_boolean(value: Term) -> bool:
    return (
        isinstance(value, ox.Literal)
        and value.datatype.value == _XSD + "boolean"
        and value.value in ("true", "false", "1", "0")
    )


def _is_node_kind(value: Term) -> bool:
    return isinstance(value, ox.NamedNode) and value.value in _NODE_KINDS


_IRIS = ("class", "datatype", "equals", "disjoint", "lessThan", "lessThanOrEquals", "targetClass", "targetSubjectsOf",
         "targetObjectsOf", "severity")  # fmt: skip
_NUMBERS = ("minCount", "maxCount", "minLength", "maxLength", "qualifiedMinCount", "qualifiedMaxCount")
_BOOLEANS = ("closed", "deactivated", "uniqueLang", "qualifiedValueShapesDisjoint")
_RANGES = ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
_LISTS = ("languageIn", "in", "ignoredProperties")
_ONCE = {*_NUMBERS, *_BOOLEANS, *_LISTS, "datatype", "nodeKind", "flags"}
_DUE: dict[str, tuple[str, Callable[[Term], bool]]] = {
    **dict.fromkeys(_IRIS, ("an IRI", _is_iri)),
    **dict.fromkeys(_NUMBERS, ("a whole number from 0 on", _is_number)),
    **dict.fromkeys(_BOOLEANS, ("true or false", _is_boolean)),
    **dict.fromkeys(_RANGES, ("a literal", _is_literal)),
    **dict.fromkeys(("pattern", "flags"), ("a text", _is_text)),
    "nodeKind": (f"one of {', '.join('sh:' + kind.removeprefix(SH) for kind in sorted(_NODE_KINDS))}", _is_node_kind),
}
"""By parameter, what its values must be."""
