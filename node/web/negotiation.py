"""What a client asks for and gets: negotiation (RFC 9110, section 12), RDF, conditional requests (section 13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, abort, request

from node.model.rdf import Triple
from node.namespaces import PREFIXES
from node.syntax import write_rdf

RDF = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}
"""The media types of descriptions, by the extension that asks for one."""


def accepted(offered: Sequence[str]) -> str:
    """Return the media type to answer in: the first one offered, where the client names none."""
    if not request.accept_mimetypes:
        return offered[0]
    best = request.accept_mimetypes.best_match(offered)
    if best is None:
        abort(406, f"Offered: {', '.join(offered)}.")
    return best


def rdf(triples: Iterable[Triple], media_type: str) -> Response:
    """Return statements as an answer."""
    return Response(write_rdf(tuple(triples), media_type, prefixes=PREFIXES), mimetype=media_type)


def conditional(response: Response) -> Response:
    """Give an answer a tag of its bytes, and let it be 304 where the client has them already.

    A date alone proves nothing: two versions may have one second, and a score changes without a new version. Caches ask
    again each time, because a label may close a record at any moment.
    """
    response.vary.add("Accept")
    response.headers.setdefault("Cache-Control", "no-cache")
    response.add_etag()
    if "If-None-Match" in request.headers:
        response.make_conditional(request)  # changes the answer itself
    return response
