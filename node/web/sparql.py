"""`/sparql`: the SPARQL 1.1 Protocol's query operation (https://www.w3.org/TR/sparql11-protocol/), read-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Response, request
from gunicorn.http.errors import ParseException

from node.errors import QueryRefused
from node.exposition.sparql import FORM_TYPE, ProtocolRequest, choose_format, read_request, syntax_error
from node.exposition.sparql_guard import AdmittedQuery, admit
from node.storage.graphs import GraphQuery, GraphStore
from node.web.current import current_viewer
from node.web.problems import problem
from node.web.query_shares import QueryShares, Share
from node.web.sparql_answers import Answered, Asking, evaluated, refusals_counted, unchanged
from node.web.sparql_description import described_graphs, described_service
from node.web.sparql_face import current_asking, current_shares, face, respond, serving, take_share
from node.web.sparql_peers import answered as peers_answered

_ALLOW = "GET, HEAD, POST, OPTIONS"
bp = face("sparql", __name__, _ALLOW)

LONG = 32 * 1024
"""Characters of a query that it takes time to read; fewer are read in a few milliseconds."""

FAILED = "fairnode.sparql.failed"
"""Where `node.web.sparql_straight` leaves what became of a query that it could not answer."""

_REFUSED_METHODS = ("PUT", "DELETE", "PATCH", "QUERY")


@bp.route("/sparql", methods=["GET", "HEAD", "POST", "OPTIONS", *_REFUSED_METHODS], provide_automatic_options=False)
def sparql() -> Response:
    """Answer a query, or describe the endpoint to who sends none."""
    if request.method in _REFUSED_METHODS:
        response = problem(405, "http.405", f"{request.method} is not allowed: this endpoint is read-only.")
        response.headers["Allow"] = _ALLOW
        return response
    limit = serving().settings.sparql.max_query_bytes
    current_viewer()  # said before anything is refused: all that this address answers depends on who asks
    with refusals_counted():
        failed = request.environ.get(FAILED)
        if failed is not None:
            raise failed
        asked = read_request(
            request.method,
            request.query_string,
            request.headers.get("Content-Type", ""),
            _body(limit),
            max_query_bytes=limit,
        )
        if asked.query is not None:
            return respond(_evaluate(asked, asked.query))
    return described_service()


def _body(max_query_bytes: int) -> bytes:
    """Return the body of a POST, read no further than the longest query it can hold."""
    if request.method != "POST":
        return b""
    # Percent-encoding makes three bytes of one; graph names travel in the same body.
    limit = 3 * max_query_bytes + 64 * 1024 if request.mimetype == FORM_TYPE else max_query_bytes
    if (request.content_length or 0) <= limit:
        try:
            body = request.stream.read(limit + 1)
        except ParseException as error:
            raise QueryRefused("the request's body cannot be read") from error
        if len(body) < (request.content_length or 0):
            raise QueryRefused("the request broke off: its body is shorter than its Content-Length says")
        if len(body) <= limit:
            return body
    raise QueryRefused(f"the query is longer than {max_query_bytes} bytes", status=413)


def _evaluate(asked: ProtocolRequest, text: str) -> Answered:
    settings = serving().settings
    admitted = admitted_query(text)
    chosen, label = choose_format(admitted.form, request.headers.get("Accept", ""), asked.format)
    graphs, query = asked_of_graphs(asked, admitted, chosen.media_type)
    return answered(
        current_asking(), current_shares(), graphs, query, label, admitted, lambda: peers_answered(admitted, settings)
    )


def admitted_query(text: str) -> AdmittedQuery:
    """Read a query; to read a long one takes a second of the whole server, so it is its client's time.

    Raises:
        QueryRefused: see `admit`; `Busy` where the client has had its share.
    """
    services = serving().settings.sparql.services
    if len(text) < LONG:
        return admit(text, services)
    share = take_share()
    try:
        with share.timed():
            return admit(text, services)
    finally:
        share.end()


def answered(
    asking: Asking,
    shares: QueryShares,
    graphs: GraphStore,
    query: GraphQuery,
    label: str,
    admitted: AdmittedQuery,
    ask_peers: Callable[[], AdmittedQuery] | None = None,
) -> Answered:
    """Answer a query that may be evaluated, or say that its answer has not changed.

    Args:
        label: Content-Type of the answer.
        ask_peers: answers the query's SERVICE clauses; needed only where it has some.

    Raises:
        QueryRefused: see `GraphStore.query`; `Busy` where the client has had its share.
    """
    if not admitted.volatile:
        same = unchanged(asking, graphs, query, label)
        if same is not None:
            return same
    ready = admitted

    def prepare(query: GraphQuery, share: Share) -> GraphQuery:
        nonlocal ready
        assert ask_peers is not None
        with share.timed():
            ready = ask_peers()
        return replace(query, text=ready.text)

    lasting = not admitted.volatile
    try:
        return evaluated(
            asking, shares, graphs, query, label, lasting=lasting, prepare=prepare if admitted.services else None
        )
    except QueryRefused as error:
        raise worded(error, admitted, rewritten=ready is not admitted) from error


def asked_of_graphs(asked: ProtocolRequest, admitted: AdmittedQuery, media_type: str) -> tuple[GraphStore, GraphQuery]:
    """Return the graphs of who is asking, and the query with the dataset that counts (section 2.1.4)."""
    in_request = bool(asked.default_graphs or asked.named_graphs)
    default_graphs = asked.default_graphs if in_request else admitted.default_graphs
    named_graphs = asked.named_graphs if in_request else admitted.named_graphs
    return serving().graphs_of(current_viewer()), GraphQuery(
        text=admitted.text,
        media_type=media_type,
        dataset=in_request or admitted.dataset,
        default_graphs=default_graphs,
        named_graphs=named_graphs,
        described=described_graphs((*default_graphs, *named_graphs)),
    )


def worded(error: QueryRefused, admitted: AdmittedQuery, *, rewritten: bool = False) -> QueryRefused:
    """Return an error to be raised instead of a store's: a syntax error in words about what the client wrote.

    Args:
        rewritten: the engine had another text: it counts lines that the client has never seen.
    """
    if not error.message.startswith("error at "):
        return error
    return syntax_error("" if rewritten else error.message, admitted)
