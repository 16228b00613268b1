"""`/sparql`: the SPARQL 1.1 Protocol's query operation (https://www.w3.org/TR/sparql11-protocol/), read-only.

Answers are streamed: what fails before the first byte is a problem document, what fails after it breaks the transfer
off, so that a cut answer never looks whole.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections.abc import Iterator
from typing import Protocol, cast

from flask import Blueprint, Response, current_app, render_template, request

from node.errors import Busy, FairnodeError, QueryRefused, QueryTimeout, QueryTooLarge
from node.exposition.sparql import (
    FORM_TYPE,
    FORMATS,
    ProtocolRequest,
    choose_format,
    prefers,
    read_request,
    syntax_error,
)
from node.exposition.sparql_description import describe_service
from node.exposition.sparql_guard import AdmittedQuery, admit
from node.model.peer import Viewer
from node.settings import Settings
from node.storage.graphs import GraphQuery, GraphStore, QueryAnswer
from node.telemetry import QUERIES
from node.web.current import current_viewer
from node.web.problems import problem
from node.web.sparql_examples import EXAMPLES

bp = Blueprint("sparql", __name__)

_ALLOW = "GET, HEAD, POST, OPTIONS"
_REFUSED_METHODS = ("PUT", "DELETE", "PATCH")
_RDF = tuple(candidate.media_type for candidate in FORMATS["CONSTRUCT"])
_GZIP_FROM = 1024
_GZIP_LEVEL = 3


class _Serving(Protocol):
    """What this face needs of a node."""

    def graphs_of(self, viewer: Viewer) -> GraphStore: ...

    @property
    def settings(self) -> Settings: ...


@bp.route("/sparql", methods=["GET", "HEAD", "POST", "OPTIONS", *_REFUSED_METHODS], provide_automatic_options=False)
def sparql() -> Response:
    """Answer a query, or describe the endpoint to who sends none."""
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": _ALLOW})
    if request.method in _REFUSED_METHODS:
        response = problem(405, "http.405", f"{request.method} is not allowed: this endpoint is read-only.")
        response.headers["Allow"] = _ALLOW
        return response
    node = cast(_Serving, current_app.extensions["fairnode"])
    try:
        asked = read_request(
            request.method,
            request.query_string,
            request.headers.get("Content-Type", ""),
            _body(node.settings.sparql.max_query_bytes),
            max_query_bytes=node.settings.sparql.max_query_bytes,
        )
        if asked.query is None:
            return _describe(node.settings)
        return _evaluate(node, asked, asked.query)
    except FairnodeError as error:
        QUERIES.labels(_outcome(error)).inc()
        raise


@bp.after_request
def _finish(response: Response) -> Response:
    """Headers of every answer, errors too: the endpoint is open to scripts of any origin (https://fetch.spec.whatwg.org/)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-Fairnode-Snapshot"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = _ALLOW
        response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Vary"] = "Accept, Accept-Encoding, Origin"
    if response.status_code == 504:
        node = cast(_Serving, current_app.extensions["fairnode"])
        response.headers["Retry-After"] = str(math.ceil(node.settings.sparql.timeout))
    return response


def _body(max_query_bytes: int) -> bytes:
    """Return the body of a POST, read no further than the longest query it can hold."""
    if request.method != "POST":
        return b""
    # Percent-encoding makes three bytes of one; graph names travel in the same body.
    limit = 3 * max_query_bytes + 64 * 1024 if request.mimetype == FORM_TYPE else max_query_bytes
    if (request.content_length or 0) <= limit:
        body = request.stream.read(limit + 1)
        if len(body) <= limit:
            return body
    raise QueryRefused(f"the query is longer than {max_query_bytes} bytes", status=413)


def _describe(settings: Settings) -> Response:
    accept = request.headers.get("Accept", "")
    if prefers(accept, ("text/html", "application/xhtml+xml"), _RDF):
        return Response(render_template("sparql.html", examples=EXAMPLES, settings=settings), mimetype="text/html")
    chosen, label = choose_format("CONSTRUCT", accept)
    return Response(describe_service(f"{settings.base_url}/sparql", chosen.media_type), content_type=label)


def _evaluate(node: _Serving, asked: ProtocolRequest, text: str) -> Response:
    admitted = admit(text)
    chosen, label = choose_format(admitted.form, request.headers.get("Accept", ""), asked.format)
    graphs = node.graphs_of(current_viewer())
    in_request = bool(asked.default_graphs or asked.named_graphs)
    query = GraphQuery(
        text=text,
        media_type=chosen.media_type,
        dataset=in_request or admitted.dataset,
        default_graphs=asked.default_graphs if in_request else admitted.default_graphs,
        named_graphs=asked.named_graphs if in_request else admitted.named_graphs,
    )
    if request.method != "POST" and not admitted.volatile:
        tag = _entity_tag(graphs.snapshot(), query, label)
        if tag and request.if_none_match.contains_weak(tag):
            QUERIES.labels("unchanged").inc()
            response = Response(status=304)
            response.set_etag(tag, weak=True)
            return response
    try:
        answer = graphs.query(query)
    except QueryRefused as error:
        if error.message.startswith("error at "):
            raise syntax_error(error.message, admitted) from error
        raise
    return _answer(answer, query, admitted, label)


def _answer(answer: QueryAnswer, query: GraphQuery, admitted: AdmittedQuery, label: str) -> Response:
    zipped = request.accept_encodings["gzip"] > 0
    if answer.complete:
        body = b"".join(answer.chunks())
        zipped = zipped and len(body) >= _GZIP_FROM
        response = Response(gzip.compress(body, _GZIP_LEVEL, mtime=0) if zipped else body, content_type=label)
        QUERIES.labels("ok").inc()
    elif request.method == "HEAD":
        answer.close()
        response = Response(content_type=label)
        QUERIES.labels("ok").inc()
    else:
        chunks = _counted(answer.chunks())
        response = Response(_zipped(chunks) if zipped else chunks, content_type=label)
        # A generator that was never started runs no `finally` when it is closed.
        response.call_on_close(answer.close)
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if answer.snapshot is not None:
        response.headers["X-Fairnode-Snapshot"] = answer.snapshot
        tag = _entity_tag(answer.snapshot, query, label)
        if tag and request.method != "POST" and not admitted.volatile:
            response.set_etag(tag, weak=True)
            response.headers["Cache-Control"] = "public, no-cache"
    return response


def _entity_tag(snapshot: str | None, query: GraphQuery, label: str) -> str | None:
    if snapshot is None:
        return None
    parts = (snapshot, label, query.text, repr((query.dataset, query.default_graphs, query.named_graphs)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
    outcome = "abandoned"
    try:
        yield from chunks
        outcome = "ok"
    except FairnodeError:
        outcome = "cut"
        raise
    finally:
        QUERIES.labels(outcome).inc()


def _zipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_GZIP_LEVEL, wbits=31)
    for chunk in chunks:
        data = compressor.compress(chunk)
        if data:
            yield data
    yield compressor.flush()


def _outcome(error: FairnodeError) -> str:
    for kind, outcome in ((Busy, "busy"), (QueryTimeout, "timeout"), (QueryTooLarge, "too-large")):
        if isinstance(error, kind):
            return outcome
    return "refused" if isinstance(error, QueryRefused) else "failed"
