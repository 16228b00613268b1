"""Queries and terms in the words of Virtuoso, which need no Virtuoso to be looked at."""

from __future__ import annotations

import pytest

from node.errors import QueryRefused
from node.storage.graphs.virtuoso import Virtuoso
from node.storage.graphs.virtuoso_query import worded
from node.storage.graphs.virtuoso_terms import held_iri, restored_json

EXTENSIONS = [
    "SELECT (bif:http_get('http://e/') AS ?x) {}",
    "SELECT (<bif:http_get>('http://e/') AS ?x) {}",
    "SELECT (<b\\u0069f:http_get>('http://e/') AS ?x) {}",
    "PREFIX x: <bif:> SELECT (x:http_get('http://e/') AS ?x) {}",
    "PREFIX x: <bi> SELECT (x:f\\:http_get('http://e/') AS ?x) {}",
    "BASE <bif:x> SELECT (<http_get>('http://e/') AS ?x) {}",
    "SELECT (<http_get>('http://e/') AS ?x) {}",
    "SELECT * { ?s ?p ?o FILTER <http://e/f>(?s) }",
    "SELECT * { ?s ?p ?o } ORDER BY <http://e/f>(?s)",
    "SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY <sql:f>(?s) } }",
    "SELECT * { ?s <bif:contains> 'x' }",
    "SELECT * { ?s ?p ?o OPTION (TABLE_OPTION 'x') }",
    "SELECT (`bif:http_get('http://e/')` AS ?x) {}",
    "DEFINE get:soft 'replace' SELECT * FROM <http://e/> { ?s ?p ?o }",
    "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }",
    "INSERT IN GRAPH <http://e/g> { <http://e/s> <http://e/p> 1 }",
    "SELECT * { ?s ?p ?o ) }",
]


@pytest.mark.parametrize("query", EXTENSIONS)
def test_what_is_virtuosos_own_is_not_passed_on(query: str) -> None:
    with pytest.raises(QueryRefused):
        worded(query, ())


def said(query: str, *system: str) -> str:
    return " ".join(worded(query, system).text.split())


def test_a_query_keeps_its_meaning_and_loses_what_the_store_might_read_otherwise() -> None:
    query = (
        "BASE <http://b/> PREFIX x: <y#> # <bif:comment>\n"
        "SELECT ?s FROM x:g FROM NAMED <g> "
        "WHERE { ?s x:a.b\\-c ?o ; <p>? 1.5 , '#no'@en-GB , '''\"a\"\n''' . x:l <q> (1 2) }"
    )

    assert said(query) == (
        'SELECT ?s WHERE { ?s <http://b/y#a.b-c> ?o ; <http://b/p>? 1.5 , "#no"@en-GB , "\\"a\\"\\u000A" . '
        "<http://b/y#l> <http://b/q> ( 1 2 ) }"
    )


def test_what_the_store_needs_is_added() -> None:
    assert said("SELECT (GROUP_CONCAT(?x) AS ?y) {}") == 'SELECT ( GROUP_CONCAT ( ?x ; SEPARATOR=" ") AS ?y ) { }'
    assert "SEPARATOR" not in said("SELECT (GROUP_CONCAT(?x; separator='') AS ?y) {}")
    assert said("ASK { GRAPH <http://own/> {} }", "http://own/") == "ASK { GRAPH <urn:fairnode:no-graph> { } }"
    both = worded("SELECT ?o { GRAPH <http://g/> { ?s ?p ?o } GRAPH ?g { ?s ?p ?x } }", ())
    assert "VALUES ?graph_named_" in both.text
    assert both.graphs == ()


@pytest.mark.parametrize(("query", "where"), [("SELECT * { ?", "1:13"), ("ASK {\n ?s x:p ?o }", "2:5")])
def test_what_is_not_sparql_is_refused_with_its_place(query: str, where: str) -> None:
    with pytest.raises(QueryRefused, match=f"error at {where}"):
        worded(query, ())


def test_a_long_name_becomes_a_digest_of_its_own() -> None:
    one, other = (held_iri("http://e/" + "é" * 1000 + end) for end in "ab")

    assert len({one, other}) == 2
    assert one.startswith("urn:fairnode:long-iri:sha256:")
    assert held_iri("http://e/" + "x" * 1000) == "http://e/" + "x" * 1000


def test_settings_that_lose_or_show_too_little_are_noted() -> None:
    assert Virtuoso((), 1001, repeatable=True).notes(1000) == ()
    lower, loose = Virtuoso((), 1000, repeatable=False).notes(1000)
    assert "ResultSetMaxRows" in lower
    assert "DefaultIsolation" in loose


def test_only_members_of_a_term_are_restored() -> None:
    text = rb'{ "o": { "type": "literal", "value": "\"type\": \"bnode\", \"value\": \"nodeID://b1" }}'

    assert restored_json(text) == text
    assert restored_json(b'{ "type": "bnode", "value": "nodeID://b1" }') == b'{ "type": "bnode", "value": "b1" }'
