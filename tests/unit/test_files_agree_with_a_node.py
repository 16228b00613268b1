"""`validate` and a node's audit say the same of the same raw record, but where it states no address of its own.

A node mints a name for what has none, and for what is nested in it; a record in a file is called by the address that it
states. Why: `docs/how-to/validate-a-file.md`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from node.audit.harvest_judging import made
from node.audit.judging import checks_of, rules_of
from node.errors import FairnodeError
from node.files import FilePart, FileRecord, parts_of_file, record_of
from node.mapping.crosswalks import CROSSWALKS, crosswalk_for
from node.model.oai import Header, Record
from node.model.source import Agreement
from node.namespaces import NAMELESS, expand
from node.prepare import Job, prepare_all
from node.validation import ask, load_profile, validate
from node.validation.pointing import pointed
from tests.unit.test_mapping_golden import FIXTURES, goldens

PROFILES = ("fair", "dcat-ap", "openaire", "service")
NAMES = {"F1-02", "F1-03"}
"""Failed by a record that states no address; a node gives one to it and to its distributions."""
LISTED = "F4-01"
"""Failed by a record without a page; a node has it in its catalogue."""
FEW = 2


def _parts(real: Path) -> Iterator[tuple[str, FilePart]]:
    """The golden records of every format, and a few of every real answer."""
    for golden in goldens():
        payload = golden.payload.read_bytes()
        yield str(golden.payload), FilePart(payload=payload, media_type=golden.media_type, prefix=golden.prefix)
    for path in sorted((real / "oai").rglob("*.xml")):
        try:
            for part in islice(parts_of_file(path.read_bytes(), ".xml"), FEW):
                yield f"{path}: {part.called}", part
        except FairnodeError:
            continue


def _in_a_node(part: FilePart) -> dict[str, str]:
    """By profile, the state of each check as an audit in a node keeps it; nothing for what it does not take in."""
    job = Job(
        base_url="https://node.example",
        source="x",
        metadata_prefix=part.prefix or "",
        agreement=Agreement(),
        profile="",
        audited=PROFILES,
        make_judgement=made,
        today=dt.date(2026, 1, 1),
    )
    header = Header(identifier=part.identifier or NAMELESS, datestamp="2026-01-01")
    (prepared,) = prepare_all(
        [("local", Record(header=header, metadata=part.payload, media_type=part.media_type))], job
    )
    names = {load_profile(name).digest: name for name in PROFILES}
    return {names[digest]: judgement.checks for digest, judgement in prepared.judgements}


def _given(record: FileRecord) -> set[str]:
    """The checks that a record passes in a node by what the node gives to it."""
    has_page = any(predicate == expand("dcat:landingPage") for _, predicate, _ in record.triples)
    return (NAMES if record.focus == NAMELESS else set()) | (set() if has_page else {LISTED})


def test_files_and_a_node_agree_on_records_of_every_format(real_fixtures: Path) -> None:
    formats: Counter[str] = Counter()
    nameless = 0

    for where, part in _parts(real_fixtures):
        in_node = _in_a_node(part) if part.prefix is not None else {}
        if not in_node:
            continue
        record = record_of(part)
        formats[crosswalk_for(part.prefix or "", part.payload, part.media_type).prefixes[0]] += 1
        nameless += record.focus == NAMELESS
        for name in PROFILES:
            profile = load_profile(name)
            rules = rules_of(profile)
            in_file = checks_of(ask(record.triples, profile, record.focus), rules)
            states = zip(rules, in_file, in_node[name], strict=True)
            apart = {(rule.code, file, node) for rule, file, node in states if file != node}
            assert apart <= {(code, "f", ".") for code in _given(record)}, where

    assert set(formats) == {crosswalk.prefixes[0] for crosswalk in CROSSWALKS}
    assert 0 < nameless < sum(formats.values()) / 4


@pytest.mark.parametrize(
    ("suffix", "text", "called"),
    [
        (
            ".jsonld",
            '{"@context":"https://schema.org/","@type":"Dataset","@id":"https://example.org/a b","name":"My dataset",'
            '"url":"https://example.org/a b","distribution":{"@type":"DataDownload","contentUrl":"https://e.org/f"}}',
            "https://example.org/a%20b",
        ),
        (
            ".xml",
            '<resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="URL">'
            "https://data.example.org/set/7</identifier><titles><title>T</title></titles></resource>",
            "https://data.example.org/set/7",
        ),
    ],
)
def test_a_record_is_called_by_the_address_it_states(suffix: str, text: str, called: str) -> None:
    record = record_of(parts_of_file(text.encode(), suffix)[0])

    report = validate(record.triples, load_profile("fair"), record.focus)

    assert record.focus == called
    assert not NAMES & {finding.code for finding in report.results}
    assert NAMELESS not in json.dumps([str(term) for triple in record.triples for term in triple[:1]])


def test_a_record_that_states_no_address_lacks_one() -> None:
    text = (FIXTURES / "oai_dc" / "bare.xml").read_text().replace("<identifier>ZA-No.: ZA0003</identifier>", "")
    record = record_of(parts_of_file(text.encode(), ".xml")[0])
    profile = load_profile("fair")

    report = pointed(validate(record.triples, profile, record.focus), record.raw, profile, record.triples)

    (found,) = [finding for finding in report.results if finding.code == "F1-02"]
    assert (found.source_missing, found.source_path) == (True, "/dc/identifier")
