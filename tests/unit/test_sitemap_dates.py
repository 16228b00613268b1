"""Dates the way sitemaps and HTTP spell them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.sitemap_dates import earliest, latest, made, spelt


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z"),
        ("2026-02", "2026-02-01T00:00:00Z", "2026-03-04T00:00:00Z"),
        ("2026-02-03", "2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z"),
        ("2026-02-03T04:05Z", "2026-02-03T04:05:00Z", "2026-02-03T04:06:00Z"),
        (" 2026-02-03T04:05:06.789+02:00 ", "2026-02-03T02:05:06Z", "2026-02-03T02:05:07Z"),
        ("2026-02-03 04:05:06 -0130", "2026-02-03T05:35:06Z", "2026-02-03T05:35:07Z"),
    ],
)
def test_a_date_is_a_span_and_never_too_short(text: str, first: str, last: str) -> None:
    begin, end = earliest(text), latest(text)

    assert begin is not None and end is not None
    assert (spelt(begin), spelt(end)) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13", "2026-02-30", "0000", "2026-02-03T25:00", "9999-12-31T23:59:59-14:00"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert earliest(text) is None and latest(text) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    earliest(text)
    made({"date": text, "age": text, "last-modified": text})


NOW = "Tue, 03 Feb 2026 04:05:06 GMT"


@pytest.mark.parametrize(
    ("headers", "moment"),
    [
        ({"date": NOW}, "2026-02-03T04:05:06Z"),
        ({"date": NOW, "age": "6"}, "2026-02-03T04:05:00Z"),
        (
            {"date": NOW, "last-modified": "Sun, 01 Feb 2026 00:00:00 GMT"},
            "2026-02-01T00:00:00Z",
        ),
        (
            {"date": NOW, "last-modified": "Sun, 01 Feb 2099 00:00:00 GMT"},
            "2026-02-03T04:05:06Z",
        ),
        ({"last-modified": "Sun, 01 Feb 2026 00:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_an_answer_is_as_old_as_its_servers_clock_says(headers: dict[str, str], moment: str | None) -> None:
    found = made(headers)

    assert (found and spelt(found.astimezone(dt.UTC))) == moment
