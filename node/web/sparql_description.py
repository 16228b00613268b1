"""What the endpoint says of itself: the service description, `/.well-known/void`, `/.well-known/sparql-examples`.

Exact for the snapshot and for who is asking: each viewer's graphs are counted for themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response, render_template, request

from node.errors import Busy, QueryTimeout, QueryTooLarge
from node.exposition.sparql import FORMATS, choose_format, prefers
from node.exposition.sparql_description import Endpoint, Triples, describe_dataset, describe_service, write
from node.exposition.sparql_examples import examples
from node.model.graph_counts import GraphCounts
from node.model.peer import Viewer, viewer_key
from node.storage.graphs.counting import Counter
from node.web.current import current_viewer, once
from node.web.sparql_answers import refusals_counted
from node.web.sparql_face import face, serving, take_share

bp = face("sparql_description", __name__, "GET, HEAD, OPTIONS")

_RDF = tuple(candidate.media_type for candidate in FORMATS["CONSTRUCT"])


@bp.route("/.well-known/void", methods=["GET", "HEAD", "OPTIONS"], provide_automatic_options=False)
def void() -> Response:
    """The VoID description of what the viewer's queries see (https://www.w3.org/TR/void/#well-known)."""
    with refusals_counted():
        counts = _counts()
    return _rdf(describe_dataset(current_endpoint(), counts), counts.snapshot)


@bp.route("/.well-known/sparql-examples", methods=["GET", "HEAD", "OPTIONS"], provide_automatic_options=False)
def sparql_examples() -> Response:
    """The example queries as SHACL SPARQL executables (https://www.w3.org/TR/shacl/#SPARQLExecutable)."""
    return _rdf(examples(serving().settings.base_url).triples())


def described_service() -> Response:
    """Return the service description, or the page with a form for a browser."""
    accept = request.headers.get("Accept", "")
    settings = serving().settings
    if prefers(accept, ("text/html", "application/xhtml+xml"), _RDF):
        found = examples(settings.base_url).each
        return Response(render_template("sparql.html", examples=found, settings=settings), mimetype="text/html")
    try:
        with refusals_counted():
            counts: GraphCounts | None = _counts()
    except (Busy, QueryTimeout, QueryTooLarge):
        counts = None  # the rest is true all the same
    return _rdf(describe_service(current_endpoint(), counts), counts.snapshot if counts else None)


def described_graphs(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return those of the named graphs that the endpoint says of itself: name and N-Triples."""
    wanted, found = set(names), []
    if not wanted:
        return ()  # nearly every query: it costs nothing
    endpoint = current_endpoint()
    if not endpoint.embedded:
        return ()
    if endpoint.void in wanted:
        found.append((endpoint.void, write(describe_dataset(endpoint, _counts()), "application/n-triples").decode()))
    if endpoint.examples in wanted:
        triples = examples(endpoint.base_url).triples()
        found.append((endpoint.examples, write(triples, "application/n-triples").decode()))
    return tuple(found)


def current_endpoint() -> Endpoint:
    """Return the endpoint as it is for who is asking."""
    node, viewer = serving(), current_viewer()
    return Endpoint(
        base_url=node.settings.base_url,
        title=node.settings.oai.repository_name,
        federated=bool(node.settings.sparql.services),
        embedded=node.graphs_of(viewer).describes_itself,
    )


@dataclass(slots=True)
class _Counters:
    lock: threading.Lock
    found: dict[int | str, Counter]

    def of(self, viewer: Viewer) -> Counter:
        # Asked for each time: it refuses who must not be shown graphs that are not complete.
        store = serving().graphs_of(viewer)
        with self.lock:
            return self.found.setdefault(viewer_key(serving().asks_as(viewer)), Counter(store))


def _counts() -> GraphCounts:
    counter = once("fairnode.graph-counters", lambda: _Counters(threading.Lock(), {})).of(current_viewer())
    known = counter.known()
    if known is not None:
        return known
    share = take_share()
    try:
        return counter.counts(share.add)
    finally:
        share.end()


def _rdf(triples: Triples, snapshot: str | None = None) -> Response:
    chosen, label = choose_format("CONSTRUCT", request.headers.get("Accept", ""), request.args.get("format", ""))
    response = Response(write(triples, chosen.media_type), content_type=label)
    if snapshot is not None:
        response.headers["X-Fairnode-Snapshot"] = snapshot
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response
