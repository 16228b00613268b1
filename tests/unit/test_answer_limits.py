"""Counting rows in the bytes of an answer, and scrubbing its XML, wherever the bytes happen to be cut."""

from __future__ import annotations

from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.storage.graphs.answer_limits import RowCount, XmlScrub, has_xml_name

FORMATS = {
    "application/sparql-results+json": (ox.QueryResultsFormat.JSON, 0),
    "application/sparql-results+xml": (ox.QueryResultsFormat.XML, 0),
    "text/csv": (ox.QueryResultsFormat.CSV, 1),
    "text/tab-separated-values": (ox.QueryResultsFormat.TSV, 1),
}
# What looks like the boundary of a row, inside a value.
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ['},{"x":{', ",{", '"},{"', "{}", "<result>", "</result><result>", "\r\n", '"\r\n"', "a,b\n", "\t\n", '[{"']
    ),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=12)


def answer(rows: list[tuple[str, str]], form: ox.QueryResultsFormat) -> bytes:
    literals = " ".join(f"({ox.Literal(first)} {ox.Literal(second)})" for first, second in rows)
    results = ox.Store().query(f"SELECT ?x ?other {{ VALUES (?x ?other) {{ {literals} }} }}")
    assert isinstance(results, ox.QuerySolutions)
    data = results.serialize(format=form)
    assert data is not None
    return data


@pytest.mark.parametrize("media_type", FORMATS)
@given(rows=ROWS, size=st.integers(1, 200))
def test_rows_are_counted_exactly_however_the_bytes_are_cut(
    media_type: str, rows: list[tuple[str, str]], size: int
) -> None:
    form, header = FORMATS[media_type]
    data = answer(rows, form)
    count = RowCount(media_type)

    for start in range(0, len(data), size):
        count.add(data[start : start + size])

    assert count.rows == len(rows) + header


@given(value=st.text(st.characters(exclude_categories=["Cs"])), size=st.integers(1, 9))
def test_scrubbed_xml_is_well_formed_and_keeps_every_character_that_xml_has(value: str, size: int) -> None:
    data = answer([(value, "\x01\ufffe")], ox.QueryResultsFormat.XML)
    scrub = XmlScrub("application/sparql-results+xml")

    clean = b"".join(scrub.add(data[start : start + size]) for start in range(0, len(data), size)) + scrub.finish()

    literals = [
        element.text or "" for element in ElementTree.fromstring(clean).iter() if element.tag.endswith("literal")
    ]
    bad = {chr(code) for code in range(32)} - set("\t\n\r") | {"\ufffe", "\uffff"}
    expected = "".join("\ufffd" if character in bad else character for character in value)
    assert literals[0] == expected
    assert literals[1] == "\ufffd\ufffd"


@given(st.text(st.sampled_from("aé中1/#:-_.?=%'(,·😀\u0378\u2070 \u0300"), max_size=6))
def test_a_property_that_has_a_name_in_xml_is_read_from_it_again(end: str) -> None:
    try:
        triple = ox.Triple(ox.NamedNode("http://e/s"), ox.NamedNode(f"http://e/{end}"), ox.Literal("o"))
    except ValueError:
        return
    data = ox.serialize([triple], format=ox.RdfFormat.RDF_XML)
    assert data is not None
    if has_xml_name(triple.predicate.value):
        assert [found.triple for found in ox.parse(data, ox.RdfFormat.RDF_XML)] == [triple]
        ElementTree.fromstring(data)
    else:
        assert not end.isascii() or not end[-1:].isalpha()


def test_white_space_of_a_foreign_engine_stays_outside_the_text() -> None:
    document = b'<?xml version="1.0"?>\r\n<sparql>\r\n</sparql>\r\n'
    scrub = XmlScrub("application/sparql-results+xml", indented=True)

    assert scrub.add(document) + scrub.finish() == document


def test_other_formats_are_left_alone() -> None:
    scrub = XmlScrub("text/csv")

    assert scrub.add(b"\x01\r\xef\xbf") + scrub.finish() == b"\x01\r\xef\xbf"
