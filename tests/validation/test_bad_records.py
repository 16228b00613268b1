"""Bad input to `fairnode validate`: an error with a position, in time, and nothing else affected."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from node.cli import main
from node.errors import SyntaxRefused, TooLarge
from node.syntax import parse_rdf
from node.syntax.quads import parse_quads
from node.validation.deadline import OutOfTime, deadline
from node.validation.engine_compiled import CompiledEngine
from node.validation.reports import FORMATS

HEAD = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
GOOD = HEAD + '<https://example.org/d> a dcat:Dataset ; dct:title "A dataset" ; dct:identifier "x" .\n'
RDF_XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dct="http://purl.org/dc/terms/">\n'
    "  <rdf:Description {}>\n    {}\n  </rdf:Description>\n</rdf:RDF>\n"
)
CONTEXT = "https://semiceu.github.io/DCAT-AP/releases/3.0.0/context/dcat-ap.jsonld"
WRONG = (
    ("bad.ttl", HEAD + '<urn:x> a dcat:Dataset ;\n  dcat:keyword "a" "b" .', "line 4, column 20: "),
    ("iri.ttl", HEAD + "<urn:x y> a dcat:Dataset .", "line 3, column 1: "),
    ("bad.nt", '<urn:x> <urn:p> "a" .\n<urn:x> <urn:p "a" .\n', "line 2, column "),
    ("cut.rdf", RDF_XML.format('rdf:about="urn:x"', "<dct:title>x</dct:titel>"), "line 3, column "),
    ("structure.rdf", RDF_XML.format('rdf:about="urn:x"', '<dct:title rdf:resource="urn:y">x</dct:title>'), "line 3, "),
    ("id.rdf", RDF_XML.format('rdf:ID="1a"', ""), "line 2, column 31: "),
    ("iri.rdf", RDF_XML.format('rdf:about="urn:x y"', ""), "line 2, column "),
    ("json.jsonld", '{"@id": "urn:x",\n "urn:p": }', "line 2, column 11: "),
    ("value.jsonld", '{"@id": "urn:x",\n "urn:p": {"@value": "a", "@language": 3}}', "line 2, column "),
    ("graph.jsonld", '{"@id": "urn:g",\n "@graph": [{"@id": "urn:x", "urn:p": "t"}]}', "line 2, column "),
    ("context.jsonld", f'{{"@context": "{CONTEXT}", "urn:p": {{"@value": "a", "@language": 3}}}}', '"@language": 3'),
    ("cut.xml", '<resource xmlns="http://datacite.org/schema/kernel-4">\n<title>x</titles></resource>', "line 2"),
    ("cut.json", '{"a":\n [}', "line 2, column 3: "),
)  # fmt: skip


def run(*arguments: str) -> Result:
    """Return what the command answers."""
    return CliRunner().invoke(main, ["validate", *arguments])


def written(folder: Path, name: str, text: str) -> str:
    """Return the path of a file with a text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("name", "text", "position"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_document_that_is_not_well_formed_is_named_with_its_position_and_the_next_is_judged(
    tmp_path: Path, name: str, text: str, position: str
) -> None:
    bad, good = written(tmp_path, name, text), written(tmp_path, "z.ttl", GOOD)

    alone, together = run(bad), run(bad, good, "--format", "json", "--fail-on", "never")

    assert alone.exit_code == together.exit_code == 2
    assert position in alone.stderr, alone.stderr
    first, second = json.loads(together.stdout)["records"]
    assert position in json.dumps(first) or position.replace('"', '\\"') in json.dumps(first)
    assert second["results"] and second["score"]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_report_on_one_record_that_cannot_be_read_is_written_to_the_file_that_is_named(
    tmp_path: Path, form: str
) -> None:
    output = tmp_path / "report"
    output.write_text("of a run before", encoding="utf-8")

    done = run(written(tmp_path, "bad.ttl", HEAD + "<urn:x>"), "--format", form, "--output", str(output))

    report = output.read_text(encoding="utf-8")
    assert done.exit_code == 2 and not done.stdout
    # What could not be read is nothing that the vocabularies of these can say.
    assert report == "\n" if form in ("turtle", "dqv", "earl") else "syntax.refused" in report and "line 3" in report


@pytest.mark.parametrize("number", [1, 2_000, 20_000])
def test_a_fault_far_into_a_document_is_found_to_the_character(number: int) -> None:
    lines = "".join(f'<rdf:Description rdf:about="urn:{n}"/>\n' for n in range(number))
    document = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n{lines}é <x/></rdf:RDF>'

    with pytest.raises(SyntaxRefused, match=f"^line {number + 2}, column [1-8]: "):
        parse_rdf(document.encode(), "application/rdf+xml", base_iri="urn:base")


def test_datasets_have_positions_too() -> None:
    with pytest.raises(SyntaxRefused, match=r"^line 2, column "):
        parse_quads(b"<urn:g> {\n <urn:s> <urn:p> }", "application/trig", base_iri="urn:base")
    with pytest.raises(SyntaxRefused, match=r"^line 2, column "):
        parse_quads(
            b'{"@id": "urn:x",\n "urn:p": {"@value": 1, "@language": 3}}', "application/ld+json", base_iri="urn:b"
        )


def test_a_text_that_no_parser_holds_is_too_large_and_named_by_its_line() -> None:
    document = HEAD + f'<urn:x> a dcat:Dataset ;\n  dct:description "{"lorem ipsum " * 1_500_000}" .\n'

    with pytest.raises(TooLarge, match=r"^line 4: "):
        parse_rdf(document.encode(), "text/turtle", base_iri="urn:base")


def test_a_record_with_more_triples_than_are_read_is_given_up_before_its_places_are_looked_for(tmp_path: Path) -> None:
    many = "".join(f"<urn:{n}> dct:title '{n}', 'a', 'b', 'c' .\n" for n in range(260_000))
    started = time.monotonic()

    done = run(written(tmp_path, "many.ttl", GOOD + many), "--seconds", "60")

    assert done.exit_code == 2 and "more than 1000000 triples" in done.stderr
    assert time.monotonic() - started < 60


def test_a_verdict_stands_where_its_places_are_not_found_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object) -> None:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr("node.cli.validating.pointed", endless)

    done = run(written(tmp_path, "d.ttl", GOOD), "--format", "json", "--seconds", "2")

    findings = {each["shape"] for each in json.loads(done.stdout)["results"]}
    assert "validation.report-incomplete" in findings and "F1-01" in findings
    assert done.exit_code == 1


SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
ex:P sh:targetClass dcat:Dataset ; sh:path dct:title ; sh:pattern "^(a+)+$" ; sh:message "m" .
ex:L sh:targetClass dcat:Dataset ; sh:path dct:issued ;
  sh:datatype <http://www.w3.org/2001/XMLSchema#decimal> ; sh:message "m" .
"""


def test_an_undecided_check_is_an_exit_status_of_its_own_and_an_error_of_junit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = written(tmp_path, "shapes.ttl", SHAPES)
    explodes = written(tmp_path, "a.ttl", HEAD + f'<urn:a> a dcat:Dataset ; dct:title "{"a" * 40}!" .')
    fine = written(tmp_path, "b.ttl", HEAD + '<urn:b> a dcat:Dataset ; dct:title "aaa" .')
    monkeypatch.setitem(CompiledEngine.__init__.__kwdefaults__, "seconds", 0.5)

    done = run(explodes, fine, "--profile", shapes, "--format", "junit")

    suites = etree.fromstring(done.stdout.encode())
    assert done.exit_code == 2
    assert [(suite.get("errors"), suite.get("failures")) for suite in suites] == [("1", "0"), ("0", "0")]
    assert run(explodes, fine, "--profile", shapes, "--fail-on", "never").exit_code == 0
    assert run(fine, "--profile", shapes).exit_code == 0


def test_strict_xsd_is_asked_for_by_an_option(tmp_path: Path) -> None:
    shapes = written(tmp_path, "shapes.ttl", SHAPES)
    issued = '"1e3"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    record = written(tmp_path, "a.ttl", f"{HEAD}<urn:a> a dcat:Dataset ; dct:issued {issued} .")

    loose, strict = (run(record, "--profile", shapes, "--format", "json", *extra) for extra in ([], ["--strict-xsd"]))

    assert (loose.exit_code, strict.exit_code) == (0, 1)
    assert _digest(loose) != _digest(strict)


def test_a_limit_within_a_limit_ends_with_the_shorter_of_the_two() -> None:
    started = time.monotonic()

    with pytest.raises(OutOfTime), deadline(0.3):
        try:
            with deadline(60):
                time.sleep(30)
        except OutOfTime:
            time.sleep(30)

    assert time.monotonic() - started < 5


def _digest(done: Result) -> object:
    return json.loads(done.stdout)["profile"]["digest"]
