"""`/healthz`, `/readyz`, `/metrics`: for those who run the node."""

from __future__ import annotations

import datetime as dt
import json

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from node.errors import FairnodeError
from node.telemetry import DEAD, DUE, FAILING, QUARANTINED, REGISTRY, STALE, VISIBLE
from node.web.current import current_node

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def readyz() -> Response:
    """The stores answer: 200, or 503 with what does not."""
    node = current_node()
    checks = {}
    for name, store in (("database", node.database), ("graphs", node.graphs)):
        try:
            store.check()
            checks[name] = "ok"
        except FairnodeError as error:
            checks[name] = error.code
    ready = all(value == "ok" for value in checks.values())
    body = json.dumps({"ready": ready, "checks": checks})
    return Response(body, status=200 if ready else 503, mimetype="application/json")


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics."""
    node = current_node()
    summaries = node.summaries.sources()
    VISIBLE.set(sum(summary.public for summary in summaries))
    QUARANTINED.set(sum(summary.held for summary in summaries))
    STALE.set(node.projection.waiting())
    now, sources = dt.datetime.now(dt.UTC), node.sources.all()
    DUE.set(len(node.schedule.due(now)))
    FAILING.set(sum(item.standing.failures > 0 for item in sources))
    DEAD.set(sum(item.standing.is_dead(now, node.settings.worker.dead_after_days) for item in sources))
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
