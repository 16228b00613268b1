"""Answers of the query engine as HTTP, whatever carries them: streamed, compressed, with entity tags.

What fails before the first byte is an error, which becomes a problem document; what fails after it breaks the transfer
off, so that a cut answer never looks whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from prometheus_client import Counter
from werkzeug.http import parse_etags, quote_etag

from node.errors import Busy, FairnodeError, QueryRefused, QueryTimeout, QueryTooLarge
from node.storage.graphs import GraphQuery, GraphStore, QueryAnswer
from node.telemetry import QUERIES
from node.web.compression import compressed, compressed_parts, is_worth_it, takes_gzip
from node.web.query_shares import QueryShares, Share

Prepare = Callable[[GraphQuery, Share], GraphQuery]
"""Makes a query ready, once it has its share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What of a request its answer depends on, besides the query.

    Attributes:
        method: GET, HEAD or POST.
        client: whose share of the engine it takes (`node.web.query_shares`).
        accept_encoding, if_none_match: the headers' values; empty where there is none.
    """

    method: str
    client: str
    accept_encoding: str
    if_none_match: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its status, its headers, and all of its body or an iterator of it, to be closed in any case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | Iterator[bytes] = b""
    close: Callable[[], None] | None = None


@contextmanager
def refusals_counted() -> Iterator[None]:
    """Count a query that is refused or fails before it is answered."""
    try:
        yield
    except FairnodeError as error:
        count(_outcome(error))
        raise


def unchanged(asking: Asking, graphs: GraphStore, query: GraphQuery, label: str) -> Answered | None:
    """Return a 304 where the client has the answer already, which costs nothing."""
    if asking.method == "POST" or not asking.if_none_match:
        return None
    snapshot = graphs.snapshot()
    tag = _entity_tag(snapshot, query, label)
    if snapshot is None or tag is None or not parse_etags(asking.if_none_match).contains_weak(tag):
        return None
    count("unchanged")
    return Answered(304, [("X-Fairnode-Snapshot", snapshot), *_validators(tag)])


def evaluated(
    asking: Asking,
    shares: QueryShares,
    graphs: GraphStore,
    query: GraphQuery,
    label: str,
    *,
    lasting: bool = True,
    prepare: Prepare | None = None,
) -> Answered:
    """Evaluate a query for who is asking, and answer with what comes of it.

    Args:
        label: Content-Type of the answer.
        lasting: the same query over the same snapshot has the same answer.

    Raises:
        QueryRefused: see `GraphStore.query`; `Busy` where the client has had its share.
    """
    share = shares.take(asking.client)
    try:
        if prepare is not None:
            query = prepare(query, share)
        answer = graphs.query(query, charge=share.end)
    except BaseException:
        share.end()
        raise
    return answered_with(asking, answer, query, label, lasting=lasting)


def count(outcome: str) -> None:
    """Count a query as ended so."""
    _counter(outcome).inc()


@lru_cache(maxsize=16)
def _counter(outcome: str) -> Counter:
    return QUERIES.labels(outcome)


def _outcome(error: FairnodeError) -> str:
    """Return what the metric of queries calls an error."""
    for kind, name in ((Busy, "busy"), (QueryTimeout, "timeout"), (QueryTooLarge, "too-large")):
        if isinstance(error, kind):
            return name
    return "refused" if isinstance(error, QueryRefused) else "failed"


def answered_with(asking: Asking, answer: QueryAnswer, query: GraphQuery, label: str, *, lasting: bool) -> Answered:
    """Return what comes of a query as an answer; for its arguments see `evaluated`."""
    headers = [("Content-Type", label)]
    zipped = takes_gzip(asking.accept_encoding)
    close: Callable[[], None] | None = None
    body: bytes | Iterator[bytes] = b""
    if answer.complete:
        body = b"".join(answer.chunks())
        zipped = zipped and is_worth_it(body)
        body = compressed(body) if zipped else body
        headers.append(("Content-Length", str(len(body))))
        count("ok")
    elif asking.method == "HEAD":
        answer.close()
        count("ok")
    else:
        chunks = _counted(answer.chunks())
        # A generator that was never started runs no `finally` when it is closed.
        body, close = compressed_parts(chunks) if zipped else chunks, answer.close
    if zipped:
        headers.append(("Content-Encoding", "gzip"))
    if answer.snapshot is not None:
        headers.append(("X-Fairnode-Snapshot", answer.snapshot))
        tag = _entity_tag(answer.snapshot, query, label)
        if tag and asking.method != "POST" and lasting:
            headers += _validators(tag)
    return Answered(200, headers, body, close)


def _validators(tag: str) -> list[tuple[str, str]]:
    return [("ETag", quote_etag(tag, weak=True)), ("Cache-Control", "public, no-cache")]


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
        count(ending)
