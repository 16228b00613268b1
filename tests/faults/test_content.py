"""Answers whose XML is right and whose content is not: every record ends in a state, and none takes another along."""

from __future__ import annotations

import pytest

from tests.faults import content
from tests.faults.scenario import Scenario, Stage, by_name, check


@pytest.mark.parametrize("scenario", content.NAMESPACES, ids=by_name)
def test_a_namespace_may_be_spelt_wrong(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", content.INNER, ids=by_name)
def test_only_direct_children_are_protocol_elements(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", content.RECORDS, ids=by_name)
def test_an_odd_record_is_kept_or_rejected_with_its_reason(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", content.REPEATED, ids=by_name)
def test_of_a_record_listed_twice_the_last_word_counts(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", content.ANSWERS, ids=by_name)
def test_an_answer_to_another_question_is_not_taken_for_a_list(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", content.IDENTIFIES, ids=by_name)
def test_an_odd_answer_to_identify_is_overcome_or_told(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)
