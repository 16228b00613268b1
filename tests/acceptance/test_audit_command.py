"""A steward's story by command line: audit, mend at the source, audit again, compare, waive, sign, export."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audited import LICENCE, SHAPES, name
from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages, oai_dc_record


@pytest.fixture(scope="module")
def repository() -> Iterator[OaiPages]:
    with OaiPages([oai_dc_record(name(number), "A title that is long") for number in range(4)]) as pages:
        yield pages


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, repository: OaiPages) -> Home:
    folder = tmp_path_factory.mktemp("node")
    (folder / "rules.ttl").write_text(SHAPES)
    environment = {
        "FAIRNODE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "FAIRNODE_COMPUTE__EXECUTOR": "inline",
        "FAIRNODE_VALIDATION__PROFILE": "",
    }
    node = Home(folder / "home", environment)
    node.run("init")
    node.run("source", "add", repository.url, "--name", "mine")
    node.run("harvest", "mine")
    return node


def test_a_stewards_story(home: Home, repository: OaiPages, tmp_path: Path) -> None:
    rules = str(home.path.parent / "rules.ttl")
    audit = ("audit", "mine", "--profile", rules)

    first = json.loads(home.run(*audit, "--format", "json", status=1).stdout)
    assert {each["rule"]: each["records"] for each in first["rules"]} == {"TIT": 4, "LIC": 4}
    assert len(first["findings"]) == 8
    table = home.run(*audit, status=1)
    assert first["audit"] in table.stdout and "Shorten it." in table.stdout
    assert "nothing changed" in table.stderr

    repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
    repository.records[1] = oai_dc_record(name(1), "A title that is long, too")
    home.run("harvest", "mine", "--full")
    again = home.run(*audit, "--format", "csv", "--output", str(tmp_path / "audit.csv"), status=1)
    assert again.stdout == "" and "2 records judged, 2 carried over" in again.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "audit.csv").read_text())))
    assert sorted((row["identifier"], row["rule"]) for row in rows) == [
        (name(number), rule) for number in (1, 2, 3) for rule in ("LIC", "TIT")
    ]
    newest, oldest = home.json("audit", "list", "mine")["audits"]
    assert oldest["audit"] == first["audit"] and newest["score"] > oldest["score"]

    before, after = oldest["audit"][:10], newest["audit"][:10]
    gained = json.loads(home.run("audit", "diff", before, after, "--format", "json", status=1).stdout)
    ways = {each["rule"]: (each["fixed"], each["new"], each["unchanged"]) for each in gained["rules"]}
    assert ways == {"LIC": (1, 0, 3), "TIT": (2, 1, 2)}  # the changed title is another finding
    assert {each["change"] for each in gained["changes"]} == {"fixed", "new"}
    assert "fixed" in home.run("audit", "diff", before, after, status=1).stdout

    waive = ("audit", "waive", "TIT", "--source", "mine", "--reason", "agreed", "--owner", "Ada")
    assert home.json(*waive, "--expires", "2999-01-01")["waiver"] == 1
    shown = json.loads(home.run("audit", "show", after, "--format", "json").stdout)
    assert [each["waiver"] for each in shown["findings"] if each["rule"] == "TIT"] == [1, 1, 1]
    assert home.run("audit", "diff", before, after).returncode == 0
    assert home.run(*audit, "--fail-on", "warning", status=1).returncode == 1
    assert "until 2999-01-01" in home.run("audit", "show", after, "--rule", "TIT").stdout
    home.run("audit", "unwaive", "1")
    home.run("audit", "show", after, status=1)
    assert [each["holds"] for each in home.json("audit", "waivers")["waivers"]] == [False]

    assert newest["audit"] in home.run("audit", "sign", after, "--by", "Ada", "--note", "as agreed").stdout
    signed = {each["audit"]: [one["who"] for one in each["signed"]] for each in home.json("audit", "list")["audits"]}
    assert signed[newest["audit"]] == ["Ada"] and signed[oldest["audit"]] == []
    archives = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for archive in archives:
        home.run("audit", "export", after, "--output", str(archive))
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as evidence:
        assert hashlib.sha256(evidence.read("audit.json")).hexdigest() == newest["audit"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("audit", "nosuch"), "no source 'nosuch'"),
        (("audit", "--profile", "nosuch"), "no profile"),
        (("audit", "show", "abcdef"), "no audit"),
        (("audit", "list", "nosuch"), "nosuch"),
        (("audit", "waive", "NOSUCH", "--reason", "r", "--owner", "o", "--expires", "2999-01-01"), "no audit asked"),
        (("audit", "unwaive", "99"), "no waiver 99"),
        (("audit", "sign", "abcdef", "--by", "Ada"), "no audit"),
        (("audit", "export", "abcdef"), "no audit"),
    ],
)
def test_what_is_wrong_is_said(home: Home, words: tuple[str, ...], said: str) -> None:
    done = home.run(*words, status=2)

    assert said in done.stderr and "Traceback" not in done.stderr
