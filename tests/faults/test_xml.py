"""Answers that are not the XML they should be: read, mended, salvaged record by record, or refused whole."""

from __future__ import annotations

import pytest

from tests.faults import xml
from tests.faults.scenario import Scenario, Stage, by_name, check


@pytest.mark.parametrize("scenario", xml.ENCODINGS, ids=by_name)
def test_an_encoding_is_found_out_and_no_letter_lost(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", xml.CHARACTERS, ids=by_name)
def test_what_no_document_may_hold_is_mended_and_said(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", xml.SURROUNDINGS, ids=by_name)
def test_what_stands_around_a_document_is_taken_off(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", xml.SALVAGED, ids=by_name)
def test_one_record_beyond_repair_is_rejected_and_costs_no_other(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", xml.TRUNCATED, ids=by_name)
def test_a_document_that_ends_early_is_never_a_short_list(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", xml.FOREIGN, ids=by_name)
def test_another_document_is_never_the_end_of_a_list(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)


@pytest.mark.parametrize("scenario", xml.HOSTILE, ids=by_name)
def test_a_document_meant_to_harm_does_none(stage: Stage, scenario: Scenario) -> None:
    check(stage.play(scenario), scenario)
