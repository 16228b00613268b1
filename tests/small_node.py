"""A node in this process, small and without validation, for tests of what a harvest leaves in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from node.bootstrap import initialise, open_node
from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Window
from node.model.run import HarvestRun
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings


def now() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)


@contextmanager
def small_node(folder: Path, source: Source) -> Iterator[Node]:
    """Open a node that knows one source."""
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=20),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
    ).model_copy(update={"home": folder / "home"})
    initialise(settings, now())
    node = open_node(settings)
    try:
        node.sources.add(source, now())
        yield node
    finally:
        node.close()


def harvest(node: Node, name: str, window: Window | None = None, **more: Any) -> HarvestRun:
    """Harvest a source; whatever comes of it, the ledger balances."""
    run = harvest_source(node, name, now=now, window=window, **more)
    assert run.balanced
    return run


def visible(node: Node) -> tuple[dict[str, str], set[str]]:
    """Return what the node shows: the live records' identifiers at the source and titles, and the deleted ones."""
    last, _ = node.listing.clock()
    items = node.listing.page(Selection(prefix="oai_dc", last_seq=last), Audience.PUBLIC, 5000, with_body=True)
    live = {item.origin_identifier: _title(item.body) for item in items if not item.deleted}
    return live, {item.origin_identifier for item in items if item.deleted}


def _title(body: str) -> str:
    return body.partition("<dc:title")[2].partition(">")[2].partition("<")[0]
