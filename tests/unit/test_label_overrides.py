"""What curators decide about a label: tightening at once, loosening by two and for a time, never below the floor."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.model.dcat import Resource
from node.model.label import Access, PersonalData
from node.model.override import Override
from node.model.rdf import Iri, Literal
from node.model.source import Agreement, LabelTerms
from node.sovereignty.decide import audience_of
from node.sovereignty.derive import derive, floor, valid_until
from node.sovereignty.labels import tightens
from tests.labels import TODAY, label
from tests.unit.test_agreement_terms import AGREEMENTS, TERMS

RESOURCE = Resource(iri=Iri("https://example.org/d"))
OPEN = LabelTerms(
    access=Access.PUBLIC, zones=("WLD",), critical=(), personal=PersonalData.NONE, policies=(), assurance=0
)
LATER = TODAY + dt.timedelta(days=30)


def override(**values):
    given = {
        "record": "r",
        "of": "data",
        "loosens": False,
        "terms": OPEN,
        "reason": "a reason",
        "by": "ann",
        "created": TODAY,
        **values,
    }
    return Override(**given)


OVERRIDES = st.lists(
    st.builds(
        override,
        of=st.sampled_from(["record", "data"]),
        loosens=st.booleans(),
        terms=TERMS,
        second=st.sampled_from([None, "ben"]),
        expires=st.none() | st.dates(TODAY - dt.timedelta(days=5), LATER),
    ),
    max_size=3,
)


def test_two_people_open_what_nothing_is_known_about_for_a_time():
    agreed = override(loosens=True, second="ben", expires=LATER)

    labels, _ = derive(RESOURCE, Agreement(country="FIN"), TODAY, overrides=[agreed])

    assert labels.data == label(origin=frozenset({"FIN"}))
    assert valid_until(RESOURCE, TODAY, [agreed]) == LATER


@pytest.mark.parametrize(
    "undecided",
    [
        {"second": None, "expires": LATER},
        {"second": "ben", "expires": None},
        {"second": "ben", "expires": TODAY},
        {"second": "ben", "expires": LATER, "ended": TODAY},
    ],
)
def test_loosening_that_lacks_something_loosens_nothing(undecided):
    labels, _ = derive(RESOURCE, Agreement(), TODAY, overrides=[override(loosens=True, **undecided)])

    assert audience_of(labels.data, TODAY) is None


def test_tightening_holds_at_once_and_touches_what_it_names_alone():
    hidden = override(of="record", terms=LabelTerms(access=Access.RESTRICTED))

    labels, _ = derive(RESOURCE, Agreement(), TODAY, overrides=[hidden])

    assert labels.record == label(access=Access.RESTRICTED, origin=frozenset({"ZZZ"}))


def test_loosening_one_dimension_leaves_the_others():
    agreement = Agreement(country="FIN", data_access=Access.REGISTERED, data_zones=("EU",), data_critical=())
    agreed = override(loosens=True, second="ben", expires=LATER, terms=LabelTerms(personal=PersonalData.NONE))

    labels, _ = derive(RESOURCE, agreement, TODAY, overrides=[agreed])

    assert labels.data == label(origin=frozenset({"FIN"}), access=Access.REGISTERED, zones="EU", assurance=4)


def test_labels_change_again_at_the_first_day_of_all():
    resource = dataclasses.replace(RESOURCE, available=Literal("2027-06-01"))
    tight = override(terms=LabelTerms(access=Access.CONFIDENTIAL), expires=LATER)

    assert valid_until(resource, TODAY, [tight]) == LATER
    assert valid_until(resource, LATER, [tight]) == dt.date(2027, 6, 1)


@given(AGREEMENTS, OVERRIDES)
def test_nobody_goes_below_the_floor(agreement, overrides):
    labels, _ = derive(RESOURCE, agreement, TODAY, overrides=overrides)

    assert tightens(labels.record, floor(agreement).record)
    assert tightens(labels.data, floor(agreement).data)


@given(AGREEMENTS, OVERRIDES)
def test_without_a_second_person_labels_only_tighten(agreement, overrides):
    alone = [dataclasses.replace(each, second=None) for each in overrides]

    before, _ = derive(RESOURCE, agreement, TODAY)
    after, _ = derive(RESOURCE, agreement, TODAY, overrides=alone)

    assert tightens(after.record, before.record) and tightens(after.data, before.data)


def test_decisions_count_in_the_order_they_were_entered():
    tight = override(number=1, of="record", terms=LabelTerms(access=Access.RESTRICTED))
    loose = override(
        number=2, of="record", loosens=True, second="ben", expires=LATER, terms=LabelTerms(access=Access.PUBLIC)
    )
    tight_again = override(number=3, of="record", terms=LabelTerms(access=Access.REGISTERED))

    def access(*overrides):
        return derive(RESOURCE, Agreement(), TODAY, overrides=overrides)[0].record.access

    assert access(tight, loose) is access(loose, tight) is Access.PUBLIC
    assert access(tight, loose, tight_again) is Access.REGISTERED
    assert derive(RESOURCE, Agreement(), LATER, overrides=[tight, loose])[0].record.access is Access.RESTRICTED
