"""`/policy/<id>`: what follows from a record's two labels, as an ODRL policy; visible where the record is.

Form and profile: `docs/reference/sovereignty-labels.md`.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, abort

from node.errors import LabelError
from node.mapping.policies import policy_triples
from node.model.rdf import Iri
from node.sovereignty.tags import both_from_text
from node.web.current import current_node, current_viewer
from node.web.negotiation import RDF, accepted, conditional, rdf
from node.web.problems import problem
from node.web.refusals import missed

bp = Blueprint("policies", __name__)


@bp.get("/policy/<local>")
def policy(local: str) -> Response:
    """The policy of a record by negotiation, Turtle at first, or in the form its extension names."""
    node = current_node()
    name, dot, extension = local.partition(".")
    if dot and extension not in RDF:
        abort(404)
    viewer = current_viewer()
    today = dt.datetime.now(dt.UTC).date()
    item, view = node.listing.get(name, None, viewer), node.summaries.record(name, viewer, today)
    if item is None or view is None:
        missed("read", name)
        abort(404)
    labels = both_from_text(item.record_label, item.data_label)
    if item.deleted or labels is None:
        # A label that cannot be read permits nobody anything, and there is nothing to say of it.
        missed("read", name)
        return problem(410, "http.410", "This record has been withdrawn.")
    base = node.settings.base_url
    try:
        triples = policy_triples(
            Iri(f"{base}/policy/{name}"),
            record=Iri(node.projection.record_graph(name)),
            resource=Iri(view.subject),
            labels=labels,
        )
    except LabelError:
        abort(410)
    return conditional(rdf(triples, RDF[extension] if dot else accepted(tuple(RDF.values()))))
