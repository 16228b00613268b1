"""What the endpoint says of itself: the service description, `/.well-known/void`, `/.well-known/sparql-examples`.

Exact for the snapshot and for who is asking: each viewer's graphs are counted for themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, current_app, render_template, request

from node.errors import Busy, FairnodeError, QueryTimeout, QueryTooLarge
from node.exposition.sparql import FORMATS, choose_format, prefers
from node.exposition.sparql_description import Endpoint, Triples, describe_dataset, describe_service, write
from node.exposition.sparql_examples import examples
from node.model.graph_counts import GraphCounts
from node.model.peer import Viewer, viewer_key
from node.storage.graphs.counting import Counter
from node.telemetry import QUERIES
from node.web.current import current_viewer
from node.web.query_shares import take_share
from node.web.sparql_answers import open_to_scripts, outcome, serving

bp = Blueprint("sparql_description", __name__)

_ALLOW = "GET, HEAD, OPTIONS"
_RDF = tuple(candidate.media_type for candidate in FORMATS["CONSTRUCT"])


@bp.after_request
def _finish(response: Response) -> Response:
    return open_to_scripts(response, _ALLOW)


@bp.route("/.well-known/void", methods=["GET", "HEAD", "OPTIONS"], provide_automatic_options=False)
def void() -> Response:
    """The VoID description of what the viewer's queries see (https://www.w3.org/TR/void/#well-known)."""
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": _ALLOW})
    counts = _counts()
    return _rdf(describe_dataset(current_endpoint(), counts), counts.snapshot)


@bp.route("/.well-known/sparql-examples", methods=["GET", "HEAD", "OPTIONS"], provide_automatic_options=False)
def sparql_examples() -> Response:
    """The example queries as SHACL SPARQL executables (https://www.w3.org/TR/shacl/#SPARQLExecutable)."""
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": _ALLOW})
    return _rdf(examples(serving().settings.base_url).triples())


def described_service() -> Response:
    """Return the service description, or the page with a form for a browser."""
    accept = request.headers.get("Accept", "")
    settings = serving().settings
    if prefers(accept, ("text/html", "application/xhtml+xml"), _RDF):
        found = examples(settings.base_url).each
        return Response(render_template("sparql.html", examples=found, settings=settings), mimetype="text/html")
    try:
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
            return self.found.setdefault(viewer_key(viewer), Counter(store))


def _counts() -> GraphCounts:
    fresh = _Counters(threading.Lock(), {})
    counters = cast(_Counters, current_app.extensions.setdefault("fairnode.graph-counters", fresh))
    counter = counters.of(current_viewer())
    known = counter.known()
    if known is not None:
        return known
    share = take_share(serving().settings)
    try:
        return counter.counts(share.add)
    except FairnodeError as error:
        QUERIES.labels(outcome(error)).inc()
        raise
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
