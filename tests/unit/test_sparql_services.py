"""SERVICE clauses cut out of a query and answered in their place, whatever stands in them or comes back."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import QueryRefused, SyntaxRefused, TooLarge
from node.exposition.sparql_guard import admit
from node.exposition.sparql_services import NO_BINDINGS, question, with_answers
from node.syntax.sparql_results import Solutions, parse_solutions

PEER = "https://peer.example/sparql"
TRICKY = f"""PREFIX e: <http://e/>
SELECT * {{ ?s e:p "SERVICE" # SERVICE <{PEER}> {{
  SERVICE <{PEER}> {{ ?s e:q "}}" ; e:r '''{{''' . # }}
    {{ ?s ?p <http://e/#x> }} }} . ?s e:t ?t }}"""


def test_a_clause_is_cut_out_whole_with_the_prologue_its_prefixes_need() -> None:
    query = admit(TRICKY, {PEER})

    (clause,) = query.services
    assert TRICKY[clause.start : clause.end].startswith("SERVICE <https://peer.example/sparql> { ?s e:q")
    assert TRICKY[clause.end :] == " . ?s e:t ?t }"
    assert question(query, clause).startswith("PREFIX e: <http://e/>\n\nSELECT * { ?s e:q")
    assert query.volatile
    ox.Store().query(question(query, clause))


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ SERVICE <{PEER}> {{ ?s ?p ?o",
        f"SELECT * {{ SERVICE <{PEER}>",
        "SELECT * { SERVICE",
        f"SELECT * {{ SERVICE <{PEER}> SILENT {{ }} }}",
        f"SELECT * {{ xSERVICE <{PEER}> {{ }} }}",
        f"SELECT * {{ SERVICE <{PEER}> {{ SERVICE <{PEER}> {{ }} }} }}",
    ],
)
def test_what_is_no_whole_clause_of_an_allowed_endpoint_is_refused(text: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        admit(text, {PEER})

    assert refused.value.status == 403


def solutions(value: dict[str, str]) -> bytes:
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": value}, {}]}}).encode()


@given(value=st.text(), kind=st.sampled_from(["literal", "uri", "bnode"]), language=st.none() | st.text(max_size=8))
def test_no_term_of_an_endpoint_is_read_as_anything_but_itself(value: str, kind: str, language: str | None) -> None:
    term = {"type": kind, "value": value} | ({"xml:lang": language} if language is not None else {})
    query = admit(f"SELECT ?x {{ SERVICE <{PEER}> {{ ?s ?p ?x }} }}", {PEER})
    try:
        answer = parse_solutions(solutions(term), max_bytes=10**6, max_rows=10)
        ready = with_answers(query, [answer])
    except (SyntaxRefused, QueryRefused):
        return

    rows = list(ox.Store().query(ready.text))  # type: ignore[arg-type]
    assert [row[0] is None for row in rows] == [False, True]
    if kind == "literal":
        assert rows[0][0].value == value
        assert (rows[0][0].language or "").lower() == (language or "").lower()


def test_a_failed_clause_that_is_silent_binds_nothing_and_loses_nothing() -> None:
    query = admit(f"SELECT * {{ VALUES ?a {{ 1 2 }} SERVICE SILENT <{PEER}> {{ ?s ?p ?o }} }}", {PEER})

    ready = with_answers(query, [NO_BINDINGS])

    assert len(list(ox.Store().query(ready.text))) == 2  # type: ignore[arg-type]


def test_the_blank_nodes_of_two_clauses_are_never_the_same() -> None:
    clause = f"SERVICE <{PEER}> {{ ?s ?p ?x }}"
    query = admit(f"SELECT * {{ {{ {clause} }} UNION {{ {clause} }} }}", {PEER})
    answer = Solutions(variables=("x",), rows=(("_:b0",),))

    rows = list(ox.Store().query(with_answers(query, [answer, answer]).text))  # type: ignore[arg-type]

    assert len({str(row["x"]) for row in rows}) == 2  # type: ignore[index]


@pytest.mark.parametrize(
    "document", [b"[]", b"{}", b'{"head":{},"boolean":true}', b'{"head":{"vars":["x","x"]},"results":{"bindings":[]}}']
)
def test_what_is_no_answer_to_a_select_query_is_refused(document: bytes) -> None:
    with pytest.raises(SyntaxRefused):
        parse_solutions(document, max_bytes=1000, max_rows=1)


def test_more_solutions_than_allowed_are_too_many() -> None:
    with pytest.raises(TooLarge):
        parse_solutions(solutions({"type": "literal", "value": "a"}), max_bytes=1000, max_rows=1)
