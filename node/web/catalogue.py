"""The catalogue as a whole: `/`, `/sources`, `/catalog`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from node.mapping.catalog_pages import page_triples
from node.model.rdf import Iri, Triple
from node.storage.browsing import Browsing
from node.web.current import current_audience, current_node, current_viewer
from node.web.negotiation import RDF, accepted, conditional, rdf

bp = Blueprint("catalogue", __name__)

_PAGE = 100


@bp.get("/")
def start() -> str:
    """What the node is, what it holds, where its doors are."""
    node = current_node()
    return render_template(
        "start.html",
        title=node.settings.oai.repository_name,
        sources=node.summaries.sources(today=_today(), audience=current_audience()),
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
        sources=node.summaries.sources(today=now.date(), audience=current_audience()),
        states={each.source.name: each.state(now, dead_after) for each in node.sources.all()},
        runs=node.runs.latest(limit=20),
        findings=node.summaries.top_findings(limit=20, today=now.date(), audience=current_audience()),
    )


@bp.get("/catalog")
def catalog() -> Response:
    """The catalogue as DCAT, in pages that hold their members' descriptions; or the start page."""
    media_type = accepted(("text/html", *RDF.values()))
    if media_type == "text/html":
        answer = redirect(url_for("catalogue.start"), code=303)
        answer.vary.add("Accept")
        return answer
    after = request.args.get("after", "")
    # Each statement once: an agent is told of by every record that names it.
    return conditional(rdf(dict.fromkeys(_page(after)), media_type))


def _page(after: str) -> Iterator[Triple]:
    node, viewer = current_node(), current_viewer()
    browsing = Browsing(node.database)
    entries = browsing.page(viewer, _PAGE + 1, after=after)
    more, entries = len(entries) > _PAGE, entries[:_PAGE]
    yield from node.projection.describe_catalog()
    members = []
    # A resource stands on one page only, as it stands in one graph: what is said twice would be read twice.
    speakers = browsing.speakers(viewer, [entry.subject for entry in entries])
    spoken = [entry for entry in entries if entry.local_id in speakers]
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
        following=entries[-1].local_id if more else None,
        total=browsing.subjects(viewer),
    )


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
