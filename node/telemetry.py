"""Logs and metrics: one place that names every metric, one call that sets logging up.

Logs go to standard error, as text or JSON; log lines never hold secrets. Metrics are documented in
`docs/reference/metrics.md`; a test holds the two together.
"""

from __future__ import annotations

import logging
import sys

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

RECORDS = Counter("fairnode_records", "Records by what became of them", ["source", "outcome"], registry=REGISTRY)
RUNS = Counter("fairnode_runs", "Harvest runs by how they ended", ["status"], registry=REGISTRY)
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


def configure_logging(*, log_format: str = "text", level: str = "info") -> None:
    """Send log lines to standard error, `text` for people or `json` for collectors."""
    # JSON escapes control characters by itself; the console renderer repr()s values, so a harvested
    # string can never forge a line.
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
            *([structlog.processors.format_exc_info] if log_format == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return log
