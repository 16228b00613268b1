"""The profile `dcat-ap` finds what DCAT-AP's own shapes find, result by result, on every DCAT file of the test data."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pyshacl
import pytest
from rdflib import SH, Graph, URIRef
from rdflib.term import Node

from node.validation import load_profile

_FORMATS = {".ttl": "turtle", ".rdf": "xml", ".jsonld": "json-ld"}
_OFFICIAL = ("shapes.ttl", "range.ttl", "shapes_recommended.ttl")
_LARGEST = 40_000

Result = tuple[str, str, str, str]
"""Severity, focus node, path and value."""


def test_every_file_has_the_results_of_the_official_shapes(real_fixtures: Path) -> None:
    official = _official(real_fixtures)
    ours = _ours()
    compared = conform = 0

    for name, data in _files(real_fixtures / "dcat"):
        theirs = _results(official, data)
        # Dates that the official shapes mean to check, and do not, are remarks: the others are the verdict.
        mine = {result for result in _results(ours, data) if result[0] != "Info"}
        assert mine == theirs, name
        compared += 1
        conform += not any(severity == "Violation" for severity, *_ in theirs)

    assert compared >= 200, "too few files to say anything"
    assert 0 < conform < compared


def _official(fixtures: Path) -> Graph:
    folder = Path(os.environ.get("SUITES_FOLDER", fixtures.parent / "suites")) / "dcat-ap-3.0.1"
    if not folder.is_dir():
        pytest.skip("the official DCAT-AP shapes are not on this machine; SUITES_FOLDER names the folder above them")
    graph = Graph()
    for name in _OFFICIAL:
        graph.parse(folder / name, format="turtle")
    return graph


def _ours() -> Graph:
    graph = Graph()
    for _, data in load_profile("dcat-ap").files:
        graph.parse(data=data, format="turtle")
    return graph


def _files(folder: Path) -> Iterator[tuple[str, Graph]]:
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    for path in sorted(folder.iterdir()):
        if path.suffix in _FORMATS and path.stat().st_size <= _LARGEST:
            try:
                yield path.name, Graph().parse(path, format=_FORMATS[path.suffix])
            # What rdflib cannot read says nothing about shapes; it raises many kinds of error.
            except Exception:
                continue


def _results(shapes: Graph, data: Graph) -> set[Result]:
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    assert isinstance(report, Graph)
    found: set[Result] = set()
    # What sh:detail leads to are results inside of results, not of the report.
    for result in report.objects(None, SH.result):
        path = report.value(result, SH.resultPath)
        found.add(
            (
                str(report.value(result, SH.resultSeverity)).rpartition("#")[2],
                _term(report.value(result, SH.focusNode)),
                str(path) if isinstance(path, URIRef) else "a path",
                _term(report.value(result, SH.value)),
            )
        )
    return found


def _term(value: Node | None) -> str:
    return value.n3() if value is not None else ""
