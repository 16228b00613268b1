"""A record's past by Memento (RFC 7089): `/timegate/<id>`, `/timemap/<id>`, `/memento/<time>/<id>`.

Whoever may not see the record now sees nothing of its past, and of that only what its own label lets them see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request

from node.exposition.memento import (
    LINK_FORMAT,
    Addresses,
    closest,
    http_date,
    of_memento,
    read_http_date,
    read_stamp,
    stamp,
    timemap,
)
from node.storage.history import History, Version
from node.syntax import from_ntriples
from node.web.current import current_node, current_viewer
from node.web.negotiation import RDF, accepted, conditional, rdf, tagged
from node.web.refusals import missed
from node.web.statements import resource_of, statements, title_of

bp = Blueprint("memento", __name__)


@bp.get("/timegate/<local>")
def timegate(local: str) -> Response:
    """Send to the state the record was in at the time of `Accept-Datetime`; without it, to the latest."""
    at, moments = _addresses(local), tuple(version.at for version in _versions(local))
    text = request.headers.get("Accept-Datetime")
    asked = None if text is None else read_http_date(text.strip())
    if text is not None and asked is None:
        abort(400, "Accept-Datetime is a date of RFC 1123, such as Wed, 25 Nov 2026 12:00:00 GMT.")
    moment = closest(moments, asked)
    # Relative to the host that was asked, which may go by another name than the node's own.
    answer = make_response(redirect(urlsplit(at.memento(moment)).path, code=302))
    answer.vary.add("Accept-Datetime")
    answer.headers["Link"] = of_memento(at, moments, moment)
    return answer


@bp.get("/timemap/<local>")
def times(local: str) -> Response:
    """Every state of the record that the asker may see."""
    moments = tuple(version.at for version in _versions(local))
    return tagged(Response(timemap(_addresses(local), moments), mimetype=LINK_FORMAT))


@bp.get("/memento/<moment>/<local>")
def memento(moment: str, local: str) -> Response:
    """What the record said of its resource from that time on: a page, or RDF by `Accept` or by its extension."""
    name, dot, extension = local.partition(".")
    if dot and extension not in RDF:
        abort(404)
    media_type = RDF[extension] if dot else accepted(("text/html", *RDF.values()))
    versions = {version.at: version for version in _versions(name)}
    when = read_stamp(moment)
    version = versions.get(when) if when is not None else None
    if version is None:
        abort(404)
    at = _addresses(name)
    moments = tuple(versions)
    answer = _state(version, at, media_type, moments)
    answer.headers["Memento-Datetime"] = http_date(version.at)
    answer.headers["Link"] = of_memento(at, moments, version.at)
    answer.headers["X-Robots-Tag"] = "noindex"  # who searches is to find the record as it is
    return conditional(answer)


def _versions(local: str) -> tuple[Version, ...]:
    """Return the versions that the asker may see: at least one, or this ends in 404, or 410 for what was withdrawn."""
    node, viewer = current_node(), current_viewer()
    found = History(node.database).versions(local, viewer)
    if not found:
        missed("read", local)
        view = node.summaries.record(local, viewer, dt.datetime.now(dt.UTC).date())
        abort(404 if view is None or view.visible else 410)
    return found


def _state(version: Version, at: Addresses, media_type: str, moments: Sequence[dt.datetime]) -> Response:
    data = current_node().inventory.get("rdf", version.rdf_digest)
    if media_type == RDF["nt"]:
        # The very bytes that the digest in the graph is of.
        return Response(data, mimetype=media_type)
    triples = from_ntriples(data.decode())
    if media_type != "text/html":
        return rdf(triples, media_type)
    subject, place = resource_of(triples), moments.index(version.at)
    page = render_template(
        "memento.html",
        title=title_of(triples, subject),
        when=version.at,
        at=at,
        path=f"/memento/{stamp(version.at)}/{at.local_id}",
        earlier=[stamp(moment) for moment in moments[:place][-1:]],
        later=[stamp(moment) for moment in moments[place + 1 :][:1]],
        statements=statements(triples, subject),
        extensions=RDF,
    )
    return Response(page, mimetype="text/html")


def _addresses(local: str) -> Addresses:
    return Addresses(base_url=current_node().settings.base_url, local_id=local)
