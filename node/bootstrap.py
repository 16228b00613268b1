"""From settings to an open node: the only place that opens stores and picks implementations."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from functools import cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from node.credential_settings import credentials_for
from node.errors import SettingsError
from node.executors import open_executor
from node.harvest.credentials import Credential
from node.harvest.fetch import HttpFetch
from node.harvest.pace import Pace
from node.harvest.protocols import Fetch, Harvester
from node.model.label import Audience
from node.model.peer import Viewer
from node.model.reader import Reader, reader_by
from node.model.source import Source
from node.node import Node
from node.secret_file import read_secret, write_secret
from node.settings import SETTINGS_FILE, Settings
from node.storage import stale
from node.storage.absences import Absences
from node.storage.database import open_database
from node.storage.deletions import Deletions
from node.storage.graph_stores import GraphStores
from node.storage.graph_texts import GraphTexts
from node.storage.graphs import open_graph_store
from node.storage.inventory import Inventory
from node.storage.listing import Listing
from node.storage.objects import open_object_store
from node.storage.objects.keys import load_mac_keys
from node.storage.objects.vault import ObjectVault
from node.storage.projection import Projection
from node.storage.records import Records
from node.storage.runs import Runs
from node.storage.schedule import Schedule
from node.storage.sources import Sources
from node.storage.summaries import Summaries
from node.telemetry import logger

_log = logger("bootstrap")
_LONGEST_NAME = 80  # of a graph store, in its table


if TYPE_CHECKING:
    from node.sovereignty.signatures import SigningKeys


def open_node(settings: Settings) -> Node:
    """Open every store of a node that `initialise` has made.

    Raises:
        SettingsError: a setting is unusable, or the home folder is not that of a node.
        StorageError: a store does not answer or is of another version.
    """
    home = settings.home
    if not (home / SETTINGS_FILE).exists():
        raise SettingsError(f"{home} is not the home of a node", advice="Run `fairnode init`, or set FAIRNODE_HOME.")
    database = open_database(settings.store.database, home)
    database.check()
    vault = ObjectVault(tuple(open_object_store(zone, home) for zone in settings.store.zones), load_mac_keys(home))
    inventory = Inventory(database, vault)
    urls = _graph_urls(settings)
    stores = {viewer: open_graph_store(url, home, settings.sparql, settings.store) for viewer, url in urls.items()}
    whole = GraphStores(database, urls)
    whole.settle()
    return Node(
        settings=settings,
        database=database,
        sources=Sources(database),
        runs=Runs(database),
        records=Records(database, inventory),
        deletions=Deletions(database),
        absences=Absences(database),
        schedule=Schedule(database),
        listing=Listing(database),
        summaries=Summaries(database),
        vault=vault,
        inventory=inventory,
        graphs=stores[Audience.PUBLIC],
        graph_stores=stores,
        projection=Projection(
            database=database,
            texts=GraphTexts(inventory=inventory, base_url=settings.base_url, title=settings.oai.repository_name),
            stores=stores,
            whole=whole,
        ),
        harvesters=find_harvesters(),
        open_fetch=partial(_fetch, settings, Pace(settings.fetch.pace)),
        executor=open_executor(settings.compute, log_format=settings.log_format, log_level=settings.log_level),
        token_key=_token_key(home),
        open_signing_keys=cache(partial(_signing_keys, home)),
    )


def initialise(settings: Settings, now: dt.datetime) -> None:
    """Make a home: folder, settings file, keys, database, stores. What exists already is kept."""
    home = settings.home
    path = home / SETTINGS_FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(_settings_text(settings), encoding="utf-8")
        _token_key(home)
    except OSError as error:
        raise SettingsError(f"{home}: {error.strerror}", advice="Choose a home folder that can be written.") from error
    load_mac_keys(home)
    _signing_keys(home)
    database = open_database(settings.store.database, home)
    database.migrate(now)
    with database.write() as connection:
        stale.mark(connection, [(stale.CATALOG, "")])
    database.close()
    node = open_node(settings)
    node.projection.run()
    node.close()


def _graph_urls(settings: Settings) -> dict[Viewer, str]:
    """Return where the graphs of each viewer are: of the public, and of those that `[store.graphs_for]` names."""
    peers = {f"peer:{peer.name}": peer.peer() for peer in settings.peers}
    known: dict[str, Viewer] = {"registered": Audience.REGISTERED, "steward": Audience.STEWARD, **peers}
    urls: dict[Viewer, str] = {Audience.PUBLIC: settings.store.graphs}
    for name, url in settings.store.graphs_for.items():
        if name.startswith("urn:"):
            known[name] = _reader(name)
        if name not in known:
            raise SettingsError(
                f"store.graphs_for.{name}: no such viewer",
                advice=f"Use one of {', '.join(known)}, or an entitlement that agreements name.",
            )
        if url in urls.values():
            raise SettingsError(f"store.graphs_for.{name}: {url} is another viewer's", advice="Give it one of its own.")
        urls[known[name]] = url
    return urls


def _reader(entitlement: str) -> Reader:
    try:
        if len(entitlement) > _LONGEST_NAME:
            raise ValueError(f"longer than {_LONGEST_NAME} characters")
        return reader_by(entitlement)
    except ValueError as error:
        advice = "Write an entitlement as agreements do: urn:NID:NAMESPACE:group:GROUP[:role=ROLE][#AUTHORITY]."
        raise SettingsError(f"store.graphs_for: {error}", advice=advice) from error


def find_harvesters() -> dict[str, Harvester]:
    """Return the harvest protocols at hand by kind: every installed distribution may bring some.

    Each entry point of the group `fairnode.harvesters` names a harvester, or a tuple of them.
    """
    found: dict[str, Harvester] = {}
    for entry in entry_points(group="fairnode.harvesters"):
        loaded = entry.load()
        for harvester in loaded if isinstance(loaded, tuple) else (loaded,):
            found[harvester.kind] = harvester
    return found


def _fetch(settings: Settings, pace: Pace, source: Source) -> Fetch:
    networks = (*settings.fetch.allow_networks, *source.allow_networks)
    credential, shown = None, credentials_for(settings.credentials, source.url)
    if shown is not None:
        from node.issuers.source_tokens import token_reader

        credential = Credential(shown.url, token_reader(settings, shown))
    return HttpFetch(settings.fetch.model_copy(update={"allow_networks": networks}), pace=pace, credential=credential)


def _signing_keys(home: Path) -> SigningKeys:
    from node.storage.signing_keys import load_signing_keys

    return load_signing_keys(home)


def _token_key(home: Path) -> bytes:
    """Read the key that signs resumption tokens, or make it."""
    path = home / "keys" / "tokens.key"
    if not path.exists():
        write_secret(path, secrets.token_bytes(32), replace=False)
    return read_secret(path)


def _settings_text(settings: Settings) -> str:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string

    return (
        "# Settings of this node; docs/reference/settings.md lists every key. An unknown key is an error.\n"
        f"base_url = {quoted(settings.base_url)}\n"
        f"country = {quoted(settings.country)}\n\n"
        "[oai]\n"
        f"repository_name = {quoted(settings.oai.repository_name)}\n"
        f"admin_email = {quoted(settings.oai.admin_email)}\n"
    )
