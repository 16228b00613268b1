"""`/sparql/citation`: a query that can be cited. What it says is all in its address; the node keeps nothing.

After the recommendations of the RDA working group on data citation (https://doi.org/10.15497/RDA00016): the query, the
state of the data it was asked of, a digest of its answer, and a persistent address that tells what became of it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from urllib.parse import urlencode

from flask import Response, request

from node.errors import QueryRefused
from node.exposition.sparql import ProtocolRequest, read_request
from node.exposition.sparql_digest import MEDIA_TYPES, digest
from node.exposition.sparql_guard import AdmittedQuery
from node.model.label import Audience
from node.model.peer import viewer_name
from node.telemetry import QUERIES
from node.web.current import current_viewer
from node.web.sparql import admitted_query, asked_of_graphs, worded
from node.web.sparql_answers import refusals_counted
from node.web.sparql_face import face, serving, take_share

_PUBLIC = viewer_name(Audience.PUBLIC)

bp = face("sparql_citation", __name__, "GET, HEAD, OPTIONS")


@bp.route("/sparql/citation", methods=["GET", "HEAD", "OPTIONS"], provide_automatic_options=False)
def citation() -> Response:
    """Cite a query as it is answered now or, where its address has a digest, say whether the answer has changed."""
    with refusals_counted():
        return _citation()


def _citation() -> Response:
    settings = serving().settings
    limit = settings.sparql.max_query_bytes
    asked = read_request("GET", request.query_string, "", b"", max_query_bytes=limit)
    if asked.query is None:
        raise QueryRefused("there is no query to cite: /sparql/citation?query=...")
    cited = request.args.get("digest", "")
    if cited and not re.fullmatch(r"[0-9a-f]{64}", cited):
        raise QueryRefused("digest has to be a SHA-256 in hexadecimal, as a citation has it")
    admitted = admitted_query(asked.query)
    if admitted.volatile:
        raise QueryRefused("a query with NOW, RAND, BNODE, UUID or SERVICE cannot be cited: each answer is another one")
    viewer = viewer_name(serving().asks_as(current_viewer()))
    if cited and request.args.get("viewer", _PUBLIC) != viewer:
        raise QueryRefused(
            f"this is cited as another viewer sees it, and you ask as {viewer}: a difference would say nothing",
            advice="Sign in as who cited it, or cite the query anew.",
        )
    found, rows, snapshot = _answer(asked, admitted)
    retrieved = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told: dict[str, object] = {
        "query": asked.query,
        "endpoint": f"{settings.base_url}/sparql",
        "viewer": viewer,
        "default_graphs": asked.default_graphs,
        "named_graphs": asked.named_graphs,
    }
    now = {"digest": found, "rows": rows, "snapshot": snapshot, "retrieved": retrieved}
    if cited:
        then = {"digest": cited, **{name: request.args.get(name, "")[:100] for name in ("snapshot", "retrieved")}}
        told |= {"changed": found != cited, "cited": then, "now": now}
    else:
        address = _address(asked, found, snapshot, retrieved, viewer)
        text = f"{settings.oai.repository_name}: SPARQL query of {retrieved}, SHA-256 {found}. {address}"
        told |= now | {"citation": text, "url": address}
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")


def _answer(asked: ProtocolRequest, admitted: AdmittedQuery) -> tuple[str, int, str | None]:
    graphs, query = asked_of_graphs(asked, admitted, MEDIA_TYPES[admitted.form])
    share = take_share()
    try:
        answer = graphs.query(query, charge=share.end)
        try:
            found, rows = digest(admitted.form, answer.chunks())
        finally:
            answer.close()
    except QueryRefused as error:
        raise worded(error, admitted) from error
    finally:
        share.end()
    QUERIES.labels("ok").inc()
    return found, rows, answer.snapshot


def _address(asked: ProtocolRequest, found: str, snapshot: str | None, retrieved: str, viewer: str) -> str:
    parameters = [("query", asked.query or "")]
    parameters += [("default-graph-uri", graph) for graph in asked.default_graphs]
    parameters += [("named-graph-uri", graph) for graph in asked.named_graphs]
    parameters += [("digest", found), ("snapshot", snapshot or ""), ("retrieved", retrieved)]
    parameters += [("viewer", viewer)] if viewer != _PUBLIC else []
    return f"{serving().settings.base_url}/sparql/citation?{urlencode(parameters)}"
