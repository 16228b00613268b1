"""Audits of what is stored as JSON: what the command prints and the page answers."""

from __future__ import annotations

import datetime as dt

from node.model.drift import Deviation, Drift, DriftRun
from node.syntax import JsonValue


def run_values(run: DriftRun) -> dict[str, JsonValue]:
    """Return an audit."""
    return {
        "audit": run.number,
        "zone": run.zone,
        "repair": run.repair,
        "status": run.status,
        "started": _moment(run.started),
        "ended": _moment(run.ended) if run.ended else None,
        "classes": {drift.value: run.counts.get(drift, 0) for drift in Drift},
        "incidents": run.incidents,
        "repaired": run.repaired,
    }


def finding_values(found: Deviation) -> dict[str, JsonValue]:
    """Return a deviation."""
    return {
        "class": found.drift.value,
        "zone": found.zone or None,
        "key": found.key,
        "incident": found.incident,
        "repaired": found.repaired,
        "detail": found.detail,
    }


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
