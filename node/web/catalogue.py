"""The catalogue as a whole: `/`, `/sources`, `/catalog`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for

from node.mapping.catalog_pages import page_triples
from node.model.dcat import ResourceKind
from node.model.rdf import Iri, Triple
from node.storage.browsing import Browsing
from node.storage.harvest_log import HarvestLog
from node.storage.offers import Offers
from node.web.current import current_node, current_viewer
from node.web.negotiation import RDF, accepted, conditional, rdf

bp = Blueprint("catalogue", __name__)

_PAGE = 100
_KINDS = {kind.value: kind for kind in ResourceKind}


@bp.get("/")
def start() -> str:
    """What the node is, what it holds, where its doors are."""
    node = current_node()
    return render_template(
        "start.html",
        title=node.settings.oai.repository_name,
        sources=node.summaries.sources(today=_today(), viewer=current_viewer()),
        told=HarvestLog(node.database).told(node.sources.all(), current_viewer(), _today()),
        kinds=Offers(node.database).kinds(current_viewer()),
        latest=node.summaries.latest(current_viewer(), _today()),
        base_url=node.settings.base_url,
    )


@bp.get("/sources")
def sources() -> str:
    """Every source, its latest runs and its most frequent findings."""
    node, now = current_node(), dt.datetime.now(dt.UTC)
    dead_after = node.settings.worker.dead_after_days
    every = node.sources.all()
    return render_template(
        "sources.html",
        told=HarvestLog(node.database).told(every, current_viewer(), now.date()),
        sources=node.summaries.sources(today=now.date(), viewer=current_viewer()),
        states={each.source.name: each.state(now, dead_after) for each in every},
        runs=node.runs.latest(limit=20),
        findings=node.summaries.top_findings(limit=20, today=now.date(), viewer=current_viewer()),
    )


@bp.get("/catalog")
def catalog() -> Response:
    """The catalogue, or its records of one kind: as DCAT, in pages that hold their members' descriptions.

    People get a list of that kind; the whole catalogue is for them the start page.
    """
    media_type = accepted(("text/html", *RDF.values()))
    kind = request.args.get("kind", "")
    if kind and kind not in _KINDS:
        abort(404)
    if media_type == "text/html" and kind:
        return _listing(_KINDS[kind], request.args.get("after", ""))
    if media_type == "text/html":
        answer = make_response(redirect(url_for("catalogue.start"), code=303))
        answer.vary.add("Accept")
        return answer
    after = request.args.get("after", "")
    # Each statement once: an agent is told of by every record that names it.
    return conditional(rdf(dict.fromkeys(_page(after, kind)), media_type))


def _listing(kind: ResourceKind, after: str) -> Response:
    """The records of one kind, for people."""
    offers, viewer = Offers(current_node().database), current_viewer()
    found = offers.listed(viewer, kind, _PAGE + 1, after=after)
    page = render_template(
        "kind.html",
        kind=kind,
        kinds=offers.kinds(viewer),
        found=found[:_PAGE],
        following=found[_PAGE - 1].local_id if len(found) > _PAGE else "",
        extensions=RDF,
    )
    return conditional(Response(page, mimetype="text/html"))


def _page(after: str, kind: str) -> Iterator[Triple]:
    node, viewer = current_node(), current_viewer()
    leaf = Browsing(node.database).leaf(viewer, _PAGE, after=after, kind=kind)
    yield from node.projection.describe_catalog()
    members = []
    # A resource stands on one page only, as it stands in one graph: what is said twice would be read twice.
    spoken = [entry for entry in leaf.entries if entry.local_id in leaf.speakers]
    described = node.projection.describe_each([entry.local_id for entry in spoken], viewer)
    for entry, triples in zip(spoken, described, strict=True):
        # What was withdrawn meanwhile says nothing; of a member whose object is lost there is its name at least.
        if triples is None or triples:
            members.append((Iri(entry.subject), entry.kind))
            yield from triples or ()
    yield from page_triples(
        Iri(f"{node.settings.base_url}/catalog"),
        members,
        after=after,
        before=leaf.before,
        following=leaf.entries[-1].local_id if leaf.more else None,
        last=leaf.last,
        total=leaf.total,
        kind=kind,
    )


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
