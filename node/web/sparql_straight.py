"""The straight way of the commonest query: a GET by nobody in particular, of all graphs, answered before Flask sees it.

It takes the endpoint a fifth of the processor's time that the application's own way takes, most of which is the
application's: contexts, hooks, header objects. Both ways are the same functions; whatever else is asked, and all that
goes wrong, is the application's to answer (`node.web.sparql`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.http import parse_list_header

from node.exposition.sparql import choose_format, read_request
from node.exposition.sparql_guard import admit
from node.identity.subject import viewer_of
from node.storage.graphs import GraphQuery
from node.telemetry import HTTP
from node.web.query_shares import shares_of
from node.web.sparql import FAILED, answered
from node.web.sparql_answers import Answered, Asking
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
        self._shares = shares_of(app, node.settings.sparql)
        vary = ", ".join(filter(None, (VARY, headers.get("Vary"))))
        self._headers = list({**headers, **OPEN_TO_SCRIPTS, "Vary": vary}.items())
        self._took = HTTP.labels("sparql")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        began = time.perf_counter()
        if (
            environ["PATH_INFO"] != "/sparql"
            or environ["REQUEST_METHOD"] != "GET"
            or "HTTP_AUTHORIZATION" in environ
            or "HTTP_COOKIE" in environ
        ):
            return self._app(environ, start_response)
        try:
            found = self._answer(environ)
        except Exception as error:
            environ[FAILED] = error
            found = None
        if found is None:
            return self._app(environ, start_response)
        start_response(_status(found.status), found.headers + self._headers)
        self._took.observe(time.perf_counter() - began)
        return [found.body] if isinstance(found.body, bytes) else _Body(found.body, found.close)

    def _answer(self, environ: WSGIEnvironment) -> Answered | None:
        limits = self._settings.sparql
        asked = read_request(
            "GET", environ["QUERY_STRING"].encode("latin-1"), "", b"", max_query_bytes=limits.max_query_bytes
        )
        if asked.query is None or asked.default_graphs or asked.named_graphs:
            return None
        admitted = admit(asked.query, limits.services)
        if admitted.services or admitted.dataset:
            return None
        chosen, label = choose_format(admitted.form, environ.get("HTTP_ACCEPT", ""), asked.format)
        asking = Asking(
            method="GET",
            client=_client(
                environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR", ""), self._settings.visitors.proxies
            ),
            accept_encoding=environ.get("HTTP_ACCEPT_ENCODING", ""),
            if_none_match=environ.get("HTTP_IF_NONE_MATCH", ""),
        )
        graphs = self._node.graphs_of(_NOBODY)
        query = GraphQuery(text=admitted.text, media_type=chosen.media_type)
        return answered(asking, self._shares, graphs, query, label, admitted)


class _Body:
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
