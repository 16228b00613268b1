"""What the faces of the query engine have in common in the application: whom they serve, how an answer leaves."""

from __future__ import annotations

import math
from typing import Protocol, cast

from flask import Blueprint, Response, current_app, request

from node.model.peer import Viewer
from node.settings import Settings
from node.storage.graphs import GraphStore
from node.web.current import current_subject
from node.web.query_shares import QueryShares, Share, shares_of
from node.web.sparql_answers import Answered, Asking
from node.web.visits import client_of

VARY = "Accept, Accept-Encoding, Origin"
OPEN_TO_SCRIPTS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After, X-Fairnode-Snapshot",
}
"""Put on what every answer has, errors too (https://fetch.spec.whatwg.org/)."""


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


def current_shares() -> QueryShares:
    """Return the accounts of the running application."""
    return shares_of(current_app, serving().settings.sparql)


def take_share() -> Share:
    """Wait until a query of who is asking may run; raises `Busy` as `QueryShares.take`."""
    return current_shares().take(_client())


def current_asking() -> Asking:
    """Return what of the current request its answer depends on."""
    return Asking(
        method=request.method,
        client=_client(),
        accept_encoding=request.headers.get("Accept-Encoding", ""),
        if_none_match=request.headers.get("If-None-Match", ""),
    )


def respond(answered: Answered) -> Response:
    """Return an answer as the application sends it."""
    response = Response(answered.body or None, status=answered.status, headers=answered.headers)
    # Of an answer that is not made nobody knows how long it is.
    response.automatically_set_content_length = False
    if answered.close is not None:
        response.call_on_close(answered.close)
    return response


def _client() -> str:
    subject = current_subject()
    if subject is not None:
        return f"{subject.issuer} {subject.key}"
    return client_of(request.remote_addr, request.access_route, serving().settings.visitors.proxies)


def _open_to_scripts(response: Response, allow: str) -> Response:
    response.headers.update(OPEN_TO_SCRIPTS)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = allow
        response.headers["Access-Control-Allow-Headers"] = "Accept, Authorization, Content-Type, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Vary"] = VARY
    if response.status_code == 504:
        response.headers["Retry-After"] = str(math.ceil(serving().settings.sparql.timeout))
    return response
