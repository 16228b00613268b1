"""Reports: the same findings as text, JSON, CSV and Turtle."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from pyshacl import validate as pyshacl_validate
from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Literal

from node.errors import SettingsError
from node.model.report import Finding, Severity, ValidationReport
from node.validation import load_profile, validate
from node.validation.reports import FORMATS, render
from tests.conftest import ROOT
from tests.unit.test_shapes_fair import record

FINDING = Finding(
    code="R1.1-02",
    severity=Severity.WARNING,
    message="The licence is not a known licence IRI: “\x1b[31mred”",
    advice="Use a known one.",
    focus_node="https://example.org/d",
    path="http://purl.org/dc/terms/license",
    value='\x1b[31mred, "quoted"\nand broken',
    principle="R1.1",
    source_line=12,
    component="http://www.w3.org/ns/shacl#PatternConstraintComponent",
)
BLOCKING = Finding(code="F2-00", severity=Severity.VIOLATION, message="The resource has no title.")
REPORT = ValidationReport(
    profile="fair",
    digest="0123456789abcdef" * 4,
    engine="pyshacl 0.40.1",
    results=(FINDING, BLOCKING),
    score=46,
    max_score=72,
    blocked_by=(BLOCKING,),
    by_letter=(("F", 28, 33), ("R", 4, 16)),
)


def test_json_has_exactly_the_promised_keys() -> None:
    document = json.loads(render(REPORT, "json"))

    assert list(document) == ["profile", "engine", "conforms", "score", "max_score", "results"]
    assert document["profile"] == {"name": "fair", "digest": "0123456789abcdef" * 4}
    assert (document["engine"], document["conforms"]) == ("pyshacl 0.40.1", False)
    assert (document["score"], document["max_score"]) == (46, 72)
    assert document["results"][0] == {
        "shape": "R1.1-02",
        "focus_node": "https://example.org/d",
        "path": "http://purl.org/dc/terms/license",
        "value": FINDING.value,
        "severity": "warning",
        "message": FINDING.message,
        "advice": "Use a known one.",
        "principle": "R1.1",
        "source_line": 12,
        "source_path": None,
        "source_missing": False,
        "component": "http://www.w3.org/ns/shacl#PatternConstraintComponent",
    }


def test_text_tells_score_findings_and_advice_and_never_steers_the_terminal() -> None:
    lines = render(REPORT, "text").splitlines()

    assert lines[1] == "score   46 of 72 points (F 28/33, R 4/16)"
    assert lines[2] == "found   1 violation, 1 warning"
    assert lines[4] == "F2-00 The resource has no title. [violation, blocks]"
    assert "    mend: Use a known one." in lines
    assert all(line.isprintable() for line in lines)


def test_text_of_a_record_in_order_says_so() -> None:
    report = ValidationReport(profile="fair", digest="0" * 64, engine="e", results=(), score=72, max_score=72)

    assert render(report, "text").splitlines()[-1] == "found   nothing"


def test_csv_reads_back_as_the_findings() -> None:
    rows = list(csv.DictReader(io.StringIO(render(REPORT, "csv"))))

    assert [row["shape"] for row in rows] == ["R1.1-02", "F2-00"]
    assert rows[0]["value"] == FINDING.value
    assert (rows[1]["focus_node"], rows[1]["source_line"]) == ("", "")


def test_turtle_is_a_shacl_validation_report() -> None:
    subject, triples = record("dct:license <https://example.org/our-own> ; dct:title <https://example.org/x>")
    report = validate(triples, load_profile("fair"), focus=subject)

    graph = Graph().parse(data=render(report, "turtle"), format="turtle")

    (node,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(node, SH.conforms) == Literal(False)
    assert len(set(graph.objects(node, SH.result))) == len(report.results)
    shapes = {str(shape).partition("#")[2] for shape in graph.objects(None, SH.sourceShape)}
    assert shapes == {finding.code for finding in report.results}
    conforms, _, text = pyshacl_validate(graph, shacl_graph=Graph().parse(data=_REPORT_SHAPES, format="turtle"))
    assert conforms, text


def test_turtle_of_a_record_in_order_conforms() -> None:
    report = ValidationReport(profile="fair", digest="0" * 64, engine="e", results=(), score=1, max_score=1)

    graph = Graph().parse(data=render(report, "turtle"), format="turtle")

    assert list(graph.objects(None, SH.conforms)) == [Literal(True)]


def test_turtle_holds_a_focus_node_that_is_no_iri() -> None:
    odd = Finding(
        code="F2-00",
        severity=Severity.VIOLATION,
        message="m",
        focus_node="https://example.org/a b",
        component=str(SH.MinCountConstraintComponent),
    )
    report = ValidationReport(profile="p", digest="0", engine="e", results=(odd,), score=0, max_score=1)

    graph = Graph().parse(data=render(report, "turtle"), format="turtle")

    assert list(graph.objects(None, SH.focusNode)) == [URIRef("https://example.org/a%20b")]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_same_record_gives_the_same_bytes_in_another_process(form: str) -> None:
    code = (
        "from tests.unit.test_shapes_fair import record; from node.validation import load_profile, validate; "
        "from node.validation.reports import render; "
        'subject, triples = record(\'dct:license <urn:a>, <urn:b>, <urn:c> ; dct:language "a", "b"\'); '
        f"print(render(validate(triples, load_profile('fair'), focus=subject), {form!r}))"
    )

    texts = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(texts) == 1


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(SettingsError, match="no report format word"):
        render(REPORT, "word")


# SHACL, section 3.6.2: what each result must have, once.
_REPORT_SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:s> sh:targetClass sh:ValidationResult ;
    sh:property [ sh:path sh:focusNode ; sh:minCount 1 ; sh:maxCount 1 ] ;
    sh:property [ sh:path sh:resultSeverity ; sh:minCount 1 ; sh:in (sh:Info sh:Warning sh:Violation) ] ;
    sh:property [ sh:path sh:sourceConstraintComponent ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
    sh:property [ sh:path sh:resultPath ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] .
"""
