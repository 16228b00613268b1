"""`/sparql/graphs`: reading whole graphs by name (SPARQL 1.1 Graph Store HTTP Protocol, indirect identification).

https://www.w3.org/TR/sparql11-http-rdf-update/#indirect-graph-identification; harvests alone write graphs.
"""

from __future__ import annotations

import json

from flask import Response, request

from node.errors import QueryRefused
from node.exposition.sparql import FORMATS, absolute_graph, choose_format
from node.storage.graphs import GraphQuery, GraphStore
from node.web.current import current_viewer
from node.web.problems import problem
from node.web.sparql_answers import evaluated, refusals_counted, unchanged
from node.web.sparql_description import described_graphs
from node.web.sparql_face import current_asking, current_shares, face, respond, serving, take_share

bp = face("sparql_graphs", __name__, "GET, HEAD, OPTIONS")

_WRITING = ("PUT", "POST", "DELETE", "PATCH")
_ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


@bp.route("/sparql/graphs", methods=["GET", "HEAD", "OPTIONS", *_WRITING], provide_automatic_options=False)
def graphs() -> Response:
    """Answer with the graph that `graph` names, or, where `default` is there, with the union of all."""
    if request.method in _WRITING:
        return problem(403, "sparql.refused", "graphs are written by harvests alone: this store is read-only.")
    with refusals_counted():
        return _graph()


def _graph() -> Response:
    names, whole = request.args.getlist("graph"), "default" in request.args
    if len(names) + whole != 1:
        raise QueryRefused("name one graph: ?graph=IRI, or ?default for the union of all")
    store = serving().graphs_of(current_viewer())
    chosen, label = choose_format("CONSTRUCT", request.headers.get("Accept", ""), request.args.get("format", ""))
    if whole:
        query = GraphQuery(text=_ALL, media_type=chosen.media_type)
    else:
        name = absolute_graph("graph", names[0])
        described = described_graphs((name,))
        query = GraphQuery(
            text=_ALL, media_type=chosen.media_type, dataset=True, default_graphs=(name,), described=described
        )
        if not described and not _exists(store, name):
            return problem(404, "http.404", f"There is no graph {name[:200]}.")
    asking = current_asking()
    return respond(unchanged(asking, store, query, label) or evaluated(asking, current_shares(), store, query, label))


def _exists(store: GraphStore, name: str) -> bool:
    query = GraphQuery(
        text="ASK { ?s ?p ?o }", media_type=FORMATS["ASK"][0].media_type, dataset=True, default_graphs=(name,)
    )
    share = take_share()
    try:
        answer = store.query(query, charge=share.end)
        return bool(json.loads(b"".join(answer.chunks()))["boolean"])
    finally:
        share.end()
