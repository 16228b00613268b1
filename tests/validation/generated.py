"""Strategies for shapes graphs with every kind of constraint and path, and for records that they are asked of."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

BLANK_NODES = ("_:b0", "_:b1")
NODES = tuple(f"ex:n{number}" for number in range(5))
PROPERTIES = ("ex:p", "ex:q", "ex:r")
CLASSES = ("ex:C", "ex:D", "ex:E")
LITERALS = (
    '"a"', '"ab"', '"A b"', '""', '"a"@en', '"b"@EN', '"c"@en-GB', '"d"@de', '"1"', "1", "01", "2", "-3", "1.0", "2.50",
    "1e0", "true", '"1"^^xsd:boolean', '"yes"^^xsd:boolean', '"x"^^xsd:integer', '" 5"^^xsd:nonNegativeInteger',
    '"-1"^^xsd:nonNegativeInteger', '"2020-01-01"^^xsd:date', '"2021-06-01"^^xsd:date', '"2020-13-01"^^xsd:date',
    '"2020-01-01T00:00:00"^^xsd:dateTime', '"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01"^^xsd:dateTime',
    '"12:00:00"^^xsd:time', '"2020"^^xsd:gYear', '"P1D"^^xsd:duration', '"NaN"^^xsd:decimal', '"NaN"^^xsd:double',
    '"INF"^^xsd:float', '" a  b "^^xsd:token', '"a\\tb"^^xsd:normalizedString', '"u"^^xsd:anyURI', '"z"^^ex:own',
)  # fmt: skip
DATATYPES = (
    "xsd:string", "xsd:integer", "xsd:decimal", "xsd:boolean", "xsd:date", "xsd:dateTime", "xsd:gYear",
    "xsd:nonNegativeInteger", "xsd:token", "rdf:langString", "rdfs:Literal", "rdfs:Datatype", "ex:own",
)  # fmt: skip
KINDS = ("IRI", "Literal", "BlankNode", "IRIOrLiteral", "BlankNodeOrIRI", "BlankNodeOrLiteral")
RANGES = ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
PATTERNS = ('"^a"', '"[0-9]+"', '"b$"', '"^https?://"', '"A"', '"a b"', '"^.$"', '"(?i)A"', '"(a)\\\\1"', '""')
FLAGS = ("", 'sh:flags "i"', 'sh:flags "ms"', 'sh:flags "x"', 'sh:flags "q"', 'sh:flags "iz"')
LANGUAGES = ('( "en" )', '( "DE" "en-gb" )', '( "*" )', '( "en-GB" "en-GB" "x" )')
MESSAGES = ('sh:message "m"', 'sh:message "m"@en, "n"@de', 'sh:message "z"@de, "y"@de')
ON_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")
ANYWHERE = (
    "class", "datatype", "nodeKind", "range", "minLength", "maxLength", "pattern", "languageIn", "in", "equals",
    "disjoint", "hasValue", "closed", "not", "and", "or", "xone", "node", "property",
)  # fmt: skip

terms = st.sampled_from(NODES) | st.sampled_from(LITERALS)
values = st.lists(terms, min_size=1, max_size=3, unique=True)


def _list(members: list[str]) -> str:
    return f"( {' '.join(members)} )"


predicates = st.sampled_from(PROPERTIES)
paths = st.recursive(
    predicates,
    lambda path: st.one_of(
        st.lists(path, min_size=2, max_size=3).map(_list),
        st.lists(path, min_size=2, max_size=3).map(lambda steps: f"[ sh:alternativePath {_list(steps)} ]"),
        path.map(lambda step: f"[ sh:inversePath {step} ]"),
        path.map(lambda step: f"[ sh:zeroOrMorePath {step} ]"),
        path.map(lambda step: f"[ sh:oneOrMorePath {step} ]"),
        path.map(lambda step: f"[ sh:zeroOrOnePath {step} ]"),
    ),
    max_leaves=5,
)


@dataclass
class _Written:
    """The shapes written so far."""

    texts: list[str] = field(default_factory=list)
    names: int = 0


@st.composite
def shapes(draw: st.DrawFn) -> str:
    """Return Turtle of one to three shapes with targets, and of those they refer to, each named and with a message."""
    written = _Written()
    for _ in range(draw(st.integers(1, 3))):
        target = draw(
            st.sampled_from(CLASSES).map(lambda name: f"sh:targetClass {name}")
            | st.sampled_from((*NODES, *LITERALS[:10])).map(lambda name: f"sh:targetNode {name}")
            | predicates.map(lambda name: f"sh:targetSubjectsOf {name}")
            | predicates.map(lambda name: f"sh:targetObjectsOf {name}")
            | st.just("a rdfs:Class, sh:NodeShape")
        )
        if draw(st.integers(0, 7)) == 0:
            _siblings(draw, written, target)
            continue
        kinds = (False,) if target.startswith("a ") else (False, True)
        _shape(draw, written, 3, draw(st.sampled_from(kinds)), target)
    return "\n".join(written.texts)


@st.composite
def records(draw: st.DrawFn, nodes: tuple[str, ...] = NODES) -> str:
    """Return Turtle of a record, now and then with classes below others and with the shapes' own classes."""
    subjects, objects = st.sampled_from(nodes), st.sampled_from(nodes) | st.sampled_from(LITERALS)
    lines = [f"{draw(subjects)} {draw(predicates)} {draw(objects)} ." for _ in range(draw(st.integers(1, 14)))]
    types = (*CLASSES, "ex:S1", "ex:S2")
    lines += [f"{draw(subjects)} a {draw(st.sampled_from(types))} ." for _ in range(draw(st.integers(1, 5)))]
    if draw(st.integers(0, 3)) == 0:
        lines += ["ex:E rdfs:subClassOf ex:D .", f"ex:D rdfs:subClassOf {draw(st.sampled_from(CLASSES))} ."]
    return "\n".join(lines)


def _shape(draw: st.DrawFn, written: _Written, depth: int, with_path: bool, target: str = "") -> str:
    """Write a shape, return its name."""
    written.names += 1
    name = f"ex:S{written.names}"
    known = (*ANYWHERE, *ON_PROPERTIES, *ON_PROPERTIES) if with_path else ANYWHERE
    parts = [draw(st.sampled_from(MESSAGES)), target, f"sh:path {draw(paths)}" if with_path else ""]
    parts.append(draw(st.sampled_from(("", "", "", "sh:severity sh:Info", "sh:severity sh:Warning"))))
    if not target:
        parts.append(draw(st.sampled_from(("", "", "", "", "", "sh:deactivated true", "sh:deactivated false"))))
    for constraint in draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True)):
        parts += _constraint(draw, written, depth, constraint)
    written.texts.append(f"{name} {' ; '.join(part for part in parts if part)} .")
    return name


def _constraint(draw: st.DrawFn, written: _Written, depth: int, name: str) -> list[str]:
    if name in ("not", "and", "or", "xone", "node", "property", "qualifiedValueShape"):
        return _nesting(draw, written, depth, name) if depth else []
    number = draw(st.integers(0, 3))
    match name:
        case "class":
            return [f"sh:class {each}" for each in draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=2))]
        case "datatype":
            return [f"sh:datatype {draw(st.sampled_from(DATATYPES))}"]
        case "nodeKind":
            return [f"sh:nodeKind sh:{draw(st.sampled_from(KINDS))}"]
        case "range":
            return [f"sh:{draw(st.sampled_from(RANGES))} {draw(st.sampled_from(LITERALS))}"]
        case "minLength" | "maxLength" | "minCount" | "maxCount":
            return [f"sh:{name} {number}"]
        case "pattern":
            flags = draw(st.sampled_from(FLAGS))
            return [
                f"sh:pattern {each}" for each in draw(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2))
            ] + [flags]
        case "languageIn":
            return ["sh:languageIn " + draw(st.sampled_from(LANGUAGES))]
        case "uniqueLang":
            return ["sh:uniqueLang " + draw(st.sampled_from(("true", "false", '"1"^^xsd:boolean')))]
        case "in":
            return [f"sh:in {_list(draw(values))}"]
        case "hasValue":
            return [f"sh:hasValue {', '.join(draw(values))}"]
        case "closed":
            ignored = draw(st.lists(st.sampled_from(("rdf:type", *PROPERTIES)), max_size=2))
            return ["sh:closed true", *([f"sh:ignoredProperties {_list(ignored)}"] if ignored else [])]
        case _:
            return [f"sh:{name} {each}" for each in draw(st.lists(predicates, min_size=1, max_size=2, unique=True))]


def _siblings(draw: st.DrawFn, written: _Written, target: str) -> None:
    """Write a shape whose properties have disjoint qualified shapes on one path."""
    path, names = draw(paths), []
    for _ in range(draw(st.integers(2, 3))):
        written.names += 1
        names.append(f"ex:S{written.names}")
        count = f"sh:qualified{draw(st.sampled_from(('Min', 'Max')))}Count {draw(st.integers(0, 2))}"
        shape = _shape(draw, written, 1, draw(st.booleans()))
        written.texts.append(
            f'{names[-1]} sh:message "m" ; sh:path {path} ; sh:qualifiedValueShape {shape} ; {count} ;'
            " sh:qualifiedValueShapesDisjoint true ."
        )
    written.names += 1
    properties = " ; ".join(f"sh:property {name}" for name in names)
    written.texts.append(f'ex:S{written.names} {target} ; sh:message "m" ; {properties} .')


def _nesting(draw: st.DrawFn, written: _Written, depth: int, name: str) -> list[str]:
    if name == "property":
        return [f"sh:property {_shape(draw, written, depth - 1, True)}" for _ in range(draw(st.integers(1, 2)))]
    if name == "node":
        return [f"sh:node {_shape(draw, written, depth - 1, False)}"]
    nested = [_shape(draw, written, depth - 1, draw(st.booleans())) for _ in range(draw(st.integers(1, 2)))]
    if name == "not":
        return [f"sh:not {each}" for each in nested]
    if name == "qualifiedValueShape":
        count = draw(st.integers(0, 2))
        bounds = draw(st.sampled_from((("Min",), ("Max",), ("Min", "Max"))))
        disjoint = draw(st.sampled_from(("", "sh:qualifiedValueShapesDisjoint true")))
        counts = [f"sh:qualified{bound}Count {count}" for bound in bounds]
        return [*(f"sh:qualifiedValueShape {each}" for each in nested), *counts, disjoint]
    return [f"sh:{name} {_list(nested)}", *([f"sh:{name} {_list(nested[:1])}"] if draw(st.integers(0, 5)) == 0 else [])]
