"""From settings to an open node: the only place that opens stores and picks implementations."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from node.errors import FairnodeError, SettingsError
from node.executors import open_executor
from node.harvest.fetch import HttpFetch
from node.harvest.pace import Pace
from node.harvest.protocols import Fetch, Harvester
from node.model.source import Source
from node.node import Node
from node.settings import SETTINGS_FILE, Settings, ZoneSettings
from node.storage import stale
from node.storage.absences import Absences
from node.storage.database import open_database
from node.storage.deletions import Deletions
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
from node.validation import load_profile


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
    graphs = open_graph_store(settings.store.graphs, home, settings.sparql, settings.store)
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
        graphs=graphs,
        projection=Projection(
            database=database,
            inventory=inventory,
            graphs=graphs,
            base_url=settings.base_url,
            title=settings.oai.repository_name,
        ),
        harvesters=find_harvesters(),
        open_fetch=partial(_fetch, settings, Pace(settings.fetch.pace)),
        executor=open_executor(settings.compute),
        token_key=_token_key(home),
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
    database = open_database(settings.store.database, home)
    database.migrate(now)
    with database.write() as connection:
        stale.mark(connection, [("catalog", "")])
    database.close()
    node = open_node(settings)
    node.projection.run()
    node.close()


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
    return HttpFetch(settings.fetch.model_copy(update={"allow_networks": networks}), pace=pace)


def _token_key(home: Path) -> bytes:
    """Read the key that signs resumption tokens, or make it."""
    path = home / "keys" / "tokens.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


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


def examine(settings: Settings) -> tuple[tuple[str, bool, str], ...]:
    """Try each part of a node by itself; return (what, whether it works, detail)."""
    return _tried(_attempts(settings)) + probe_zones(settings)


def probe_zones(settings: Settings) -> tuple[tuple[str, bool, str], ...]:
    """Probe each storage zone; return (what, whether it may be used, detail)."""
    return _tried((f"zone {zone.name}", partial(_probe, zone, settings.home)) for zone in settings.store.zones)


def _tried(attempts: Iterable[tuple[str, Callable[[], str]]]) -> tuple[tuple[str, bool, str], ...]:
    results = []
    for what, attempt in attempts:
        try:
            results.append((what, True, attempt()))
        except FairnodeError as error:
            results.append((what, False, f"{error.message} [{error.code}] {error.advice}"))
    return tuple(results)


def _attempts(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    def database() -> str:
        with closing(open_database(settings.store.database, settings.home)) as store:
            store.check()
        return settings.store.database

    def graphs() -> str:
        graph_store = open_graph_store(settings.store.graphs, settings.home, settings.sparql, settings.store)
        with closing(graph_store) as store:
            return " ".join((settings.store.graphs, *store.check()))

    def profile() -> str:
        return load_profile(settings.validation.profile).digest if settings.validation.profile else "off"

    yield "database", database
    yield "graphs", graphs
    yield "validation profile", profile


def _probe(zone: ZoneSettings, home: Path) -> str:
    open_object_store(zone, home).probe()
    return f"{zone.url}, country {zone.country}, assurance {zone.assurance}, tier {zone.tier}"
