"""What a peer is given: what everybody is, and beyond that only what it has been admitted to in every dimension."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.label import CRITICAL, Access, Audience, PersonalData, Retention
from node.model.peer import Peer
from node.sovereignty.decide import ACTIONS, decide, decide_for_peer
from node.sovereignty.labels import join, most_restrictive
from tests.labels import TODAY, label
from tests.labels import labels as any_label

NORTH = Peer(
    name="north",
    issuer="https://issuer.example",
    client_id="north",
    country="FIN",
    assurance=3,
    access=Access.RESTRICTED,
    personal=PersonalData.PERSONAL,
    critical=frozenset({"CTA01", "CTA02"}),
    until=dt.date(2028, 1, 1),
)
PEERS = st.builds(
    Peer,
    name=st.just("any"),
    issuer=st.just("i"),
    client_id=st.just("c"),
    country=st.sampled_from(["FIN", "UKR", "CHE", "USA", "ZZZ"]),
    assurance=st.integers(0, 4),
    access=st.sampled_from(Access),
    personal=st.sampled_from(PersonalData),
    critical=st.frozensets(st.sampled_from(sorted(CRITICAL))),
    until=st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2028, 1, 1)),
)
WITHIN = label(
    access=Access.RESTRICTED,
    personal=PersonalData.PERSONAL,
    critical=frozenset({"CTA02"}),
    zones="EU",
    assurance=3,
)


def asked(peer=NORTH, of=WITHIN, **values):
    return decide_for_peer(peer, "read", of, today=TODAY, **{"named": True, **values})


def test_a_peer_is_given_what_it_is_admitted_to_in_every_dimension():
    assert asked()


@pytest.mark.parametrize(
    ("peer", "of", "values", "reason"),
    [
        ({}, {}, {"named": False}, "does not name"),
        ({}, {}, {"frozen": True}, "frozen"),
        ({"until": TODAY}, {}, {}, "ended"),
        ({"access": Access.REGISTERED}, {}, {}, "access is restricted"),
        ({"access": Access.CONFIDENTIAL}, {"access": Access.CONFIDENTIAL}, {}, "access is confidential"),
        ({"personal": PersonalData.PSEUDONYMISED}, {}, {}, "personal data"),
        ({"critical": frozenset({"CTA01"})}, {}, {}, "not cleared"),
        ({"critical": frozenset({"CTA99", "CTA02"})}, {"critical": frozenset({"CTA99"})}, {}, "not cleared"),
        ({"country": "UKR"}, {}, {}, "UKR does not lie in EU"),
        ({"country": "USA"}, {}, {}, "USA does not lie in EU"),
        ({"country": "ZZZ"}, {}, {}, "ZZZ does not lie in EU"),
        ({"assurance": 2}, {}, {}, "assurance 2 is below 3"),
        ({}, {"policies": frozenset({"no-export"})}, {}, "policy"),
        ({}, {"zones": frozenset()}, {}, "does not lie"),
        ({}, {"retention": Retention(erase_by=TODAY)}, {}, "erased"),
        ({}, {"retention": Retention(keep_until=dt.date(2030, 1, 1), erase_by=dt.date(2029, 1, 1))}, {}, "retention"),
        ({}, {"access": 1}, {}, "access is 1"),
        ({}, {"personal": "none"}, {}, "personal data"),
        ({}, {"assurance": None}, {}, ""),
    ],
)
def test_one_dimension_that_does_not_fit_is_a_denial_with_its_reason(peer, of, values, reason):
    decision = asked(dataclasses.replace(NORTH, **peer), dataclasses.replace(WITHIN, **of), **values)

    assert not decision
    assert any(reason in each for each in decision.reasons)


def test_a_peer_of_an_associated_country_is_given_what_may_leave_the_union_for_it():
    ukraine = dataclasses.replace(NORTH, country="UKR")

    assert asked(ukraine, dataclasses.replace(WITHIN, zones=frozenset({"EUA"})))
    assert not asked(ukraine, dataclasses.replace(WITHIN, zones=frozenset({"EUA", "EU"})))


@given(PEERS, any_label, any_label, st.sampled_from(sorted(ACTIONS)), st.booleans(), st.booleans())
def test_tightening_never_turns_a_denial_into_a_permission(peer, one, other, action, named, frozen):
    values = {"today": TODAY, "named": named, "frozen": frozen}
    loose, tight = (
        decide_for_peer(peer, action, one, **values),
        decide_for_peer(peer, action, join(one, other), **values),
    )

    assert loose or not tight


@given(PEERS, any_label, st.booleans())
def test_what_everybody_may_have_a_peer_may_have_and_a_denial_has_its_reasons(peer, of, named):
    decision = decide_for_peer(peer, "read", of, today=TODAY, named=named)

    assert decision or not decide(Audience.PUBLIC, "read", of, today=TODAY)
    assert bool(decision.reasons) != decision.permitted


@given(PEERS)
def test_what_nothing_is_known_about_goes_to_no_peer(peer):
    assert not decide_for_peer(peer, "read", most_restrictive(), today=TODAY, named=True)


def test_what_breaks_the_rules_is_denied_and_raises_nothing():
    assert not asked(None)
    assert not asked(NORTH, None)
    assert not decide_for_peer(NORTH, "delete", WITHIN, today=TODAY, named=True)
