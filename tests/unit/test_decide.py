"""Who may see what: every rule as a row, and that no tightening ever opens a door."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.label import Access, Audience, Label, PersonalData, Retention
from node.sovereignty.decide import ACTIONS, audience_of, decide
from node.sovereignty.labels import join, least, most_restrictive
from tests.labels import TODAY, label, labels

YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("what", "least_audience"),
    [
        (label(), Audience.PUBLIC),
        (label(access=Access.REGISTERED), Audience.REGISTERED),
        (label(access=Access.RESTRICTED), Audience.RESTRICTED),
        (label(access=Access.CONFIDENTIAL), Audience.STEWARD),
        (label(personal=PersonalData.PSEUDONYMISED), Audience.REGISTERED),
        (label(personal=PersonalData.PERSONAL), Audience.RESTRICTED),
        (label(personal=PersonalData.SPECIAL), Audience.STEWARD),
        (label(critical=frozenset({"CTA02"})), Audience.REGISTERED),
        (label(critical=frozenset({"dual-use"})), Audience.RESTRICTED),
        (label(critical=frozenset({"unassessed"})), Audience.RESTRICTED),
        (label(critical=frozenset({"CTA11"})), None),
        (label(policies=frozenset({"deny-all"})), None),
        (label(policies=frozenset({"agreement-7"})), None),
        (label(retention=Retention(erase_by=TOMORROW)), Audience.PUBLIC),
        (label(retention=Retention(erase_by=TODAY)), None),
        (label(retention=Retention(keep_until=YESTERDAY)), Audience.PUBLIC),
        (label(retention=Retention(keep_until=TOMORROW, erase_by=TODAY)), None),
        (label(zones="NAT:DEU", assurance=4, origin=frozenset({"ZZZ"})), Audience.PUBLIC),
        (most_restrictive(), None),
    ],
)
def test_the_least_audience_of_each_value(what: Label, least_audience: Audience | None) -> None:
    assert audience_of(what, TODAY) == least_audience
    for action in ACTIONS:
        for audience in Audience:
            permitted = least_audience is not None and audience >= least_audience
            assert decide(audience, action, what, today=TODAY).permitted == permitted


@given(labels, labels, st.sampled_from(Audience), st.sampled_from([*ACTIONS, "write"]), st.booleans())
def test_tightening_never_turns_a_denial_into_a_permission(
    one: Label, other: Label, audience: Audience, action: str, frozen: bool
) -> None:
    before = decide(audience, action, one, today=TODAY, frozen=frozen)
    after = decide(audience, action, join(one, other), today=TODAY, frozen=frozen)

    assert before or not after
    assert bool(before) == (not before.reasons)


@given(labels, labels)
def test_a_tightened_label_never_has_a_larger_audience(one: Label, other: Label) -> None:
    before, after = audience_of(one, TODAY), audience_of(join(one, other), TODAY)

    assert after is None or (before is not None and after >= before)


def test_a_denial_names_every_reason() -> None:
    decision = decide(
        Audience.PUBLIC, "erase", label(access=Access.RESTRICTED, policies=frozenset({"deny-all"})), today=TODAY
    )

    assert not decision
    assert decision.reasons == ("unknown action 'erase'", "access is restricted", "policy deny-all")


def test_an_expired_agreement_freezes_release_for_all_but_the_steward() -> None:
    assert not decide(Audience.PUBLIC, "read", least(), today=TODAY, frozen=True)
    assert audience_of(least(), TODAY, frozen=True) is Audience.STEWARD


@pytest.mark.parametrize(
    ("audience", "what", "today"),
    [
        (None, least(), TODAY),
        (3, least(), TODAY),
        ("steward", least(), TODAY),
        (Audience.STEWARD, None, TODAY),
        (Audience.STEWARD, label(access=-1), TODAY),
        (Audience.STEWARD, label(access=None), TODAY),
        (Audience.STEWARD, label(personal="none"), TODAY),
        (Audience.STEWARD, label(critical=None), TODAY),
        (Audience.STEWARD, label(policies=7), TODAY),
        (Audience.STEWARD, label(retention=None), TODAY),
        (Audience.STEWARD, label(retention=Retention(erase_by=TOMORROW)), None),
    ],
)
def test_what_cannot_be_decided_is_denied(audience: object, what: object, today: object) -> None:
    decision = decide(audience, "read", what, today=today)  # type: ignore[arg-type]

    assert not decision
    assert decision.reasons
