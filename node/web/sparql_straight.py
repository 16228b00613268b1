"""The straight way of the commonest query: a GET by nobody in particular, of all graphs, answered before Flask sees it.

It takes the endpoint a fifth of the processor's time that the application's own way takes, most of which is the
application's: contexts, hooks, header objects. Both ways are the same functions; whatever else is asked, and all that
goes wrong, is the application's to answer (`node.web.sparql`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.http import parse_list_header

from node.errors import QueryRefused
from node.exposition.sparql import choose_format, read_request
from node.exposition.sparql_guard import AdmittedQuery, admit
from node.identity.subject import viewer_of
from node.storage.graphs import GraphQuery, GraphStore, QueryAnswer
from node.telemetry import HTTP
from node.web.query_shares import QueryShares, shares_of
from node.web.sparql import FAILED, LONG, answered, worded
from node.web.sparql_answers import Answered, Asking, answered_with, unchanged
from node.web.sparql_face import OPEN_TO_SCRIPTS, VARY, Serving
from node.web.visits import client_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_NOBODY = viewer_of(None)


class Straight:
    """A WSGI application in front of the node's own (https://peps.python.org/pep-3333/).

    Args:
        headers: what goes with every answer to nobody in particular, besides what this endpoint says itself.
    """

    def __init__(self, app: Flask, node: Serving, headers: Mapping[str, str]) -> None:
        self._app: WSGIApplication = app.wsgi_app
        self._node = node
        self._settings = node.settings
        self.shares = shares_of(app, node.settings.sparql)
        vary = ", ".join(filter(None, (VARY, headers.get("Vary"))))
        self._headers = list({**headers, **OPEN_TO_SCRIPTS, "Vary": vary}.items())
        self._took = HTTP.labels("sparql")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        began = time.perf_counter()
        try:
            question = self.question(environ)
            found = None if question is None else question.answer(self.shares)
        except Exception as error:
            environ[FAILED] = error
            found = None
        if found is None:
            return self.around(environ, start_response)
        self.begin(found, start_response, began)
        return [found.body] if isinstance(found.body, bytes) else Body(found.body, found.close)

    def around(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Have the application answer."""
        return self._app(environ, start_response)

    def begin(self, found: Answered, start_response: StartResponse, began: float) -> None:
        """Send status and headers.

        Args:
            began: when the request was there, as `time.perf_counter` tells.
        """
        start_response(_status(found.status), found.headers + self._headers)
        self._took.observe(time.perf_counter() - began)

    def question(self, environ: WSGIEnvironment) -> Question | None:
        """Return what a request asks; `None` where that is the application's to answer.

        Raises:
            QueryRefused: the query is.
        """
        if (
            environ["PATH_INFO"] != "/sparql"
            or environ["REQUEST_METHOD"] != "GET"
            or "HTTP_AUTHORIZATION" in environ
            or "HTTP_COOKIE" in environ
        ):
            return None
        limits = self._settings.sparql
        asked = read_request(
            "GET", environ["QUERY_STRING"].encode("latin-1"), "", b"", max_query_bytes=limits.max_query_bytes
        )
        if asked.query is None or len(asked.query) >= LONG or asked.default_graphs or asked.named_graphs:
            return None
        admitted = admit(asked.query, limits.services)
        if admitted.services or admitted.dataset:
            return None
        chosen, label = choose_format(admitted.form, environ.get("HTTP_ACCEPT", ""), asked.format)
        client = _client(
            environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR", ""), self._settings.visitors.proxies
        )
        return Question(
            asking=Asking(
                method="GET",
                client=client,
                accept_encoding=environ.get("HTTP_ACCEPT_ENCODING", ""),
                if_none_match=environ.get("HTTP_IF_NONE_MATCH", ""),
            ),
            graphs=self._node.graphs_of(_NOBODY),
            query=GraphQuery(text=admitted.text, media_type=chosen.media_type),
            label=label,
            admitted=admitted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query that may be asked, and of what; see `node.web.sparql.answered`."""

    asking: Asking
    graphs: GraphStore
    query: GraphQuery
    label: str
    admitted: AdmittedQuery

    def answer(self, shares: QueryShares) -> Answered:
        """Return the answer, which is waited for."""
        return answered(self.asking, shares, self.graphs, self.query, self.label, self.admitted)

    def unchanged(self) -> Answered | None:
        """Return that the client has the answer already, where that is so."""
        if self.admitted.volatile:
            return None
        return unchanged(self.asking, self.graphs, self.query, self.label)

    def worded(self, error: Exception) -> Exception:
        """Return an error to be told instead of the engine's: never in words of its own."""
        return worded(error, self.admitted) if isinstance(error, QueryRefused) else error

    def answered_with(self, answer: QueryAnswer) -> Answered:
        """Return what the engine says as an answer."""
        return answered_with(self.asking, answer, self.query, self.label, lasting=not self.admitted.volatile)


class Body:
    """An answer that is still on its way, which its server closes in any case."""

    def __init__(self, chunks: Iterator[bytes], close: Callable[[], None] | None) -> None:
        self._chunks = chunks
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        self._chunks.close()  # type: ignore[attr-defined]  # a generator
        if self._close is not None:
            self._close()


@lru_cache(maxsize=4096)
def _client(address: str | None, forwarded: str, proxies: int) -> str:
    return client_of(address, parse_list_header(forwarded) if forwarded else [], proxies)


@lru_cache(maxsize=64)
def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"
