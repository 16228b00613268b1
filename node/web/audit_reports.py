"""`/audit/<digest>/<report>`: a whole audit as a page to keep, as SHACL report, DQV and EARL, written while it is read.

They hold the records that who asks may see, in the version they may see (`storage.audit_views`); what is said of them
together counts these records only.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from flask import Blueprint, Response

from node.audit.outcomes import REPORTS, Places, outcomes, report
from node.audit.waiving import Waiving
from node.model.label import Audience
from node.storage.audit_scores import AuditScores
from node.storage.audit_views import AuditViews
from node.storage.audited_records import AuditedRecords
from node.storage.audits import Audits
from node.storage.judgements import Judgements
from node.storage.raws import Raws
from node.storage.waivers import Waivers
from node.validation.reports.html import POLICY
from node.visitor_errors import TooManyRequests
from node.web.audits import FILES
from node.web.current import current_node, current_viewer, once

bp = Blueprint("audit_reports", __name__)

_AT_ONCE = 2
_WAIT = 30


@bp.get("/audit/<digest>/report.html", defaults={"file": "report.html"})
@bp.get("/audit/<digest>/shacl.ttl", defaults={"file": "shacl.ttl"})
@bp.get("/audit/<digest>/dqv.ttl", defaults={"file": "dqv.ttl"})
@bp.get("/audit/<digest>/earl.ttl", defaults={"file": "earl.ttl"})
def whole(digest: str, file: str) -> Response:
    """One report of an audit, as far as its records may be seen."""
    form = FILES[file]
    node, viewer, today = current_node(), current_viewer(), dt.datetime.now(dt.UTC).date()
    audit = Audits(node.database).get(digest)
    measure = Judgements(node.database).measure(audit.yardstick)
    waiving = Waiving(Waivers(node.database).holding(today))
    places = Places(
        audit=audit,
        measure=measure,
        records=AuditedRecords(node.database, node.vault),
        raws=Raws(node.database, node.vault),
    )
    found = outcomes(AuditViews(node.database).all(audit, viewer, today), measure, waiving)
    seen = "everybody" if viewer is Audience.PUBLIC else "you"
    note = f"Below are the records that {seen} may see and that are still what was judged."
    counted = AuditViews(node.database).counted([each.source for each in audit.sources], viewer, today)
    sheet = AuditScores(node.database).latest(audit) if audit.is_of(counted) else None
    release = _begin()
    parts = report(form, found, places, sheet, node.settings.base_url, note=note)
    response = Response(_until(parts, release), mimetype=REPORTS[form])
    response.call_on_close(release)  # nobody may have read it to its end, or at all
    response.headers["Content-Disposition"] = f'inline; filename="audit-{audit.digest[:12]}-{file}"'
    if form == "html":
        # The page brings its own style sheet, by digest.
        response.headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors 'none'"
    return response


def _until(parts: Iterator[str], release: Callable[[], None]) -> Iterator[str]:
    try:
        yield from parts
    finally:
        release()


def _begin() -> Callable[[], None]:
    """Take one of the places there are, for a report keeps a thread of the server busy; return how to give it back."""
    writing = once("fairnode.audit-reports", lambda: threading.BoundedSemaphore(_AT_ONCE))
    if not writing.acquire(blocking=False):
        raise TooManyRequests(f"{_AT_ONCE} reports are being written already", retry_after=_WAIT)
    place = ExitStack()
    place.callback(writing.release)
    return place.close  # a server may close an answer twice
