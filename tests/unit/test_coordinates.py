"""Coordinates as cataloguers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.mapping.coordinates import box_or_point, degrees, statement
from node.model.dcat import Place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W0123000", -12.5),
        ("E0123000", 12.5),
        ("s0900000", -90.0),
        ("W012.583333", -12.583333),
        ("W01230.5000", -12.508333),
        ("W0123000.50", -12.500139),
        ("+012.583333", 12.583333),
        ("-12.5", -12.5),
        ("12.5", 12.5),
        ("W 12⁰30ʹ00ʺ", -12.5),
        ("E 12°30'36\"", 12.51),
        ("N 71⁰", 71.0),
        ("W0126000", None),
        ("W012300", None),
        ("", None),
        ("west", None),
        ("1" * 100, None),
    ],
)
def test_a_coordinate_is_read_in_any_of_its_spellings(text: str, expected: float | None) -> None:
    assert degrees(text) == expected


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        (("W0163000", "E0150000", "N0710000", "N0350000"), Place(bbox=(-16.5, 35.0, 15.0, 71.0))),
        (("E0150000", "E0150000", "N0350000", "N0350000"), Place(wkt="POINT(15 35)")),
        (("E0150000", "E0160000", "N0350000", "N0710000"), None),
        (("E1900000", "E1900000", "N0350000", "N0350000"), None),
        (("E0150000", "", "N0350000", "N0350000"), None),
    ],
)
def test_four_coordinates_are_a_box_or_a_point_on_the_globe(
    sides: tuple[str, str, str, str], expected: Place | None
) -> None:
    assert box_or_point(*sides) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(W 16⁰30ʹ--E 15⁰/N 71⁰--N 35⁰).", Place(bbox=(-16.5, 35.0, 15.0, 71.0))),
        ("W 16°30'–E 15°/N 71°–N 35°", Place(bbox=(-16.5, 35.0, 15.0, 71.0))),
        ("(E 15⁰/N 35⁰)", Place(wkt="POINT(15 35)")),
        ("W0163000 E0150000 N0710000 N0350000", Place(bbox=(-16.5, 35.0, 15.0, 71.0))),
        ("W0163000 E0150000", None),
        ("scale 1:50,000", None),
        ("", None),
    ],
)
def test_a_statement_of_coordinates_is_a_place(text: str, expected: Place | None) -> None:
    assert statement(text) == expected


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    degrees(text)
    statement(text)


@given(st.floats(-180, 180).map(lambda value: round(value, 6)))
def test_decimal_degrees_are_what_they_say(value: float) -> None:
    assert degrees(f"{value:.6f}") == pytest.approx(value)
