"""MQA: 405 points, the best distribution of a dataset, shares of a population, and nothing scaled silently."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.rdf import Iri
from node.syntax import parse_rdf
from node.validation import load_profile, validate
from node.validation.reports import Outcome, render_all
from node.validation.scores.asking import record_scores
from node.validation.scores.mqa import Line, complies, measure, population, rating
from node.validation.scores.mqa_metrics import ACCESS_RIGHT, FILE_TYPE, LICENCE, MEDIA_TYPE, METRICS, WHOLE
from tests.unit.test_shapes_fair import SUBJECT, record

_EU = "http://publications.europa.eu/resource/authority"
_URL = "https://example.org/files/1.csv"
_OF_DATASET = (
    'dcat:keyword "sea"',
    f"dcat:theme <{_EU}/data-theme/ENVI>",
    "dct:spatial <https://sws.geonames.org/1/>",
    'dct:temporal [ dcat:startDate "2020"^^xsd:gYear ]',
    f"dct:accessRights <{_EU}/access-right/PUBLIC>",
    "dcat:contactPoint [ vcard:hasEmail <mailto:a@example.org> ]",
    "dct:publisher <https://ror.org/02mhbdp94>",
    'dct:issued "2024"^^xsd:gYear',
    'dct:modified "2025"^^xsd:gYear',
)
_OF_DISTRIBUTION = (
    f"dcat:accessURL <{_URL}>",
    f"dcat:downloadURL <{_URL}>",
    f"dct:format <{_EU}/file-type/CSV>",
    "dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv>",
    f"dct:license <{_EU}/licence/CC_BY_4_0>",
    'dct:rights "Name us."',
    "dcat:byteSize 12",
)
_PERFECT = " ; ".join((*_OF_DATASET, f"dcat:distribution [ a dcat:Distribution ; {' ; '.join(_OF_DISTRIBUTION)} ]"))


def test_the_metrics_are_those_of_the_methodology() -> None:
    sums: dict[str, int] = {}
    for metric in METRICS:
        sums[metric.dimension] = sums.get(metric.dimension, 0) + metric.points

    assert len(METRICS) == 23
    assert sums == {
        "findability": 100, "accessibility": 100, "interoperability": 110, "reusability": 75, "contextuality": 20,
    }  # fmt: skip
    assert sum(sums.values()) == WHOLE == 405
    assert sum(metric.points for metric in METRICS if metric.asks) == 80


# The sample catalogue of https://github.com/mjanez/ckan-mqa: metric, how many meet it, of how many, points.
_SAMPLE = (
    ("keyword", 46, 46, 30.0), ("theme", 46, 46, 30.0), ("spatial", 42, 46, 18.26), ("temporal", 0, 46, 0.0),
    ("accessURL-status", 255, 255, 50.0), ("downloadURL", 0, 255, 0.0), ("downloadURL-status", 0, 255, 0.0),
    ("format", 255, 255, 20.0), ("mediaType", 255, 255, 10.0), ("vocabulary", 378, 510, 7.41),
    ("non-proprietary", 131, 255, 10.27), ("machine-readable", 252, 255, 19.76), ("compliance", 0, 46, 0.0),
    ("license", 255, 255, 20.0), ("license-vocabulary", 245, 255, 9.61), ("accessRights", 46, 46, 10.0),
    ("accessRights-vocabulary", 0, 46, 0.0), ("contactPoint", 46, 46, 20.0), ("publisher", 46, 46, 10.0),
    ("rights", 255, 255, 5.0), ("byteSize", 0, 255, 0.0), ("issued", 46, 46, 5.0), ("modified", 46, 46, 5.0),
)  # fmt: skip


def test_the_published_sample_of_46_datasets_has_its_published_points() -> None:
    metrics = {metric.id: metric for metric in METRICS}
    score = population(
        [[Line(metric=metrics[name], met=met, decided=all_, population=all_) for name, met, all_, _ in _SAMPLE]]
    )

    assert [round(float(line.gained), 2) for line in score.lines] == [points for _, _, _, points in _SAMPLE]
    # The sample prints 280.31, the sum of its rounded lines; rounding once gives another hundredth.
    assert sum(round(float(line.gained), 2) for line in score.lines) == pytest.approx(280.31)
    assert score.statement == "280.32 of 405, Good"


def test_42_of_46_real_datasets_with_a_place_are_18_26_of_20_points() -> None:
    counts = []
    for number in range(46):
        subject, triples = record("dct:spatial <https://sws.geonames.org/1/>" if number < 42 else 'dct:title "A title"')
        counts.append(measure(triples, subject).counts)

    spatial = next(line for line in population(counts).lines if line.metric.id == "spatial")

    assert (spatial.met, spatial.population, round(float(spatial.gained), 2)) == (42, 46, 18.26)


def test_a_dataset_with_everything_has_all_points_once_its_links_are_checked() -> None:
    subject, triples = record(_PERFECT)

    unchecked = measure(triples, subject, compliance=True).score
    checked = measure(triples, subject, compliance=True, answers={_URL: 200}).score

    assert (unchecked.points, unchecked.decidable) == (325, 325)
    assert unchecked.statement == "325 of 325 decidable (405), Good to Excellent"
    assert (checked.points, checked.decidable, checked.statement) == (405, 405, "405 of 405, Excellent")


def test_what_is_undecided_is_never_scaled_away() -> None:
    subject, triples = record(_PERFECT)

    score = measure(triples, subject).score

    assert (score.points, score.decidable) == (295, 295)
    assert score.by_dimension[1:3] == (("accessibility", 20.0, 20.0), ("interoperability", 80.0, 80.0))


@pytest.mark.parametrize(
    ("answers", "gained", "decidable"),
    [
        (None, 0, 0),
        ({}, 0, 0),
        ({_URL: 200}, 80, 80),
        ({_URL: 204}, 80, 80),
        ({_URL: 301}, 0, 80),
        ({_URL: 404}, 0, 80),
        ({_URL: None}, 0, 80),
        ({"https://example.org/else": 200}, 0, 0),
    ],
)
def test_a_link_counts_where_it_answers_with_success(
    answers: dict[str, int | None] | None, gained: int, decidable: int
) -> None:
    subject, triples = record(_PERFECT)

    lines = [line for line in measure(triples, subject, answers=answers).score.lines if line.metric.asks]

    assert (sum(line.gained for line in lines), sum(line.decidable for line in lines)) == (gained, decidable)


def test_only_the_best_distribution_counts_for_a_dataset_and_all_of_them_for_a_catalogue() -> None:
    subject, triples = record(
        f"dcat:distribution [ dcat:downloadURL <{_URL}> ], "
        f"[ dct:format <{_EU}/file-type/CSV> ; dct:license <{_EU}/licence/CC_BY_4_0> ]"
    )

    found = measure(triples, subject)

    # Format 20, from vocabulary 5, open 20, machine-readable 20, licence 20, known 10; the 20 of the other not added.
    assert found.score.points == 95
    assert population([found.counts]).points == (95 + 20) / 2


def test_equal_distributions_are_told_apart_by_name() -> None:
    ways = ", ".join(f"<https://example.org/d/{name}>" for name in "cab")
    subject, triples = record(f"dcat:distribution {ways}")

    assert measure(triples, subject).best == measure(triples[::-1], subject).best == "https://example.org/d/a"


def test_a_dataset_without_distributions_gains_nothing_for_them_and_adds_none_to_a_catalogue() -> None:
    subject, triples = record('dcat:keyword "sea"')
    other, others = record(f'dcat:keyword "sea" ; dcat:distribution [ dct:format <{_EU}/file-type/CSV> ]')

    alone = measure(triples, subject)
    both = population([alone.counts, measure(others, other).counts])

    assert (alone.best, alone.score.points, alone.score.decidable) == (None, 30, 295)
    format_ = next(line for line in both.lines if line.metric.id == "format")
    assert (format_.met, format_.population) == (1, 1)


def test_a_catalogue_of_nothing_has_no_points() -> None:
    score = population([])

    assert (score.points, score.decidable, score.rating) == (0, 325, "Bad")


@pytest.mark.parametrize(
    ("points", "name"),
    [(0, "Bad"), (120.99, "Bad"), (121, "Sufficient"), (220, "Sufficient"), (221, "Good"), (350.5, "Good"),
     (351, "Excellent"), (405, "Excellent")],
)  # fmt: skip
def test_a_rating_begins_at_its_limit(points: float, name: str) -> None:
    assert rating(points) == name


def test_the_rating_of_an_unchecked_dataset_says_how_far_it_may_reach() -> None:
    subject, triples = record('dct:title "A title"')

    score = measure(triples, subject, compliance=False).score

    assert (score.rating, score.best_rating) == ("Bad", "Bad")
    assert score.statement == "0 of 325 decidable (405), Bad"


def test_compliance_is_the_absence_of_violations() -> None:
    profile = load_profile("dcat-ap")
    subject, good = record('dct:title "A title" ; dct:description "Some words."')
    _, bad = record('dct:title "A title"')

    assert complies(validate(good, profile, subject).results) is True
    assert complies(validate(bad, profile, subject).results) is False


_CHOICES = st.tuples(
    st.lists(st.sampled_from(_OF_DATASET), unique=True),
    st.lists(
        st.sampled_from(
            (
                *_OF_DISTRIBUTION,
                f"dct:format <{_EU}/file-type/XLS>",
                f"dct:format <{_EU}/file-type/PDF>",
                'dct:format "CSV"',
                'dcat:mediaType "text/csv"',
                "dct:license <https://example.org/own>",
                'dct:license "https://creativecommons.org/licenses/by/4.0/"',
            )
        ),
        unique=True,
    ),
    st.booleans(),
)


@given(_CHOICES)
def test_a_dataset_with_one_distribution_has_the_points_that_the_profile_gives(
    choice: tuple[list[str], list[str], bool],
) -> None:
    own, of_distribution, has_distribution = choice
    statements = ['dct:title "A title"', *own]
    if has_distribution:
        statements.append(f"dcat:distribution [ {' ; '.join(of_distribution)} ]")
    subject, triples = record(" ; ".join(statements))

    report = validate(triples, load_profile("mqa"), subject)

    assert measure(triples, subject).score.points == report.score
    assert report.max_score == 295


@pytest.mark.parametrize(
    ("shape", "pattern", "iri"),
    [
        ("format-vocabulary", FILE_TYPE, f"{_EU}/file-type/CSV"),
        ("format-vocabulary", FILE_TYPE, f"{_EU}/file-type/csv"),
        ("mediaType-vocabulary", MEDIA_TYPE, "https://www.iana.org/assignments/media-types/text/csv"),
        ("mediaType-vocabulary", MEDIA_TYPE, "http://www.iana.org/assignments/media-types/text/csv"),
        ("mediaType-vocabulary", MEDIA_TYPE, "https://www.iana.org/assignments/media-types/csv"),
        ("accessRights-vocabulary", ACCESS_RIGHT, f"{_EU}/access-right/PUBLIC"),
        ("accessRights-vocabulary", ACCESS_RIGHT, f"{_EU}/access-right/OPEN"),
        ("license-vocabulary", LICENCE, "https://creativecommons.org/licenses/by/4.0/"),
        ("license-vocabulary", LICENCE, f"{_EU}/licence/CC_BY_4_0"),
        ("license-vocabulary", LICENCE, "https://spdx.org/licenses/MIT"),
        ("license-vocabulary", LICENCE, "https://opensource.org/license/mit"),
        ("license-vocabulary", LICENCE, "http://opendatacommons.org/licenses/odbl/1-0/"),
        ("license-vocabulary", LICENCE, "https://example.org/?https://spdx.org/licenses/MIT"),
    ],
)
def test_the_score_and_the_shape_know_the_same_terms(shape: str, pattern: re.Pattern[str], iri: str) -> None:
    path = {"f": "dct:format", "m": "dcat:mediaType", "l": "dct:license", "a": "dct:accessRights"}[shape[0]]
    statement = f"{path} <{iri}>"
    subject, triples = record(statement if shape[0] == "a" else f"dcat:distribution [ {statement} ]")

    failed = {finding.code for finding in validate(triples, load_profile("mqa"), subject).results}

    assert (f"MQA-{shape}" not in failed) is (pattern.match(iri) is not None)


@pytest.mark.parametrize(("shape", "same_as"), [("non-proprietary", "R1.3-02"), ("machine-readable", "I1-02")])
def test_the_formats_of_a_metric_are_those_of_the_fair_check(shape: str, same_as: str) -> None:
    def formats(profile: str, name: str) -> str:
        text = "".join(data.decode() for _, data in load_profile(profile).files)
        found = re.search(rf"^fns:{re.escape(name)} .*?file-type/\(([A-Z0-9_|]+)\)", text, re.DOTALL | re.MULTILINE)
        assert found is not None
        return found[1]

    assert formats("mqa", f"MQA-{shape}") == formats("fair", same_as)


def test_the_order_of_statements_changes_nothing() -> None:
    subject, triples = record(_PERFECT)

    assert measure(triples, Iri(SUBJECT)) == measure(sorted(triples, reverse=True, key=str), subject)


def test_each_dataset_of_a_file_complies_or_not_by_itself() -> None:
    """The catalogue lacks a description, so does the second dataset, and the publisher of the third has no name."""
    text = """
        @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        @prefix foaf: <http://xmlns.com/foaf/0.1/> .
        <https://e.org/c> a dcat:Catalog ; dct:title "c" ; dcat:dataset <https://e.org/1>, <https://e.org/2> .
        <https://e.org/1> a dcat:Dataset ; dct:title "t" ; dct:description "d" ; dct:relation <https://e.org/2> .
        <https://e.org/2> a dcat:Dataset ; dct:title "t" .
        <https://e.org/3> a dcat:Dataset ; dct:title "t" ; dct:description "d" ; dct:publisher <https://e.org/p> .
        <https://e.org/p> a foaf:Agent .
    """
    triples = parse_rdf(text.encode(), "text/turtle", base_iri=SUBJECT)
    resources = [Iri(f"https://e.org/{number}") for number in (1, 2, 3)]
    profile = load_profile("mqa")

    scores = record_scores(triples, profile, resources)
    report = validate(triples, profile)
    document = json.loads(render_all([Outcome(report=report, checks=profile.shapes, scores=scores)], "json"))

    lines = [next(line for line in one.mqa.score.lines if line.metric.id == "compliance") for one in scores if one.mqa]
    assert [line.met for line in lines] == [1, 0, 0]
    assert document["whole"]["mqa"]["gained"] == pytest.approx(10 + 10 / 3, abs=0.01)
    assert len(document["whole"]["mqa"]["metrics"]) == len(METRICS)
