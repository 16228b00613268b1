"""Answers of the query engine as HTTP: streamed, compressed, with entity tags; shared by every face that has them.

What fails before the first byte is a problem document, what fails after it breaks the transfer off, so that a cut
answer never looks whole.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, cast

from flask import Blueprint, Response, current_app, request

from node.errors import Busy, FairnodeError, QueryRefused, QueryTimeout, QueryTooLarge
from node.model.peer import Viewer
from node.settings import Settings
from node.storage.graphs import GraphQuery, GraphStore, QueryAnswer
from node.telemetry import QUERIES
from node.web.query_shares import Share, take_share

_GZIP_FROM = 1024
_GZIP_LEVEL = 3
_EXPOSED = "ETag, Link, Retry-After, X-Fairnode-Snapshot"


class Serving(Protocol):
    """What these faces need of a node."""

    def asks_as(self, viewer: Viewer) -> Viewer: ...
    def graphs_of(self, viewer: Viewer) -> GraphStore: ...

    @property
    def settings(self) -> Settings: ...


def serving() -> Serving:
    """Return the node of the running application."""
    return cast(Serving, current_app.extensions["fairnode"])


def face(name: str, module: str, allow: str) -> Blueprint:
    """Return a blueprint whose every answer scripts of any origin may read, and which answers them beforehand.

    Args:
        allow: the methods, as in `Allow`.
    """
    bp = Blueprint(name, module)

    @bp.before_request
    def preflight() -> Response | None:
        return Response(status=204, headers={"Allow": allow}) if request.method == "OPTIONS" else None

    bp.after_request(lambda response: _open_to_scripts(response, allow))
    return bp


@contextmanager
def refusals_counted() -> Iterator[None]:
    """Count a query that is refused or fails before it is answered."""
    try:
        yield
    except FairnodeError as error:
        QUERIES.labels(_outcome(error)).inc()
        raise


def _open_to_scripts(response: Response, allow: str) -> Response:
    """Put on what every answer has, errors too (https://fetch.spec.whatwg.org/)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = allow
        response.headers["Access-Control-Allow-Headers"] = "Accept, Authorization, Content-Type, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Vary"] = "Accept, Accept-Encoding, Origin"
    if response.status_code == 504:
        response.headers["Retry-After"] = str(math.ceil(serving().settings.sparql.timeout))
    return response


def unchanged(graphs: GraphStore, query: GraphQuery, label: str) -> Response | None:
    """Return a 304 where the client has the answer already, which costs nothing."""
    if request.method == "POST" or "If-None-Match" not in request.headers:
        return None
    tag = _entity_tag(graphs.snapshot(), query, label)
    if tag is None or not request.if_none_match.contains_weak(tag):
        return None
    QUERIES.labels("unchanged").inc()
    response = Response(status=304)
    response.set_etag(tag, weak=True)
    return response


def evaluated(
    graphs: GraphStore,
    query: GraphQuery,
    label: str,
    *,
    lasting: bool = True,
    prepare: Callable[[GraphQuery, Share], GraphQuery] | None = None,
) -> Response:
    """Evaluate a query for who is asking, and answer with what comes of it.

    Args:
        label: Content-Type of the answer.
        lasting: the same query over the same snapshot has the same answer.
        prepare: makes the query ready, once it has its share.

    Raises:
        QueryRefused: see `GraphStore.query`; `Busy` where the client has had its share.
    """
    share = take_share(serving().settings)
    try:
        if prepare is not None:
            query = prepare(query, share)
        answer = graphs.query(query, charge=share.end)
    except BaseException:
        share.end()
        raise
    return _response(answer, query, label, lasting=lasting)


def _outcome(error: FairnodeError) -> str:
    """Return what the metric of queries calls an error."""
    for kind, name in ((Busy, "busy"), (QueryTimeout, "timeout"), (QueryTooLarge, "too-large")):
        if isinstance(error, kind):
            return name
    return "refused" if isinstance(error, QueryRefused) else "failed"


def _response(answer: QueryAnswer, query: GraphQuery, label: str, *, lasting: bool) -> Response:
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
        if tag and request.method != "POST" and lasting:
            response.set_etag(tag, weak=True)
            response.headers["Cache-Control"] = "public, no-cache"
    return response


def _entity_tag(snapshot: str | None, query: GraphQuery, label: str) -> str | None:
    if snapshot is None:
        return None
    dataset = (query.dataset, query.default_graphs, query.named_graphs, query.described)
    return hashlib.sha256("\n".join((snapshot, label, query.text, repr(dataset))).encode()).hexdigest()[:32]


def _counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
    ending = "abandoned"
    try:
        yield from chunks
        ending = "ok"
    except FairnodeError:
        ending = "cut"
        raise
    finally:
        QUERIES.labels(ending).inc()


def _zipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_GZIP_LEVEL, wbits=31)
    for chunk in chunks:
        data = compressor.compress(chunk)
        if data:
            yield data
    yield compressor.flush()
