"""What the guard reads off a query, what it refuses, and that nothing it is given breaks it."""

from __future__ import annotations

import contextlib
import time

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import QueryRefused
from node.exposition.sparql import choose_format, prefers, read_request, syntax_error
from node.exposition.sparql_guard import MAX_DEPTH, admit

FORMS = [
    ("SELECT * { ?s ?p ?o }", "SELECT"),
    ("ask{}", "ASK"),
    ("# SELECT\nBASE <http://e/> prefix ex: <http://e/> CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
    ("PREFIX : <#> DESCRIBE :x", "DESCRIBE"),
    ("PREFIX select: <http://e/>\nASK { ?s select:x 'SELECT' }", "ASK"),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_the_form_of_a_query_is_its_first_word_after_the_prologue(text: str, form: str) -> None:
    assert admit(text).form == form


UPDATES = [
    "INSERT DATA { <a:a> <a:b> 1 }",
    "PREFIX ex: <http://e/> DELETE WHERE { ?s ?p ?o }",
    "LOAD <http://127.0.0.1/>",
    "clear all",
    "DROP GRAPH <a:a>",
    "WITH <a:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "COPY <a:a> TO <a:b>",
]


@pytest.mark.parametrize("text", UPDATES)
def test_an_update_in_the_place_of_a_query_is_refused(text: str) -> None:
    with pytest.raises(QueryRefused, match="read-only") as refused:
        admit(text)

    assert refused.value.status == 400


# Each of these makes pyoxigraph, or an engine that resolves escapes first, send a request.
DISGUISES = [
    "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://169.254.169.254/> {} }",
    "SELECT * { SERVICE <http://[::1]/> {} }",
    "SELECT * { service silent <http://10.0.0.1/> {} }",
    "SELECT * { SERVICE <file:///etc/passwd> {} }",
    "PREFIX p: <http://127.0.0.1/> SELECT * { SERVICE p:x {} }",
    "PREFIX : <http://127.0.0.1/> SELECT * { SERVICE:x {} }",
    "PREFIX : <http://127.0.0.1/> SELECT * { SERVICE SILENT:x {} }",
    "BASE <http://127.0.0.1/> SELECT * { SERVICE <x> {} }",
    "SELECT * { SERVICE <http://127.0.0.1/\\u0065> {} }",
    "SELECT * { SERVICE # comment\n <http://127.0.0.1/> {} }",
    "SELECT * { SERVICE ?u {} }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <http://127.0.0.1/> {} } }",
    "SELECT * { OPTIONAL { SERVICE <http://127.0.0.1/> {} } }",
    "SELECT * { SERVICESILENT<http://127.0.0.1/> {} }",
    "SELECT * { ?s ?p trueSERVICE<http://127.0.0.1/> {} }",
    "SELECT * { ?s ?p 1e5SERVICE<http://127.0.0.1/> {} }",
    'SELECT * { ?s ?p """a\\""" SERVICE """ . SERVICE <http://127.0.0.1/> {} }',
    'SELECT * { FILTER(1<2#>"""\n) SERVICE <http://127.0.0.1/> {} #"""\n}',
    'SELECT * { FILTER(?a<?b#>"""\n) SERVICE\n<http://127.0.0.1/> {} #"""\n}',
    "SELECT * { \\u0053ERVICE <http://127.0.0.1/> {} }",
    "SELECT * { ?s ?p 'a\\u0027 . SERVICE <http://127.0.0.1/> {} #' }",
]


@pytest.mark.parametrize("text", DISGUISES)
def test_service_is_refused_in_every_disguise(text: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE") as refused:
        admit(text)

    assert refused.value.status == 403


HARMLESS = [
    "SELECT ?service { ?service a <http://www.w3.org/ns/dcat#DataService> }",
    "PREFIX dcat: <http://www.w3.org/ns/dcat#> SELECT * { ?s a dcat:DataService ; dcat:servesDataset ?d }",
    "SELECT * { ?s ?p 'SERVICE <http://e/> {}' } # SERVICE <http://e/> {}",
    'SELECT * { ?s ?p """a " SERVICE "" <http://e/>""" }',
    "SELECT * { <http://e/SERVICE> ?p _:SERVICE , 'x'@service }",
    "PREFIX service: <http://e/> SELECT * { service:x ?p ?o . GRAPH service:g { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?service FILTER(?service<?p&&?s>?p) }",
    "SELECT * { VALUES (?a ?b) { (<http://e/#a> <http://e/#service>) } }",
    "SELECT * { ?s ?p '\\u0041' }",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_the_word_service_elsewhere_is_no_service(text: str) -> None:
    assert admit(text).form == "SELECT"


def test_brackets_nested_deeper_than_the_limit_are_refused() -> None:
    assert admit("ASK " + "{" * MAX_DEPTH + "}" * MAX_DEPTH)

    for bracket in "{([":
        with pytest.raises(QueryRefused, match="nested"):
            admit("ASK { " + bracket * (MAX_DEPTH + 1))


DATASETS = [
    ("SELECT * FROM <http://e/a> { }", ("http://e/a",), ()),
    ("SELECT * FROM <http://e/a> FROM NAMED <http://e/b> { }", ("http://e/a",), ("http://e/b",)),
    ("BASE <http://e/x/> SELECT * from <a> from named <../b> { }", ("http://e/x/a",), ("http://e/b",)),
    (
        "BASE <http://e/x> PREFIX n: <http://n/#> SELECT * FROM n:a FROM NAMED <#> {}",
        ("http://n/#a",),
        ("http://e/x#",),
    ),
    ("PREFIX g: <http://e/> SELECT * FROM g:a\\-b { }", ("http://e/a-b",), ()),
    ("SELECT * FROM <http://e/\\u00e9> { }", ("http://e/é",), ()),
    ("DESCRIBE <http://e/x> FROM <http://e/a>", ("http://e/a",), ()),
    ("SELECT * { ?s ?p 'FROM <http://e/a>' }", (), ()),
]


@pytest.mark.parametrize(("text", "default", "named"), DATASETS)
def test_the_dataset_clauses_are_read_as_absolute_iris(
    text: str, default: tuple[str, ...], named: tuple[str, ...]
) -> None:
    query = admit(text)

    assert (query.default_graphs, query.named_graphs) == (default, named)
    assert query.dataset == bool(default or named)


REFUSED = [
    ("", "empty"),
    ("# nothing", "empty"),
    ("hello", "line 1, column 1"),
    ("SELECT * { ?s ?p 'open }", "not closed at line 1, column 18"),
    ("SELECT * FROM ex:a { }", "prefix ex: is not declared"),
    ("SELECT * FROM <a> { }", "relative"),
    ("SELECT * { \x00 }", "NUL"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(QueryRefused, match=reason) as refused:
        admit(text)

    assert refused.value.status == 400


def test_queries_over_the_clock_or_chance_are_volatile() -> None:
    assert admit("SELECT (NOW() AS ?n) {}").volatile
    assert not admit("SELECT ?now { ?now ?p 'NOW()' }").volatile


def test_a_syntax_error_says_where_and_which_prefix_is_missing() -> None:
    query = admit("ASK {\n ?s ex:p ?o }")

    error = syntax_error("error at 2:5: expected OPTIONAL", query)

    assert error.message == "syntax error at line 2, column 5, near 'ex:p ?o }'"
    assert "ex:" in error.advice


@pytest.mark.parametrize(
    ("text", "reason"),
    [("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "grouped"), ("SELECT * { ?s ?p ?o } GROUP BY ?s", "GROUP BY")],
)
def test_a_query_that_is_wrong_as_a_whole_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(SyntaxError) as wrong:
        ox.Store().query(text)

    assert reason in syntax_error(str(wrong.value), admit(text)).message


_FRAGMENTS = st.sampled_from(
    ["SELECT ", "ASK", "{", "}", "<http://e/#a>", "'", '"""', "\\", "\\u0053", "#", "\n", "FROM ", "NAMED ", "ex:a",
     "?v", "PREFIX ", "BASE ", "SERVICE ", "(", "<", "@en", "_:b", "1e5", "é", "\x00", "\\uD800", ":"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_FRAGMENTS).map("".join)))
def test_no_text_makes_the_guard_fail_otherwise_than_by_refusing(text: str) -> None:
    try:
        query = admit(text)
    except QueryRefused as refused:
        assert refused.status in (400, 403, 413)
    else:
        assert query.text == text


_HOSTILE = ['"', "<", "\\", "''\\", "a.", "a", ".", "a:", '"""\\', "<a", "#a", "(", "_:", "@a-", "'\n"]


@pytest.mark.parametrize("fragment", _HOSTILE)
def test_reading_a_query_takes_time_in_proportion_to_its_length(fragment: str) -> None:
    started = time.process_time()

    with contextlib.suppress(QueryRefused):
        admit("ASK { " + fragment * (200_000 // len(fragment)))

    # About 0.2 s where it is linear; a quadratic reading takes minutes.
    assert time.process_time() - started < 5


def test_the_clauses_of_allowed_endpoints_are_read_in_time_in_proportion_to_their_number() -> None:
    started = time.process_time()

    query = admit("SELECT * { " + "SERVICE <http://p/> { } " * 39_000 + "}", {"http://p/"})

    # About 0.5 s; to copy what follows each takes half a minute.
    assert time.process_time() - started < 5
    assert len(query.services) == 39_000


_LONG = "BASE <http://e/" + "a/" * 5000 + "> "
_SPELT_OUT = [
    _LONG + "BASE <../b/> " * 20_000 + "ASK {}",
    _LONG + "PREFIX p: <c> " * 20_000 + "ASK {}",
    _LONG + "SELECT * " + "FROM <d> " * 20_000 + "{}",
    _LONG + "PREFIX p: <> SELECT * " + "FROM NAMED p:e " * 20_000 + "{}",
]


@pytest.mark.parametrize("text", _SPELT_OUT, ids=["base", "prefix", "from", "from a prefixed name"])
def test_a_query_whose_iris_are_far_longer_than_itself_is_refused(text: str) -> None:
    with pytest.raises(QueryRefused, match="too long together") as refused:
        admit(text)

    assert refused.value.status == 413


@given(st.binary(), st.binary(), st.text(), st.sampled_from(["GET", "POST", "HEAD"]))
def test_no_request_makes_the_protocol_fail_otherwise_than_by_refusing(
    query_string: bytes, body: bytes, content_type: str, method: str
) -> None:
    try:
        read_request(method, query_string, content_type, body, max_query_bytes=1000)
    except QueryRefused as refused:
        assert refused.status in (400, 403, 413, 414, 415)


ACCEPTS = [
    ("SELECT", "", "application/sparql-results+json"),
    ("SELECT", "*/*", "application/sparql-results+json"),
    ("SELECT", "application/json", "application/json"),
    ("SELECT", "text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
    ("SELECT", "application/sparql-results+xml, */*;q=0.1", "application/sparql-results+xml"),
    ("SELECT", "text/*", "text/csv; charset=utf-8"),
    ("SELECT", "application/sparql-results+json;q=0, */*", "application/sparql-results+xml"),
    ("SELECT", "text/html,application/xhtml+xml,*/*;q=0.8", "application/sparql-results+json"),
    ("ASK", "text/csv, application/sparql-results+xml;q=0.1", "application/sparql-results+xml"),
    ("CONSTRUCT", "*/*", "text/turtle; charset=utf-8"),
    ("DESCRIBE", "application/ld+json", "application/ld+json"),
    ("CONSTRUCT", "application/rdf+xml;q=0.9, application/n-triples;q=0.8", "application/rdf+xml"),
    ("CONSTRUCT", "text/turtle;q=2, application/n-triples;q=0.001", "application/n-triples"),
]


@pytest.mark.parametrize(("form", "accept", "label"), ACCEPTS)
def test_the_best_acceptable_format_is_chosen(form: str, accept: str, label: str) -> None:
    assert choose_format(form, accept)[1] == label  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "accept"),
    [("SELECT", "text/turtle"), ("ASK", "text/csv"), ("CONSTRUCT", "image/png"), ("SELECT", "*/*;q=0")],
)
def test_an_accept_header_that_nothing_suits_is_refused_with_the_types_there_are(form: str, accept: str) -> None:
    with pytest.raises(QueryRefused, match="application/") as refused:
        choose_format(form, accept)  # type: ignore[arg-type]

    assert refused.value.status == 406


def test_a_browser_prefers_a_page_and_a_program_that_takes_anything_does_not() -> None:
    assert prefers("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ("text/html",), ("text/turtle",))
    assert not prefers("*/*", ("text/html",), ("text/turtle",))
    assert not prefers("text/turtle, text/html;q=0.5", ("text/html",), ("text/turtle",))
