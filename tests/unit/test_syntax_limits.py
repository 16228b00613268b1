"""The bounds of the gate let honest documents through, and stand where they are said to."""

from __future__ import annotations

import json

import pytest

from node.errors import SyntaxRefused, TooLarge
from node.syntax import parse_rdf, parse_xml, refuse_doctype
from node.syntax.context_cost import MAX_CHAIN, refuse_costly
from node.syntax.nesting import MAX_BRACKETS, MAX_TRIPLE_TERMS, refuse_deep
from node.syntax.quads import parse_quads

BASE = "http://base/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MANY = MAX_BRACKETS + 10


@pytest.mark.parametrize(
    "document",
    [
        "<a> <b> '" + "[" * MANY + "' .",
        '<a> <b> "' + "(" * MANY + '\\"[" .',
        "<a> <b> '''" + "'[" * MANY + "\\'''' .",
        '<a> <b> """' + '""[' * MANY + '\\"""" .',
        "# " + "[" * MANY + "\n<a> <b> <c> .",
        "<a> <b> <http://e/" + "(" * 8000 + "> . # " + "(" * MANY,
        "@prefix e: <http://e/> . e:a\\(\\( e:b e:c . " + "e:a\\( e:b e:c . " * MANY,
        "<a> <b> " + "[ <b> 1 ] , " * MANY + "1 .",
        "<a> <b> " + "( 1 ) , " * MANY + "1 .",
    ],
    ids=["text", "quoted text", "long text", "long quoted text", "comment", "address", "names", "nodes", "lists"],
)
def test_brackets_that_are_none_do_not_count(document: str) -> None:
    refuse_deep(document.encode())

    assert parse_rdf(document.encode(), "text/turtle", base_iri=BASE)


@pytest.mark.parametrize("media_type", ["application/trig", "application/n-quads"])
def test_signs_of_triple_terms_in_texts_and_addresses_do_not_count(media_type: str) -> None:
    text = "<<" * (MAX_TRIPLE_TERMS + 1)

    (quad,) = parse_quads(f'<http://a> <http://b> "{text}" .'.encode(), media_type, base_iri=BASE)

    assert getattr(quad[2], "value", None) == text


def test_nesting_is_refused_one_past_the_limit() -> None:
    refuse_deep(b"[" * MAX_BRACKETS)
    with pytest.raises(SyntaxRefused, match="line 2: the document nests too deep"):
        refuse_deep(b"\n" + b"[" * (MAX_BRACKETS + 1))
    refuse_deep(b"<<" * MAX_TRIPLE_TERMS)
    with pytest.raises(SyntaxRefused, match="nests too deep"):
        refuse_deep(b"<<" * (MAX_TRIPLE_TERMS + 1))


def test_rdf_xml_may_declare_256_namespaces_and_again_beside() -> None:
    def declared(count: int) -> bytes:
        scope = "".join(f" xmlns:p{number}='u:{number}'" for number in range(count - 1))
        return f"<a xmlns:r='{RDF}'><b{scope}/><b{scope}/></a>".encode()

    refuse_doctype(declared(256))
    with pytest.raises(SyntaxRefused, match="more than 256 namespaces are in scope"):
        refuse_doctype(declared(257))


def test_an_xml_literal_is_read_with_the_namespaces_around_it() -> None:
    inside = "".join(f"<b>{number}</b>" for number in range(1000))
    document = f"<r:RDF xmlns:r='{RDF}' xmlns:e='http://e/'><r:Description r:about='http://d/'>"
    document += f"<e:p r:parseType='Literal'>{inside}</e:p></r:Description></r:RDF>"

    (triple,) = parse_rdf(document.encode(), "application/rdf+xml", base_iri=BASE)

    assert "999" in getattr(triple[2], "value", "")


def test_terms_are_counted_once_however_often_they_are_used() -> None:
    long = "x" * 8000
    document = f"@prefix p: <http://{long}> . " + "".join(f"p:a p:b {number} . " for number in range(50_000))

    assert len(parse_rdf(document.encode(), "text/turtle", base_iri=BASE)) == 50_000
    with pytest.raises(TooLarge, match="characters together"):
        spelt = f"@prefix p: <http://{long}> . " + "".join(f"p:a{number} p:b 1 . " for number in range(20_000))
        parse_rdf(spelt.encode(), "text/turtle", base_iri=BASE)


def test_contexts_that_cost_little_are_read() -> None:
    terms = {f"x{number}": f"http://x/{number}" for number in range(1000)}
    scoped = {"a": {"@id": "http://a/", "@context": {"b": "http://b/"}}}
    document = {
        "@context": {**terms, **scoped},
        "@graph": [{"@id": f"http://d/{number}", "a": {"b": number}, "x1": number} for number in range(1000)],
    }

    assert len(parse_rdf(json.dumps(document).encode(), "application/ld+json", base_iri=BASE)) == 3000


def test_terms_may_be_defined_by_one_another_within_reason() -> None:
    def chained(length: int) -> dict[str, object]:
        terms = {f"t{number}": f"t{number + 1}:x" for number in range(length)}
        return {"@context": {**terms, f"t{length}": "http://x/"}, "t0": 1}

    refuse_costly(chained(MAX_CHAIN - 1))
    with pytest.raises(SyntaxRefused, match="defined by one another"):
        refuse_costly(chained(MAX_CHAIN + 1))
    refuse_costly({"@context": {f"t{number}": "http://x/" for number in range(10_000)}})


def test_a_wide_document_is_read_up_to_the_limit() -> None:
    assert len(parse_xml(b"<a>" + b"<b/>" * 1_000_000 + b"</a>")) == 1_000_000
    with pytest.raises(TooLarge, match="tags and attributes"):
        parse_xml(b"<a>" + b"<b/>" * 3_000_000 + b"</a>")
