"""A steward's own file in the style of most published ones: node shapes that name property shapes by sh:property."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree
from rdflib import SH, Graph, Literal, URIRef

from node.model.rdf import Iri
from node.model.report import Severity
from node.validation import ENGINES, ask, load_profile, report_of
from node.validation.profiles import Profile
from node.validation.quality import states
from node.validation.reports import Outcome, render_all
from tests.validation.engines import TURTLE, triples_of

SHAPES = f"""{TURTLE}
ex:S a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property
    [ sh:path dct:title ; sh:minCount 1 ; sh:maxLength 5 ] ,
    [ sh:path dct:issued ; sh:minCount 1 ; sh:severity ex:Blocker ;
      sh:message "Ei päivää."@fi , "Kein Datum."@de , "No date."@en ] ,
    [ sh:path dct:creator ; sh:property [ sh:path foaf:name ; sh:pattern "^x" ; sh:message "Kein x."@de , "No x." ] ] .
ex:T sh:targetClass dcat:Catalog ; sh:path dct:title ; sh:minCount 1 .
"""
DATASET = Iri("https://example.org/d")
S, TITLE, ISSUED = "https://example.org/S", "https://example.org/S/dct:title", "https://example.org/S/dct:issued"
CREATOR, NAME = "https://example.org/S/dct:creator", "https://example.org/S/dct:creator/foaf:name"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    path = tmp_path_factory.mktemp("shapes") / "own.ttl"
    path.write_text(SHAPES, encoding="utf-8")
    return load_profile(path)


def judged(profile: Profile, said: str, engine: str = ENGINES[0]) -> tuple[dict[str, bool | None], Outcome]:
    answer = ask(triples_of(f"ex:d a dcat:Dataset {said} ."), profile, engine=engine)
    failed = {finding.code for finding in answer.findings}
    report = report_of(answer, profile, engine=engine)
    outcome = Outcome(report=report, checks=profile.shapes, kinds=((DATASET, "Dataset"),))
    return states(profile.shapes, answer.verdicts, DATASET, failed), outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_each_property_shape_is_a_check_and_mending_one_of_several_raises_what_is_met(
    profile: Profile, engine: str
) -> None:
    worst, _ = judged(profile, "; dct:creator ex:c . ex:c foaf:name 'y'", engine)
    better, _ = judged(profile, "; dct:title 'a' ; dct:creator ex:c . ex:c foaf:name 'y'", engine)
    best, _ = judged(profile, "; dct:title 'a' ; dct:issued 2020 ; dct:creator ex:c . ex:c foaf:name 'x'", engine)

    assert worst == {S: False, TITLE: False, ISSUED: False, CREATOR: True, NAME: False}
    assert better == {S: False, TITLE: True, ISSUED: False, CREATOR: True, NAME: False}
    assert best == dict.fromkeys((S, TITLE, ISSUED, CREATOR, NAME), True)


def test_reports_list_each_property_shape_as_a_check_and_the_shape_around_a_failing_one_as_failing(
    profile: Profile,
) -> None:
    _, outcome = judged(profile, "; dct:title 'a'")

    suite = etree.fromstring(render_all([outcome], "junit").encode())
    cases = {case.get("name", "").split()[0]: [each.tag for each in case] for case in suite.iter("testcase")}
    assert cases == {S: ["failure"], TITLE: [], ISSUED: ["failure"], CREATOR: [], NAME: []}
    earl = Graph().parse(data=render_all([outcome], "earl"), format="turtle")
    said = {
        str(earl.value(each, URIRef("http://www.w3.org/ns/earl#test"))): str(
            earl.value(
                earl.value(each, URIRef("http://www.w3.org/ns/earl#result")),
                URIRef("http://www.w3.org/ns/earl#outcome"),
            )
        ).partition("#")[2]
        for each in earl.subjects(URIRef("http://www.w3.org/ns/earl#result"))
    }
    assert said == {S: "failed", TITLE: "passed", ISSUED: "failed", CREATOR: "passed", NAME: "passed"}
    assert "checks  3 met, 2 not met, 0 undecided" in render_all([outcome], "text")


def test_a_severity_of_ones_own_counts_as_a_violation_and_is_reported_as_it_is(profile: Profile) -> None:
    _, outcome = judged(profile, "; dct:title 'a'")

    (finding,) = outcome.results
    assert finding.severity is Severity.VIOLATION
    report = Graph().parse(data=render_all([outcome], "turtle"), format="turtle")
    assert list(report.objects(None, SH.resultSeverity)) == [URIRef("https://example.org/Blocker")]


def test_every_message_of_a_shape_is_reported_in_its_language_and_people_read_the_english_one(profile: Profile) -> None:
    _, outcome = judged(profile, "; dct:title 'a' ; dct:creator ex:c . ex:c foaf:name 'y'")

    assert [finding.message for finding in outcome.results] == ["No x: “y”", "No date."]
    report = Graph().parse(data=render_all([outcome], "turtle"), format="turtle")
    dated = [Literal("No date.", "en"), Literal("Ei päivää.", "fi"), Literal("Kein Datum.", "de")]
    assert set(report.objects(None, SH.resultMessage)) == {*dated, Literal("No x."), Literal("Kein x.", "de")}
    earl = Graph().parse(data=render_all([outcome], "earl"), format="turtle")
    described = set(earl.objects(None, URIRef("http://purl.org/dc/terms/description")))
    assert described == {*dated, Literal("No x: “y”"), Literal("Kein x: “y”", "de")}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_constraint_that_fails_for_a_value_is_a_result_of_its_own(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(
        f"{TURTLE} ex:S sh:targetClass dcat:Dataset ; sh:closed true ; sh:ignoredProperties ( rdf:type ex:p ) ;"
        " sh:property ex:P . ex:P sh:path ex:p ; sh:datatype xsd:integer ; sh:minLength 5 ; sh:maxCount 1 .",
        encoding="utf-8",
    )

    _, outcome = judged(load_profile(path), "; ex:p 'a', 'b' ; ex:q 1 ; ex:r 1", engine)

    results = json.loads(render_all([outcome], "json"))["results"]
    found = [(each["path"][-1], each["value"], each["component"].partition("#")[2][:-19]) for each in results]
    assert found == [
        ("p", None, "MaxCount"),
        ("p", "a", "Datatype"),
        ("p", "a", "MinLength"),
        ("p", "b", "Datatype"),
        ("p", "b", "MinLength"),
        ("q", "1", "Closed"),
        ("r", "1", "Closed"),
    ]
    report = Graph().parse(data=render_all([outcome], "turtle"), format="turtle")
    assert len(list(report.objects(None, SH.result))) == len(results)
