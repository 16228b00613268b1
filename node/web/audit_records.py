"""`/audit/<digest>/record/<local id>`: what an audit says of one record, each finding with its place in the raw one.

Who may read it is decided as for the audit's own page. Places are named, and what stands there is not told: a raw
record holds more than what is published of it.
"""

from __future__ import annotations

import datetime as dt
import json

from flask import Blueprint, Response, abort, render_template

from node.audit.reports import finding_values
from node.audit.tracing import Traced, traced
from node.audit.waiving import Waiving, standing
from node.model.audit import Audit, Judgement
from node.storage.audit_views import AuditViews
from node.storage.audited_records import AuditedRecords
from node.storage.audits import Audits
from node.storage.judgements import Judgements
from node.storage.raws import Raws
from node.storage.waivers import Waivers
from node.syntax import JsonValue
from node.web.audits import MEDIA_TYPES
from node.web.current import current_node, current_viewer
from node.web.refusals import missed

bp = Blueprint("audit_records", __name__)


@bp.get("/audit/<digest>/record/<local>")
def record(digest: str, local: str) -> Response:
    """A record's findings in an audit, as a page, or as JSON with `.json`."""
    name, dot, extension = local.partition(".")
    if dot and extension not in MEDIA_TYPES:
        abort(404)
    node = current_node()
    audit = Audits(node.database).get(digest)
    today = dt.datetime.now(dt.UTC).date()
    part = AuditViews(node.database).page(audit, current_viewer(), today, limit=1, record=name)
    if not part.judgements:
        view = node.summaries.record(name, current_viewer(), today)
        if view is None or not view.visible:
            missed("read", name)
        abort(404, "The audit tells nothing of such a record: it has no findings, changed since, or is not public.")
    (judgement,) = part.judgements
    measure = Judgements(node.database).measure(audit.yardstick)
    found = standing(part.judgements, measure.rules, Waiving(Waivers(node.database).holding(today)))
    records, raws = AuditedRecords(node.database, node.vault), Raws(node.database, node.vault)
    located = tuple(traced(found, measure, records, raws))
    if dot:
        return Response(
            json.dumps(_document(audit, judgement, located), ensure_ascii=False), mimetype="application/json"
        )
    page = render_template(
        "audit_record.html", audit=audit, judgement=judgement, located=located, extensions=MEDIA_TYPES
    )
    return Response(page, mimetype="text/html")


def _document(audit: Audit, judgement: Judgement, located: tuple[Traced, ...]) -> dict[str, JsonValue]:
    return {
        "audit": audit.digest,
        "source": judgement.source,
        "identifier": judgement.identifier,
        "record": f"{current_node().settings.base_url}/record/{judgement.local_id}",
        "score": judgement.score,
        "max_score": judgement.max_score,
        "findings": [
            {
                **finding_values(each.standing.finding),
                "waived": each.standing.waiver is not None,
                "source_path": each.place.path if each.place else None,
                "source_line": each.place.line if each.place else None,
                "source_missing": each.place.missing if each.place else None,
            }
            for each in located
        ],
    }
