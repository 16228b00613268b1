"""A node with harvested records in two storage zones, over folders or a real S3 server, for tests of what is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node.bootstrap import initialise, open_node
from node.model.label import Audience, Label
from node.model.listing import Selection
from node.model.source import Source
from node.node import Node
from node.settings import ComputeSettings, FetchSettings, Settings, StoreSettings, ValidationSettings, ZoneSettings
from node.sovereignty.mac import sign
from node.sovereignty.tags import MAC_TAG, encode
from node.storage.tables import objects, records
from tests.servers.seaweedfs import SeaweedFs

WORLD = ZoneSettings(
    name="world",
    url="file:world",
    country="BRA",
    tier="registered",
    access_key_env="TEST_S3_ACCESS_KEY",
    secret_key_env="TEST_S3_SECRET_KEY",
)
EUROPE = WORLD.model_copy(update={"name": "europe", "url": "file:europe", "country": "FIN"})


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def zones_on(server: SeaweedFs, prefix: str) -> tuple[ZoneSettings, ...]:
    """Return the two zones as new buckets of a server."""
    client, zones = server.client(), []
    for zone in (WORLD, EUROPE):
        bucket = f"{prefix}-{zone.name}"
        client.make_bucket(bucket)
        zones.append(zone.model_copy(update={"url": server.url.replace("/objects", f"/{bucket}")}))
    return tuple(zones)


@contextmanager
def stored_node(
    home: Path, zones: tuple[ZoneSettings, ...], url: str, database: str = "sqlite:///node.db"
) -> Iterator[Node]:
    """Open a new node with these zones that knows one source, `x`."""
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=5),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
        store=StoreSettings(database=database, zones=zones, graphs_for={"steward": "oxigraph:graphs-steward"}),
    ).model_copy(update={"home": home})
    initialise(settings, now())
    node = open_node(settings)
    node.sources.add(Source(name="x", url=url), now())
    try:
        yield node
    finally:
        node.close()


def signed(node: Node, zone: str, key: str, label: Label) -> dict[str, str]:
    """Return tags as the node itself would have written them once."""
    tags = encode(label)
    return {**tags, MAC_TAG: sign(tags, node.vault.store(zone).bucket, key, node.vault.mac_keys)}


def visible(node: Node) -> set[str]:
    """Return the identifiers that the public sees as live over OAI-PMH."""
    last, _ = node.listing.clock()
    found = node.listing.page(
        Selection(prefix="oai_dc", last_seq=last, after_seq=0), Audience.PUBLIC, 9999, with_body=True
    )
    return {item.origin_identifier for item in found if not item.deleted}


def object_rows(node: Node, kind: str = "raw") -> dict[str, Any]:
    """Return the rows of objects by key."""
    with node.database.read() as connection:
        rows = connection.execute(sa.select(objects).where(objects.c.kind == kind).order_by(objects.c.key))
        return {row.key: row for row in rows}


def owner(node: Node, key: str) -> str:
    """Return the identifier of the record that an object belongs to."""
    digest = key.rpartition("/")[2]
    with node.database.read() as connection:
        mine = (records.c.raw_digest == digest) | (records.c.rdf_digest == digest)
        return str(connection.execute(sa.select(records.c.identifier).where(mine)).scalar_one())
