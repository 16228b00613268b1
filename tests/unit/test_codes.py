"""Country names and codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terms import codes

EU = "http://publications.europa.eu/resource/authority/country/"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DEU"),
        ("Deutschland", "DEU"),
        ("Allemagne", "DEU"),
        ("Γερμανία", "DEU"),
        ("DE", "DEU"),
        ("de", "DEU"),
        ("DEU", "DEU"),
        (EU + "DEU", "DEU"),
        ("UK", "GBR"),
        ("United Kingdom", "GBR"),
        ("EL", "GRC"),
        ("GR", "GRC"),
        ("Czech Republic", "CZE"),
        ("Österreich", "AUT"),
        ("  Bolivia, Plurinational State of ", "BOL"),
        ("U.S.A.", "USA"),
        ("Kosovo", "XKX"),
    ],
)
def test_a_country_is_known_by_name_and_code(text: str, code: str) -> None:
    assert codes.country(text) == code


@pytest.mark.parametrize("text", ["", " ", "Atlantis", "Europe", "ZZZ", "D", "x" * 1000])
def test_what_is_no_country_is_none(text: str) -> None:
    assert codes.country(text) is None
    assert codes.country_iri(text) is None


def test_the_eus_table_has_its_own_code_for_kosovo_only() -> None:
    assert codes.country_iri("DEU") == EU + "DEU"
    assert codes.country_iri("XKX") == EU + "1A0"
    assert codes.country(EU + "1A0") == "XKX"


@given(st.text())
def test_every_text_is_answered_and_codes_are_stable(text: str) -> None:
    code = codes.country(text)

    assert code is None or (len(code) == 3 and codes.country(code) == code)
