"""Scores in the reports of `fairnode validate`: wherever a format has a place for them, and never as a percentage."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from lxml import html

from node.model.rdf import Iri
from node.namespaces import PREFIXES
from node.syntax import parse_rdf
from node.validation import load_profile, validate
from node.validation.reports import Outcome, Problem, render_all
from node.validation.reports.charts import WIDTH, bars
from node.validation.scores.asking import record_scores
from node.validation.shapes import FNS
from tests.unit.test_shapes_fair import record


def outcome(profile: str, name: str = "", statements: str = 'dct:title "A title" ; dcat:keyword "sea"') -> Outcome:
    loaded = load_profile(profile)
    subject, triples = record(statements)
    return Outcome(
        name=name,
        report=validate(triples, loaded, subject),
        checks=loaded.shapes,
        kinds=((str(subject), "Dataset"),),
        scores=record_scores(triples, loaded, [subject], subject),
    )


@pytest.mark.parametrize("form", ["text", "html", "json"])
@pytest.mark.parametrize("profile", ["fair", "mqa"])
def test_a_record_and_many_records_tell_every_score_of_the_profile(profile: str, form: str) -> None:
    (scores,) = outcome(profile).scores

    one = render_all([outcome(profile)], form)
    many = render_all([outcome(profile, "a"), outcome(profile, "b")], form)

    for name, statement in scores.statements:
        assert statement in one, name
        assert name == "RDA" or form == "text" or statement in many, name
    assert "decidable (" in one and "%" not in html.fromstring(f"<p>{one}</p>").text_content().replace("100%", "")


def test_json_has_the_points_of_each_resource_and_of_all_together() -> None:
    (one,) = json.loads(render_all([outcome("mqa")], "json"))["scores"]
    together = json.loads(render_all([outcome("mqa", "a"), outcome("mqa", "b")], "json"))

    assert one["mqa"]["statement"] == "30 of 325 decidable (405), Bad"
    assert one["checks"] == {"met": 1, "not_met": 20, "undecided": 0}
    assert together["scores"]["records"] == 2 and together["scores"]["mqa"]["gained"] == 30
    assert [each["scores"][0]["mqa"]["rating"] for each in together["records"]] == ["Bad", "Bad"]


def test_a_record_that_could_not_be_read_is_counted_and_not_scored() -> None:
    lost = Outcome(name="b", problem=Problem(code="syntax.refused", message="no RDF", advice="Mend it."))

    together = json.loads(render_all([outcome("fair", "a"), lost], "json"))["scores"]

    assert (together["records"], together["unscored"]) == (2, 1)


def test_a_profile_without_scores_says_nothing_of_them() -> None:
    one = json.loads(render_all([outcome("openaire")], "json"))
    many = json.loads(render_all([outcome("openaire", "a"), outcome("openaire", "b")], "json"))

    assert "scores" not in one and "scores" not in many and "scores" not in many["records"][0]
    assert "Scores" not in render_all([outcome("openaire")], "html")


@pytest.mark.parametrize(
    ("profile", "metric", "value"),
    [
        ("mqa", "score-mqa-gained", "30"),
        ("mqa", "score-mqa-decidable", "325"),
        ("mqa", "score-mqa-total", "405"),
        ("mqa", "score-mqa-accessibility-decidable", "20"),
        ("fair", "score-fair-total", "72"),
        ("fair", "score-fuji-total", "26"),
        ("fair", "score-rda-level-gained", "0"),
    ],
)
def test_dqv_measures_each_score_of_the_resource(profile: str, metric: str, value: str) -> None:
    dqv = PREFIXES["dqv"]
    triples = set(parse_rdf(render_all([outcome(profile)], "dqv").encode(), "text/turtle", base_iri=Iri("urn:x")))
    about = {(str(predicate), subject): value_ for subject, predicate, value_ in triples}

    (measurement,) = {
        subject
        for subject, predicate, value_ in triples
        if predicate == f"{dqv}isMeasurementOf" and value_ == Iri(FNS + metric)
    }

    assert Decimal(about[f"{dqv}value", measurement].value) == Decimal(value)  # type: ignore[union-attr]
    assert about[f"{dqv}computedOn", measurement] == outcome(profile).scores[0].resource


def test_the_words_beside_a_bar_have_room() -> None:
    words = "298.41 of 325.5 decidable (405)"
    drawn = html.fromstring(bars("Points", [("A", 1.0, 2.0, words, "score")]))

    start = float(drawn.xpath("//text/@x")[1])
    assert start + 7.5 * len(words) <= WIDTH
