"""Fixes of a real node: from the list, over a suggestion and a trial, to records that are better for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from node.bootstrap import initialise
from node.cli import main
from node.settings import Settings
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


def test_fixes_are_ranked_by_the_points_they_gain_over_all_records(home: Path) -> None:
    found = json.loads(run(home, "audit", "fixes", "mine", "--json").stdout)

    assert found["records"] == 6 and found["unread"] == 0
    points = [fix["points"] for fix in found["fixes"]]
    assert points == sorted(points, reverse=True)
    (licence,) = [fix for fix in found["fixes"] if fix["code"] == "R1.1-01"]
    assert (licence["records"], licence["each"], licence["points"]) == (6, 5, 30)
    assert len(licence["examples"]) == 5 and licence["advice"]
    lacking = sum(points)
    assert found["score"] + lacking == found["max_score"], "the points add up to what the score lacks"
    text = run(home, "audit", "fixes").stdout
    assert "6 records; +5 points each, +30 in all" in text


def test_fixes_by_mqa_say_which_ratings_they_lead_to(home: Path) -> None:
    found = json.loads(run(home, "audit", "fixes", "mine", "--profile", "mqa", "--json").stdout)

    assert found["fixes"] and found["profile"]["name"] == "mqa"
    for fix in found["fixes"]:
        assert sum(move["records"] for move in fix["moves"]) <= fix["records"]
        assert all(move["from"] != move["to"] for move in fix["moves"])


def test_a_suggestion_is_tried_accepted_and_makes_the_records_better(home: Path) -> None:
    (suggestion,) = json.loads(run(home, "audit", "suggestions", "mine", "--json").stdout)["suggestions"]
    assert (suggestion["vocabulary"], suggestion["iri"], suggestion["records"]) == ("licence", BY, 3)
    before = json.loads(run(home, "audit", "fixes", "--json").stdout)

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
    assert after["score"] == tried["after"]
    assert json.loads(run(home, "audit", "suggestions", "--json").stdout)["suggestions"] == []
    written = (home / "vocab" / "licence.sssom.tsv").read_text()
    assert "A. Steward" in written and "typo" in written


def test_a_default_and_a_patch_are_tried_on_copies(home: Path, tmp_path: Path) -> None:
    default = json.loads(run(home, "audit", "what-if", "--default", f"dct:license={BY}", "--json").stdout)
    patch = tmp_path / "patch.rdfp"
    subject = json.loads(run(home, "audit", "fixes", "--json").stdout)["fixes"][0]["examples"][0]
    iri = f"http://127.0.0.1:8000/dataset/{subject}"
    patch.write_text(f"A <{iri}> <http://purl.org/dc/terms/license> <{BY}> .\n")
    patched = json.loads(run(home, "audit", "what-if", "--patch", str(patch), "--json").stdout)

    # Those with words about rights of their own keep them, and have no licence still.
    assert (default["changed"], default["fixed"]["R1.1-01"]) == (2, 2)
    assert (patched["changed"], patched["examples"]) == (1, [subject])
    assert "mended in 2 records" in run(home, "audit", "what-if", "--default", f"dct:license={BY}").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("what-if",), "nothing is changed"),
        (("what-if", "--spelling", f"wine=red={BY}"), "no vocabulary 'wine'"),
        (("what-if", "--spelling", "licence=red=http://example.org/x"), "no term of licence"),
        (("what-if", "--default", "licence"), "no default"),
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
