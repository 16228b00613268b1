"""The score: points gained of those that could be gained."""

from __future__ import annotations

import pytest

from node.model.report import Severity
from node.validation.engines import Verdict
from node.validation.quality import Quality, measure, states
from node.validation.shapes import Shape


def _check(name: str, points: float, *, requires: str | None = None) -> Shape:
    return Shape(
        id=name,
        iri=f"https://example.org/{name}",
        file="shapes.ttl",
        name=name,
        severity=Severity.WARNING,
        message="m",
        advice="",
        principle=name.partition("-")[0],
        points=points,
        requires=requires,
        path=None,
        targets=("targetClass x",),
    )


SHAPES = (_check("F1-01", 3), _check("F2-00", 0), _check("R1-01", 1), _check("R1-02", 2, requires="R1-01"))


@pytest.mark.parametrize(
    ("passed", "score", "possible"),
    [
        ({"F1-01": True, "F2-00": True, "R1-01": True, "R1-02": True}, 6, 6),
        ({"F1-01": False, "F2-00": False, "R1-01": False, "R1-02": False}, 0, 6),
        # The condition on an absent value is met, which is worth nothing.
        ({"F1-01": True, "R1-01": False, "R1-02": True}, 3, 6),
        # What is undecided is out of the account, and so is what depends on it.
        ({"F1-01": None, "R1-01": True, "R1-02": True}, 3, 3),
        ({"F1-01": True, "R1-01": None, "R1-02": True}, 3, 3),
        # A failed check is decided, whatever it depends on.
        ({"F1-01": True, "R1-01": None, "R1-02": False}, 3, 5),
        # What is not asked of this kind of resource does not count against it.
        ({"F1-01": True, "R1-02": True}, 5, 5),
        ({}, 0, 0),
    ],
)
def test_points_are_gained_by_the_rule(passed: dict[str, bool | None], score: float, possible: float) -> None:
    verdicts = [Verdict(shape=name, focus_node="urn:x", passed=verdict) for name, verdict in passed.items()]

    quality = measure(SHAPES, verdicts)

    assert (quality.score, quality.max_score) == (score, possible)


def test_each_letter_has_its_own_account() -> None:
    verdicts = [
        Verdict(shape="F1-01", focus_node="urn:x", passed=True),
        Verdict(shape="R1-01", focus_node="urn:x", passed=False),
        Verdict(shape="R1-02", focus_node="urn:x", passed=False),
    ]

    assert measure(SHAPES, verdicts) == Quality(
        score=3, max_score=6, by_letter=(("F", 3, 3), ("R", 0, 3)), by_principle=(("F1", 3, 3), ("R1", 0, 3))
    )


def test_principles_stand_in_the_order_of_the_word_and_add_up_to_their_letter() -> None:
    shapes = (_check("R1.1-01", 3), _check("A1-01", 3), _check("R1-01", 1), _check("A1.1-01", 2))
    verdicts = [Verdict(shape=shape.id, focus_node="urn:x", passed=shape.id != "R1-01") for shape in shapes]

    quality = measure(shapes, verdicts)

    assert list(quality.by_principle) == [("A1", 3, 3), ("A1.1", 2, 2), ("R1", 0, 1), ("R1.1", 3, 3)]
    assert list(quality.by_letter) == [("A", 5, 5), ("R", 3, 4)]


def test_a_check_is_met_undecided_or_not_asked() -> None:
    verdicts = [
        Verdict(shape="F1-01", focus_node="urn:x", passed=True),
        Verdict(shape="F2-00", focus_node="urn:x", passed=None),
        Verdict(shape="R1-01", focus_node="urn:x", passed=False),
        Verdict(shape="R1-02", focus_node="urn:x", passed=True),
        Verdict(shape="R1-01", focus_node="urn:y", passed=True),
    ]

    assert states(SHAPES, verdicts, "urn:x") == {"F1-01": True, "F2-00": None, "R1-01": False, "R1-02": False}
    assert states(SHAPES, verdicts, "urn:y") == {"R1-01": True}


def test_several_resources_add_up_each_with_its_own_requirements() -> None:
    verdicts = [
        Verdict(shape=shape, focus_node=focus, passed=passed)
        for focus, shape, passed in (
            ("urn:x", "R1-01", True),
            ("urn:x", "R1-02", True),
            ("urn:y", "R1-01", False),
            ("urn:y", "R1-02", True),
        )
    ]

    quality = measure(SHAPES, verdicts)

    assert (quality.score, quality.max_score) == (3, 6)
