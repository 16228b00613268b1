"""Logs and metrics: one place that names every metric, one call that sets logging up.

Logs go to standard error, as text or JSON; log lines never hold secrets. Metrics are documented in
`docs/reference/metrics.md`; a test holds the two together.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

RECORDS = Counter("fairnode_records", "Records by what became of them", ["source", "outcome"], registry=REGISTRY)
RUNS = Counter("fairnode_runs", "Harvest runs by how they ended", ["status"], registry=REGISTRY)
GIVEN_UP = Counter(
    "fairnode_checks_given_up",
    "Checks that a harvest gave up, for they took too long of several records; alert on any increase",
    ["source"],
    registry=REGISTRY,
)
FETCHES = Counter("fairnode_fetches", "Requests to foreign hosts", ["outcome"], registry=REGISTRY)
HTTP = Histogram("fairnode_http_seconds", "Time to answer a request", ["face"], registry=REGISTRY)
QUERIES = Counter(
    "fairnode_sparql_queries",
    "SPARQL queries: ok, unchanged, refused, timeout, too-large, busy, failed, cut, abandoned",
    ["outcome"],
    registry=REGISTRY,
)
VISIBLE = Gauge("fairnode_records_visible", "Records the public can see", registry=REGISTRY)
QUARANTINED = Gauge("fairnode_records_quarantined", "Records held back", registry=REGISTRY)
DUE = Gauge("fairnode_sources_due", "Sources that are due and wait to be harvested", registry=REGISTRY)
FAILING = Gauge("fairnode_sources_failing", "Sources whose last run failed", registry=REGISTRY)
DEAD = Gauge(
    "fairnode_sources_dead", "Sources that have failed for as long as [worker] dead_after_days", registry=REGISTRY
)
STALE = Gauge("fairnode_graphs_stale", "Records whose graph waits to be written", registry=REGISTRY)

DRIFT = Gauge(
    "fairnode_drift_objects",
    "Objects and graphs that the last whole audit of what is stored found to deviate and did not repair",
    ["drift"],
    registry=REGISTRY,
)
DRIFT_INCIDENTS = Gauge(
    "fairnode_drift_incidents",
    "Of those, what protects less than the database says; alert on anything above 0",
    registry=REGISTRY,
)
DRIFT_AUDITED = Gauge(
    "fairnode_drift_audited_timestamp_seconds",
    "When the last whole audit of what is stored began; 0: never",
    registry=REGISTRY,
)
RELABELS = Gauge("fairnode_relabels_open", "Objects that are being relabelled", registry=REGISTRY)
RELABELS_STUCK = Gauge(
    "fairnode_relabels_stuck",
    "Of those, objects whose job failed; their records are withheld",
    registry=REGISTRY,
)


OPERATORS_ONLY = frozenset(
    {"fairnode_records", "fairnode_fetches", "fairnode_records_quarantined", "fairnode_graphs_stale"}
    | {"fairnode_relabels_open", "fairnode_relabels_stuck", "fairnode_drift_objects", "fairnode_drift_incidents"}
)
"""Metrics that count records whoever may see them, or what harvests took: `/metrics` tells them to operators alone."""


def configure_logging(*, log_format: str = "text", level: str = "info") -> None:
    """Send log lines to standard error, `text` for people or `json` for collectors."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # Never the values of variables: harvested data and secrets do not belong in a log.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _escaped,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def escaped(text: str) -> str:
    """Return a text from a stranger as it may stand in a log line: one line, without commands to a terminal, not long.

    Control characters (of lines, of terminals, of the direction of writing) and lone surrogates are written as Python
    writes them, `\\n` or `\\u202e`; of more than 2000 characters, the rest is counted.
    """
    kept = _COMMANDS.sub(lambda found: found[0].encode("unicode_escape").decode(), text[:_LONGEST])
    return kept if len(text) <= _LONGEST else f"{kept}… ({len(text)} characters)"


_LONGEST = 2000
# Categories Cc, Cs, Zl and Zp, the marks of direction (Unicode Standard Annex 9), and U+FEFF.
_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def _escaped(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape every text of a log line, whoever wrote it: an error's message quotes the document it is about."""
    for name, value in event.items():
        event[name] = _traceback(value) if name == "exception" else _value(value)
    return event


def _value(value: object) -> object:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, Mapping):
        return {escaped(str(name)): _value(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float)) else escaped(str(value))


def _traceback(text: str) -> str:
    # Indented, so that no line of it, which may come from a document, looks like a log line of its own.
    return "\n".join(f"    {escaped(line)}" for line in text.split("\n")[-_MOST_LINES:])


_MOST_LINES = 200


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return log
