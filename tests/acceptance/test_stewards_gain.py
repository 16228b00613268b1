"""From a list of fixes to points gained, by command line: what is foretold, is done, and is told again by the audit."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record

TERM = "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"
TYPO = "Creative Commons Atribution 4.0"
OPEN = "\n<dc:rights>info:eu-repo/semantics/openAccess</dc:rights>"
ABOUT = "\n<dc:type>dataset</dc:type>\n<dc:description>Hourly temperatures from a mooring in the bay.</dc:description>"


def name(number: int) -> str:
    return f"oai:bay.example:{number}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A node with twelve records: seven with a licence misspelt, two with a known one, three without any."""
    rights = [f"{OPEN}\n<dc:rights>{TYPO}</dc:rights>"] * 7
    rights += [f"{OPEN}\n<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>"] * 2 + [""] * 3
    records = [oai_dc_record(name(i), f"Bay temperature {i}", extra=ABOUT + said) for i, said in enumerate(rights)]
    environment = {"FAIRNODE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]', "FAIRNODE_COMPUTE__EXECUTOR": "inline"}
    node = Home(tmp_path_factory.mktemp("node") / "home", environment)
    with OaiPages(records) as repository:
        node.run("init")
        node.run("source", "add", repository.url, "--name", "bay")
        node.run("harvest", "bay")
        yield node


def test_a_steward_gains_what_was_foretold(home: Home, tmp_path: Path) -> None:
    def audited() -> str:
        return str(json.loads(home.run("audit", "bay", "--format", "json", status=1).stdout)["audit"])

    def points() -> tuple[float, float]:
        newest = home.json("audit", "list", "bay")["audits"][0]
        return newest["score"], newest["max_score"]

    before = audited()
    assert points() == (400, 864)

    # The ranked fixes, in words.
    licence = "in 10 records; +3 points each, +30 in all; +50 if R1.1-02 passes, too."
    told = home.run("audit", "fixes", "bay").stdout
    assert told.startswith("12 records by the profile fair: 400 of 864 points\n")
    assert f". State the licence (dct:license) of the resource or of its distributions, {licence}\n" in told
    by_mqa = {each["code"]: each for each in home.json("audit", "fixes", "bay", "--profile", "mqa")["fixes"]}
    assert (by_mqa["MQA-license"]["records"], by_mqa["MQA-license"]["each"]) == (10, 20)
    by_dcat_ap = {each["code"] for each in home.json("audit", "fixes", "bay", "--profile", "dcat-ap")["fixes"]}
    assert "AP-Dataset-theme-recommended" in by_dcat_ap and "AP-Dataset-landingPage" not in by_dcat_ap

    # Where it comes from: the line of the raw record, or the element that is missing.
    (found,) = located(home, before, name(3), "R1.1-01")
    assert (found["source_path"], found["source_line"], found["source_text"]) == ("/dc/rights[2]", 5, TYPO)
    (found,) = located(home, before, name(3), "F2-03")
    assert (found["source_path"], found["source_line"], found["source_missing"]) == ("/dc/publisher", None, True)
    text = home.run("audit", "show", before, "--record", name(3), "--raw", status=1).stdout
    assert f"    where   line 5: /dc/rights[2]\n    says    {TYPO}\n" in text
    assert f"\n5  <dc:rights>{TYPO}</dc:rights>" in text
    everywhere = json.loads(home.run("audit", "show", before, "--places", "--format", "json", status=1).stdout)
    assert len(everywhere["findings"]) > 150 and all(each["source_path"] for each in everywhere["findings"])

    # A suggestion is tried and accepted; a default is tried and kept; a patch is only tried.
    (suggested,) = home.json("audit", "suggestions", "bay")["suggestions"]
    assert (suggested["text"], suggested["iri"], suggested["records"]) == (TYPO, TERM, 7)
    assert (suggested["gain"], suggested["fixed"], suggested["broken"]) == (35, {"R1.1-01": 7}, {})
    for words, told in (
        (("--rule", "R1.1-1"), "Is R1.1-01"),
        (("--rule", "NOPE"), "has no rule 'NOPE'"),
        (("--raw",), "--record"),
    ):
        assert told in home.run("audit", "show", before, *words, status=2).stderr
    assert "Is bay meant?" in home.run("audit", "fixes", "bey", status=2).stderr
    tried = home.json("audit", "what-if", "bay", "--spelling", f"licence={TYPO}={TERM}")
    assert (tried["after"] - tried["before"], tried["fixed"], tried["broken"]) == (35, {"R1.1-01": 7}, {})
    home.run("audit", "accept", "licence", TYPO, TERM, "--by", "Ada", "--reason", "a typo at the source")
    defaults = ("--default", "dct:license=CC-BY-4.0", "--default", "dct:publisher=Bay Observatory")
    tried = home.json("audit", "what-if", "bay", *defaults)
    assert (tried["before"], tried["after"], tried["fixed"]) == (435, 486, {"R1.1-01": 3, "F2-03": 12})
    home.run("source", "set", "bay", *defaults)
    patch = tmp_path / "patch"
    patch.write_text(f"A <http://127.0.0.1:8000/dataset/{found['record']}> <http://purl.org/dc/terms/modified> ")
    with patch.open("a") as file:
        file.write('"2026-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .\n')
    tried = home.json("audit", "what-if", "bay", "--patch", str(patch))
    assert (tried["changed"], tried["fixed"]) == (1, {"R1.2-03": 1})

    # Harvested and audited again: the points that were foretold, by rule and by record.
    assert home.json("harvest", "bay")["runs"][0]["updated"] == 12
    after = audited()
    assert points() == (486, 864)
    diff = json.loads(home.run("audit", "diff", before, after, "--format", "json").stdout)
    fixed = {each["rule"]: each["fixed"] for each in diff["rules"] if each["fixed"]}
    assert fixed == {"R1.1-01": 10, "F2-03": 12} and not any(each["new"] for each in diff["rules"])
    mended = sorted(each["identifier"] for each in diff["changes"] if each["rule"] == "R1.1-01")
    assert mended == sorted(name(number) for number in (*range(7), 9, 10, 11))
    counted = "SELECT (COUNT(DISTINCT ?d) AS ?n) {{ ?d a <http://www.w3.org/ns/dcat#{}> ; <{}license> <{}> }}"
    for kind in ("Dataset", "Distribution"):
        query = counted.format(kind, "http://purl.org/dc/terms/", TERM)
        assert home.run("query", query, "--format", "csv").stdout.split() == ["n", "12"]
    assert home.run("graph", "verify").returncode == 0

    # The record that was judged is gone, so there are no places of it.
    (gone,) = located(home, before, name(3), "R1.1-01")
    assert gone["source_path"] is None and "changed" in gone["untraced"]

    # Waived, signed, and handed on as evidence that needs no node to be checked.
    home.run("audit", "waive", "F1-01", "--source", "bay", "--reason", "DOIs are being registered", "--owner", "Ada",
             "--expires", "2999-01-01")  # fmt: skip
    assert "waived until 2999-01-01" in home.run("audit", "show", after, "--record", name(3), status=None).stdout
    home.run("audit", "sign", after, "--by", "Ada")
    home.run("audit", "export", after, "--output", str(tmp_path / "evidence.zip"))
    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        archive.extractall(tmp_path / "evidence")
    checked = subprocess.run(["sha256sum", "-c", "MANIFEST.sha256"], cwd=tmp_path / "evidence", capture_output=True)
    assert checked.returncode == 0, checked.stdout
    document = (tmp_path / "evidence" / "audit.json").read_bytes()
    assert hashlib.sha256(document).hexdigest() == after
    results = (tmp_path / "evidence" / "results.jsonl").read_bytes()
    assert hashlib.sha256(results).hexdigest() == json.loads(document)["results"]
    lines = [json.loads(line) for line in results.splitlines()]
    assert sum(line["score"] for line in lines) == 486
    (waiver,) = json.loads((tmp_path / "evidence" / "waivers.json").read_text())
    assert (waiver["rule"], waiver["owner"], waiver["expires"]) == ("F1-01", "Ada", "2999-01-01")
    (signature,) = json.loads((tmp_path / "evidence" / "signatures.json").read_text())
    assert (signature["who"], signature["audit"]) == ("Ada", after)

    # A default can be taken back, and its gain with it.
    home.run("source", "set", "bay", "--no-default", "dct:license", "--no-default", "dct:publisher")
    home.run("harvest", "bay")
    audited()
    assert points() == (435, 864)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("source", "set", "bay"), "nothing to change"),
        (("source", "set", "bay", "--default", "dct:title=A"), "no default can be kept"),
        (("source", "set", "bay", "--default", "dct:language=klingonish"), "no value of it"),
        (("source", "set", "bay", "--no-default", "dct:type"), "there is no such default"),
        (("audit", "what-if", "bay", "--default", "dct:license=whatever"), "no value of it"),
        (("audit", "show", "abcdef", "--record", "x"), "no audit"),
    ],
)
def test_what_cannot_be_done_is_said(home: Home, words: tuple[str, ...], said: str) -> None:
    done = home.run(*words, status=2)

    assert said in done.stderr and "Traceback" not in done.stderr


def located(home: Home, audit: str, record: str, rule: str) -> list[dict[str, object]]:
    """The findings of a rule in a record, each with its place."""
    words = ("audit", "show", audit, "--record", record, "--rule", rule, "--format", "json")
    found: list[dict[str, object]] = json.loads(home.run(*words, status=None).stdout)["findings"]
    return found
