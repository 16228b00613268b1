"""Settings of the federation's peers: who they are, and what they have been admitted to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from node.errors import SettingsError
from node.model.label import CRITICAL, Access, PersonalData
from node.model.peer import Peer


def _technologies(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in CRITICAL:
            raise ValueError(f"{value!r} is none of {', '.join(sorted(CRITICAL))}")
    return values


class PeerSettings(BaseModel):
    """A federation peer: another node that signs in with client credentials, and what it may be given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="short name, as agreements name it")
    issuer: str = Field(min_length=1, description="the issuer that vouches for it, as in `[[identity.issuers]]`")
    client_id: str = Field(min_length=1, description="the client it is there")
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
    until: dt.date | None = Field(None, description="first day on which the agreement with it does not hold any more")

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
    """Refuse two peers with one name or one client.

    Raises:
        ValueError: there are two.
    """
    if len({peer.name for peer in peers}) != len(peers):
        raise ValueError("two peers have one name")
    if len({(peer.issuer, peer.client_id) for peer in peers}) != len(peers):
        raise ValueError("two peers are one client")
    return peers


def check_issuers(peers: tuple[PeerSettings, ...], issuers: Collection[str]) -> None:
    """Refuse a peer whose issuer is not let in: no token of it would ever count, and it would get what anybody gets.

    Args:
        issuers: the identifiers of `[[identity.issuers]]`, compared exactly, as those of tokens are.

    Raises:
        SettingsError: there is one; the message names it and its issuer.
    """
    for peer in peers:
        if peer.issuer not in issuers:
            known = ", ".join(issuers) or "none"
            raise SettingsError(
                f"peers: the issuer of the peer {peer.name}, {peer.issuer}, is in no [[identity.issuers]]",
                advice=f"Enter it there, or spell it as it is spelt there, to the last slash; there are: {known}.",
            )
