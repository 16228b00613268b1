"""The compiled engine beside its referee: what is left to it, what is known beforehand, and what cannot stop it."""

from __future__ import annotations

import pytest

from node.model.rdf import Iri, Literal
from node.namespaces import RDF_TYPE, expand
from node.validation import validate
from node.validation.background import vocabularies
from node.validation.engine_compiled import CompiledEngine
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.engines import ENGINE_FAILED
from tests.validation.engines import agreed, profile_of, same_results, triples_of

_LANGUAGE = "http://publications.europa.eu/resource/authority/language/ENG"


def test_a_shape_that_is_left_to_the_referee_is_named_and_the_others_are_not() -> None:
    profile = profile_of(
        'ex:R sh:targetClass ex:C ; sh:message "m" ; sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:minCount 1 .'
        'ex:T sh:targetClass ex:C ; sh:path ex:q ; sh:minCount 1 ; sh:message "m" .'
    )

    engine = CompiledEngine(profile)
    answer = agreed(profile, triples_of("ex:a a ex:C ; ex:p ex:b . ex:b a ex:C ; ex:p ex:a ; ex:q 1 ."))

    assert engine.reasons == {"https://example.org/R": "the inverse of a sequence"}
    assert engine.name == f"compiled 2 ({PyshaclEngine.name} for https://example.org/R)"
    assert {verdict.shape for verdict in answer.verdicts} == {"https://example.org/R", "https://example.org/T"}


def test_a_result_that_two_shapes_report_is_one_finding_and_compared_as_two() -> None:
    profile = profile_of(
        "ex:S sh:targetClass ex:C ; sh:property ex:P . ex:T sh:targetClass ex:C ; sh:property ex:P ."
        " ex:P sh:path ex:p ; sh:minCount 1 ; sh:maxCount 0 ."
    )
    record = triples_of("ex:a a ex:C .")

    results = same_results((CompiledEngine(profile), PyshaclEngine(profile)), record, None)

    assert len(results.findings) == 2 and len(agreed(profile, record).findings) == 1


@pytest.mark.parametrize(
    "shape",
    [
        "sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:minCount 1",
        "sh:path ( ex:p ex:p ex:p ex:p ex:p ex:p ex:p ex:p ex:p ex:p ex:p ) ; sh:minCount 1",
        "sh:qualifiedValueShape [ sh:class ex:D ] ; sh:qualifiedMinCount 1",
        'sh:path ex:p ; sh:lessThan ex:q ; sh:node [ sh:flags "i" ]',
    ],
)
def test_what_pyshacl_reads_in_a_way_of_its_own_is_left_to_it(shape: str) -> None:
    profile = profile_of(f'ex:T sh:targetClass ex:C ; {shape} ; sh:message "m" .')

    assert list(CompiledEngine(profile).reasons) == ["https://example.org/T"]
    agreed(profile, triples_of("ex:a a ex:C ; ex:p ex:b ; ex:q ex:c . ex:b ex:q ex:a . ex:c ex:p ex:b ."))


def test_a_sequence_inside_an_alternative_is_followed() -> None:
    profile = profile_of(
        "ex:T sh:targetNode ex:a ; sh:path [ sh:alternativePath ( ( ex:p ex:q ) [ sh:inversePath ex:r ] ) ] ;"
        ' sh:in ( ex:x ) ; sh:message "m" .'
    )

    answer = agreed(profile, triples_of("ex:a ex:p ex:b . ex:b ex:q ex:c, ex:x . ex:d ex:r ex:a ."))

    assert [finding.value for finding in answer.findings] == ["https://example.org/c", "https://example.org/d"]
    assert CompiledEngine(profile).reasons == {}


def test_odd_terms_are_judged_alike() -> None:
    profile = profile_of(
        'ex:A sh:targetClass ex:C ; sh:path ex:p ; sh:nodeKind sh:IRI ; sh:maxCount 2 ; sh:message "m" .'
        'ex:B sh:targetClass ex:C ; sh:path ex:p ; sh:pattern "%20" ; sh:uniqueLang true ; sh:message "m" .'
    )
    subject = Iri("https://example.org/a b")
    p = Iri("https://example.org/p")
    record = [
        (subject, RDF_TYPE, Iri("https://example.org/C")),
        (subject, p, Iri("https://example.org/<x>")),
        (subject, p, Literal("x", language="no tag")),
        (subject, p, Literal("x")),
        (subject, p, Literal("x", datatype=expand("xsd:string"))),
        (subject, p, Literal("y", language="en", datatype=expand("rdf:langString"))),
        (subject, p, Literal("z", language="EN")),
        (subject, p, Literal("\x00\ud800", datatype=Iri("no iri"))),
        (subject, Iri("https://example.org/p q"), Literal("", datatype=Iri(""))),
    ]

    answer = agreed(profile, record, focus=subject)

    assert {finding.focus_node for finding in answer.findings} == {"https://example.org/a b"}
    assert "https://example.org/<x>" in {finding.value for finding in answer.findings}
    assert ENGINE_FAILED not in {finding.code for finding in answer.findings}


def test_a_term_of_a_vocabulary_has_its_class_and_scheme_and_is_never_judged_itself() -> None:
    profile = profile_of(
        'ex:L sh:targetClass ex:C ; sh:path dct:language ; sh:class dct:LinguisticSystem ; sh:message "m" .'
        "ex:S sh:targetClass ex:C ; sh:path ( dct:language skos:inScheme ) ;"
        ' sh:hasValue <http://publications.europa.eu/resource/authority/language> ; sh:message "m" .'
        'ex:A sh:targetClass ex:C ; sh:path dct:publisher ; sh:class foaf:Agent ; sh:message "m" .'
        'ex:N sh:targetClass skos:Concept, foaf:Agent ; sh:nodeKind sh:Literal ; sh:message "m" .'
    )
    record = triples_of(f"ex:a a ex:C ; dct:language <{_LANGUAGE}> ; dct:publisher ex:o . ex:o a foaf:Organization .")

    without, known = agreed(profile, record), agreed(profile, record, background=vocabularies())

    assert [finding.code[-1] for finding in without.findings] == ["A", "L", "S"]
    assert known.findings == ()
    assert [verdict.passed for verdict in known.verdicts] == [True] * 3


def test_a_term_that_no_vocabulary_knows_stays_what_the_record_says_of_it() -> None:
    profile = profile_of(
        'ex:L sh:targetClass ex:C ; sh:path dct:language ; sh:class dct:LinguisticSystem ; sh:message "m" .'
    )

    answer = agreed(
        profile,
        triples_of(f"ex:a a ex:C ; dct:language <{_LANGUAGE}-NOT>, ex:l . ex:l a dct:LinguisticSystem ."),
        background=vocabularies(),
    )

    assert [finding.value for finding in answer.findings] == [f"{_LANGUAGE}-NOT"]


def test_a_report_differs_by_the_engines_name_only() -> None:
    profile = profile_of('ex:T sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 ; sh:message "m" .')
    record = triples_of("ex:a a ex:C .")

    compiled, pyshacl = (validate(record, profile, engine=name) for name in ("compiled", "pyshacl"))

    assert (compiled.engine, pyshacl.engine) == ("compiled 2", PyshaclEngine.name)
    assert compiled.results == pyshacl.results != ()
    assert validate(record, profile) == compiled
