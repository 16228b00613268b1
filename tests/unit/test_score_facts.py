"""What is kept of a record for its scores: enough to score it again, the same for the same record."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from node.errors import ProfileError, StorageError
from node.model.rdf import Iri
from node.resources import data_folder
from node.validation import load_profile
from node.validation.profiles import read_profile
from node.validation.scores.asking import record_scores
from node.validation.scores.facts import facts_of, facts_text, read_facts
from node.validation.scores.mqa import measure, score_of
from node.validation.scores.record import network_tests
from node.validation.scores.statements import of_decidable
from node.validation.scores.totals import Totals, Unscored, whole_points
from tests.unit.test_scores_mqa import _PERFECT, _URL
from tests.unit.test_shapes_fair import record

PID = "https://doi.org/10.5281/zenodo.1"
PAGE = "https://example.org/page"


def test_facts_name_the_addresses_of_identifiers_pages_and_data() -> None:
    subject, triples = record(
        f'dct:identifier "10.5281/ZENODO.1", "local-7" ; dcat:landingPage <{PAGE}> ; '
        f"dcat:distribution [ dcat:accessURL <{_URL}> ; dcat:downloadURL <ftp://example.org/x> ]"
    )

    facts = facts_of(triples, subject, None)

    assert facts.pids == (PID,)
    assert facts.pages == tuple(sorted({PID, PAGE, str(subject)}))
    assert facts.data == ("ftp://example.org/x", _URL)
    assert facts.addresses == {PID, PAGE, str(subject), *facts.data}


def test_a_record_is_scored_from_its_facts_as_from_its_statements() -> None:
    subject, triples = record(_PERFECT)
    answers = {_URL: 200}

    kept = read_facts(facts_text(facts_of(sorted(triples, key=str, reverse=True), subject, True)))

    assert kept.dataset is not None
    again = score_of(kept.dataset, compliance=kept.complies, answers=answers)
    direct = measure(triples, subject, compliance=True, answers=answers)
    assert (again.score, again.counts) == (direct.score, direct.counts)
    assert again.score.statement == "405 of 405, Excellent"
    assert facts_text(kept) == facts_text(facts_of(triples, subject, True))


def test_what_is_no_dataset_has_no_mqa_facts() -> None:
    subject, triples = record('dct:title "A title"')
    service = [
        (s, p, Iri("http://www.w3.org/ns/dcat#DataService") if str(o).endswith("#Dataset") else o)
        for s, p, o in triples
    ]

    assert facts_of(service, subject, None).dataset is None
    assert read_facts(facts_text(facts_of(service, subject, None))).dataset is None


@pytest.mark.parametrize("text", ["{}", '{"pids":1}', '{"pids":[],"pages":[],"data":[],"complies":"yes"}'])
def test_facts_that_nobody_wrote_are_refused(text: str) -> None:
    with pytest.raises(StorageError):
        read_facts(text)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, {}),
        ({"https://example.org/other": 200}, {}),
        ({PID: 200}, {"FsF-F1-02MD-2": True, "FsF-A1-02MD-1": True}),
        ({PID: 404}, {"FsF-F1-02MD-2": False}),
        ({PID: 404, PAGE: 200}, {"FsF-F1-02MD-2": False, "FsF-A1-02MD-1": True}),
        ({_URL: None}, {"FsF-A1-02MD-2": False}),
    ],
)
def test_fujis_network_tests_are_decided_by_answers_only(answers: dict[str, int | None], found: object) -> None:
    subject, triples = record(
        f'dct:identifier "{PID}" ; dcat:landingPage <{PAGE}> ; dcat:distribution [ dcat:accessURL <{_URL}> ]'
    )

    assert network_tests(facts_of(triples, subject, None), answers) == found


def test_each_profile_gives_its_own_scores() -> None:
    subject, triples = record(_PERFECT)

    names = {
        profile: [name for scores in record_scores(triples, load_profile(profile), [subject], subject)
                  for name, _ in scores.statements]
        for profile in ("fair", "mqa", "dcat-ap", "openaire")
    }  # fmt: skip

    assert names == {"fair": ["FAIR", "F-UJI", "RDA"], "mqa": ["MQA"], "dcat-ap": [], "openaire": []}


def test_compliance_is_decided_where_the_profile_asks_for_it() -> None:
    subject, triples = record(_PERFECT)

    (scores,) = record_scores(triples, load_profile("mqa"), [subject], subject)

    assert scores.mqa is not None
    compliance = next(line for line in scores.mqa.score.lines if line.metric.id == "compliance")
    assert compliance.decided == 1 and scores.mqa.score.decidable == 325


def test_many_records_add_up_and_say_how_many_could_not_be_scored() -> None:
    fair = load_profile("fair")
    subject, triples = record('dct:title "A title" ; dcat:keyword "sea"')
    (scores,) = record_scores(triples, fair, [subject], subject)
    totals = Totals(whole_points(fair.shapes))
    for each in (scores, scores, Unscored.UNREADABLE):
        totals.add(each)

    values: Any = totals.values()

    assert scores.fair is not None and scores.fuji is not None
    assert (values["records"], values["unscored"]) == (3, 1)
    assert values["fair"]["gained"] == 2 * scores.fair.score and values["fair"]["total"] == 144
    assert values["fuji"]["gained"] == scores.fuji.points
    assert values["rda"]["levels"][0] == {"level": 0, "records": 2}
    letters = values["fair"]["letters"]
    assert [each["letter"] for each in letters] == list("FAIR")
    principles = values["fair"]["principles"]
    for letter in letters:
        own = [each for each in principles if each["principle"][0] == letter["letter"]]
        assert sum(each["total"] for each in own) == letter["total"]


@pytest.mark.parametrize(
    ("points", "words"),
    [((32, 56, 72), "32 of 56 decidable (72)"), ((72, 72, 72), "72 of 72"), ((1 / 3, 2.5, 2.5), "0.33 of 2.5")],
)
def test_points_are_told_with_what_was_decidable_and_the_whole(points: tuple[float, float, float], words: str) -> None:
    assert of_decidable(*points) == words


def _edited(folder: Path, file: str, old: str, new: str) -> Path:
    shapes = folder / "shapes"
    shutil.copytree(data_folder("shapes"), shapes)
    text = (shapes / file).read_text(encoding="utf-8")
    assert old in text
    (shapes / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return shapes


def test_the_digest_of_mqa_covers_what_counts_as_compliance(tmp_path: Path) -> None:
    folder = _edited(tmp_path, "dcat-ap-dataset.ttl", "@prefix", "# changed\n@prefix")

    assert read_profile("mqa", folder).digest != read_profile("mqa").digest
    assert read_profile("fair", folder).digest == read_profile("fair").digest


@pytest.mark.parametrize(
    ("new", "message"),
    [('scores = ["best"]', "best is none of fair, fuji, rda, mqa"), ('scores = "mqa"', "scores: no such key")],
)
def test_a_profile_that_promises_an_unknown_score_is_refused(tmp_path: Path, new: str, message: str) -> None:
    folder = _edited(tmp_path, "profiles.toml", 'scores = ["mqa"]', new)

    with pytest.raises(ProfileError, match=message):
        read_profile("mqa", folder)


def test_a_profile_cannot_be_its_own_compliance(tmp_path: Path) -> None:
    folder = _edited(tmp_path, "profiles.toml", 'complies = "dcat-ap"', 'complies = "mqa"')

    with pytest.raises(ProfileError, match="names itself"):
        read_profile("mqa", folder)
