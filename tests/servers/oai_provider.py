"""A node that has harvested enough to be asked everything OAI-PMH knows: three sources of three days, 210 records, some
deleted, pages of 100; in this process, and behind a real HTTP server.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from node.bootstrap import initialise, open_node
from node.model.oai import Window
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, OaiSettings, Settings, ValidationSettings
from node.storage.tables import payloads
from node.web import create_app
from tests.servers.fairnode import free_port
from tests.servers.oai_pages import OaiPages, oai_dc_record

BEGUN = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
EACH = 70
"""Records of a source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A node, its application, and where it is served."""

    node: Node
    app: Flask
    url: str


@contextmanager
def oai_provider(home: Path, *, page_size: int = 100) -> Iterator[Served]:
    """Serve such a node on loopback; its base URL is the one it is served at."""
    port = free_port()
    settings = Settings(
        base_url=f"http://127.0.0.1:{port}",
        oai=OaiSettings(repository_identifier="node.example.org", page_size=page_size),
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
    ).model_copy(update={"home": home})
    initialise(settings, BEGUN)
    node = open_node(settings)
    try:
        for day, name in enumerate(("alpha", "beta", "gamma"), 1):
            _harvest(node, name, BEGUN + dt.timedelta(days=day))
        _lose_a_format(node)
        app = create_app(node)
        server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield Served(node=node, app=app, url=f"http://127.0.0.1:{port}/oai")
        finally:
            server.shutdown()
            server.server_close()
    finally:
        node.close()


def _lose_a_format(node: Node) -> None:
    """Let the last record lack a format, as one does that another version of the node rendered."""
    with node.database.write() as connection:
        last = sa.select(sa.func.max(payloads.c.record_id)).scalar_subquery()
        connection.execute(payloads.delete().where(payloads.c.prefix == "dcat", payloads.c.record_id == last))


def _harvest(node: Node, name: str, when: dt.datetime) -> None:
    identifiers = [f"oai:{name}.example.org:{number}" for number in range(EACH)]
    extra = "<dc:type>Dataset</dc:type>"
    records = [oai_dc_record(each, f"Measurement {each}", extra=extra) for each in identifiers]
    with OaiPages(records, page_size=EACH) as pages:
        node.sources.add(Source(name=name, url=pages.url), when)
        harvest_source(node, name, now=lambda: when)
        if name == "alpha":
            # What was seen once and is gone leaves a tombstone.
            pages.records = [oai_dc_record(each, deleted=True) for each in identifiers[:3]]
            later = when + dt.timedelta(hours=1)
            harvest_source(node, name, now=lambda: later, window=Window(from_="2026-01-01T00:00:00Z"))
