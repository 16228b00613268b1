"""Servers that are busy, broken, moved or hostile: waited for, asked again, followed or refused."""

from __future__ import annotations

import pytest

from tests.faults import connections, http
from tests.faults.scenario import Scenario, Stage, by_name, check


@pytest.mark.parametrize("scenario", http.WAITS, ids=by_name)
def test_a_busy_server_is_given_the_time_it_asks_for(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", http.STATUSES, ids=by_name)
def test_a_status_is_tried_again_only_where_that_can_help(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", http.REDIRECTS, ids=by_name)
def test_a_redirect_is_followed_to_public_places_within_limits(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", connections.CONNECTIONS, ids=by_name)
def test_a_broken_connection_never_makes_a_short_list(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", connections.CODINGS, ids=by_name)
def test_a_content_coding_is_undone_within_bounds(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)
