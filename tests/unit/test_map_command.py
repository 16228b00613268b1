"""`fairnode map`: one record in a file, from every format it reads to every format it writes, without a node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from node.cli import main
from node.model.rdf import Iri
from node.syntax import parse_rdf

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FILES = [
    ("iso19139", FIXTURES / "iso19139" / "service.xml"),
    ("iso19115-3", FIXTURES / "iso19115-3" / "dataset.xml"),
    ("marcxml", FIXTURES / "marcxml" / "dataset.xml"),
    ("schema_org", FIXTURES / "schema_org" / "flattened.json"),
    ("rocrate", FIXTURES / "rocrate" / "crate-1.1.json"),
]


@pytest.mark.parametrize(("prefix", "file"), FILES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_record_is_written_as_what_is_asked_for_and_its_account_goes_to_standard_error(
    prefix: str, file: Path
) -> None:
    def mapped(target: str) -> str:
        result = CliRunner().invoke(main, ["map", str(file), "--from", prefix, "--to", target])
        assert result.exit_code == 0, result.output
        assert "not used: " in result.stderr
        return result.stdout

    assert json.loads(mapped("schema_org"))["@context"]
    assert parse_rdf(mapped("turtle").encode(), "text/turtle", base_iri=Iri("urn:x"))
    for target in ("oai_dc", "oai_datacite", "dcat"):
        etree.fromstring(mapped(target).encode())


def test_a_document_of_schema_org_goes_round_by_way_of_itself(tmp_path: Path) -> None:
    first = CliRunner().invoke(main, ["map", str(FILES[2][1]), "--from", "marcxml", "--to", "schema_org"]).stdout
    again = tmp_path / "again.json"
    again.write_text(first, encoding="utf-8")

    second = CliRunner().invoke(main, ["map", str(again), "--from", "schema_org", "--to", "schema_org"])

    assert json.loads(second.stdout) == json.loads(first)
    assert second.stderr == ""
