"""Which countries a residency zone holds, and when."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import SettingsError
from node.sovereignty.zones import admits, members, read_table, zone_table
from node.terms import codes as iso
from tests.labels import TODAY

ENTRY = '[[zone]]\ncode = "AAA"\nvalid_from = 2020-01-01\nvalid_until = 2020-12-31\nsource = "s"\ncountries = ["DEU"]\n'


@pytest.mark.parametrize(
    ("codes", "country", "inside"),
    [
        ("WLD", "ZZZ", True),
        ("WLD", "USA", True),
        ("EU", "FIN", True),
        ("EU", "NOR", False),
        ("EU", "GBR", False),
        ("EU", "ZZZ", False),
        ("EEA", "LIE", True),
        ("EUA", "LIE", False),
        ("EUA", "UKR", True),
        ("EUA", "CHE", True),
        ("EEA EUA", "NOR", True),
        ("EEA EUA", "LIE", False),
        ("EEA EUA", "UKR", False),
        ("ADQ", "FRA", True),
        ("ADQ", "JPN", True),
        ("ADQ", "BRA", True),
        ("ADQ", "USA", False),
        ("ADQ", "CAN", False),
        ("NAT:DEU", "DEU", True),
        ("NAT:DEU", "FRA", False),
        ("NAT:DEU NAT:FRA", "DEU", False),
        ("NAT:DEU EU", "DEU", True),
        ("NAT:ZZZ", "ZZZ", False),
        ("XX", "DEU", False),
        ("WLD XX", "DEU", False),
        ("", "DEU", False),
    ],
)
def test_countries_inside_and_outside(codes: str, country: str, inside: bool) -> None:
    assert admits(codes.split(), country, TODAY) == inside


def test_the_union_has_its_27_members_and_the_eea_three_more() -> None:
    assert len(members("EU", TODAY)) == 27
    assert members("EEA", TODAY) - members("EU", TODAY) == {"ISL", "LIE", "NOR"}
    assert members("EU", TODAY) < members("EUA", TODAY)


def test_every_country_listed_is_an_iso_code() -> None:
    listed = {country for entry in zone_table() for country in entry.countries}

    assert {country for country in listed if iso.country(country) != country} == set()


def test_a_membership_holds_from_its_first_to_its_last_day() -> None:
    table = read_table(ENTRY)

    days = [dt.date(2019, 12, 31), dt.date(2020, 1, 1), dt.date(2020, 12, 31), dt.date(2021, 1, 1)]

    assert [admits(["AAA"], "DEU", day, table) for day in days] == [False, True, True, False]


def test_an_adequacy_decision_that_ends_by_itself_ends() -> None:
    assert admits(["ADQ"], "GBR", dt.date(2031, 12, 27))
    assert not admits(["ADQ"], "GBR", dt.date(2031, 12, 28))


@given(st.lists(st.sampled_from(["WLD", "ADQ", "EUA", "EEA", "EU", "NAT:DEU", "QQ"]), min_size=1), st.text(max_size=4))
def test_another_code_never_adds_a_country(codes: list[str], country: str) -> None:
    for count in range(1, len(codes)):
        assert admits(codes[:count], country, TODAY) or not admits(codes, country, TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "not TOML",
        ENTRY.replace("DEU", "Germany"),
        ENTRY.replace("DEU", "ZZZ"),
        ENTRY.replace("AAA", "WLD"),
        ENTRY.replace("AAA", "NAT:DEU"),
        ENTRY.replace('"s"', '""'),
        ENTRY.replace("source", "origin"),
        ENTRY.replace("2020-01-01", "2020-01-01T00:00:00Z"),
        ENTRY.replace("2020-01-01", '"2020-01-01"'),
        ENTRY + 'includes = ["AAA"]\n',
        ENTRY + 'includes = ["BBB"]\n',
    ],
)
def test_a_table_that_is_wrong_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"zones\.toml"):
        read_table(wrong)
