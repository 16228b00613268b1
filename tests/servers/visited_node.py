"""A node in this process whose visitors may reach loopback, where a test's repositories are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from node.bootstrap import initialise, open_node
from node.node import Node
from node.settings import ComputeSettings, FetchSettings, Settings
from node.visitor_settings import PreflightSettings, VisitorSettings

LOOPBACK = "127.0.0.0/8"


@contextmanager
def visited_node(home: Path, **sections: BaseModel) -> Iterator[Node]:
    """Yield an open node; `sections` are settings in place of those here."""
    usual: dict[str, BaseModel] = {
        "fetch": FetchSettings(visitor_networks=(LOOPBACK,), backoff=0.01, retries=1),
        "compute": ComputeSettings(executor="inline"),
        "visitors": VisitorSettings(per_hour=1000),
        "preflight": PreflightSettings(seconds=30, sample=60, concurrency=4),
    }
    settings = Settings(**{**usual, **sections}).model_copy(update={"home": home})  # type: ignore[arg-type]
    initialise(settings, dt.datetime.now(dt.UTC))
    node = open_node(settings)
    try:
        yield node
    finally:
        node.close()
