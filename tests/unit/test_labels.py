"""The join of labels is that of a semilattice, in all dimensions at once."""

from __future__ import annotations

import datetime as dt

from hypothesis import given

from node.model.label import Access, Label, PersonalData, Retention
from node.sovereignty.labels import conflicts, join, least, most_restrictive, tightens
from tests.labels import label, labels


@given(labels, labels)
def test_the_join_does_not_depend_on_the_order(one: Label, other: Label) -> None:
    assert join(one, other) == join(other, one)


@given(labels, labels, labels)
def test_the_join_does_not_depend_on_the_grouping(one: Label, other: Label, third: Label) -> None:
    assert join(join(one, other), third) == join(one, join(other, third)) == join(one, other, third)


@given(labels)
def test_joining_a_label_with_itself_changes_nothing(one: Label) -> None:
    assert join(one, one) == one


@given(labels)
def test_the_least_label_is_neutral(one: Label) -> None:
    assert join(one, least()) == one
    assert join() == least()


@given(labels, labels)
def test_the_join_tightens_both_and_nothing_less_does(one: Label, other: Label) -> None:
    both = join(one, other)

    assert tightens(both, one)
    assert tightens(both, other)
    assert tightens(one, other) == (both == one)


@given(labels, labels, labels)
def test_an_upper_bound_tightens_the_join(one: Label, other: Label, third: Label) -> None:
    upper = join(one, other, third)

    assert tightens(upper, join(one, other))


@given(labels, labels, labels)
def test_tightening_is_a_partial_order(one: Label, other: Label, third: Label) -> None:
    assert tightens(one, one)
    assert not (tightens(one, other) and tightens(other, one)) or one == other
    assert not (tightens(one, other) and tightens(other, third)) or tightens(one, third)


def test_each_dimension_joins_as_the_reference_says() -> None:
    one = label(
        origin=frozenset({"FIN"}),
        zones="EEA",
        access=Access.REGISTERED,
        critical=frozenset({"CTA02"}),
        policies=frozenset({"agreement-7"}),
        retention=Retention(keep_until=dt.date(2030, 1, 1), erase_by=dt.date(2041, 1, 1)),
        assurance=3,
    )
    other = label(
        origin=frozenset({"DEU"}),
        zones="EUA",
        personal=PersonalData.PERSONAL,
        critical=frozenset({"dual-use"}),
        policies=frozenset({"no-export"}),
        retention=Retention(keep_until=dt.date(2031, 1, 1), erase_by=dt.date(2040, 1, 1)),
        assurance=1,
    )

    assert join(one, other) == label(
        origin=frozenset({"FIN", "DEU"}),
        zones="EEA EUA",
        access=Access.REGISTERED,
        personal=PersonalData.PERSONAL,
        critical=frozenset({"CTA02", "dual-use"}),
        policies=frozenset({"agreement-7", "no-export"}),
        retention=Retention(keep_until=dt.date(2031, 1, 1), erase_by=dt.date(2040, 1, 1)),
        assurance=3,
    )


def test_the_world_says_nothing_beside_another_zone() -> None:
    assert join(label(zones="WLD"), label(zones="EU")) == label(zones="EU")
    assert tightens(label(zones="EU"), label(zones="WLD"))


def test_a_label_without_a_zone_counts_as_one_of_unknown_zone() -> None:
    nowhere = label(zones=frozenset())

    assert join(nowhere, label(zones="WLD")).zones == most_restrictive().zones


def test_keeping_for_longer_than_allowed_is_a_conflict_that_only_the_join_shows() -> None:
    keep = label(retention=Retention(keep_until=dt.date(2040, 1, 1)))
    erase = label(retention=Retention(erase_by=dt.date(2030, 1, 1)))

    assert conflicts(keep) == conflicts(erase) == ()
    assert conflicts(join(keep, erase)) == ("retention: to be kept until 2040-01-01, but erased by 2030-01-01",)
