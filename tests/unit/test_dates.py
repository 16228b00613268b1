"""Dates and periods as repositories write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Literal as RdflibLiteral
from rdflib import URIRef

from node.model.dcat import Period
from node.model.rdf import Literal
from node.terms import dates


@pytest.mark.parametrize(
    ("text", "value", "datatype"),
    [
        ("2020", "2020", dates.YEAR),
        ("-0044", "-0044", dates.YEAR),
        ("2020-01", "2020-01", dates.YEAR_MONTH),
        ("2020-01-05", "2020-01-05", dates.DATE),
        (" 2020-01-05 ", "2020-01-05", dates.DATE),
        ("2020-01-05Z", "2020-01-05", dates.DATE),
        ("2020-1-5", "2020-01-05", dates.DATE),
        ("2020/01/05", "2020-01-05", dates.DATE),
        ("20200105", "2020-01-05", dates.DATE),
        ("05.01.2020", "2020-01-05", dates.DATE),
        ("5. 1. 2020", "2020-01-05", dates.DATE),
        ("25/12/2020", "2020-12-25", dates.DATE),
        ("12/25/2020", "2020-12-25", dates.DATE),
        ("03/03/2020", "2020-03-03", dates.DATE),
        ("5 January 2020", "2020-01-05", dates.DATE),
        ("January 5th, 2020", "2020-01-05", dates.DATE),
        ("5. März 2020", "2020-03-05", dates.DATE),
        ("1er août 1999", "1999-08-01", dates.DATE),
        ("3 de março de 2020", "2020-03-03", dates.DATE),
        ("Jan 2020", "2020-01", dates.YEAR_MONTH),
        ("2020-01-05T10:11:12Z", "2020-01-05T10:11:12Z", dates.DATE_TIME),
        ("2020-01-05T10:11", "2020-01-05T10:11:00", dates.DATE_TIME),
        ("2020-01-05 10:11:12.5", "2020-01-05T10:11:12.5", dates.DATE_TIME),
        ("2020-01-05T10:11:12+0100", "2020-01-05T10:11:12+01:00", dates.DATE_TIME),
        ("2020-01-05T24:00:00Z", "2020-01-05T24:00:00Z", dates.DATE_TIME),
        ("2020?", "2020", dates.YEAR),
        ("2020~", "2020", dates.YEAR),
        ("[1999]", "1999", dates.YEAR),
        ("ca. 1850", "1850", dates.YEAR),
        ("©2001", "2001", dates.YEAR),
    ],
)
def test_a_date_keeps_the_precision_it_is_written_in(text: str, value: str, datatype: str) -> None:
    found = dates.date(text)

    assert found is not None
    assert (found.value, found.datatype) == (value, datatype)


@pytest.mark.parametrize(
    "text",
    [
        "", "03/04/2020", "3-4-2020", "2020-02-30", "2021-02-29", "2020-13", "0000", "0000-00-00", "99", "20209999",
        "2020-01-05T25:00:00Z", "2020-01-05T10:60:00", "2020-01-05T10:00:00+15:00", "2016-12-31T23:59:60Z",
        "5 Foo 2020",        "no date", "199X", "2001-21", "2001/2003", "two thousand", "٢٠٢٠", "2020-01-05" * 100,
    ],
)  # fmt: skip
def test_what_is_no_date_or_might_be_two_is_none(text: str) -> None:
    assert dates.date(text) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2001-01-01/2003-12-31", "2001-01-01", "2003-12-31"),
        ("2001/2003-05", "2001", "2003-05"),
        ("2001/..", "2001", None),
        ("2001-05-01/", "2001-05-01", None),
        ("../2020", None, "2020"),
        ("/2020", None, "2020"),
        ("2001 - 2003", "2001", "2003"),
        ("2001–2003", "2001", "2003"),
        ("2001-", "2001", None),
        ("from 1 May 2001 to 3 May 2001", "2001-05-01", "2001-05-03"),
        ("start=2001; end=2003;", "2001", "2003"),
        ("name=The Great Depression; start=1929; end=1939; scheme=W3C-DTF", "1929", "1939"),
        ("start=2001;", "2001", None),
        ("199X", "1990", "1999"),
        ("1990s", "1990", "1999"),
        ("2001-21", "2001-03-01", "2001-05-31"),
    ],
)
def test_a_period_may_be_open_at_either_end(text: str, start: str | None, end: str | None) -> None:
    found = dates.period(text)

    assert found is not None
    assert (found.start.value if found.start else None, found.end.value if found.end else None) == (start, end)


@pytest.mark.parametrize(
    "text", ["", "/", "../..", "2001", "2001-12", "2003/2001", "2001/soon", "start=; end=;", "a/b/c"]
)
def test_what_is_no_period_is_none(text: str) -> None:
    assert dates.period(text) is None


@given(st.one_of(st.text(), st.text(st.sampled_from("0123456789-/.:TZ+XY?~ sx"), max_size=30)))
def test_every_text_is_answered_and_what_is_written_is_read_again(text: str) -> None:
    found, period = dates.date(text), dates.period(text)

    assert found is None or dates.date(found.value) == found
    assert period is None or (isinstance(period, Period) and (period.start or period.end))


@given(st.one_of(st.dates(), st.datetimes()))
def test_every_iso_date_is_read_as_it_is(moment: dt.date) -> None:
    found = dates.date(moment.isoformat())

    assert found == Literal(moment.isoformat(), datatype=dates.DATE_TIME if "T" in moment.isoformat() else dates.DATE)


@given(st.text(st.sampled_from("0123456789-/.:TZ+ "), max_size=26))
def test_what_is_read_is_valid_by_xml_schema(text: str) -> None:
    found = dates.date(text)

    if found is not None and not found.value.startswith("-") and "T24" not in found.value:
        assert not RdflibLiteral(found.value, datatype=URIRef(found.datatype or "")).ill_typed
