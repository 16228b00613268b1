"""The harvest log of a source as JSON: the source, its runs, and one run with the part of its ledger that may be named.

`docs/how-to/read-a-harvest-log.md` explains every member. Times are UTC, RFC 3339.
"""

from __future__ import annotations

import datetime as dt
import re

from node.model.harvest_log import LedgerPage, LoggedRun, LoggedSource, RunNote, SourceLog
from node.model.oai import Window
from node.model.run import HarvestRun, RunError
from node.syntax import JsonValue

_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")
# What goes wrong inside the node is for its operator; these are about the source, or about counts.
_OF_THE_SOURCE = ("fetch.", "harvest.", "ledger.", "syntax.")
# Messages quote what the source sent, which no label was decided for; these consist of the node's own counts.
_COUNTS_ONLY = frozenset({"harvest.interrupted", "harvest.out-of-bounds", "ledger.imbalance"})
_INTERNAL = "The node met an error of its own; its operator finds the cause in the log."


def source_document(log: SourceLog, base_url: str, now: dt.datetime) -> dict[str, JsonValue]:
    """Return a source and its runs."""
    source = log.source
    page = source_url(base_url, source.name)
    return {
        "source": {
            "name": source.name,
            "url": source.url,
            "kind": source.kind,
            "metadata_prefix": source.metadata_prefix,
            "sets": list(source.set_specs),
            "state": source.state.value,
            "failures": source.failures,
            "last_ok": _utc(source.last_ok),
            "last_full": _utc(source.last_full),
            "freshness_seconds": source.freshness(now),
            "records": {"public": source.public, "held": source.held, "tombstones": source.tombstones},
            "score": None if source.score is None else round(source.score, 4),
        },
        "schedule": {
            "next_run": _utc(source.next_run),
            "interval_seconds": source.interval,
            "full_every_seconds": source.full_every,
        },
        "runs": [_run(each, source, base_url) for each in log.runs],
        "older": None if log.before is None else f"{page}.json?before={log.before}",
        "page": page,
    }


def run_document(
    logged: LoggedRun, source: LoggedSource, ledger: LedgerPage, next_url: str | None, base_url: str
) -> dict[str, JsonValue]:
    """Return a run with a part of its ledger; `next_url` is where that goes on."""
    return {
        **_run(logged, source, base_url),
        "reasons": [
            {"state": each.outcome.value, "code": each.code, "identifiers": each.identifiers} for each in logged.reasons
        ],
        "entries": [
            {
                "identifier": entry.identifier,
                "state": entry.outcome.value,
                "code": entry.code,
                "record": f"{base_url}/record/{entry.local_id}",
            }
            for entry in ledger.entries
        ],
        "next": next_url,
    }


def source_url(base_url: str, name: str) -> str:
    """Return the address of a source's log."""
    return f"{base_url}/sources/{name}"


def run_url(base_url: str, name: str, run: int) -> str:
    """Return the address of a run in its source's log."""
    return f"{source_url(base_url, name)}/runs/{run}"


def public_error(error: RunError, *, told: bool) -> RunError:
    """Return of an error what anybody may know: its code and advice, and a message made of counts that may be told."""
    known = error.code.startswith(_OF_THE_SOURCE)
    message = error.message if told and error.code in _COUNTS_ONLY else ""
    return RunError(code=error.code, message=message, advice=error.advice if known else _INTERNAL)


def is_full(run: HarvestRun) -> bool:
    """The run asked for everything."""
    return run.window == Window()


def _run(logged: LoggedRun, source: LoggedSource, base_url: str) -> dict[str, JsonValue]:
    run = logged.run
    error = public_error(run.error, told=logged.told) if run.error else None
    ended = run.ended
    return {
        "run": run.run,
        "source": source.name,
        "page": run_url(base_url, source.name, run.run),
        "status": run.status.value,
        "mode": "full" if is_full(run) else "incremental",
        # A bookmark of another kind is the harvester's own business, and may hold anything.
        "from": run.window.from_ if run.window.from_ and _DATE.fullmatch(run.window.from_) else None,
        "until": run.window.until,
        "started": _utc(run.started),
        "ended": _utc(ended),
        "seconds": round((ended - run.started).total_seconds(), 3) if ended else None,
        "figures": "whole" if logged.told else "visible",
        **_figures(logged),
        "findings": [_note(note) for note in logged.notes],
        "error": {"code": error.code, "message": error.message, "advice": error.advice} if error else None,
    }


def _figures(logged: LoggedRun) -> dict[str, JsonValue]:
    """Return the figures of a run, or those of them that may be told."""
    run = logged.run
    figures: dict[str, JsonValue] = {
        "listed": run.listed,
        **{outcome.value: count for outcome, count in run.counts.items()},
        "balanced": run.balanced,
        "repeated": run.repeated,
        "absent": run.absent,
        "reconciled": run.reconciled,
        "complete_list_size": run.complete_list_size,
        "pages": run.pages,
        "requests": run.requests,
        "retries": run.retries,
    }
    if logged.told:
        return figures
    return {**dict.fromkeys(figures), **{outcome.value: count for outcome, count in logged.seen.items()}}


def _note(note: RunNote) -> JsonValue:
    return {"code": note.code, "severity": note.severity.label, "advice": note.advice, "times": note.times}


def _utc(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
