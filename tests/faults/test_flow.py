"""Lists that do not go the way section 3.5 of OAI-PMH describes: followed to their end, or told as failed."""

from __future__ import annotations

import pytest

from tests.faults import flow
from tests.faults.scenario import Scenario, Stage, by_name, check


@pytest.mark.parametrize("scenario", flow.TOKENS, ids=by_name)
def test_a_token_is_followed_exactly_as_it_was_meant(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", flow.ENDS, ids=by_name)
def test_a_list_ends_where_it_says_that_it_does(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", flow.CIRCLES, ids=by_name)
def test_a_list_without_end_is_stopped_and_not_called_whole(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", flow.RESTARTS, ids=by_name)
def test_an_error_in_a_list_is_overcome_or_told(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", flow.SIZES, ids=by_name)
def test_an_announced_size_is_checked_and_never_trusted_blindly(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)
