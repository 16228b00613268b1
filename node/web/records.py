"""A record's page and its data: `/dataset/<id>`, `/record/<id>`, and what they link (FAIR Signposting).

A dataset and its catalogue record are one record of the node; their RDF is all that the record says, agents included.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template

from node.errors import FairnodeError
from node.exposition import memento, signposting
from node.mapping import schema_org
from node.mapping.dcat import CROSSWALK
from node.mapping.protocols import MappingContext
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import expand
from node.storage.summaries import RecordView
from node.syntax import to_ntriples
from node.web.current import current_node, current_viewer
from node.web.negotiation import RDF, accepted, conditional, rdf, tagged
from node.web.offers import facts_of
from node.web.problems import problem
from node.web.refusals import missed
from node.web.statements import statements

bp = Blueprint("records", __name__)


@bp.get("/dataset/<local>")
@bp.get("/record/<local>")
def record(local: str) -> Response:
    """A record by negotiation, or in the form its extension names; 410 once it is deleted."""
    name, dot, extension = local.partition(".")
    if dot and extension not in RDF:
        abort(404)
    view = _view(name)
    media_type = RDF[extension] if dot else accepted(("text/html", *RDF.values()))
    if not view.visible:
        return _gone(view, media_type)
    described = current_node().projection.describe(name, current_viewer())
    links = _links(view, described)
    response = _page(view, described) if media_type == "text/html" else rdf(described, media_type)
    response.headers["Last-Modified"] = memento.http_date(view.datestamp)
    linksets = {f"{_address(view)}/linkset.{end}": kind for end, kind in signposting.LINKSET.items()}
    at = memento.Addresses(base_url=current_node().settings.base_url, local_id=view.local_id)
    # A description with an address of its own is no landing page: it leads to one.
    past = memento.of_description(at) if dot else memento.of_original(at)
    here = signposting.header(links, f"{_address(view)}{dot}{extension}", linksets)
    response.headers["Link"] = f"{here}, {past}"
    return conditional(response)


@bp.get("/dataset/<local>/linkset.<extension>")
def linkset(local: str, extension: str) -> Response:
    """All links of a record, as a link set (RFC 9264)."""
    if extension not in signposting.LINKSET:
        abort(404)
    view = _view(local)
    if not view.visible:
        return _gone(view, signposting.LINKSET[extension])
    links = _links(view, current_node().projection.describe(local, current_viewer()))
    text = signposting.as_json(links) if extension == "json" else signposting.as_text(links)
    response = Response(text, mimetype=signposting.LINKSET[extension])
    response.headers["Link"] = f'<{signposting.PROFILE}>; rel="profile"'
    return tagged(response)


def _view(name: str) -> RecordView:
    view = current_node().summaries.record(name, current_viewer(), dt.datetime.now(dt.UTC).date())
    if view is None or not view.visible:
        missed("read", name)
    if view is None:
        abort(404)
    return view


def _gone(view: RecordView, media_type: str) -> Response:
    if media_type != "text/html":
        return problem(410, "http.410", "This record has been withdrawn.")
    response = Response(render_template("gone.html", view=view), status=410, mimetype="text/html")
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page(view: RecordView, described: Sequence[Triple]) -> Response:
    node = current_node()
    page = render_template(
        "record.html",
        view=view,
        statements=statements(described, view.subject),
        findings=node.summaries.findings(view.local_id),
        facts=facts_of(node, current_viewer(), view.subject, described),
        extensions=RDF,
        linksets=signposting.LINKSET,
        schema_org=_schema_org(view, described),
        oai_identifier=f"oai:{node.settings.repository_identifier}:{view.local_id}",
    )
    return Response(page, mimetype="text/html")


def _schema_org(view: RecordView, described: Sequence[Triple]) -> str:
    """Return the record for search engines, or nothing where it cannot be said in their words."""
    own = current_node().projection.record_graph(view.local_id)
    # The catalogue record is about the record, and search engines ask about the dataset.
    about = (triple for triple in described if not triple[0].startswith(own))
    # What is nested in a resource is known by the resource's own name; here it is called by the record's. Distributions
    # keep that: they have it in JSON as well.
    nested, inside = f"{_address(view)}#", f"{view.subject}#"
    ways = {value for _, predicate, value in described if predicate == expand("dcat:distribution")}

    def named(term: Iri) -> Iri:
        return Iri(inside + term.removeprefix(nested)) if term.startswith(nested) and term not in ways else term

    text = to_ntriples(tuple((named(s), p, o if isinstance(o, Literal) else named(o)) for s, p, o in about))
    context = MappingContext(iri=Iri(view.subject), identifier=view.identifier, media_type="application/n-triples")
    try:
        return schema_org.write(CROSSWALK.read(text.encode(), context).resource)
    except FairnodeError:
        return ""


def _links(view: RecordView, described: Sequence[Triple]) -> tuple[signposting.Link, ...]:
    base = current_node().settings.base_url
    return signposting.record_links(
        _address(view),
        Iri(view.subject),
        described,
        metadata={f"{_address(view)}.{extension}": media_type for extension, media_type in RDF.items()},
        policy=f"{base}/policy/{view.local_id}",
        catalog=f"{base}/catalog",
    )


def _address(view: RecordView) -> str:
    return f"{current_node().settings.base_url}/dataset/{view.local_id}"
