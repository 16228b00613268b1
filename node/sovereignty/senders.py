"""Peers that records are harvested from: which source is a peer's, and with which keys its labels are verified.

A source is a peer's by its address: whatever lies at the peer's own host. So nobody can forget to say so, and whoever
registers a peer's address under another name gets its labels with its records all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from node.errors import SettingsError, SyntaxRefused
from node.model.label import Access, Labels, PersonalData
from node.model.source import LabelTerms
from node.model.statement import Sender
from node.model.web_origin import is_same_host
from node.peer_settings import FloorSettings, PeerSettings
from node.secret_file import read_small
from node.settings import Settings
from node.sovereignty.tags import to_json
from node.sovereignty.terms import asked
from node.syntax import parse_json

_ADVICE = "`fairnode peer keys URL` prints what a peer publishes; compare the fingerprints with its operator."


def sender_of(settings: Settings, url: str) -> Sender | None:
    """Return the peer whose source an address is; `None` where it is no peer's.

    Raises:
        SettingsError: the peer's keys cannot be read, or are none.
    """
    for peer in settings.peers:
        if peer.base_url and is_same_host(url, peer.base_url):
            return Sender(
                name=peer.name,
                base_url=peer.base_url,
                keys=_keys(settings, peer),
                floor=Labels(record=asked(_terms(peer.record_floor)), data=asked(_terms(peer.data_floor))),
                until=peer.until,
            )
    return None


def believed(sender: Sender) -> tuple[object, ...]:
    """Return all that decides about what comes from a peer, as JSON values; labels are read anew where it changes."""
    floors = [to_json(sender.floor.record), to_json(sender.floor.data)]
    until = None if sender.until is None else sender.until.isoformat()
    return sender.name, sender.base_url, dict(sender.keys), floors, until


def verifying_keys(document: object) -> tuple[Mapping[str, Any], ...]:
    """Return the keys of a JWK Set (RFC 7517, section 5) that labels can be signed with, as they are pinned.

    Raises:
        ValueError: it is no JWK Set, holds a private key, or has no key of a kind that labels are signed with.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list | tuple):
        raise ValueError("it is no JWK Set: an object with a list `keys`")
    found: list[Mapping[str, Any]] = []
    for entry in entries:
        if not isinstance(entry, Mapping) or entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519":
            continue
        if "d" in entry:
            raise ValueError("it holds a private key, which nobody but its owner may have")
        try:
            key = OKPKey.import_key(dict(entry))
        except (JoseError, ValueError, TypeError) as error:
            raise ValueError("it holds an Ed25519 key that cannot be read") from error
        # Signatures name their key; one without a name has its thumbprint for one (RFC 7638).
        kid = entry.get("kid")
        found.append({"kty": "OKP", "crv": "Ed25519", "x": entry["x"], "kid": kid if kid else key.thumbprint()})
    if not found:
        raise ValueError("it has no Ed25519 key")
    return tuple(found)


def fingerprint(key: Mapping[str, Any]) -> str:
    """Return a key's thumbprint (RFC 7638): what two people read to each other before one believes it."""
    return OKPKey.import_key(dict(key)).thumbprint()


def _keys(settings: Settings, peer: PeerSettings) -> Mapping[str, Any]:
    where, document = f"peers: the keys of {peer.name}", {"keys": list(peer.keys)}
    try:
        if peer.keys_file:
            path = settings.home / peer.keys_file
            where = f"peers: the keys of {peer.name} in {path}"
            document = parse_json(read_small(path))  # type: ignore[assignment]
        return {"keys": list(verifying_keys(document))}
    except OSError as error:
        raise SettingsError(f"{where}: {error.strerror}", advice=_ADVICE) from error
    except (ValueError, SyntaxRefused) as error:
        raise SettingsError(f"{where}: {error}", advice=_ADVICE) from error


def _terms(floor: FloorSettings) -> LabelTerms:
    return LabelTerms(
        access=Access[floor.access.upper()],
        zones=floor.zones or None,
        critical=floor.critical or None,
        personal=PersonalData[floor.personal.upper()],
        policies=floor.policies or None,
        assurance=floor.assurance,
    )
