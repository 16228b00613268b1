"""Whom an agreement lets read what is restricted and confidential: each rule as a row; less never opens more."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.entitlement import Entitlement, parse_entitlement
from node.model.label import Access, Audience, Label, PersonalData, Retention
from node.model.reader import Admission, Reader, is_met, reader_by
from node.sovereignty.assurance import reaches
from node.sovereignty.decide import ACTIONS, decide, decide_for, decide_for_reader, lets_in
from node.sovereignty.labels import join
from tests.labels import TODAY, label, labels

GROUP = "urn:geant:example.org:group:sea"
RAF = "https://refeds.org/assurance"


def entitlement(text: str) -> Entitlement:
    found = parse_entitlement(text)
    assert found is not None
    return found


ASKS = Admission(
    source="sea",
    entitlements=(entitlement(f"{GROUP}:role=member"), entitlement("urn:geant:other:group:all#aai.example")),
    assurance=f"{RAF}/IAP/medium",
)
NOBODY = Reader(name="reader:n")
MEMBER = Reader(name="reader:m", entitlements=(entitlement(f"{GROUP}:role=member#aai.example"),))
VETTED = dataclasses.replace(MEMBER, assurance=(f"{RAF}/IAP/high",), country="FIN")
RESTRICTED = label(access=Access.RESTRICTED, zones="EU")
CONFIDENTIAL = label(access=Access.CONFIDENTIAL, zones="EU")


@pytest.mark.parametrize(
    ("reader", "what", "admission", "permitted"),
    [
        (NOBODY, label(access=Access.REGISTERED), None, True),
        (NOBODY, RESTRICTED, ASKS, False),
        (MEMBER, RESTRICTED, ASKS, True),
        (MEMBER, RESTRICTED, None, False),
        (MEMBER, RESTRICTED, Admission(source="sea"), False),
        (MEMBER, RESTRICTED, dataclasses.replace(ASKS, frozen=True), False),
        (MEMBER, label(access=Access.REGISTERED), dataclasses.replace(ASKS, frozen=True), True),
        (dataclasses.replace(MEMBER, entitlements=(entitlement(GROUP),)), RESTRICTED, ASKS, False),
        (dataclasses.replace(NOBODY, sources=("sea",)), RESTRICTED, ASKS, True),
        (dataclasses.replace(NOBODY, sources=("land",)), RESTRICTED, ASKS, False),
        (MEMBER, label(personal=PersonalData.PERSONAL), ASKS, True),
        (MEMBER, label(critical=frozenset({"dual-use"})), ASKS, True),
        (VETTED, label(personal=PersonalData.SPECIAL), ASKS, False),
        (VETTED, dataclasses.replace(CONFIDENTIAL, personal=PersonalData.SPECIAL), ASKS, False),
        (VETTED, dataclasses.replace(CONFIDENTIAL, policies=frozenset({"deny-all"})), ASKS, False),
        (VETTED, dataclasses.replace(CONFIDENTIAL, retention=Retention(erase_by=TODAY)), ASKS, False),
        (MEMBER, CONFIDENTIAL, ASKS, False),
        (VETTED, CONFIDENTIAL, ASKS, True),
        (VETTED, CONFIDENTIAL, dataclasses.replace(ASKS, assurance=""), False),
        (VETTED, CONFIDENTIAL, dataclasses.replace(ASKS, entitlements=()), False),
        (VETTED, CONFIDENTIAL, dataclasses.replace(ASKS, frozen=True), False),
        (VETTED, label(access=Access.CONFIDENTIAL, zones="NAT:DEU"), ASKS, False),
        (VETTED, label(access=Access.CONFIDENTIAL, zones="QQ"), ASKS, False),
        (dataclasses.replace(VETTED, assurance=(f"{RAF}/IAP/low",)), CONFIDENTIAL, ASKS, False),
        (dataclasses.replace(VETTED, country="UKR"), CONFIDENTIAL, ASKS, False),
        # The whole world is a zone too, and a country that nobody knows lies in no part of it.
        (dataclasses.replace(VETTED, country=""), label(access=Access.CONFIDENTIAL), ASKS, False),
        (dataclasses.replace(VETTED, country="UKR"), label(access=Access.CONFIDENTIAL), ASKS, True),
        (dataclasses.replace(NOBODY, sources=("sea",)), CONFIDENTIAL, ASKS, False),
    ],
)
def test_what_a_reader_may_read(reader: Reader, what: Label, admission: Admission | None, permitted: bool) -> None:
    for action in ACTIONS:
        decision = decide_for(reader, action, what, today=TODAY, admission=admission)
        assert decision.permitted is permitted, decision.reasons
        assert bool(decision.reasons) is not permitted


def test_a_denial_says_what_is_missing() -> None:
    found = decide_for_reader(
        dataclasses.replace(VETTED, country="UKR"), "read", CONFIDENTIAL, today=TODAY, admission=ASKS
    )
    assert found.reasons == ("the country of their organisation, UKR, is not in EU",)
    assert decide_for_reader(NOBODY, "read", CONFIDENTIAL, today=TODAY, admission=ASKS).reasons == (
        "they hold no entitlement that the agreement with the source names",
        f"access is confidential, and they are not identified as well as {RAF}/IAP/medium",
        "access is confidential, and the country of their organisation is not known",
    )


_texts = st.sampled_from(
    [
        f"{urn}{role}{authority}"
        for urn in (GROUP, f"{GROUP}:deep", "urn:geant:example.org:group:land")
        for role in ("", ":role=member", ":role=chair")
        for authority in ("", "#aai.example", "#other.example")
    ]
)
_held = st.lists(_texts.map(entitlement), max_size=3).map(tuple)
_assurances = st.lists(
    st.sampled_from([f"{RAF}/IAP/low", f"{RAF}/IAP/medium", f"{RAF}/profile/espresso", "urn:other"]), max_size=2
).map(tuple)
_readers = st.builds(
    Reader,
    name=st.just("reader:x"),
    entitlements=_held,
    sources=st.sampled_from([(), ("sea",), ("land",)]),
    assurance=_assurances,
    country=st.sampled_from(["", "FIN", "UKR", "LIE"]),
)
_admissions = st.none() | st.builds(
    Admission,
    source=st.sampled_from(["sea", "land"]),
    entitlements=_held,
    assurance=st.sampled_from(["", f"{RAF}/IAP/low", f"{RAF}/IAP/medium", f"{RAF}/IAP/high", "urn:other"]),
    frozen=st.booleans(),
)


@given(_readers, _admissions, labels, labels, st.sampled_from([*ACTIONS, "write"]))
def test_tightening_never_opens_anything_to_a_reader(reader, admission, one, other, action) -> None:
    before = decide_for(reader, action, one, today=TODAY, admission=admission)
    after = decide_for(reader, action, join(one, other), today=TODAY, admission=admission)

    assert before or not after


@given(_readers, _admissions, labels, st.data())
def test_fewer_entitlements_less_assurance_and_fewer_that_are_asked_for_never_open_more(reader, admission, what, data):
    def some(values):
        return tuple(each for each in values if data.draw(st.booleans()))

    less = dataclasses.replace(
        reader,
        entitlements=some(reader.entitlements),
        sources=some(reader.sources),
        assurance=some(reader.assurance),
        country=data.draw(st.sampled_from([reader.country, ""])),
    )
    stricter = admission and dataclasses.replace(
        admission,
        entitlements=some(admission.entitlements),
        assurance=data.draw(st.sampled_from([admission.assurance, ""])),
        frozen=admission.frozen or data.draw(st.booleans()),
    )

    if decide_for(less, "read", what, today=TODAY, admission=stricter):
        assert decide_for(reader, "read", what, today=TODAY, admission=admission)


@given(_readers, _admissions, labels)
def test_a_reader_sees_what_the_known_see_at_least_and_what_stewards_see_at_most(reader, admission, what) -> None:
    found = decide_for(reader, "read", what, today=TODAY, admission=admission)

    assert found or not decide(Audience.REGISTERED, "read", what, today=TODAY)
    assert not found or decide(Audience.STEWARD, "read", what, today=TODAY)
    if found and not decide(Audience.REGISTERED, "read", what, today=TODAY):
        assert admission is not None and lets_in(admission, reader)


@given(_readers, _texts, _admissions, labels)
def test_the_graphs_of_an_entitlement_hold_no_more_than_who_holds_it_may_see(reader, text, admission, what) -> None:
    least = reader_by(text)

    if is_met(least, reader) and decide_for(least, "query", what, today=TODAY, admission=admission):
        assert decide_for(reader, "query", what, today=TODAY, admission=admission)


@pytest.mark.parametrize(
    ("held", "asked", "reached"),
    [
        ((f"{RAF}/IAP/medium",), f"{RAF}/IAP/medium", True),
        ((f"{RAF}/IAP/high",), f"{RAF}/IAP/low", True),
        ((f"{RAF}/IAP/low",), f"{RAF}/IAP/medium", False),
        ((f"{RAF}/profile/cappuccino",), f"{RAF}/IAP/medium", True),
        ((f"{RAF}/profile/cappuccino",), f"{RAF}/IAP/high", False),
        ((f"{RAF}/profile/espresso",), f"{RAF}/profile/cappuccino", True),
        ((f"{RAF}/IAP/local-enterprise",), f"{RAF}/IAP/low", False),
        (("urn:other:high",), "urn:other:low", False),
        (("urn:other:high",), "urn:other:high", True),
        ((), "", False),
        (("",), "", False),
    ],
)
def test_assurance_reaches_what_it_includes(held: tuple[str, ...], asked: str, reached: bool) -> None:
    assert reaches(held, asked) is reached


@pytest.mark.parametrize(
    ("reader", "what", "admission", "today"),
    [
        (VETTED, None, ASKS, TODAY),
        (VETTED, label(access=-1), ASKS, TODAY),
        (VETTED, label(access=2), ASKS, TODAY),
        (VETTED, RESTRICTED, "sea", TODAY),
        (VETTED, RESTRICTED, dataclasses.replace(ASKS, frozen=None), TODAY),
        (VETTED, CONFIDENTIAL, ASKS, None),
        (dataclasses.replace(VETTED, entitlements=None), RESTRICTED, ASKS, TODAY),
        (dataclasses.replace(VETTED, country=7), CONFIDENTIAL, ASKS, TODAY),
    ],
)
def test_what_cannot_be_decided_for_a_reader_is_denied(reader, what, admission, today: dt.date) -> None:
    decision = decide_for_reader(reader, "read", what, today=today, admission=admission)

    assert not decision and decision.reasons
