"""Generated shapes and records: the engines agree on every kind of constraint, path, target and literal."""

from __future__ import annotations

import itertools
from random import Random

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyshacl.errors import ReportableRuntimeError

from node.validation.engine_compiled import CompiledEngine
from node.validation.engines import ENGINE_FAILED
from tests.validation.engines import TURTLE, AnyShapes, agreed, profile_of, triples_of
from tests.validation.generated import BLANK_NODES, DATATYPES, LITERALS, NODES, RANGES, records, shapes

pytestmark = pytest.mark.filterwarnings("ignore:Parsing weird boolean")
_MANY = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


@_MANY
@given(shapes(), records(), st.booleans(), st.randoms(use_true_random=False))
def test_the_engines_answer_the_same_whatever_the_order(
    shapes_text: str, record_text: str, strict: bool, order: Random
) -> None:
    profile, triples = profile_of(shapes_text), list(triples_of(record_text))
    profile = profile.strict() if strict else profile
    answer = agreed(profile, triples)

    order.shuffle(triples)

    assert CompiledEngine(profile).ask(triples, None) == answer


@_MANY
@given(shapes(), records((*NODES, *BLANK_NODES)))
def test_the_engines_have_the_same_results_one_by_one(shapes_text: str, record_text: str) -> None:
    # As many as there are: a report keeps one finding of those with the same shape, node and value.
    engines, data = AnyShapes(_quads(shapes_text)), _quads(record_text)
    try:
        theirs = engines.pyshacl(data)
    except (TypeError, ArithmeticError, ReportableRuntimeError):
        # Comparisons: which one is met first, and what it says, is left to the referee.
        with pytest.raises((TypeError, ArithmeticError)):
            engines.compiled(data)
        return

    assert engines.compiled(data) == theirs


_TYPED = (
    ("xsd:decimal", "1e3 INF -0 .5 5. 1"), ("xsd:integer", "1 01 +1 1.0 1_000 ١"), ("xsd:boolean", "true TRUE 1 0 t"),
    ("xsd:date", "2020-01-01 2020-01-01Z 2020-1-1 20200101 -0044-03-15 12020-01-01 2020-01-01T00:00:00"),
    ("xsd:dateTime", "2020-01-01T00:00:00 2020-01-01 2020-01-01_00:00:00 2020-01-01T24:00:00 2020-01-01T00:00:00+25"),
    ("xsd:time", "12:00 12:00:00 24:00:00 12:00:00Z"), ("xsd:gYear", "20 2020 -0044 12020"),
    ("xsd:gYearMonth", "2020-13 2020-01"), ("xsd:duration", "P1Y P0.5Y P PT"), ("xsd:nonNegativeInteger", "0 -1 1"),
    ("xsd:byte", "127 128 -129"), ("xsd:unsignedShort", "65535 65536 -1"), ("xsd:double", "1e3 NaN INF 1e999 +INF"),
    ("xsd:float", "1e3 nan inf"), ("xsd:hexBinary", "0fa 0fa0 zz"), ("xsd:base64Binary", "YQ== YQ= *"),
    ("xsd:anyURI", "a http://[ urn:x"), ("xsd:language", "en e_n"), ("xsd:positiveInteger", "0 1"),
    ("rdf:HTML", "<b> x"), ("rdf:XMLLiteral", "<b/> <b>"), ("rdf:JSON", "{} {"),
)  # fmt: skip
GRID = (
    tuple(f'"{lexical.replace("_0", " 0")}"^^{datatype}' for datatype, forms in _TYPED for lexical in forms.split(" "))
    + LITERALS
)
"""Well-typed and ill-typed literals, on many of which SHACL engines differ."""


def test_the_engines_agree_on_the_type_of_every_literal() -> None:
    types = sorted({*DATATYPES, *(datatype for datatype, _ in _TYPED)})
    profile = profile_of(
        "\n".join(
            f'ex:T{number} sh:targetNode ex:n ; sh:path ex:p ; sh:datatype {datatype} ; sh:message "m" .'
            for number, datatype in enumerate(types)
        )
    )

    answer = agreed(profile, triples_of(f"ex:n ex:p {', '.join(GRID)} ."))

    assert len(GRID) > 100
    assert len(answer.findings) > len(types) * 50


def test_the_engines_agree_on_the_order_of_every_two_literals() -> None:
    profile = profile_of(
        "\n".join(
            f'ex:R{number} sh:targetNode ex:n ; sh:path ex:p ; sh:{name} {limit} ; sh:message "m" .'
            for number, (name, limit) in enumerate(itertools.product(RANGES, LITERALS))
        )
    )

    answer = agreed(profile, triples_of(f"ex:n ex:p {', '.join(GRID)} ."))

    assert len(answer.findings) > 1000


def test_the_engines_agree_on_pairs_that_have_no_order() -> None:
    profile = profile_of(
        'ex:L sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:lessThan ex:q ; sh:message "m" .'
        'ex:M sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:lessThanOrEquals ex:q ; sh:message "m" .'
    )
    pairs = itertools.product((*LITERALS, "ex:iri"), repeat=2)
    record = "\n".join(f"ex:n{number} ex:p {one} ; ex:q {other} ." for number, (one, other) in enumerate(pairs))

    answer = agreed(profile, triples_of(record))

    # What pySHACL cannot compare is undecided in both.
    assert any(finding.code == ENGINE_FAILED for finding in answer.findings)
    assert {verdict.passed for verdict in answer.verdicts} == {True, False, None}
    assert CompiledEngine(profile).reasons == {}


def test_literals_of_one_text_have_a_verdict_each_in_a_fixed_order() -> None:
    profile = profile_of('ex:T sh:targetObjectsOf ex:p ; sh:message "m" ; sh:minInclusive "NaN"^^xsd:decimal .')
    record = triples_of('ex:a ex:p "1"^^xsd:decimal, "1", 1, "1"@en .')

    answer = agreed(profile, record)

    assert [verdict.passed for verdict in answer.verdicts] == [False, False, None, None]
    assert agreed(profile, record[::-1]) == answer


def test_a_blank_node_has_no_order_even_where_there_is_nothing_to_compare_it_with() -> None:
    engines = AnyShapes(_quads("ex:T sh:targetNode ex:a ; sh:path [ sh:inversePath ex:p ] ; sh:lessThan ex:q ."))
    data = _quads("_:b ex:p ex:a .")

    with pytest.raises(ReportableRuntimeError):
        engines.pyshacl(data)
    with pytest.raises(TypeError):
        engines.compiled(data)


def _quads(turtle: str) -> list[ox.Quad]:
    return list(ox.parse((TURTLE + turtle).encode(), ox.RdfFormat.TURTLE))
