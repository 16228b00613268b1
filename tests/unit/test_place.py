"""Where an object may be stored."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import NoAdmissibleZone
from node.model.label import Access, Label, Retention, Zone
from node.sovereignty.labels import join, most_restrictive
from node.sovereignty.place import obstacles, place
from tests.labels import TODAY, label, labels

ANYWHERE = Zone(name="anywhere", url="file:a")
FINLAND = Zone(name="finland", url="file:b", country="FIN", assurance=2, tier=Access.REGISTERED)
FORTRESS = Zone(
    name="fortress",
    url="s3+https://s3.example.org/b",
    country="DEU",
    assurance=4,
    tier=Access.CONFIDENTIAL,
    encrypted=True,
    versioned=True,
)


@pytest.mark.parametrize(
    ("what", "zone"),
    [
        (label(), ANYWHERE),
        (label(zones="EU"), FINLAND),
        (label(zones="EEA EUA"), FINLAND),
        (label(zones="NAT:DEU"), FORTRESS),
        (label(assurance=1), FINLAND),
        (label(assurance=3), FORTRESS),
        (label(access=Access.REGISTERED), FINLAND),
        (label(access=Access.RESTRICTED), FORTRESS),
        (most_restrictive(), FORTRESS),
    ],
)
def test_the_first_zone_that_the_label_admits(what: Label, zone: Zone) -> None:
    assert place(what, [ANYWHERE, FINLAND, FORTRESS], today=TODAY) is zone


@pytest.mark.parametrize(
    ("what", "zone", "reason"),
    [
        (label(zones="EU"), ANYWHERE, "country ZZZ does not lie in EU"),
        (label(zones="NAT:FRA NAT:DEU"), FORTRESS, "country DEU does not lie in NAT:DEU/NAT:FRA"),
        (label(zones="QQ"), FORTRESS, "country DEU does not lie in QQ"),
        (label(zones=""), ANYWHERE, "country ZZZ does not lie in any zone"),
        (label(assurance=1), ANYWHERE, "assurance 0 is below 1"),
        (label(access=Access.REGISTERED), ANYWHERE, "tier public is below registered"),
        (
            label(retention=Retention(keep_until=dt.date(2030, 1, 2), erase_by=dt.date(2030, 1, 1))),
            FORTRESS,
            "retention: to be kept until 2030-01-02, but erased by 2030-01-01",
        ),
    ],
)
def test_each_reason_why_a_zone_may_not_hold_an_object(what: Label, zone: Zone, reason: str) -> None:
    assert obstacles(what, zone, today=TODAY) == (reason,)


def test_restricted_objects_need_encryption_and_versioning() -> None:
    plain = Zone(name="plain", url="file:c", country="DEU", assurance=4, tier=Access.CONFIDENTIAL)

    assert obstacles(label(access=Access.RESTRICTED), plain, today=TODAY) == (
        "restricted objects need encryption at rest",
        "restricted objects need versioning",
    )
    assert obstacles(label(access=Access.REGISTERED), plain, today=TODAY) == ()


def test_where_no_zone_will_do_each_one_says_why() -> None:
    with pytest.raises(NoAdmissibleZone) as caught:
        place(label(zones="NAT:FRA", assurance=1), [ANYWHERE, FINLAND], today=TODAY)

    assert caught.value.code == "sovereignty.no-zone"
    assert caught.value.message == (
        "no storage zone may hold the object: "
        "anywhere: country ZZZ does not lie in NAT:FRA, assurance 0 is below 1; "
        "finland: country FIN does not lie in NAT:FRA"
    )


def test_without_zones_there_is_no_default() -> None:
    with pytest.raises(NoAdmissibleZone, match="there is none"):
        place(label(), [], today=TODAY)


@given(labels, labels, st.sampled_from([ANYWHERE, FINLAND, FORTRESS]))
def test_tightening_never_opens_a_zone(one: Label, other: Label, zone: Zone) -> None:
    if obstacles(one, zone, today=TODAY):
        assert obstacles(join(one, other), zone, today=TODAY)
