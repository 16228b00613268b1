"""SERVICE clauses (https://www.w3.org/TR/sparql11-federated-query/), answered before the engine sees the query.

What an allowed endpoint answers stands in the query as a VALUES block in the place of the clause: the same solutions,
joined in the same place. So the query processes need no network, and every limit on an answer holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from node.errors import QueryRefused
from node.exposition.sparql_guard import AdmittedQuery, ServiceClause, admit
from node.syntax.sparql_results import Solutions

MAX_CLAUSES = 5
MAX_ROWS = 10_000
NO_BINDINGS = Solutions(variables=(), rows=((),))
"""What a clause that is SILENT stands for when its endpoint fails: one solution without bindings (section 3.1)."""


def question(query: AdmittedQuery, clause: ServiceClause) -> str:
    """Return the query that a clause's endpoint is sent; one row more than we take tells that there are too many."""
    return f"{query.prologue}\nSELECT * {clause.pattern} LIMIT {MAX_ROWS + 1}"


def with_answers(query: AdmittedQuery, answers: Sequence[Solutions]) -> AdmittedQuery:
    """Return the query with the answer to each of its clauses in the clause's place.

    Raises:
        QueryRefused: it became too long for the guard, which reads it again.
    """
    parts: list[str] = []
    position = 0
    for number, (clause, answer) in enumerate(zip(query.services, answers, strict=True)):
        parts += [query.text[position : clause.start], _values(answer, number)]
        position = clause.end
    admitted = admit("".join((*parts, query.text[position:])))
    if admitted.form != query.form:
        raise QueryRefused("the query cannot be read")
    return admitted


def _values(answer: Solutions, number: int) -> str:
    names = " ".join(f"?{name}" for name in answer.variables)
    rows = "\n".join(f"({' '.join(_term(term, number) for term in row)})" for row in answer.rows)
    return f"VALUES ({names}) {{\n{rows}\n}}"


def _term(term: str | None, number: int) -> str:
    if term is None:
        return "UNDEF"
    # VALUES takes no blank node, and two clauses share none: an IRI of this clause alone stands for it.
    return f"<urn:fairnode:blank:{number}:{quote(term[2:], safe='')}>" if term.startswith("_:") else term
