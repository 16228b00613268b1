"""NUTS codes: read where they can be ones, and the countries they lie in."""

from __future__ import annotations

import pytest

from node.terms import regions

EU = "http://publications.europa.eu/resource/authority/country/"


@pytest.mark.parametrize(
    ("text", "code", "country"),
    [
        ("FI1B", "FI1B", "FIN"),
        (" NUTS DE2 ", "DE2", "DEU"),
        ("http://data.europa.eu/nuts/code/EL303", "EL303", "GRC"),
        ("https://data.europa.eu/nuts/code/UKL", "UKL", "GBR"),
    ],
)
def test_a_code_or_its_address_is_a_region_of_its_country(text: str, code: str, country: str) -> None:
    region = regions.region(text)

    assert region == f"http://data.europa.eu/nuts/code/{code}"
    assert (regions.code(region), regions.country_of(region)) == (code, EU + country)


@pytest.mark.parametrize("text", ["FI", "GR30", "US12", "FI1BCD", "fi1b", "Bavaria", "", "X" * 400])
def test_what_is_no_code_of_a_region_is_none(text: str) -> None:
    assert regions.region(text) is None
