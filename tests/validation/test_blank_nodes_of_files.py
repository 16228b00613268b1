"""Blank nodes of a file are judged as blank nodes: our findings are those of plain pySHACL on the same document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner
from pyshacl import validate as referee

from node.cli import main

DATA = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix ex: <https://example.org/> .
ex:d a dcat:Dataset ; ex:p [ ex:q "x" ], ex:b, "lit", "" .
ex:b ex:q "y" .
[] a dcat:Dataset ; ex:p _:y .
_:y ex:q _:y .
"""
CONSTRAINTS = (
    "sh:nodeKind sh:BlankNode",
    "sh:nodeKind sh:IRI",
    "sh:nodeKind sh:Literal",
    "sh:nodeKind sh:IRIOrLiteral",
    "sh:nodeKind sh:BlankNodeOrIRI",
    "sh:nodeKind sh:BlankNodeOrLiteral",
    "sh:minLength 1",
    "sh:maxLength 500",
    'sh:pattern "."',
    "sh:not [ sh:nodeKind sh:IRI ]",
    "sh:or ( [ sh:nodeKind sh:BlankNode ] [ sh:nodeKind sh:Literal ] )",
    "sh:in ( ex:b )",
    'sh:node [ sh:property [ sh:path ex:q ; sh:hasValue "x" ] ]',
)
SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix ex: <https://example.org/> .
ex:S a sh:PropertyShape ; sh:targetClass dcat:Dataset ; sh:path ex:p ; sh:message "m" ; {constraint} .
ex:N a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:message "n" ; {constraint} .
"""


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_file_has_the_findings_that_plain_pyshacl_has(tmp_path: Path, constraint: str, engine: str) -> None:
    shapes = SHAPE.replace("{constraint}", constraint)
    (tmp_path / "d.ttl").write_text(DATA)
    (tmp_path / "s.ttl").write_text(shapes)
    data, wanted = (rdflib.Graph().parse(data=text, format="turtle") for text in (DATA, shapes))
    _, report, _ = referee(data, shacl_graph=wanted)
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    expected = sorted(str(report.value(result, sh.sourceShape)) for result in report.objects(None, sh.result))

    words = ["validate", str(tmp_path / "d.ttl"), "--profile", str(tmp_path / "s.ttl"), "--engine", engine]
    done = CliRunner().invoke(main, [*words, "--format", "json", "--fail-on", "never"], catch_exceptions=False)

    record = json.loads(done.stdout)
    found = sorted(result["shape"] for result in record["results"])
    assert [name.rpartition("/")[2] for name in expected] == [name.rpartition("/")[2] for name in found]
