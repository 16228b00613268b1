"""`/healthz`, `/readyz`, `/metrics`: for those who run the node."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.registry import Collector

from node.errors import FairnodeError
from node.identity.subject import Role
from node.model.drift import Drift
from node.node import Node
from node.storage.drift import DriftRuns
from node.storage.relabels import Relabels
from node.telemetry import (
    DEAD,
    DRIFT,
    DRIFT_AUDITED,
    DRIFT_INCIDENTS,
    DUE,
    FAILING,
    OPERATORS_ONLY,
    QUARANTINED,
    REGISTRY,
    RELABELS,
    RELABELS_STUCK,
    STALE,
    VISIBLE,
)
from node.web.current import current_node, current_subject

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
    """Prometheus metrics; those that count what may be hidden only to operators."""
    node, now = current_node(), dt.datetime.now(dt.UTC)
    summaries = node.summaries.sources(today=now.date())
    VISIBLE.set(sum(summary.public for summary in summaries))
    QUARANTINED.set(sum(summary.held for summary in summaries))
    STALE.set(node.projection.waiting())
    sources = node.sources.all()
    DUE.set(len(node.schedule.due(now)))
    FAILING.set(sum(item.standing.failures > 0 for item in sources))
    DEAD.set(sum(item.standing.is_dead(now, node.settings.worker.dead_after_days) for item in sources))
    _custody(node)
    subject = current_subject()
    is_operator = subject is not None and subject.has(Role.OPERATOR)
    shown = [each for each in REGISTRY.collect() if is_operator or each.name not in OPERATORS_ONLY]
    return Response(generate_latest(_Collected(shown)), content_type=CONTENT_TYPE_LATEST)


class _Collected(Collector):
    """Metrics that were collected already."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _custody(node: Node) -> None:
    """Set what is known of stored objects: the last whole audit, and jobs that relabel."""
    runs = DriftRuns(node.database)
    last = runs.last_done()
    counts, incidents = runs.unrepaired(last.number) if last is not None else ({}, 0)
    for drift in Drift:
        if drift is not Drift.OK:  # how much there is in all is nobody's to know
            DRIFT.labels(drift.value).set(counts.get(drift, 0))
    DRIFT_INCIDENTS.set(incidents)
    DRIFT_AUDITED.set(last.started.replace(tzinfo=dt.UTC).timestamp() if last is not None else 0)
    waiting, stuck = Relabels(node.database).waiting()
    RELABELS.set(waiting)
    RELABELS_STUCK.set(stuck)
