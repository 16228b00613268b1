"""N-Triples the node wrote are read by their spaces, others by the parser: what is read is the same."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import SyntaxRefused
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import expand
from node.syntax import from_ntriples, to_lines, to_ntriples
from node.syntax.ntriples import node_of

XSD = "http://www.w3.org/2001/XMLSchema#"
NAMES = (
    "<http://e/a>",
    "<http://e/a>",
    "<http://e/é>",
    "<urn:x:1>",
    "<http://e/\\u00e9>",
    "<http://e/a b>",
    "<a>",
    "_:b",
)
VALUES = (
    *NAMES, '"a"', '"é\u2028\x85\x00"', '"a"@en', '"a"@EN-gb', '"a"@e_n', '"a"@en--ltr', '"\\n\\"\\u00e9"@en',
    '"a"b"', '"\ud800"',
    f'"1"^^<{XSD}integer>', f'"a"^^<{XSD}string>', '"1"^^<a>', '"a"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>',
    '" . <http://e/a>"', "#", '"\r"', "", "<http://e/o> . <http://e/a>", '"a" . #"',
)  # fmt: skip
GAPS = st.sampled_from((*[" "] * 8, "  ", "\t", ""))
ENDS = st.sampled_from((*[" .\n"] * 6, " .", ".\n", "\n", " . # said\n", " .\r\n", " .\n\n# said\n", " . "))
STATEMENTS = st.tuples(st.sampled_from(NAMES), GAPS, st.sampled_from(NAMES), GAPS, st.sampled_from(VALUES), ENDS).map(
    "".join
)


@settings(deadline=None, max_examples=1500)
@given(st.lists(STATEMENTS, max_size=3).map("".join))
def test_n_triples_are_read_as_the_parser_reads_them_however_they_are_spelt(text: str) -> None:
    try:
        parsed = [
            (node_of(quad.subject), node_of(quad.predicate), node_of(quad.object))
            for quad in ox.parse(text.encode(), ox.RdfFormat.N_TRIPLES)
        ]
    except (SyntaxError, SyntaxRefused, UnicodeEncodeError):
        with pytest.raises(SyntaxRefused):
            from_ntriples(text)
    else:
        assert list(from_ntriples(text)) == parsed


ENDINGS = ("a", "a b", "é", "[1]#a#b", "%zz", "string")
IRIS = st.sampled_from([Iri(prefix + ending) for prefix in ("http://e/", "urn:x:", XSD) for ending in ENDINGS])
TEXTS = st.text(st.sampled_from('a"\\\n\r\t\x00\x07\x7f\x85é\u2028\ud800\U0001f30d .<>^@'), max_size=6)
LITERALS = st.builds(
    Literal,
    TEXTS,
    st.sampled_from((None, None, "en", "EN-gb", "e_n", "", "en--ltr", "not a tag")),
    st.none() | IRIS,
)


@settings(deadline=None, max_examples=500)
@given(st.lists(st.tuples(IRIS, IRIS, IRIS | LITERALS), max_size=5))
def test_what_is_written_is_told_as_it_is_read_back(triples: list[Triple]) -> None:
    lines = to_lines(triples)

    assert "".join(sorted(lines)) == to_ntriples(triples)
    assert [lines[line] for line in sorted(lines)] == list(from_ntriples(to_ntriples(triples)))
    assert {type(part) for triple in lines.values() for part in triple} <= {Iri, Literal}


def test_what_is_read_has_the_types_of_the_model() -> None:
    given_ = (
        (Iri("http://e/a"), expand("dct:title"), Literal('a "title"\n', "en")),
        (Iri("http://e/a"), expand("dct:title"), Literal("a title")),
        (Iri("http://e/b"), expand("dct:issued"), Literal("2020", datatype=expand("xsd:gYear"))),
        (Iri("http://e/b"), expand("dct:license"), Iri("http://e/c")),
    )

    read = from_ntriples(to_ntriples(given_))

    assert set(read) == set(given_)
    assert {type(part) for triple in read for part in triple} == {Iri, Literal}
    assert {type(value.datatype) for *_, value in read if isinstance(value, Literal)} == {type(None), Iri}


def test_a_lone_surrogate_is_refused_and_not_a_crash() -> None:
    with pytest.raises(SyntaxRefused):
        from_ntriples('<http://e/a> <http://e/b> "\ud800" .\n')
