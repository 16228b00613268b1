"""What is misspelt is read, what is misplaced is followed or refused, and no part of a list passes for the whole."""

from __future__ import annotations

import pytest

from tests.faults import structure
from tests.faults.scenario import Scenario, Stage, by_name, check


@pytest.mark.parametrize("scenario", structure.CASES, ids=by_name)
def test_a_name_in_other_case_means_the_same(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", structure.PLACES, ids=by_name)
def test_nothing_of_a_list_is_passed_over_wherever_it_stands(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", structure.ENDS, ids=by_name)
def test_an_end_that_nothing_says_to_be_one_is_looked_at_twice(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", structure.IDENTIFIERS, ids=by_name)
def test_identifiers_are_told_apart_by_every_character(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)
