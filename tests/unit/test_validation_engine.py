"""The engine: pySHACL's own verdicts, one record at a time, and nothing in a record that could stop it."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import SH, Graph

from node.model.rdf import Iri, Literal, Triple
from node.model.report import Finding, ValidationReport
from node.namespaces import RDF_TYPE, expand
from node.validation import load_profile, validate
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.engines import ENGINE_FAILED, Verdict
from node.validation.findings import answer
from node.validation.reports import Outcome, render
from node.validation.shapes import FNS
from tests.unit.test_shapes_fair import CASES, SUBJECT, record, triples_of

_PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix ex: <https://example.org/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""


@pytest.mark.parametrize("text", [text for _, _, text in CASES[::3]])
def test_the_results_are_those_of_pyshacl_itself(text: str) -> None:
    _, triples = record(text)

    report = validate(triples, load_profile("fair"))

    assert _results(report) == _pyshacl_results(triples)


def test_real_records_get_the_results_of_pyshacl_itself(real_fixtures: Path) -> None:
    compared = 0
    for path in sorted((real_fixtures / "dcat").glob("*.ttl"))[::10]:
        try:
            triples = triples_of(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, UnicodeDecodeError):
            continue
        if 0 < len(triples) < 400:
            compared += 1
            assert _results(validate(triples, load_profile("fair"))) == _pyshacl_results(triples), path.name

    assert compared >= 5


def test_the_order_of_statements_changes_nothing_and_repetitions_do_no_harm() -> None:
    _, triples = record('dct:title "S1"@en, "S2"@en ; dct:license "x", <urn:a>, <urn:b> ; dct:language "en", "de"')
    shuffled = [*triples, *triples]
    random.Random(7).shuffle(shuffled)

    assert validate(shuffled, load_profile("fair")) == validate(triples, load_profile("fair"))


def test_only_the_focus_is_judged_where_one_is_given() -> None:
    subject, triples = record('dct:title "A title" ; dct:source <https://example.org/other>')
    triples.append((Iri("https://example.org/other"), RDF_TYPE, expand("dcat:Dataset")))

    alone = validate(triples, load_profile("fair"), focus=subject)
    both = validate(triples, load_profile("fair"))

    assert {finding.focus_node for finding in alone.results} == {SUBJECT}
    assert {finding.focus_node for finding in both.results} == {SUBJECT, "https://example.org/other"}
    assert both.max_score == 2 * alone.max_score


def test_what_is_no_target_is_not_judged() -> None:
    subject = Iri("https://example.org/somebody")

    report = validate([(subject, RDF_TYPE, expand("foaf:Agent"))], load_profile("fair"), focus=subject)

    assert (report.results, report.score, report.max_score) == ((), 0, 0)


def test_a_finding_says_what_is_wrong_where_and_how_to_mend_it() -> None:
    subject, triples = record("dct:license <https://example.org/our-own>")

    found = _finding(validate(triples, load_profile("fair"), focus=subject), "R1.1-02")

    assert found.message == "The licence is not a known licence IRI: “https://example.org/our-own”"
    assert (found.focus_node, found.value) == (SUBJECT, "https://example.org/our-own")
    assert found.path == "dct:license|dcat:distribution/dct:license"
    assert (found.principle, found.severity.label) == ("R1.1", "warning")
    assert found.advice.startswith("Use the licence IRI")
    assert found.component == "http://www.w3.org/ns/shacl#PatternConstraintComponent"


def test_a_long_value_is_cut() -> None:
    subject, triples = record(f'dct:license "{"x" * 2000}"')

    found = _finding(validate(triples, load_profile("fair"), focus=subject), "R1.1-02")

    assert found.value == "x" * 500
    assert len(found.message) < 200


def test_two_constraints_that_fail_for_one_value_are_two_findings_that_cost_their_check_once() -> None:
    subject, triples = record('dct:license "as the authors like"')
    fair = load_profile("fair")

    report = validate(triples, fair, focus=subject)

    found = [finding for finding in report.results if finding.code == "R1.1-02"]
    assert [(finding.component or "").partition("#")[2] for finding in found] == [
        "NodeKindConstraintComponent",
        "PatternConstraintComponent",
    ]
    check = next(shape for shape in fair.shapes if shape.id == "R1.1-02")
    assert Outcome(report=report, checks=fair.shapes).lost()["R1.1-02"] == check.points
    assert render(report, "text").count("R1.1-02 ") == 1, "it says the same of both"


def test_odd_terms_are_judged_and_shown_as_they_came() -> None:
    subject = Iri("https://example.org/a b")
    triples: list[Triple] = [
        (subject, RDF_TYPE, expand("dcat:Dataset")),
        (subject, expand("dct:title"), Literal("A title", language="not a language")),
        (subject, expand("dct:identifier"), Literal("1")),
        (subject, expand("dct:license"), Iri("https://example.org/<our>{own}")),
        (subject, expand("dct:issued"), Literal("99999-99-99", datatype=expand("xsd:date"))),
        (subject, expand("dct:modified"), Literal("\x00\x0b", datatype=Iri("no iri"))),
    ]

    report = validate(triples, load_profile("fair"), focus=subject)

    assert ENGINE_FAILED not in {finding.code for finding in report.results}
    assert not report.blocking
    assert _finding(report, "R1.1-02").value == "https://example.org/<our>{own}"
    assert {finding.focus_node for finding in report.results} == {"https://example.org/a b"}
    assert _finding(report, "F2-04").message


def test_nothing_is_logged_about_ill_typed_literals(caplog: pytest.LogCaptureFixture) -> None:
    _, triples = record('dct:issued "in spring"^^xsd:date')

    validate(triples, load_profile("fair"))

    assert caplog.records == []


def test_a_pattern_that_explodes_is_a_finding_and_the_record_stays_undecided(tmp_path: Path) -> None:
    text = (
        'ex:T sh:targetClass dcat:Dataset ; sh:path dct:title ; sh:pattern "^(a+)+$" ; sh:message "m" ; fns:points 3 .'
    )
    profile = load_profile(_write(tmp_path, f"@prefix fns: <{FNS}> .\n{text}"))
    subject, triples = record(f'dct:title "{"a" * 40}!"')
    started = time.monotonic()

    answer = PyshaclEngine(profile, seconds=0.2).ask(triples, subject)

    assert time.monotonic() - started < 5
    assert [finding.code for finding in answer.findings] == [ENGINE_FAILED]
    assert answer.findings[0].value == "https://example.org/shapes#T"
    assert [verdict.passed for verdict in answer.verdicts] == [None]


def test_a_shape_that_cannot_be_evaluated_leaves_the_others_standing(tmp_path: Path) -> None:
    # Shapes that hold each other sixteen deep are more than pySHACL follows; it raises for such a record only.
    chain = " ".join(f"ex:N{n} a sh:NodeShape ; sh:property ex:P{n} ." for n in range(20))
    chain += " ".join(f'ex:P{n} sh:path dct:hasPart ; sh:message "m" ; sh:node ex:N{n + 1} .' for n in range(19))
    chain += ' ex:P19 sh:path dct:hasPart ; sh:message "m" .'
    top = 'ex:N0 sh:targetClass dcat:Dataset ; sh:message "m" .'
    plain = 'ex:T sh:targetClass dcat:Dataset ; sh:path dct:title ; sh:minCount 1 ; sh:message "No title." .'
    profile = load_profile(_write(tmp_path, f"{chain}\n{top}\n{plain}"))
    parts = [(Iri(f"urn:x:{n}"), expand("dct:hasPart"), Iri(f"urn:x:{n + 1}")) for n in range(30)]

    report = validate([(Iri("urn:x:0"), RDF_TYPE, expand("dcat:Dataset")), *parts], profile)

    assert [finding.code for finding in report.results] == ["https://example.org/shapes#T", ENGINE_FAILED]


def test_verdicts_on_two_literals_of_the_same_text_have_an_order_though_one_is_undecided() -> None:
    verdicts = [Verdict("B", "x", None), Verdict("B", "x", True), Verdict("A", "x", False)]

    assert answer({}, verdicts).verdicts == (verdicts[2], verdicts[0], verdicts[1])


def test_a_record_can_be_judged_in_any_thread() -> None:
    _, triples = record('dct:title "A title"')
    reports: list[ValidationReport] = []

    thread = threading.Thread(target=lambda: reports.append(validate(triples, load_profile("fair"))))
    thread.start()
    thread.join(30)

    assert reports == [validate(triples, load_profile("fair"))]


def _finding(report: ValidationReport, code: str) -> Finding:
    return next(finding for finding in report.results if finding.code == code)


def _results(report: ValidationReport) -> set[tuple[str, str, str]]:
    return {(finding.code, finding.focus_node or "", finding.value or "") for finding in report.results}


def _pyshacl_results(triples: list[Triple]) -> set[tuple[str, str, str]]:
    shapes = Graph()
    for _, data in load_profile("fair").files:
        shapes.parse(data=data, format="turtle")
    lines = ox.serialize((_quad(triple) for triple in triples), format=ox.RdfFormat.N_TRIPLES)
    assert lines is not None
    data_graph = Graph().parse(data=lines, format="nt")
    _, results, _ = pyshacl.validate(data_graph, shacl_graph=shapes)
    assert isinstance(results, Graph)
    # Nested results (sh:detail) belong to the result above them.
    return {
        (
            str(results.value(result, SH.sourceShape)).removeprefix(FNS),
            str(results.value(result, SH.focusNode)),
            str(results.value(result, SH.value) or "")[:500],
        )
        for result in results.objects(None, SH.result)
    }


def _quad(triple: Triple) -> ox.Triple:
    subject, predicate, value = triple
    if isinstance(value, Iri):
        term: ox.NamedNode | ox.Literal = ox.NamedNode(value)
    elif value.language:
        term = ox.Literal(value.value, language=value.language)
    else:
        term = ox.Literal(value.value, datatype=ox.NamedNode(value.datatype) if value.datatype else None)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term)


def _write(folder: Path, text: str) -> Path:
    path = folder / "community.ttl"
    path.write_text(_PREFIXES + text, encoding="utf-8")
    return path
