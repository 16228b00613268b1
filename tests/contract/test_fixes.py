"""Fixes of a real node: from the list, over a suggestion and a trial, to records that are better for it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from node.bootstrap import initialise
from node.cli import main
from node.executors import InlineExecutor
from node.fixes.comparing import Comparison
from node.fixes.suggesting import UnknownValues, suggest
from node.settings import Settings
from node.storage.raws import Raw
from node.terms.additions import use
from tests.acceptance.test_command_json import documented
from tests.audited import now
from tests.servers.oai_pages import OaiPages, oai_dc_record

RIGHTS = "<dc:rights>House Licence of the Example</dc:rights>"
NEAR = "<dc:rights>Creative Commons Atribution 4.0 International</dc:rights>"
BY = "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose source `mine` has six records: two without rights, three with a licence misspelt, one of its own."""
    folder = tmp_path / "home"
    initialise(Settings().model_copy(update={"home": folder}), now())
    with (folder / "fairnode.toml").open("a") as settings:
        settings.write('[fetch]\nallow_networks = ["127.0.0.0/8"]\n[compute]\nexecutor = "inline"\n')
    bodies = ["", "", NEAR, NEAR, NEAR, RIGHTS]
    records = [
        oai_dc_record(f"oai:example.org:{number}", f"A dataset, number {number}", extra=body)
        for number, body in enumerate(bodies)
    ]
    with OaiPages(records) as repository:
        assert run(folder, "source", "add", repository.url, "--name", "mine").exit_code == 0
        harvested = run(folder, "harvest", "mine", "--full")
        assert harvested.exit_code == 0, harvested.output
        yield folder
    use(())


def run(home: Path, *arguments: str) -> Result:
    """Return what a command answers."""
    return CliRunner().invoke(main, ["--home", str(home), *arguments])


def digest(home: Path, profile: str = "fair") -> str:
    """Audit the source; return the audit's digest."""
    done = run(home, "audit", "run", "mine", "--profile", profile, "--format", "json", "--fail-on", "never")
    return str(json.loads(done.stdout)["audit"])


def scores(home: Path, profile: str) -> dict[str, Any]:
    """Audit the source; return the scores of its sheet."""
    sheet = json.loads(run(home, "audit", "scores", digest(home, profile), "--format", "json").stdout)
    found: dict[str, Any] = sheet["whole"]
    return found


def test_fixes_are_ranked_by_the_points_they_gain_over_all_records(home: Path) -> None:
    found = json.loads(run(home, "audit", "fixes", "mine", "--json").stdout)

    assert found["records"] == 6 and found["unread"] == 0
    points = [fix["points"] for fix in found["fixes"]]
    assert points == sorted(points, reverse=True)
    (licence,) = [fix for fix in found["fixes"] if fix["code"] == "R1.1-01"]
    assert (licence["records"], licence["each"], licence["points"]) == (6, 3, 18)
    assert (licence["most"], licence["required_by"]) == (30, ["R1.1-02"])
    assert len(licence["examples"]) == 5 and licence["advice"]
    lacking = sum(fix["most"] for fix in found["fixes"])
    assert found["score"] + lacking == found["max_score"], "the points add up to what the score lacks"
    text = run(home, "audit", "fixes").stdout
    assert "6 records; +3 points each, +18 in all; +30 if R1.1-02 passes, too." in text


def test_points_by_mqa_are_those_of_the_audit_before_and_after(home: Path) -> None:
    default = ("--default", f"dct:license={BY}")
    fixes = json.loads(run(home, "audit", "fixes", "mine", "--profile", "mqa", "--json").stdout)
    tried = json.loads(run(home, "audit", "what-if", "mine", *default, "--profile", "mqa", "--json").stdout)
    before = scores(home, "mqa")["mqa"]
    kept = run(home, "source", "set", "mine", *default)
    assert kept.exit_code == 0 and "Set for mine: default dct:" in kept.stderr
    assert run(home, "harvest", "mine").exit_code == 0
    after = scores(home, "mqa")["mqa"]

    assert (fixes["score"], fixes["max_score"], fixes["statement"]) == (
        before["gained"], before["decidable"], before["statement"],
    )  # fmt: skip
    assert (tried["before"], tried["after"], tried["possible"]) == (
        before["gained"], after["gained"], after["decidable"],
    )  # fmt: skip
    # Two of six datasets take the default, and what each gains was foretold of all six.
    (licence,) = [fix for fix in fixes["fixes"] if fix["code"] == "MQA-license-vocabulary"]
    assert after["gained"] - before["gained"] == licence["points"] * 2 / 6 == 10


def test_a_suggestion_is_tried_accepted_and_makes_the_records_better(home: Path) -> None:
    (suggestion,) = json.loads(run(home, "audit", "suggestions", "mine", "--json").stdout)["suggestions"]
    assert (suggestion["vocabulary"], suggestion["iri"], suggestion["records"]) == ("licence", BY, 3)
    assert suggestion["gain"] == 3 and suggestion["broken"] == {"A1-01": 3}
    command = f"fairnode audit accept licence {shlex.quote(suggestion['text'])} {BY}"
    assert command in run(home, "audit", "suggestions", "mine").stdout.splitlines()
    before = json.loads(run(home, "audit", "fixes", "--json").stdout)
    audited = digest(home)

    tried = json.loads(
        run(home, "audit", "what-if", "mine", "--spelling", f"licence={suggestion['text']}={BY}", "--json").stdout
    )
    unchanged = json.loads(run(home, "audit", "fixes", "--json").stdout)
    accepted = run(home, "audit", "accept", "licence", suggestion["text"], BY, "--by", "A. Steward", "--reason", "typo")
    harvested = json.loads(run(home, "harvest", "mine", "--json").stdout)
    after = json.loads(run(home, "audit", "fixes", "--json").stdout)

    assert (tried["records"], tried["changed"], tried["fixed"]) == (6, 3, {"R1.1-01": 3})
    # The text that named the licence is no statement about rights any more: the trial says what that costs.
    assert tried["broken"] == {"A1-01": 3}
    assert tried["before"] == before["score"] < tried["after"]
    assert unchanged == before, "a trial keeps nothing"
    assert accepted.exit_code == 0, accepted.output
    assert harvested["runs"][0]["updated"] == 3
    assert after["score"] == tried["after"] == before["score"] + suggestion["gain"]
    diff = json.loads(run(home, "audit", "diff", audited, digest(home), "--format", "json").stdout)
    assert {each["rule"]: each["new"] for each in diff["rules"] if each["new"]} == suggestion["broken"]
    assert {each["rule"]: each["fixed"] for each in diff["rules"] if each["fixed"]} == suggestion["fixed"]
    assert json.loads(run(home, "audit", "suggestions", "--json").stdout)["suggestions"] == []
    written = (home / "vocab" / "licence.sssom.tsv").read_text()
    assert "A. Steward" in written and "typo" in written


def test_likely_meanings_come_first_and_unlikely_ones_get_no_command(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure, weak = suggest("licence", "Apache Licence Version 2.0"), suggest("data-theme", "regional statistics", 3)
    other = suggest("language", "Germann")
    assert sure and weak and other
    gains = {sure: 3.0, weak: 5.0, other: -1.0}
    monkeypatch.setattr(UnknownValues, "suggestions", lambda _: tuple(gains))
    monkeypatch.setattr(Comparison, "gained", lambda *_: gains[order.pop(0)])

    order = list(gains)
    printed = run(home, "audit", "suggestions", "mine").stdout
    order = list(gains)
    told = json.loads(run(home, "audit", "suggestions", "mine", "--json").stdout)["suggestions"]

    assert [(each["text"], each["weak"]) for each in told] == [
        (sure.text, False),
        (weak.text, True),
        (other.text, False),
    ]
    assert printed.count("fairnode audit accept") == 2
    assert "Look at these yourself" in printed.partition("fairnode audit accept language")[2]
    assert "regional statistics" in printed.partition("Look at these yourself")[2]


def test_a_default_and_a_patch_are_tried_on_copies(home: Path, tmp_path: Path) -> None:
    default = json.loads(run(home, "audit", "what-if", "--default", f"dct:license={BY}", "--json").stdout)
    patch = tmp_path / "patch.rdfp"
    subject = json.loads(run(home, "audit", "fixes", "--json").stdout)["fixes"][0]["examples"][0]
    iri = f"http://127.0.0.1:8000/dataset/{subject}"
    patch.write_text(f"A <{iri}> <http://purl.org/dc/terms/license> <{BY}> .\n")
    patched = json.loads(run(home, "audit", "what-if", "--patch", str(patch), "--json").stdout)

    missing = tmp_path / "missing.rdfp"
    missing.write_text(f"A <https://example.org/other> <http://purl.org/dc/terms/license> <{BY}> .\n")
    missed = run(home, "audit", "what-if", "--patch", str(missing))
    assert (missed.exit_code, patched["patched"]) == (1, 1)
    assert "matches a record" in missed.stderr and "missing.rdfp" in missed.stderr

    # Those with words about rights of their own keep them, and have no licence still.
    assert (default["changed"], default["fixed"]["R1.1-01"]) == (2, 2)
    assert (patched["changed"], patched["examples"]) == (1, [subject])
    assert "mended in 2 records" in run(home, "audit", "what-if", "--default", f"dct:license={BY}").stdout


class Breaking(InlineExecutor):
    """Breaks down at one record, as a process does that runs out of memory."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        some: Sequence[Raw] = args[0]
        if any(raw.identifier == "oai:example.org:3" for raw in some):
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("a process ended abruptly"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_a_record_that_a_process_dies_of_costs_no_other_record(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.bootstrap.open_executor", lambda *_, **__: Breaking())

    fixes = json.loads(run(home, "audit", "fixes", "mine", "--json").stdout)
    tried = json.loads(run(home, "audit", "what-if", "mine", "--default", f"dct:license={BY}", "--json").stdout)
    (suggestion,) = json.loads(run(home, "audit", "suggestions", "mine", "--json").stdout)["suggestions"]

    assert (fixes["records"], fixes["unread"]) == (6, 1)
    assert (tried["records"], tried["unread"], tried["changed"]) == (6, 1, 2)
    assert (suggestion["records"], suggestion["gain"]) == (2, 2)
    assert "; 1 record could not be made again" in run(home, "audit", "fixes").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("what-if",), "nothing is changed"),
        (("what-if", "--spelling", f"wine=red={BY}"), "no vocabulary 'wine'"),
        (("what-if", "--spelling", "licence=red=http://example.org/x"), "no term of licence"),
        (("what-if", "--default", "licence"), "no default"),
        (("what-if", "--default", "dct:modified=banana"), "no value of dct:modified"),
        (("accept", "licence", "-", BY), "there is no text"),
        (("fixes", "nobody"), "no source 'nobody'"),
    ],
)
def test_what_cannot_be_done_says_why(home: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run(home, "audit", *arguments)

    assert done.exit_code == 2
    assert says in done.stderr
    assert not (home / "vocab").exists()


def test_what_is_printed_as_json_has_the_members_that_are_documented(home: Path) -> None:
    fixes = json.loads(run(home, "audit", "fixes", "--json").stdout)
    tried = json.loads(run(home, "audit", "what-if", "--default", f"dct:license={BY}", "--json").stdout)
    suggested = json.loads(run(home, "audit", "suggestions", "--json").stdout)

    assert set(fixes["fixes"][0]) == documented("Fixes")
    assert set(tried) == documented("Trials")
    assert set(suggested["suggestions"][0]) == documented("Suggestions")
