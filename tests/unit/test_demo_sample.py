"""The sample's records are varied, the same everywhere, and exactly as faulty as their table says."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from node.demo import DEFECTS, SampleRecord, generate, sample_records
from node.demo.draw import ror

ROOT = Path(__file__).resolve().parents[2]
NS = {
    "o": "http://www.openarchives.org/OAI/2.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "d": "http://datacite.org/schema/kernel-4",
}
NOW = dt.datetime(2026, 3, 1, 12, 0, 0, 700_000, tzinfo=dt.UTC)


def test_there_are_about_three_hundred_records_of_twelve_infrastructures() -> None:
    records = sample_records()

    kinds = Counter(record.sets[0].partition(":")[0] for record in records if not record.deleted)
    assert kinds == {"data": 264, "services": 36}
    assert sum(record.deleted for record in records) == 12
    assert len({record.sets[1] for record in records}) == 12
    assert len({record.identifier for record in records}) == len(records)
    assert all(record.datestamp < NOW for record in records)


BUILD = """
import hashlib
from node.demo import sample_records
content = hashlib.sha256()
for record in sample_records():
    content.update(f"{record.identifier} {record.datestamp} {record.sets} {record.deleted}".encode())
    for prefix in () if record.deleted else record.prefixes:
        content.update(record.render(record.identifier, prefix).encode())
print(content.hexdigest())
"""


def test_two_builds_are_byte_for_byte_the_same() -> None:
    def digest(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", BUILD]
        return subprocess.run(command, env=environment, capture_output=True, check=True, text=True, timeout=60).stdout

    assert digest("1") == digest("2") != ""


def test_every_payload_is_well_formed_and_no_two_abstracts_are_the_same() -> None:
    abstracts = Counter[str]()

    for record in sample_records():
        for prefix in () if record.deleted else record.prefixes:
            root = etree.fromstring(record.render(record.identifier, prefix))
            if prefix == "oai_dc":
                first = root.find("dc:description", NS)
                assert first is not None
                abstracts[first.text or ""] += 1

    assert {text for text, count in abstracts.items() if count > 1} == {"Data."}


def test_titles_are_told_in_many_languages() -> None:
    xml = "{http://www.w3.org/XML/1998/namespace}lang"

    languages = {
        title.get(xml)
        for record in sample_records()
        if not record.deleted
        for title in etree.fromstring(record.render(record.identifier, "oai_dc")).iterfind("dc:title", NS)
    }

    assert {"en", "de", "fr", "fi", "sv", "el", "pl", "cs", "it", "es", "et", "lt"} <= languages


Sign = Callable[[etree._Element], bool]


# Whatever the namespace, so that one defect does not look like another.
DEFECT_SIGNS: dict[str, Sign] = {
    "title-missing": lambda root: root.find(".//{*}title") is None,
    "format-unknown": lambda root: root.tag == "{http://inventory.mnemea.example/ns/1#}object",
    "namespace-wrong": lambda root: root.find(".//{*}resource") is not None and root.find(".//d:resource", NS) is None,
    "date-unreadable": lambda root: "spring" in (root.findtext(".//{*}date[@dateType='Collected']") or ""),
    "licence-vague": lambda root: "Free for academic use" in "".join(root.itertext()),
    "licence-missing": lambda root: len(root.findall(".//{*}rights")) < 2,
    "language-unknown": lambda root: root.findtext(".//{*}language") == "xq-north",
    "control-characters": lambda root: "\x0b" in "".join(root.itertext()),
    "identifier-missing": lambda root: root.findtext(".//{*}identifier") == "",
    "description-short": lambda root: root.findtext(".//{*}description") == "Data.",
    "relation-dead": lambda root: any(".invalid/" in (one.text or "") for one in root.iter("{*}relatedIdentifier")),
    "orcid-wrong": lambda root: any("1825-0098" in (one.text or "") for one in root.iter("{*}nameIdentifier")),
}


def test_the_table_of_signs_names_every_defect() -> None:
    assert [defect.name for defect in DEFECTS] == list(DEFECT_SIGNS)
    assert {defect.fate for defect in DEFECTS} == {"published", "quarantined", "rejected"}


def test_a_record_shows_exactly_the_defects_it_is_listed_with() -> None:
    listed_with: dict[str, set[str]] = {}
    for defect in DEFECTS:
        for local in defect.locals:
            listed_with.setdefault(local, set()).add(defect.name)

    shown: dict[str, set[str]] = {}
    for record in sample_records(control_characters=True):
        if not record.deleted:
            # Only a parser that mends sees the record with the forbidden characters at all.
            payload = record.render(record.identifier, record.prefixes[0])
            damaged = {"control-characters"} if "\x0b" in payload and "&#11;" in payload else set()
            root = etree.fromstring(payload, etree.XMLParser(recover=bool(damaged)))
            signs = {name for name, sign in DEFECT_SIGNS.items() if sign(root)} | damaged
            # What the stranger's format lacks are no defects of its own.
            shown[record.identifier.rpartition(":")[2]] = {"format-unknown"} if "format-unknown" in signs else signs

    assert {local: names for local, names in shown.items() if names} == listed_with


def payload_of(local: str, prefix: str = "oai_datacite", *, control_characters: bool = False) -> str:
    records = {one.identifier: one for one in sample_records(control_characters=control_characters)}
    record = records[f"oai:sample.example:{local}"]
    return record.render(record.identifier, prefix if prefix in record.prefixes else "oai_dc")


@pytest.mark.parametrize("prefix", ["oai_datacite", "oai_dc"])
def test_control_characters_are_served_only_where_asked_for(prefix: str) -> None:
    harmless = payload_of("fluxara-methane-3", prefix)
    harmful = payload_of("fluxara-methane-3", prefix, control_characters=True)

    assert "\x0b" not in harmless and "&#11;" not in harmless
    assert harmful.count("\x0b") == harmful.count("&#11;") == 1
    assert harmful.replace("\x0b", "").replace("&#11;", "") == harmless
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(harmful)


def test_generated_records_follow_from_their_seed_and_weigh_about_two_kilobytes() -> None:
    few, more, other = list(generate(20)), list(generate(40)), list(generate(20, seed=1))

    def texts(records: list[SampleRecord]) -> list[str]:
        return [record.render(record.identifier, "oai_datacite") for record in records]

    assert texts(few) == texts(more)[:20]
    assert not set(texts(few)) & set(texts(other))
    assert 1_500 < sum(map(len, texts(few))) / 20 < 3_500


def test_ror_check_digits_are_those_of_the_register() -> None:
    # The example of ROR's own documentation: California Digital Library.
    assert ror("03yrm5c") == "https://ror.org/03yrm5c26"
