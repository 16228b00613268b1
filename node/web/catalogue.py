"""Pages and linked data: `/`, `/sources`, `/dataset/<id>`, `/record/<id>`, `/catalog`.

A dataset and its catalogue record are one record of the node; their RDF is all that the record says, agents included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from node.model.rdf import Iri, Literal, Triple
from node.namespaces import PREFIXES
from node.storage.summaries import RecordView
from node.syntax import write_rdf
from node.web.current import current_audience, current_node, current_viewer
from node.web.refusals import missed

bp = Blueprint("catalogue", __name__)

MEDIA_TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}
_OFFERED = ("text/html", *MEDIA_TYPES.values())


@bp.get("/")
def start() -> str:
    """What the node is, what it holds, where its doors are."""
    node = current_node()
    return render_template(
        "start.html",
        title=node.settings.oai.repository_name,
        sources=node.summaries.sources(),
        latest=node.summaries.latest(current_viewer(), _today()),
        base_url=node.settings.base_url,
    )


@bp.get("/sources")
def sources() -> str:
    """Every source, its latest runs and its most frequent findings."""
    node, now = current_node(), dt.datetime.now(dt.UTC)
    dead_after = node.settings.worker.dead_after_days
    return render_template(
        "sources.html",
        sources=node.summaries.sources(),
        states={each.source.name: each.state(now, dead_after) for each in node.sources.all()},
        runs=node.runs.latest(limit=20),
        findings=node.summaries.top_findings(limit=20, audience=current_audience()),
    )


@bp.get("/catalog")
def catalog() -> BaseResponse:
    """The catalogue as DCAT (its members are in the SPARQL endpoint and in OAI-PMH), or the start page."""
    if _accepted() == "text/html":
        return redirect(url_for("catalogue.start"), code=303)
    return _rdf(current_node().projection.describe_catalog(), _accepted())


@bp.get("/dataset/<local>")
@bp.get("/record/<local>")
def record(local: str) -> BaseResponse:
    """A record by negotiation, or in the form its extension names; 410 once it is deleted."""
    node = current_node()
    name, dot, extension = local.partition(".")
    if dot and extension not in MEDIA_TYPES:
        abort(404)
    view = node.summaries.record(name, current_viewer(), _today())
    if view is None:
        missed("read", name)
        abort(404)
    media_type = MEDIA_TYPES[extension] if dot else _accepted()
    if not view.visible:
        return _gone(view, media_type)
    described = node.projection.describe(name, current_viewer())
    if media_type == "text/html":
        triples = sorted(described, key=_by_subject(view.subject))
        page = render_template(
            "record.html",
            view=view,
            statements=[(_short(s), _short(p), _short(o), o if isinstance(o, Iri) else None) for s, p, o in triples],
            findings=node.summaries.findings(name),
            extensions=MEDIA_TYPES,
            oai_identifier=f"oai:{node.settings.repository_identifier}:{name}",
        )
        response = Response(page, mimetype="text/html")
    else:
        response = _rdf(described, media_type)
    response.headers["Vary"] = "Accept"
    response.headers["Last-Modified"] = view.datestamp.strftime("%a, %d %b %Y %H:%M:%S GMT")
    response.headers["Link"] = ", ".join(_links(view))
    return response


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _accepted() -> str:
    if not request.accept_mimetypes:
        return "text/html"
    best = request.accept_mimetypes.best_match(_OFFERED)
    if best is None:
        abort(406, f"Offered: {', '.join(_OFFERED)}.")
    return best


def _gone(view: RecordView, media_type: str) -> BaseResponse:
    if media_type == "text/html":
        return Response(render_template("gone.html", view=view), status=410, mimetype="text/html")
    return Response("This record has been withdrawn.\n", status=410, mimetype="text/plain")


def _rdf(triples: tuple[Triple, ...], media_type: str) -> Response:
    return Response(write_rdf(triples, media_type, prefixes=PREFIXES), mimetype=media_type)


def _links(view: RecordView) -> Iterator[str]:
    """FAIR Signposting, level 1 (https://signposting.org/FAIR/)."""
    yield f'<{view.subject}>; rel="cite-as"'
    base = current_node().settings.base_url
    for extension, media_type in MEDIA_TYPES.items():
        yield f'<{base}/dataset/{view.local_id}.{extension}>; rel="describedby"; type="{media_type}"'
    yield '<http://www.w3.org/ns/dcat#>; rel="profile"'
    yield f'<{base}/policy/{view.local_id}>; rel="http://www.w3.org/ns/odrl/2/hasPolicy"'


def _by_subject(subject: str) -> Callable[[Triple], tuple[bool, str, str, str]]:
    return lambda triple: (triple[0] != subject, triple[0], triple[1], str(triple[2]))


def _short(term: Iri | Literal) -> str:
    if isinstance(term, Literal):
        return term.value
    for prefix, namespace in PREFIXES.items():
        if term.startswith(namespace):
            return f"{prefix}:{term.removeprefix(namespace)}"
    return str(term)
