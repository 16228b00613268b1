"""Settings of the federation's peers: who they are, what they are admitted to, and what is believed of their labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from itertools import combinations
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from node.errors import SettingsError
from node.model.label import CRITICAL, Access, PersonalData
from node.model.peer import Peer
from node.model.web_origin import is_same_host, origin_of


def _technologies(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in CRITICAL:
            raise ValueError(f"{value!r} is none of {', '.join(sorted(CRITICAL))}")
    return values


def _base_url(value: str) -> str:
    origin = origin_of(value)
    if value and (origin is None or urlsplit(value).path.strip("/") or "?" in value or "#" in value or "@" in value):
        raise ValueError("must be the peer's base URL: http or https, a host, no path")
    return value.rstrip("/")


class FloorSettings(BaseModel):
    """The least label of what comes from a peer, whatever the peer signs for; the usual floor asks nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    access: Literal["public", "registered", "restricted", "confidential"] = Field("public", description="access class")
    zones: tuple[str, ...] = Field((), description="residency zones that must hold as well, such as `EU`")
    critical: Annotated[tuple[str, ...], AfterValidator(_technologies)] = Field(
        (), description="critical technology areas inside"
    )
    personal: Literal["none", "pseudonymised", "personal", "special"] = Field("none", description="personal data")
    policies: tuple[str, ...] = Field((), description="policies that must permit as well")
    assurance: int = Field(0, ge=0, le=4, description="storage assurance, 0 to 4")


class PeerSettings(BaseModel):
    """A federation peer: another node. `issuer` and `client_id` say who it is when it asks this node; `base_url` and
    its keys say who it is when this node harvests it. One of the two is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="short name, as agreements name it")
    issuer: str = Field("", description="the issuer that vouches for it, as in `[[identity.issuers]]`")
    client_id: str = Field("", description="the client it is there")
    country: str = Field("ZZZ", pattern=r"^[A-Z]{3}$", description="where it keeps what it gets, ISO 3166-1 alpha-3")
    assurance: int = Field(0, ge=0, le=4, description="storage assurance of that place, 0 to 4")
    access: Literal["public", "registered", "restricted"] = Field(
        "public", description="highest access class it is admitted to; confidential records go to no peer"
    )
    personal: Literal["none", "pseudonymised", "personal", "special"] = Field(
        "none", description="highest class of personal data it may get"
    )
    critical: Annotated[tuple[str, ...], AfterValidator(_technologies)] = Field(
        (), description="critical technology areas it is cleared for, such as `CTA02`"
    )
    until: dt.date | None = Field(
        None, description="first day on which the agreement with it does not hold any more, and its labels are unknown"
    )
    base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "",
        description="its address, as its own `base_url` spells it; every source at that host is its, and is believed "
        "by its signed labels alone",
    )
    keys: tuple[dict[str, Any], ...] = Field(
        (), description="its public keys, each a JWK: those it signs with now, and those it will; or `keys_file`"
    )
    keys_file: str = Field("", description="file with its keys, a JWK Set; a relative path is below the home folder")
    record_floor: FloorSettings = Field(FloorSettings(), description="least label of its records")
    data_floor: FloorSettings = Field(FloorSettings(), description="least label of the data they describe")

    @model_validator(mode="after")
    def _whole(self) -> PeerSettings:
        if bool(self.issuer) != bool(self.client_id):
            raise ValueError(f"{self.name}: issuer and client_id go together")
        if bool(self.base_url) != bool(self.keys or self.keys_file):
            raise ValueError(f"{self.name}: base_url and keys (or keys_file) go together")
        if self.keys and self.keys_file:
            raise ValueError(f"{self.name}: keys and keys_file are two places for the same")
        if not self.issuer and not self.base_url:
            raise ValueError(f"{self.name}: a peer has an issuer and a client_id, or a base_url and keys, or both")
        return self

    def peer(self) -> Peer:
        """Return the entry of the peer registry."""
        return Peer(
            name=self.name,
            issuer=self.issuer,
            client_id=self.client_id,
            country=self.country,
            assurance=self.assurance,
            access=Access[self.access.upper()],
            personal=PersonalData[self.personal.upper()],
            critical=frozenset(self.critical),
            until=self.until,
        )


def unlike(peers: tuple[PeerSettings, ...]) -> tuple[PeerSettings, ...]:
    """Refuse two peers with one name, one client or one host.

    Raises:
        ValueError: there are two.
    """
    if len({peer.name for peer in peers}) != len(peers):
        raise ValueError("two peers have one name")
    clients = [(peer.issuer, peer.client_id) for peer in peers if peer.issuer]
    if len(set(clients)) != len(clients):
        raise ValueError("two peers are one client")
    addresses = [peer.base_url for peer in peers if peer.base_url]
    if any(is_same_host(one, other) for one, other in combinations(addresses, 2)):
        raise ValueError("two peers have one base_url")
    return peers


def check_issuers(peers: tuple[PeerSettings, ...], issuers: Collection[str]) -> None:
    """Refuse a peer whose issuer is not let in: no token of it would ever count, and it would get what anybody gets.

    Args:
        issuers: the identifiers of `[[identity.issuers]]`, compared exactly, as those of tokens are.

    Raises:
        SettingsError: there is one; the message names it and its issuer.
    """
    for peer in peers:
        if peer.issuer and peer.issuer not in issuers:
            known = ", ".join(issuers) or "none"
            raise SettingsError(
                f"peers: the issuer of the peer {peer.name}, {peer.issuer}, is in no [[identity.issuers]]",
                advice=f"Enter it there, or spell it as it is spelt there, to the last slash; there are: {known}.",
            )
