"""What an agreement asks of labels: floors nobody loosens, rules per set, written and read in words."""

import dataclasses
import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import SettingsError
from node.model.dcat import Resource
from node.model.label import CRITICAL, Access, PersonalData
from node.model.rdf import Iri
from node.model.source import Agreement, LabelTerms, SetRule
from node.sovereignty.derive import ACCESS_RIGHTS, derive, floor
from node.sovereignty.labels import tightens
from node.storage.agreements import agreement_from_json, agreement_to_json, new_agreement
from tests.labels import TODAY

DAYS = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2030, 1, 1))
TERMS = st.builds(
    LabelTerms,
    access=st.none() | st.sampled_from(Access),
    zones=st.none() | st.lists(st.sampled_from(["EU", "EEA", "NAT:DEU"]), unique=True, min_size=1).map(tuple),
    critical=st.none() | st.lists(st.sampled_from(sorted(CRITICAL)), unique=True).map(tuple),
    personal=st.none() | st.sampled_from(PersonalData),
    policies=st.none() | st.lists(st.sampled_from(["deny-all", "no-export"]), unique=True).map(tuple),
    keep_until=DAYS,
    erase_by=DAYS,
    assurance=st.none() | st.integers(0, 4),
)
RULES = st.builds(SetRule, spec=st.sampled_from(["a", "a:b", "c"]), record=TERMS, data=TERMS)
AGREEMENTS = st.builds(
    Agreement,
    country=st.sampled_from([None, "FIN"]),
    review=DAYS,
    record_access=st.sampled_from(Access),
    data_access=st.none() | st.sampled_from(Access),
    record_floor=TERMS,
    data_floor=TERMS,
    sets=st.lists(RULES, max_size=3).map(tuple),
    peers=st.lists(st.sampled_from(["north", "south"]), unique=True).map(tuple),
)
SETS = st.lists(st.sampled_from(["a", "a:b", "a:b:c", "c", "ab"]), unique=True).map(tuple)
RESOURCE = Resource(iri=Iri("https://example.org/d"))


@given(AGREEMENTS)
def test_an_agreement_is_read_as_it_was_written(agreement):
    assert agreement_from_json(agreement_to_json(agreement)) == agreement


@given(AGREEMENTS, SETS, st.sampled_from(["", "PUBLIC", "RESTRICTED"]))
def test_no_label_of_a_source_is_ever_looser_than_its_floor(agreement, sets, right):
    resource = dataclasses.replace(RESOURCE, access_rights=Iri(ACCESS_RIGHTS + right) if right else None)

    labels, _ = derive(resource, agreement, TODAY, sets)

    assert tightens(labels.record, floor(agreement).record)
    assert tightens(labels.data, floor(agreement).data)


@given(AGREEMENTS, SETS)
def test_rules_for_sets_only_tighten(agreement, sets):
    without, _ = derive(RESOURCE, dataclasses.replace(agreement, sets=()), TODAY, sets)
    labels, _ = derive(RESOURCE, agreement, TODAY, sets)

    assert tightens(labels.record, without.record) and tightens(labels.data, without.data)


@pytest.mark.parametrize(
    ("sets", "access"),
    [
        ((), Access.PUBLIC),
        (("open",), Access.PUBLIC),
        (("clinical",), Access.REGISTERED),
        (("open", "clinical:trials"), Access.REGISTERED),
        (("clinicaltrials",), Access.PUBLIC),
    ],
)
def test_a_rule_holds_for_its_set_and_the_sets_below_it(sets, access):
    rule = SetRule(spec="clinical", record=LabelTerms(access=Access.REGISTERED))

    labels, _ = derive(RESOURCE, Agreement(sets=(rule,)), TODAY, sets)

    assert labels.record.access is access


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"record_acces": "public"}, "record_acces"),
        ({"record_access": "open"}, "'open' is none of public, registered"),
        ({"record_floor": {"acess": "public"}}, "acess"),
        ({"record_floor": {"access": "open"}}, "open"),
        ({"record_floor": "restricted"}, "table"),
        ({"data_floor": {"zones": "EU"}}, "list of texts"),
        ({"data_floor": {"zones": ["eu"]}}, "'eu'"),
        ({"data_floor": {"assurance": 5}}, "5"),
        ({"data_floor": {"critical": ["CTA11"]}}, "CTA11"),
        ({"data_floor": {"erase_by": "soon"}}, "soon"),
        ({"sets": [{"record": {}}]}, "spec"),
        ({"sets": ["clinical"]}, "spec"),
        ({"sets": [{"spec": "a", "records": {}}]}, "records"),
        ({"peers": "north"}, "list of texts"),
        ({"record_assurance": "0"}, "record_assurance"),
        ({"record_assurance": True}, "record_assurance"),
        ({"record_assurance": -1}, "-1"),
        ({"data_assurance": 5}, "5"),
        ({"record_critical": ["CTA99"]}, "CTA99"),
        ({"data_zones": ["eu"]}, "eu"),
        ({"country": "Finland"}, "Finland"),
    ],
)
def test_an_agreement_with_a_word_that_is_none_is_refused_by_name(values, named):
    with pytest.raises(SettingsError, match=named):
        agreement_from_json(values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"record_zones": ["XX"]}, "record_zones: 'XX' is no residency zone"),
        ({"data_zones": ["EU", "NAT:QQQ"]}, "data_zones: 'NAT:QQQ' is no residency zone"),
        ({"record_zones": []}, "record_zones is an empty list"),
        ({"record_floor": {"zones": ["XX"]}}, "record_floor.zones: 'XX' is no"),
        ({"data_floor": {"zones": []}}, "data_floor.zones is an empty list"),
        ({"sets": [{"spec": "a", "data": {"zones": ["NAT:ZZZ"]}}]}, "rule for set a: data.zones: 'NAT:ZZZ' is no"),
        ({"sets": [{"spec": "a", "record": {"zones": []}}]}, "rule for set a: record.zones is an empty list"),
    ],
)
def test_zones_that_nobody_lies_in_are_refused_when_they_are_entered_and_read_where_they_are_stored(values, said):
    agreement_from_json(values)

    with pytest.raises(SettingsError, match=re.escape(said)):
        new_agreement(values, dt.date(2026, 11, 25))


def test_zones_that_are_there_are_entered():
    values = {"record_zones": ["WLD"], "data_zones": ["EU", "NAT:DEU"], "data_floor": {"zones": ["EEA"]}}

    assert new_agreement(values, dt.date(2026, 11, 25)) == agreement_from_json(values)


@pytest.mark.parametrize("text", ["https://ror.org/00k4n6c32", "00k4n6c32"])
def test_an_infrastructure_is_named_by_its_ror_however_it_is_spelt(text):
    assert agreement_from_json({"infrastructure": text}).infrastructure == "https://ror.org/00k4n6c32"


@pytest.mark.parametrize("value", ["the beam", "", 7, ["https://ror.org/00k4n6c32"]])
def test_an_infrastructure_without_an_iri_is_refused(value):
    with pytest.raises(SettingsError, match="infrastructure is the IRI"):
        agreement_from_json({"infrastructure": value})
