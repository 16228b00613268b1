"""Settings of who may come in: issuers of tokens, what their entitlements are worth here, how long a session lasts."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from node.model.entitlement import asked_entitlement
from node.model.web_origin import origin_of

RoleName = Literal["manager", "steward", "operator"]


def _issuer_url(value: str) -> str:
    """Plain http is for an issuer on this very machine: whoever can change an answer of the issuer can be anybody."""
    parts = urlsplit(value)
    if not parts.netloc or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be the issuer's identifier, an https URL without query and fragment")
    if not is_safe_url(value):
        raise ValueError("must begin with https:// (http:// is for an issuer on loopback)")
    return value


def is_safe_url(url: str) -> bool:
    """Return whether nobody on the way can change what a URL answers: https, or http that stays on this machine."""
    origin = origin_of(url)
    if origin is None:
        return False
    scheme, host, _ = origin
    try:
        return scheme == "https" or ip_address(host).is_loopback
    except ValueError:
        return False


def _entitlement(value: str) -> str:
    asked_entitlement(value)
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ip_network(value.strip(), strict=False)
    return values


def _organisations(values: dict[str, str]) -> dict[str, str]:
    for name, code in values.items():
        if not re.fullmatch(r"(?!ZZZ$)[A-Z]{3}", code):
            raise ValueError(f"the country of {name} is ISO 3166-1 alpha-3, such as FIN, not {code!r}")
    return {name.lower(): code for name, code in values.items()}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RoleSettings(_Section):
    """What an entitlement of an issuer is worth at this node."""

    entitlement: Annotated[str, AfterValidator(_entitlement)] = Field(
        description="what a person must hold, such as `urn:geant:example.org:group:node:role=steward#aai.example.org`"
    )
    role: RoleName = Field(description="`manager` (of `source`), `steward` or `operator`")
    source: str = Field("", description="the source that a `manager` manages")

    @field_validator("role", mode="before")
    @classmethod
    def _no_reader(cls, value: object) -> object:
        if value == "reader":
            raise ValueError("who reads what is restricted is said by the agreement with its source: `entitlements`")
        return value

    @model_validator(mode="after")
    def _of_a_source(self) -> RoleSettings:
        if (self.role == "manager") != bool(self.source):
            raise ValueError("a manager manages a source, which is named; other roles are for the whole node")
        return self


class IssuerSettings(_Section):
    """An OpenID provider whose people and programs this node lets in."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="short name, part of `/login/NAME`")
    title: str = Field("", description="what people know it by; empty takes the name")
    issuer: Annotated[str, AfterValidator(_issuer_url)] = Field(
        description="its identifier, exactly as its discovery document and its tokens spell it"
    )
    client_id: str = Field(min_length=1, description="what the node is called there")
    client_secret_env: str = Field(
        "", description="environment variable that holds the client's secret; empty is a public client"
    )
    client_auth: Literal["client_secret_basic", "client_secret_post"] = Field(
        "client_secret_basic", description="how the node proves itself at the token and introspection endpoints"
    )
    audience: str = Field("", description="what `aud` of access tokens must name; empty takes base_url")
    login: bool = Field(True, description="whether people may sign in with it")
    scopes: tuple[str, ...] = Field(
        ("openid", "profile", "entitlements"), description="scopes asked for when people sign in"
    )
    opaque_tokens: bool = Field(
        False, description="ask it about access tokens that are no JWTs; at most one issuer is asked"
    )
    programs_without_subject: bool = Field(
        False,
        description="what it says of an opaque token without naming a `sub` is about the client itself; set it where "
        "the issuer leaves `sub` out of client credentials, and never of people's tokens",
    )
    max_lifetime: int = Field(
        86_400, ge=60, le=604_800, description="longest time an access token may be valid for, in seconds"
    )
    namespaces: tuple[str, ...] = Field(
        (),
        description="namespaces its entitlements may come from, such as `urn:geant:example.org`; others count nothing",
    )
    authorities: tuple[str, ...] = Field(
        (), description="authorities (after `#`) its entitlements may name; empty takes any, and those without one"
    )
    roles: tuple[RoleSettings, ...] = Field((), description="what its entitlements are worth; see below")
    organisation_claim: str = Field(
        "schac_home_organization",
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="claim by which it names the organisation that somebody is registered with there",
    )
    organisations: Annotated[dict[str, str], AfterValidator(_organisations)] = Field(
        {},
        description="the country of each organisation, ISO 3166-1 alpha-3, by what the claim says, such as "
        '`{ "helsinki.fi" = "FIN" }`; who comes from another one reads nothing confidential',
    )


class IdentitySettings(_Section):
    """Who may see more than the public does. Without an issuer, only API tokens are taken."""

    issuers: tuple[IssuerSettings, ...] = Field((), description="OpenID providers; see below")
    allow_networks: Annotated[tuple[str, ...], AfterValidator(_networks)] = Field(
        (), description="private networks that issuers may live in, such as 10.0.0.0/8"
    )
    timeout: float = Field(10, gt=0, le=60, description="seconds to wait for an issuer")
    session_idle: int = Field(3600, ge=60, le=86_400, description="seconds after which an unused session ends")
    session_hours: int = Field(12, ge=1, le=168, description="hours after which every session ends")

    @model_validator(mode="after")
    def _unlike(self) -> IdentitySettings:
        for what in ("name", "issuer"):
            if len({getattr(issuer, what) for issuer in self.issuers}) != len(self.issuers):
                raise ValueError(f"two issuers have one {what}")
        if sum(issuer.opaque_tokens for issuer in self.issuers) > 1:
            # Nobody can see whose an opaque token is, and a token shown to the wrong issuer is a token given away.
            raise ValueError("opaque_tokens is set for more than one issuer")
        return self
