"""Where a label comes from: each dimension names what made it so, and what a change changed."""

import dataclasses
import datetime as dt

from hypothesis import given

from node.model.dcat import Resource
from node.model.label import Access, Label, PersonalData
from node.model.rdf import Iri, Literal
from node.model.source import Agreement, LabelTerms, SetRule
from node.sovereignty.derive import ACCESS_RIGHTS, derive
from node.sovereignty.explain import DIMENSIONS, differences, explain
from node.sovereignty.tags import encode
from tests.labels import TODAY, label, labels
from tests.unit.test_agreement_terms import AGREEMENTS, SETS
from tests.unit.test_label_overrides import LATER, OVERRIDES, override

RESOURCE = Resource(
    iri=Iri("https://example.org/d"), access_rights=Iri(f"{ACCESS_RIGHTS}RESTRICTED"), available=Literal("2027-06-01")
)
AGREED = Agreement(
    country="FIN",
    data_access=Access.REGISTERED,
    data_zones=("EU",),
    data_critical=(),
    data_personal=PersonalData.NONE,
    data_assurance=1,
    data_floor=LabelTerms(zones=("EU",)),
    sets=(SetRule(spec="clinical", data=LabelTerms(personal=PersonalData.PSEUDONYMISED)),),
)


def told(**more):
    return {
        cause.dimension: (cause.value, cause.sources)
        for cause in explain("data", RESOURCE, AGREED, TODAY, ("clinical:trials",), **more)
    }


def test_each_dimension_names_what_made_it_so():
    assert told() == {
        "access": ("restricted", ("record: dct:accessRights", "record: dct:available")),
        "zones": ("EU", ("agreement", "floor")),
        "critical": ("none", ("agreement",)),
        "personal": ("pseudonymised", ("rule for set clinical",)),
        "policies": ("none", ("agreement",)),
        "retention": (":", ()),
        "assurance": ("1", ("agreement",)),
        "origin": ("FIN", ("agreement",)),
    }


def test_what_two_people_decided_takes_the_place_of_the_rest_and_the_floor_stays():
    terms = LabelTerms(access=Access.PUBLIC, zones=("WLD",))
    loose = override(number=4, loosens=True, second="ben", expires=LATER, terms=terms)
    tight = override(number=5, terms=LabelTerms(assurance=3, erase_by=dt.date(2030, 1, 1)))

    found = told(overrides=[loose, tight])

    assert found["access"] == ("public", ("decision 4",))
    assert found["zones"] == ("EU", ("floor",))
    assert found["assurance"] == ("3", ("decision 5",))
    assert found["retention"] == (":2030-01-01", ("decision 5",))


@given(AGREEMENTS, SETS, OVERRIDES)
def test_what_is_explained_is_what_is_derived(agreement, sets, overrides):
    derived, _ = derive(RESOURCE, agreement, TODAY, sets, overrides)

    for of in ("record", "data"):
        spelt = encode(getattr(derived, of))
        causes = explain(of, RESOURCE, agreement, TODAY, sets, overrides)
        assert [cause.dimension for cause in causes] == list(DIMENSIONS)
        assert {cause.value for cause in causes} == set(spelt.values())
        for cause in causes:
            assert cause.sources or cause.dimension == "retention" or cause.value in ("none", "public", "WLD", "0")


@given(labels)
def test_a_label_that_stays_has_no_difference(one: Label):
    assert differences(one, one) == ()
    assert differences(label(), dataclasses.replace(label(), assurance=3)) == ("assurance: 0 -> 3",)
