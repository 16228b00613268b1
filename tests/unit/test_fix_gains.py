"""What a fix gains: by MQA's own rule, dataset by dataset, and by what a profile's checks require of each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.fixes.ranking import FixList, RankedFix, sentence
from node.fixes.remaking import Remade
from node.model.rdf import Iri, Literal, Triple
from node.model.report import Severity
from node.namespaces import RDF_TYPE, expand
from node.validation import load_profile, validate
from node.validation.points import points_gained
from node.validation.scores import mqa
from node.validation.scores.facts import facts_of
from node.validation.scores.mqa_mending import CHECKS
from node.validation.scores.mqa_metrics import LICENCE

DATASET = Iri("https://example.org/dataset/1")
CSV, PLAIN = (Iri(f"{DATASET}/{name}") for name in ("csv", "plain"))
_EU = "http://publications.europa.eu/resource/authority"
BY = Iri(f"{_EU}/licence/CC_BY_4_0")


def said(subject: Iri, **values: Iri | Literal) -> list[Triple]:
    """Return statements; names are CURIEs with an underscore."""
    return [(subject, expand(name.replace("_", ":", 1)), value) for name, value in values.items()]


def dataset(*more: Triple) -> tuple[Triple, ...]:
    """Return a dataset of 140 points, 30 for compliance; the better of its distributions lacks the other's licence."""
    word = Literal("sea")
    return (
        (DATASET, RDF_TYPE, expand("dcat:Dataset")),
        *said(DATASET, dcat_keyword=word, dcat_theme=word, dcat_distribution=CSV),
        *said(DATASET, dcat_distribution=PLAIN),
        *said(CSV, dct_format=Iri(f"{_EU}/file-type/PDF")),
        *said(CSV, dcat_byteSize=word),
        *said(PLAIN, dct_license=BY),
        *more,
    )


def remade(*triples: Triple, local_id: str = "a") -> Remade:
    """Return a record as `node.fixes.remaking` makes it."""
    report = validate(triples, load_profile("mqa"), focus=DATASET)
    return Remade(
        local_id=local_id,
        identifier=local_id,
        score=report.score,
        max_score=report.max_score,
        facts=facts_of(triples, DATASET, True),
        failed=report.results,
    )


def fixes(*some: Remade) -> dict[str, RankedFix]:
    """Return the fixes of records by the profile `mqa`."""
    found = FixList(load_profile("mqa"))
    for each in some:
        found.add(each)
    return {fix.code: fix for fix in found.ranked()}


def test_every_check_of_the_profile_can_be_mended_in_the_score() -> None:
    assert set(CHECKS) == {shape.id for shape in load_profile("mqa").shapes}


def test_a_fix_by_mqa_gains_what_the_score_with_it_is_more_though_no_check_fails() -> None:
    held = dataset()
    before = mqa.measure(held, DATASET, compliance=True)
    after = mqa.measure((*held, *said(CSV, dct_license=Iri("https://example.org/terms"))), DATASET, compliance=True)
    licence = fixes(remade(*held))["MQA-license"]

    # One distribution states a licence, so no check fails; but the best one does not, and only the best one counts.
    assert "MQA-license" not in remade(*held).codes
    assert (before.score.points, after.score.points) == (140, 160)
    assert (before.score.rating, after.score.rating) == ("Sufficient", "Sufficient")
    assert (licence.records, licence.each) == (1, 20)
    # Of the population, the licences of one of two distributions count for half already.
    assert licence.points == 10


def test_what_a_vocabulary_asks_for_comes_with_its_term() -> None:
    held = dataset()
    after = mqa.measure((*held, *said(CSV, dct_license=BY)), DATASET, compliance=True)

    assert LICENCE.match(BY)
    assert fixes(remade(*held))["MQA-license-vocabulary"].each == after.score.points - 140 == 30


def test_ratings_move_dataset_by_dataset_and_the_whole_gains_its_share() -> None:
    rich = dataset(
        *said(DATASET, dct_spatial=BY, dct_temporal=BY, dcat_contactPoint=BY, dct_publisher=BY),
        *said(DATASET, dct_modified=BY),
    )
    found = fixes(remade(*rich), remade(*dataset(), local_id="b"))

    assert mqa.measure(rich, DATASET, compliance=True).score.points == 215
    assert found["MQA-license"].moves == (("Sufficient", "Good", 1),)
    assert sentence(found["MQA-license"], rated=True).endswith(
        "in 2 records; +20 points each, +10 for the whole; Sufficient to Good for 1."
    )


def test_a_check_gains_its_own_points_and_those_that_rest_on_it_only_perhaps() -> None:
    profile = load_profile("fair")
    bare = ((DATASET, RDF_TYPE, expand("dcat:Dataset")), *said(DATASET, dct_title=Literal("A title of three words")))

    def gained(*triples: Triple) -> tuple[float, dict[str, tuple[float, float]]]:
        report = validate(triples, profile, focus=DATASET)
        return report.score, points_gained(report.results, profile.shapes, "Dataset")

    score, gains = gained(*bare)
    unknown, _ = gained(*bare, *said(DATASET, dct_license=Iri("https://example.org/terms")))
    known, _ = gained(*bare, *said(DATASET, dct_license=BY))

    assert gains["R1.1-01"] == (unknown - score, known - score) == (3, 5)


FIX = RankedFix(
    code="X", name="X", advice="Mend it.", principle=None, severity=Severity.WARNING, records=1, points=1, least=1,
    each=1, most=1, required_by=(), requires=None, moves=(), blocks=0, examples=(), identifiers=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "Mend it, in 1 record; +1 point."),
        ({"records": 3, "points": 3}, "Mend it, in 3 records; +1 point each, +3 in all."),
        ({"records": 3, "points": 1, "least": 0.0}, "Mend it, in 3 records; +1 point each at most, +1 in all."),
        (
            {"records": 3, "points": 1.5, "least": 0.5, "each": 0.5},
            "Mend it, in 3 records; +0.5 points each, +1.5 in all.",
        ),
        ({"most": 3, "required_by": ("Y", "Z")}, "Mend it, in 1 record; +1 point; +3 if Y and Z pass, too."),
        ({"each": 0, "requires": "W"}, "Mend it, in 1 record; gains nothing where W fails."),
    ],
)  # fmt: skip
def test_fixes_are_told_in_words(changed: dict[str, object], text: str) -> None:
    assert sentence(replace(FIX, **changed)) == text  # type: ignore[arg-type]
