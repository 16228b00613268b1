"""`fairnode validate`: any file, no node, a report with places in every format, and a clear end of bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from rdflib import RDF, Graph, Namespace, URIRef

from node.cli import main

DQV, EARL = Namespace("http://www.w3.org/ns/dqv#"), Namespace("http://www.w3.org/ns/earl#")
PREFIXES = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
TURTLE = (
    PREFIXES + '<https://example.org/d> a dcat:Dataset ;\n  dct:title "A dataset of things" ; dct:identifier "x" .\n'
)
DUBLIN = """<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
    xmlns:dc="http://purl.org/dc/elements/1.1/">
  <dc:title>{}</dc:title>
  <dc:identifier>{}</dc:identifier>
  <dc:rights>ask us</dc:rights>
</oai_dc:dc>
"""
LIST = f"""<?xml version="1.0"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>oai:a:1</identifier></header><metadata>
{DUBLIN.format("First", "https://example.org/1")}</metadata></record>
<record><header status="deleted"><identifier>oai:a:2</identifier></header></record>
<record><header><identifier>oai:a:3</identifier></header><metadata>
{DUBLIN.format("Third &lt;script&gt;", "https://example.org/3")}</metadata></record>
<record><header><identifier>oai:a:4</identifier></header><metadata><what xmlns="urn:unknown"/></metadata></record>
</ListRecords></OAI-PMH>
"""


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    """Return what the command answers."""
    return CliRunner().invoke(main, ["validate", *arguments], input=stdin)


def written(folder: Path, name: str, text: str) -> str:
    """Return the path of a file with a text."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def results(done: Result) -> dict[str, dict[str, object]]:
    """Return the findings of one record by the check's id."""
    return {each["shape"]: each for each in json.loads(done.stdout)["results"]}


@pytest.mark.parametrize(
    ("name", "text", "path", "line"),
    [
        ("record.ttl", TURTLE, "dct:identifier", 4),
        ("record.xml", DUBLIN.format("A title", "x"), "/dc/identifier", 4),
        ("record.json", '{"id": "x",\n "title": "A",\n "name": "a", "resources": [], "notes": ""}', "/id", 1),
        (
            "record.jsonld",
            '{"@context": "https://schema.org/", "@type": "Dataset",\n "identifier": "x"}',
            "/identifier",
            2,
        ),
        (
            "record.rdf",
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://www.w3.org/ns/dcat#"'
            ' xmlns:t="http://purl.org/dc/terms/">\n<d:Dataset rdf:about="https://example.org/d">\n'
            "<t:identifier>x</t:identifier></d:Dataset></rdf:RDF>",
            "/RDF/Dataset/identifier",
            3,
        ),
    ],
)
def test_what_a_file_is_tells_its_content(tmp_path: Path, name: str, text: str, path: str, line: int) -> None:
    named = run(written(tmp_path, name, text), "--format", "json")
    unnamed = run("-", "--format", "json", stdin=text.encode())

    assert named.exit_code == unnamed.exit_code == 1, named.output
    assert (results(named)["F1-01"]["source_path"], results(named)["F1-01"]["source_line"]) == (path, line)
    assert named.stdout == unnamed.stdout


def test_lines_are_those_of_the_file_and_not_of_the_payload_within_it(tmp_path: Path) -> None:
    document = json.loads(run(written(tmp_path, "list.xml", LIST), "--format", "json").stdout)

    found = [
        (each["record"].rpartition(": ")[2], finding["source_line"])
        for each in document["records"]
        for finding in each.get("results", [])
        if finding["shape"] == "R1.1-01"
    ]
    assert found == [("oai:a:1", 8), ("oai:a:3", 17)]
    assert document["records"][2]["error"]["code"] == "mapping.failed"


def test_one_record_that_cannot_be_read_leaves_the_others_and_is_an_exit_status_of_its_own(tmp_path: Path) -> None:
    good = written(tmp_path, "a/good.ttl", TURTLE)
    bad = written(tmp_path, "a/b/bad.ttl", PREFIXES + "<https://example.org/d> a dcat:Dataset ;;; .\n<urn:x> <urn:y .")
    written(tmp_path, "a/notes.txt", "no record")

    done = run(str(tmp_path / "a"))
    alone = run(bad)

    assert (done.exit_code, alone.exit_code, run(good).exit_code) == (2, 2, 1)
    assert "records 2, 1 of them could not be read" in done.stdout
    assert f"{good}: " in done.stdout and "R1.1-01" in done.stdout
    assert "line 4, column" in done.stdout and "line 4, column" in alone.stderr
    assert "[syntax.refused]" in alone.stderr and not alone.stdout
    as_json = run(bad, "--format", "json")
    (told,) = json.loads(as_json.stdout)["records"]
    assert (as_json.exit_code, told["record"], told["error"]["code"]) == (2, str(bad), "syntax.refused")
    assert f"fairnode: {bad}: line 4" in alone.stderr and f"fairnode: {bad}: line 4" in as_json.stderr


def test_fail_on_decides_about_the_exit_status(tmp_path: Path) -> None:
    file = written(tmp_path, "record.ttl", TURTLE)

    assert [run(file, "--fail-on", word).exit_code for word in ("info", "warning", "violation", "never")] == [
        1,
        1,
        1,
        0,
    ]


def test_junit_has_a_case_for_each_check_with_file_and_line(tmp_path: Path) -> None:
    file, target = written(tmp_path, "list.xml", LIST), tmp_path / "report.xml"

    done = run(file, "--format", "junit", "--output", str(target), "--fail-on", "warning")

    assert done.exit_code == 2 and not done.stdout
    root = etree.parse(target).getroot()
    first, second, third = root
    assert [suite.get("name") for suite in root] == [f"{file}: oai:a:{number}" for number in (1, 3, 4)]
    assert len(first) > 30 and first.get("tests") == str(len(first))
    (case,) = [case for case in first if (case.get("name") or "").startswith("R1.1-01")]
    assert (case.get("file"), case.get("line")) == (file, "8")
    failure = case.find("failure")
    assert failure is not None and "/dc/rights, line 8" in (failure.text or "")
    assert [case for case in first if not len(case)], "passed checks are cases too"
    assert all(case.find("failure") is None for case in first if (case.get("name") or "").startswith("R1.2-03"))
    assert second.get("errors") == "0" and third.get("errors") == "1"
    assert root.get("failures") == str(len(root.findall("testsuite/testcase/failure")))


def test_csv_names_the_record_of_each_row(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(written(tmp_path, "list.xml", LIST), "--format", "csv").stdout)))

    assert {row["record"].rpartition(": ")[2] for row in rows} == {"oai:a:1", "oai:a:3", "oai:a:4"}
    assert {row["source_line"] for row in rows if row["shape"] == "R1.1-01"} == {"8", "17"}


class _Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        held = dict(attrs)
        if held.get("http-equiv") == "Content-Security-Policy":
            self.policy = held.get("content") or ""


def test_html_is_one_page_with_charts_that_runs_and_loads_nothing(tmp_path: Path) -> None:
    text = run(written(tmp_path, "list.xml", LIST), "--format", "html").stdout

    page = _Page()
    page.feed(text)
    assert page.tags.count("svg") == 3
    assert not {"script", "link", "img", "iframe", "object", "a", "form"} & set(page.tags)
    assert not {"style", "src", "href", "onclick", "onload"} & page.attributes
    assert "default-src 'none'" in page.policy and "unsafe" not in page.policy
    assert "/dc/rights, line 8" in text and "mapping.failed" in text


def test_dqv_measures_the_points_and_each_check(tmp_path: Path) -> None:
    graph = Graph().parse(data=run(written(tmp_path, "r.ttl", TURTLE), "--format", "dqv").stdout, format="turtle")

    measured = {
        str(graph.value(node, DQV.isMeasurementOf)).partition("#")[2]: graph.value(node, DQV.value)
        for node in graph.subjects(RDF.type, DQV.QualityMeasurement)
    }
    assert set(graph.objects(None, DQV.computedOn)) == {URIRef("https://example.org/d")}
    assert str(measured["F2-00"]) == "true" and str(measured["R1.1-01"]) == "false"
    score = json.loads(run(str(tmp_path / "r.ttl"), "--format", "json").stdout)
    assert float(str(measured["points-gained"])) == score["score"]
    assert float(str(measured["points-possible"])) == score["max_score"]
    metrics = set(graph.objects(None, DQV.isMeasurementOf))
    assert metrics == set(graph.subjects(RDF.type, DQV.Metric))


def test_earl_asserts_each_check_once_as_passed_or_failed(tmp_path: Path) -> None:
    graph = Graph().parse(data=run(written(tmp_path, "r.ttl", TURTLE), "--format", "earl").stdout, format="turtle")

    outcomes = {
        str(graph.value(node, EARL.test)).partition("#")[2]: graph.value(graph.value(node, EARL.result), EARL.outcome)
        for node in graph.subjects(RDF.type, EARL.Assertion)
    }
    assert outcomes["F2-00"] == EARL.passed and outcomes["R1.1-01"] == EARL.failed
    assert len(outcomes) == len(set(graph.objects(None, EARL.test))) > 30


@pytest.mark.parametrize("form", ["text", "json", "csv", "html", "junit", "turtle", "dqv", "earl"])
def test_the_same_files_give_the_same_bytes(tmp_path: Path, form: str) -> None:
    file = written(tmp_path, "list.xml", LIST)

    first, second = (run(file, "--format", form).stdout_bytes for _ in range(2))

    assert first == second and first


def test_a_shapes_file_with_an_error_is_named_with_its_line(tmp_path: Path) -> None:
    shapes = written(
        tmp_path, "my.ttl", "@prefix sh: <http://www.w3.org/ns/shacl#> .\n\n<urn:s> a sh:NodeShape ;; sh:x"
    )

    done = run(written(tmp_path, "r.ttl", TURTLE), "--profile", shapes)

    assert done.exit_code == 2
    assert "my.ttl, line 3" in done.stderr and "[validation.profile]" in done.stderr


SHAPES = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n" + PREFIXES


def test_a_pattern_that_explodes_ends_in_time_with_a_finding(tmp_path: Path) -> None:
    target = 'a sh:PropertyShape ; sh:targetClass dcat:Dataset ; sh:path dct:title ; sh:message "m" ;'
    bomb = written(tmp_path, "bomb.ttl", f'{SHAPES}<urn:s> {target} sh:pattern "^(a+)+$" .')
    file = written(tmp_path, "r.ttl", TURTLE.replace("A dataset of things", "a" * 40 + "!"))

    started = time.monotonic()
    done = run(file, "--profile", bomb)

    assert time.monotonic() - started < 40
    assert "validation.engine-failed" in done.stdout


def test_a_record_in_order_by_shapes_without_points_passes(tmp_path: Path) -> None:
    target = 'a sh:PropertyShape ; sh:targetClass dcat:Dataset ; sh:path dct:title ; sh:message "m" ;'
    shapes = written(tmp_path, "own.ttl", f"{SHAPES}<urn:s> {target} sh:minCount 1 .")

    done = run(written(tmp_path, "r.ttl", TURTLE), "--profile", shapes)

    assert done.exit_code == 0
    assert "found   nothing" in done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="time limits need signals")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the alarm in a collector's callback
def test_a_record_of_fifty_megabytes_is_judged_or_given_up_in_time(tmp_path: Path) -> None:
    many = f"<dc:subject>{'word ' * 5}</dc:subject>\n" * 1_050_000
    file = written(tmp_path, "big.xml", DUBLIN.format("A title", "x").replace("<dc:rights>", f"{many}<dc:rights>"))
    assert Path(file).stat().st_size > 50 * 2**20

    started = time.monotonic()
    done = run(file, written(tmp_path, "r.ttl", TURTLE), "--seconds", "3", "--format", "json")

    assert time.monotonic() - started < 60
    first, second = json.loads(done.stdout)["records"]
    assert first["error"]["code"] == "validation.out-of-time"
    assert second["score"] > 0


def test_a_file_that_is_too_large_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "huge.xml"
    with file.open("wb") as target:
        target.truncate(70 * 2**30)

    done = run(str(file))

    assert done.exit_code == 2 and "[syntax.too-large]" in done.stderr


def test_an_answer_without_records_and_a_folder_without_files_say_so(tmp_path: Path) -> None:
    answer = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="idDoesNotExist">no</error></OAI-PMH>'

    none = run(written(tmp_path, "answer.xml", answer))
    (tmp_path / "empty").mkdir()
    empty = run(str(tmp_path / "empty"))

    assert none.exit_code == empty.exit_code == 2
    assert "the error idDoesNotExist: no" in none.stderr
    assert "no file to validate" in empty.stderr
