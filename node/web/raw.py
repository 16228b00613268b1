"""`/record/<id>/raw`: a record as it was harvested, for who may download it; it goes through the node, not past it.

A presigned address of the object would show its label's tags in the answer's headers, and could be passed on.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, abort

from node.web.current import current_node, current_viewer
from node.web.negotiation import tagged
from node.web.refusals import missed

bp = Blueprint("raw", __name__)

_EXTENSIONS = {"application/xml": "xml", "application/json": "json", "application/ld+json": "jsonld"}


@bp.get("/record/<local>/raw")
def raw(local: str) -> Response:
    """The raw record, as a file to keep: a browser is not to show a stranger's document as a page of this node."""
    node = current_node()
    view = node.summaries.record(local, current_viewer(), dt.datetime.now(dt.UTC).date())
    if view is None or not view.visible:
        missed("download", local)
        abort(404)
    if view.raw_digest is None:
        abort(404)
    body = node.inventory.get("raw", view.raw_digest)
    response = Response(body, mimetype=view.media_type)
    name = f"{view.local_id}.{_EXTENSIONS.get(view.media_type, 'txt')}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.set_etag(view.raw_digest)
    return tagged(response)
