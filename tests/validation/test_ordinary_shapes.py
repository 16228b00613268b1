"""Shapes files as others write them: blank property shapes, no sh:message, `<>` for the file itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from node.audit.reach import digests
from node.cli import main
from node.errors import FairnodeError
from node.files import parts_of_file, record_of
from node.validation.engine_compiled import CompiledEngine
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.profiles import read_profile
from node.validation.record_graph import SharedRecord
from tests.conftest import ROOT
from tests.validation.engines import TURTLE, agreed, profile_of, same_results, triples_of

SUITES = Path(os.environ.get("SUITES_FOLDER", ROOT.parent / "shared" / "suites"))
OFFICIAL = SUITES / "dcat-ap-3.0.1"
ORDINARY = """
<> a owl:Ontology .
ex:Set a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ] ,
    [ sh:path dct:title ; sh:uniqueLang true ] ,
    [ sh:path dct:title ; sh:uniqueLang true ; sh:maxLength 5 ] ,
    [ sh:path dct:issued ; sh:maxCount 1 ; sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:gYear ] ) ] ,
    [ sh:path ( dcat:distribution dct:license ) ; sh:class dct:LicenseDocument ] ,
    [ sh:path <https://example.org/ns#own> ; sh:in ( "a" "b" ) ] ,
    [ sh:path dcat:distribution ; sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ] ] .
<#File> a sh:NodeShape ; sh:targetClass dcat:Catalog ; sh:property [ sh:path dct:title ; sh:minCount 1 ] .
[] a sh:NodeShape ; sh:targetClass dcat:DataService ; sh:property [ sh:path dct:title ; sh:minCount 1 ] .
[] a sh:NodeShape ; sh:targetClass dcat:DataService ; sh:nodeKind sh:IRI .
[] a sh:NodeShape ; sh:targetClass dcat:DataService ; sh:nodeKind sh:IRI .
"""


def test_a_shape_without_an_iri_is_named_by_the_shape_around_it_its_path_and_where_needed_its_constraints() -> None:
    own = "https://example.org/Set"
    service = "urn:fairnode:shape:targetClass:dcat:DataService"

    ids = [shape.id for shape in profile_of(ORDINARY).shapes]

    assert ids == sorted(
        [
            own,
            f"{own}/dct:title/minCount,nodeKind",
            f"{own}/dct:title/uniqueLang",
            f"{own}/dct:title/maxLength,uniqueLang",
            f"{own}/dct:issued",
            f"{own}/dcat:distribution/dct:license",
            f"{own}/https://example.org/ns%23own",
            f"{own}/dcat:distribution",
            f"{own}/dcat:distribution/dcat:accessURL",
            "file:///shapes.ttl#File",
            "file:///shapes.ttl#File/dct:title",
            f"{service}/property",
            f"{service}/property/dct:title",
            f"{service}/nodeKind",
            f"{service}/nodeKind-2",
        ]
    )


def test_names_and_what_audits_keep_by_them_are_the_same_however_often_the_file_is_read() -> None:
    one, other = profile_of(ORDINARY), profile_of(ORDINARY)

    assert one.shapes == other.shapes
    assert digests(one, "x") == digests(other, "x")
    assert len({shape.id for shape in one.shapes}) == len(one.shapes)


def test_a_shape_without_a_message_says_in_words_what_it_asks_and_each_component_its_own() -> None:
    record = triples_of(
        'ex:a a dcat:Dataset ; dct:title "A title"@en, "Two"@en ; dct:issued "soon" ;'
        ' <https://example.org/ns#own> "c" ;'
        " dcat:distribution ex:d . ex:d dct:license ex:l . ex:s a dcat:DataService ."
    )

    answer = agreed(profile_of(ORDINARY), record)

    assert {finding.message for finding in answer.findings} == {
        "dct:title must have at most one value in each language.",
        "dct:title must have at most 5 characters: “A title”",
        "dct:issued must conform to at least one of “be a literal of the datatype xsd:date” or"
        " “be a literal of the datatype xsd:gYear”: “soon”",
        "dcat:distribution/dct:license must be an instance of dct:LicenseDocument: “https://example.org/l”",
        "<https://example.org/ns#own> must be one of a or b: “c”",
        "dcat:accessURL must have at least 1 value.",
        "dct:title must have at least 1 value.",
    }


def test_a_file_without_iris_and_messages_is_taken_at_the_command_line(tmp_path: Path) -> None:
    shapes, record = tmp_path / "own.ttl", tmp_path / "record.ttl"
    shapes.write_text(TURTLE + ORDINARY, encoding="utf-8")
    record.write_text(f"{TURTLE} ex:a a dcat:Dataset ; dct:issued '2020'^^xsd:gYear .", encoding="utf-8")

    done = CliRunner().invoke(main, ["validate", str(record), "--profile", str(shapes), "--format", "json"])

    assert done.exit_code == 1, done.output
    (found,) = json.loads(done.stdout)["results"]
    assert found["shape"] == "https://example.org/Set/dct:title/minCount,nodeKind"
    assert found["message"] == "dct:title must have at least 1 value."


def test_a_term_that_shacl_does_not_know_is_said_once_and_ignored_where_no_other_can_be_meant() -> None:
    text = "ex:T sh:targetClass ex:C ; sh:path ex:p ; sh:minCount 1 ; sh:shape ex:S ."

    with capture_logs() as said:
        profile_of(text)
        answer = agreed(profile_of(text), triples_of("ex:a a ex:C ."))

    assert [verdict.passed for verdict in answer.verdicts] == [False]
    (remark,) = said
    assert str(remark["event"]).endswith("sh:shape is no term of SHACL Core, so it asks nothing")


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"no DCAT-AP shapes in {SUITES}; SUITES_FOLDER names its folder")
@pytest.mark.parametrize("name", ["shapes.ttl", "range.ttl", "shapes_recommended.ttl", "mdr-vocabularies.shape.ttl"])
def test_the_official_shapes_of_dcat_ap_are_taken_as_they_are(name: str, real_fixtures: Path) -> None:
    profile = read_profile(OFFICIAL / name)
    engines = CompiledEngine(profile), PyshaclEngine(profile)
    found = 0
    for path in sorted((real_fixtures / "dcat").glob("*.ttl"))[::12]:
        try:
            (part,) = parts_of_file(path.read_bytes(), ".ttl", None)
            read = record_of(part)
        except (FairnodeError, ValueError):
            continue
        if len(read.triples) > 400:
            continue
        record = SharedRecord(read.triples, blank=read.blank)
        found += len(same_results(engines, record, None, path.name).findings)

    assert found > 0
    assert len({shape.id for shape in profile.shapes}) == len(profile.shapes)
    assert all("_:" not in shape.id and shape.message for shape in profile.shapes)
