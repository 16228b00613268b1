"""What SERVICE clauses ask other endpoints: those that the operator allows, through the one door, with limits."""

from __future__ import annotations

import time

from node.errors import FairnodeError, FetchError, QueryRefused, QueryTimeout, ServiceFailed, SyntaxRefused, TooLarge
from node.exposition.sparql_guard import AdmittedQuery, ServiceClause
from node.exposition.sparql_services import MAX_CLAUSES, MAX_ROWS, NO_BINDINGS, question, with_answers
from node.harvest.fetch import HttpFetch
from node.settings import Settings
from node.syntax.sparql_results import Solutions, parse_solutions

SECONDS = 10.0
MAX_BYTES = 10 * 2**20
_HEADERS = {
    "Accept": "application/sparql-results+json",
    "Content-Type": "application/sparql-query; charset=utf-8",
}


def answered(query: AdmittedQuery, settings: Settings) -> AdmittedQuery:
    """Return the query with every SERVICE clause answered; no redirect is followed and nothing is asked twice.

    Raises:
        QueryRefused: it has more clauses than a query may.
        QueryTimeout: they take longer together than a query may.
        ServiceFailed: an endpoint fails, or answers too late or too much, and its clause is not SILENT.
    """
    if len(query.services) > MAX_CLAUSES:
        raise QueryRefused(f"the query has more than {MAX_CLAUSES} SERVICE clauses")
    deadline = time.monotonic() + settings.sparql.timeout
    return with_answers(query, [_ask(query, clause, settings, deadline) for clause in query.services])


def _ask(query: AdmittedQuery, clause: ServiceClause, settings: Settings, deadline: float) -> Solutions:
    left = deadline - time.monotonic()
    if left <= 0:
        raise QueryTimeout(f"the SERVICE clauses together took longer than {settings.sparql.timeout:g} s")
    seconds = min(SECONDS, left)
    limits = {"timeout": seconds, "deadline": seconds, "retries": 0, "pace": 0.0, "max_bytes": MAX_BYTES}
    try:
        fetch = HttpFetch(settings.fetch.model_copy(update=limits))
        response = fetch.post(clause.endpoint, question(query, clause).encode(), headers=_HEADERS)
        return parse_solutions(response.body, max_bytes=MAX_BYTES, max_rows=MAX_ROWS)
    except FairnodeError as error:
        if clause.silent:
            return NO_BINDINGS
        # Never what the endpoint itself says: that is between it and the node.
        raise ServiceFailed(f"{clause.endpoint} {_failure(error)}") from error


def _failure(error: FairnodeError) -> str:
    if isinstance(error, TooLarge):
        return f"has more than {MAX_ROWS} solutions or {MAX_BYTES} bytes for its SERVICE clause"
    if isinstance(error, SyntaxRefused):
        return "answers with something that is no SPARQL result"
    return f"gives no answer within {SECONDS:g} s" if isinstance(error, FetchError) else "cannot be asked"
