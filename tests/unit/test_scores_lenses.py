"""F-UJI points and RDA levels, from the checks of the profile `fair`."""

from __future__ import annotations

import pytest

from node.validation import load_profile
from node.validation.engine_pyshacl import PyshaclEngine
from node.validation.quality import states
from node.validation.scores import fuji, rda
from node.validation.scores.three_states import all_of, any_of
from tests.unit.test_shapes_fair import record

_CHECKS = tuple(shape.id for shape in load_profile("fair").shapes)
_ALL = dict.fromkeys(_CHECKS, True)
_NONE = dict.fromkeys(_CHECKS, False)


def test_the_lenses_name_checks_that_exist() -> None:
    named = {check for test in fuji.TESTS for check in test.checks}
    named |= {check for indicator in rda.INDICATORS for check in indicator.checks}

    assert named - {rda.COMPLIANCE} <= set(_CHECKS)


def test_fuji_has_17_metrics_and_26_points_of_which_metadata_decide_19_and_a_half() -> None:
    by = {who: sum(test.points for test in fuji.TESTS if test.by == who) for who in ("metadata", "node", "network")}

    assert len({test.id.rpartition("-")[0] for test in fuji.TESTS}) == 17
    assert (fuji.WHOLE, by) == (26, {"metadata": 19.5, "node": 4, "network": 2.5})
    assert all(bool(test.checks) is (test.by == "metadata") for test in fuji.TESTS)


def test_fuji_points_name_what_could_be_decided() -> None:
    assert fuji.measure(_ALL).statement == "19.5 of 19.5 decidable (26)"
    assert fuji.measure(_NONE).statement == "0 of 19.5 decidable (26)"
    assert fuji.measure({}).statement == "0 of 0 decidable (26)"


def test_what_the_node_and_the_network_know_completes_fuji() -> None:
    known = {test.id: True for test in fuji.TESTS if test.by != "metadata"}

    assert fuji.measure(_ALL, known).statement == "26 of 26 decidable (26)"
    assert fuji.measure(_ALL, {**known, "FsF-A1-02MD-2": False}).points == 25


@pytest.mark.parametrize(
    ("failed", "points"),
    [
        ((), 19.5),
        (("F1-01",), 19),
        (("F2-01",), 17.5),
        (("F2-05",), 18.5),
        (("I2-01",), 19.5),
        (("I2-01", "F2-07"), 17.5),
        (("A1.1-01",), 17.5),
        (("R1.2-03",), 19.5),
    ],
)
def test_a_failed_check_costs_the_tests_that_need_it(failed: tuple[str, ...], points: float) -> None:
    assert fuji.measure({**_ALL, **dict.fromkeys(failed, False)}).points == points


def test_rda_has_41_indicators_in_three_priorities() -> None:
    counts = {key: sum(indicator.priority == key for indicator in rda.INDICATORS) for key in "EIU"}
    by = {who: sum(one.by == who for one in rda.INDICATORS) for who in ("metadata", "node", "network", "data")}

    assert len({indicator.id for indicator in rda.INDICATORS}) == 41
    assert counts == {"E": 20, "I": 14, "U": 7}
    assert by == {"metadata": 27, "node": 8, "network": 3, "data": 3}


@pytest.mark.parametrize(
    ("failed", "compliance", "level"),
    [
        ((), True, 5),
        (("F2-08", "F2-09", "R1-01", "I3-02"), True, 5),
        (("A1.2-01",), True, 4),
        (("I3-01", "I1-01", "I1-02", "R1.1-02", "R1.2-02"), True, 1),
        (("I1-01",), True, 2),
        (("A1.2-01", "R1.2-01"), True, 2),
        (("F1-03",), True, 0),
        ((), False, 0),
        (tuple(_CHECKS), False, 0),
    ],
)
def test_the_level_follows_the_pass_or_fail_rule(failed: tuple[str, ...], compliance: bool, level: int) -> None:
    found = rda.measure({**_ALL, **dict.fromkeys(failed, False)}, compliance=compliance)

    assert found.level == level


def test_what_nobody_decided_is_shown_beside_the_level_and_is_not_certain() -> None:
    found = rda.measure(_ALL, compliance=True)

    assert found.statement == (
        "level 5 of 5; essential 12 of 12 decidable (20), important 11 of 11 decidable (14), "
        "useful 4 of 4 decidable (7)"
    )
    assert found.certain_level == 0
    known = {indicator.id: True for indicator in rda.INDICATORS if indicator.by != "metadata"}
    assert rda.measure(_ALL, compliance=True, known=known).certain_level == 5


def test_a_record_about_which_nothing_is_known_has_no_level() -> None:
    assert rda.measure({}).level == 0


def test_both_lenses_read_a_real_verdict() -> None:
    profile = load_profile("fair")
    subject, triples = record('dct:title "A title" ; dct:identifier "10.5281/zenodo.1" ; dcat:keyword "sea"')

    found = states(profile.shapes, PyshaclEngine(profile).ask(triples, subject).verdicts, str(subject))

    assert found["F1-01"] is True and found["F1-03"] is False and set(found) == set(_CHECKS)
    assert fuji.measure(found).points == 1 + 0.5 + 1 + 1
    assert rda.measure(found, compliance=False).level == 0


@pytest.mark.parametrize(
    ("known", "all_", "any_"),
    [
        ((), True, False),
        ((True, True), True, True),
        ((True, False), False, True),
        ((True, None), None, True),
        ((False, None), False, None),
        ((None,), None, None),
        ((False, False), False, False),
    ],
)
def test_three_states_combine_as_kleene_says(
    known: tuple[bool | None, ...], all_: bool | None, any_: bool | None
) -> None:
    assert (all_of(known), any_of(known)) == (all_, any_)
