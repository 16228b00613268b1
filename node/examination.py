"""What works of a node and what does not: each part tried by itself, and zones refused that are not what they claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from node.credential_settings import CredentialSettings
from node.errors import FairnodeError, SettingsError, StorageError, UnsafeZone
from node.harvest.credentials import Credential
from node.identity.entitlements import unheard_of
from node.identity_settings import IssuerSettings
from node.peer_advice import peer_warnings
from node.settings import NO_DOMAIN, Settings, ZoneSettings
from node.storage.database import open_database
from node.storage.graphs import open_graph_store
from node.storage.objects import open_object_store
from node.storage.objects.protocols import Check
from node.storage.sources import Sources
from node.storage.vouched import vouched
from node.telemetry import logger
from node.validation import load_profile

_log = logger("examination")


def examine(settings: Settings) -> tuple[tuple[str, bool, str], ...]:
    """Try each part of a node by itself; return (what, whether it works, detail)."""
    return _tried(_attempts(settings)) + probe_zones(settings)


def advise(settings: Settings) -> tuple[str, ...]:
    """Return what works and admits nobody or says nothing: entitlements of agreements that no issuer could bring,
    peers whose word does not count, and a name that other nodes have, too.

    A database that does not answer tells nothing of the first two; `examine` says so.
    """
    named = _named(settings)
    try:
        with closing(open_database(settings.store.database, settings.home)) as database:
            database.check()
            agreements = {stored.source.name: stored.source.agreement for stored in Sources(database).all()}
            kept = vouched(database)
    except FairnodeError:
        return named
    today = dt.datetime.now(dt.UTC).date()
    return (*named, *unheard_of(settings.identity.issuers, agreements), *peer_warnings(settings, kept, today))


def _named(settings: Settings) -> tuple[str, ...]:
    host = urlsplit(settings.base_url).hostname or ""
    if settings.repository_identifier != NO_DOMAIN or host in ("localhost", "127.0.0.1", "::1"):
        return ()
    return (
        f"OAI identifiers of this node begin with oai:{NO_DOMAIN}, as those of every node without a name: {host} is no "
        "domain name whose parts begin with a letter. Set [oai] repository_identifier before others harvest it.",
    )


def probe_zones(settings: Settings) -> tuple[tuple[str, bool, str], ...]:
    """Probe each storage zone; return (what, whether it may be used, detail)."""
    return _tried((f"zone {zone.name}", partial(_probe, zone, settings.home)) for zone in settings.store.zones)


def examine_zones(
    settings: Settings, only: str | None = None
) -> Iterator[tuple[ZoneSettings, tuple[Check, ...] | FairnodeError]]:
    """Examine each storage zone, or only one; yield what was found of it, or why nothing could be.

    Raises:
        SettingsError: there is no zone of that name.
    """
    zones = [zone for zone in settings.store.zones if only in (None, zone.name)]
    if not zones:
        raise SettingsError(f"there is no storage zone {only}", advice="`fairnode store zones` lists them.")
    for zone in zones:
        try:
            with closing(open_object_store(zone, settings.home)) as store:
                yield zone, store.examine()
        except FairnodeError as error:
            yield zone, error


def refuse_unsafe_zones(settings: Settings) -> None:
    """Probe each storage zone; one that does not answer may come back, one that is unsafe ends it.

    Raises:
        UnsafeZone: a zone is not what it claims to be, or not what every zone has to be.
    """
    for zone in settings.store.zones:
        try:
            with closing(open_object_store(zone, settings.home)) as store:
                store.probe()
        except UnsafeZone:
            raise
        except StorageError as error:
            _log.error("a storage zone does not answer", zone=zone.name, why=error.message)


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
    for issuer in settings.identity.issuers:
        yield f"issuer {issuer.name}", partial(_ask_issuer, settings, issuer)
    for peer in settings.peers:
        if peer.base_url:
            yield f"keys of {peer.name}", partial(_peer_keys, settings, peer.base_url)
    for shown in settings.credentials:
        yield f"token for {shown.url}", partial(_token, settings, shown)


def _peer_keys(settings: Settings, base_url: str) -> str:
    from node.sovereignty.senders import fingerprint, sender_of

    sender = sender_of(settings, base_url)
    return " ".join(map(fingerprint, sender.keys["keys"])) if sender is not None else ""


def _token(settings: Settings, shown: CredentialSettings) -> str:
    from node.issuers.source_tokens import token_reader

    Credential(shown.url, token_reader(settings, shown)).header()
    return f"from {shown.token_env or shown.token_file or shown.issuer}; records it opens are at least {shown.access}"


def _probe(zone: ZoneSettings, home: Path) -> str:
    open_object_store(zone, home).probe()
    return f"{zone.url}, country {zone.country}, assurance {zone.assurance}, tier {zone.tier}"


def _ask_issuer(settings: Settings, issuer: IssuerSettings) -> str:
    only = settings.identity.model_copy(update={"issuers": (issuer,)})
    from node.issuers import open_issuers

    (provider,) = open_issuers(settings.model_copy(update={"identity": only})).all
    return f"{provider.metadata().issuer}, as client {issuer.client_id}"
