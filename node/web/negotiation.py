"""What a client asks for and gets: negotiation (RFC 9110, section 12), RDF, conditional requests (section 13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, abort, request
from werkzeug.datastructures import MIMEAccept

from node.model.rdf import Triple
from node.namespaces import PREFIXES
from node.syntax import write_rdf
from node.web.compression import compress

RDF = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}
"""The media types of descriptions, by the extension that asks for one."""


def accepted(offered: Sequence[str]) -> str:
    """Return the media type to answer in: the first one offered, where the client names none.

    Parameters exclude nothing: all text here is UTF-8, and who would rather have another JSON-LD profile or version of
    RDF is given the media type that they know how to read (RFC 9110, section 12.5.1; JSON-LD 1.1, section 6).
    """
    if not request.accept_mimetypes:
        return offered[0]
    ranges = ((value.partition(";")[0].strip(), quality) for value, quality in request.accept_mimetypes)
    best = MIMEAccept(list(ranges)).best_match(offered)
    if best is None:
        abort(406, f"Offered: {', '.join(offered)}.")
    return best


def rdf(triples: Iterable[Triple], media_type: str) -> Response:
    """Return statements as an answer."""
    return Response(write_rdf(tuple(triples), media_type, prefixes=PREFIXES), mimetype=media_type)


def conditional(response: Response) -> Response:
    """Do to an answer that was negotiated what `tagged` does."""
    response.vary.add("Accept")
    return tagged(response)


def tagged(response: Response) -> Response:
    """Give an answer a tag of its bytes, if it has none, and let it be 304 where the client has them already.

    Long ones are compressed for who takes that; those bytes have a tag of their own (RFC 9110, section 8.8.3.3).
    A date alone proves nothing: two versions may have one second, and a score changes without a new version. Caches ask
    again each time, because a label may close a record at any moment.
    """
    response.headers.setdefault("Cache-Control", "no-cache")
    if "ETag" not in response.headers:
        compress(response)
    response.add_etag()
    if "If-None-Match" in request.headers:
        response.make_conditional(request)  # changes the answer itself
    return response
