"""A record that several profiles judge: made a graph once, and judged by each as if it were alone."""

from __future__ import annotations

import time

import pytest

from node.model.rdf import Iri, Literal
from node.namespaces import RDF_TYPE, expand
from node.validation import SharedRecord, ask, load_profile, validate
from node.validation.background import NO_BACKGROUND, vocabularies
from node.validation.engine_compiled import CompiledEngine
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.engines import ENGINE_FAILED
from node.validation.quality import measure
from tests.unit.test_shapes_fair import CASES, record
from tests.validation.engines import profile_of, triples_of

_LANGUAGE = "http://publications.europa.eu/resource/authority/language/ENG"
_PROFILES = ("fair", "dcat-ap", "mqa", "fair")


def test_each_engine_judges_it_as_if_it_were_alone_whatever_another_knows_of_its_terms() -> None:
    language = profile_of(
        'ex:L sh:targetClass ex:C ; sh:path dct:language ; sh:class dct:LinguisticSystem ; sh:message "m" .'
    )
    concepts = profile_of(
        'ex:N sh:targetClass skos:Concept ; sh:nodeKind sh:Literal ; sh:message "m" .'
        'ex:M sh:targetClass ex:C ; sh:path [ sh:inversePath rdf:type ] ; sh:maxCount 0 ; sh:message "m" .'
    )
    triples = triples_of(f"ex:a a ex:C ; dct:language <{_LANGUAGE}>, ex:x . ex:b a ex:a, ex:C .")
    shared = SharedRecord(triples)
    engines = [
        kind(profile, background=layer)
        for profile in (language, concepts)
        for layer in (vocabularies(), NO_BACKGROUND, vocabularies())
        for kind in (CompiledEngine, PyshaclEngine)
    ]

    for focus in (None, Iri("https://example.org/a")):
        answers = [engine.ask(shared, focus) for engine in engines]

        assert answers == [engine.ask(triples, focus) for engine in engines]
        assert [len(answer.findings) for answer in answers] == [1, 1, 2, 2, 1, 1, *[1] * 6]


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
def test_its_reports_are_those_of_the_record(engine: str) -> None:
    profiles = [load_profile(name) for name in _PROFILES]
    findings = 0

    for _, _, text in CASES[::10]:
        subject, triples = record(text)
        shared = SharedRecord(iter(triples))
        reports = [validate(shared, profile, focus=subject, engine=engine) for profile in profiles]

        assert reports == [validate(triples, profile, focus=subject, engine=engine) for profile in profiles]
        findings += sum(len(report.results) for report in reports)

    assert findings > 500


def test_a_score_is_that_of_the_verdicts_whatever_the_nodes_are_called() -> None:
    profile = load_profile("fair")
    scores = set()

    for _, _, text in CASES:
        subject, triples = record(text)
        other = [(Iri("https://example.org/other"), RDF_TYPE, expand("dcat:Dataset"))]
        for given, focus in ((triples, subject), ([*triples, *other], None), (triples, None)):
            report = validate(given, profile, focus=focus)
            quality = measure(profile.shapes, ask(given, profile, focus=focus).verdicts)

            assert (report.score, report.max_score) == (quality.score, quality.max_score)
            assert report.by_letter == quality.by_letter
            scores.add(report.score)

    assert len(scores) > 10


def test_the_score_of_a_catalogue_is_the_sum_over_its_datasets() -> None:
    subject, triples = record('dct:title "A title"')
    many = [(Iri(f"{subject}{n}"), predicate, value) for n in range(20) for _, predicate, value in triples]

    one, all_of_them = (validate(given, load_profile("fair")) for given in (triples, many))

    assert one.score > 0 and all_of_them.score == 20 * one.score
    assert all_of_them.max_score == 20 * one.max_score


def test_its_graph_is_made_within_the_time_limit_of_whoever_asks_first() -> None:
    profile = profile_of('ex:T sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 ; sh:message "m" .')
    subject, p = Iri("https://example.org/a"), Iri("https://example.org/p")
    shared = SharedRecord((subject, p, Literal(f"{n}")) for n in range(200_000))
    started = time.monotonic()

    hurried = CompiledEngine(profile, seconds=0.001).ask(shared, None)

    assert time.monotonic() - started < 5
    assert [finding.code for finding in hurried.findings] == [ENGINE_FAILED]
    assert CompiledEngine(profile).ask(shared, None).findings == ()
