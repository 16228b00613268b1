"""Who is asking, what they may do here, and as whom they look at records.

Roles do not contain each other: who runs the node does not thereby read restricted records
(`docs/explanation/decisions/identity.md`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from node.model.entitlement import Entitlement
from node.model.label import Audience
from node.model.reader import READER, Reader


class Role(StrEnum):
    """What somebody may do at this node."""

    READER = "reader"
    """Reads what is restricted of one source, by an API token; people and other programs read by entitlements."""
    MANAGER = "manager"
    """Looks after one source, on behalf of its repository."""
    STEWARD = "steward"
    """Decides on registrations, labels and waivers, and sees every record."""
    OPERATOR = "operator"
    """Runs the node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role, of the whole node or (a manager's, a reader's) of one source."""

    role: Role
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Somebody who is known.

    Attributes:
        issuer: who vouches: an issuer's identifier, or `LOCAL` for an API token of this node.
        key: who it is there: `sub` of a token, or the id of an API token. No two subjects of an issuer share one.
        name: what to call them; chosen by themselves, so nothing may be decided by it.
        client: the client that the token was given to; of a program that acts for itself, the program.
        is_program: the token was given to a program that acts for itself (client credentials, an API token).
        entitlements: those that the issuer may vouch for.
        assurance: values of `eduperson_assurance`.
        country: ISO 3166-1 alpha-3 of the organisation the issuer registered them under, by the operator's list of
            organisations; empty is unknown.
        grants: the roles that follow.
        issued: when the token was issued, in seconds since 1970; 0 where that plays no part.
    """

    issuer: str
    key: str
    name: str = ""
    client: str = ""
    is_program: bool = False
    entitlements: tuple[Entitlement, ...] = ()
    assurance: tuple[str, ...] = ()
    country: str = ""
    grants: tuple[Grant, ...] = ()
    issued: int = 0

    def holds(self, asked: Entitlement) -> bool:
        """Return whether one of the entitlements satisfies what is asked for."""
        return any(each.satisfies(asked) for each in self.entitlements)

    def has(self, role: Role, source: str = "") -> bool:
        """Return whether a role is held; a manager's and a reader's is one of the source named."""
        return Grant(role=role, source=source) in self.grants


LOCAL = "urn:fairnode:local"
"""The issuer of API tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRule:
    """What an entitlement is worth."""

    asked: Entitlement
    grant: Grant


def grants_of(entitlements: Iterable[Entitlement], rules: Iterable[RoleRule]) -> tuple[Grant, ...]:
    """Return the roles that follow from entitlements, each once, in the order of the rules."""
    held = tuple(entitlements)
    return tuple(dict.fromkeys(rule.grant for rule in rules if any(each.satisfies(rule.asked) for each in held)))


def viewer_of(subject: Subject | None) -> Audience | Reader:
    """Return who looks when somebody does: nobody known is the public, a steward sees all, others are readers.

    What a reader sees follows from agreements (`node.sovereignty.decide.decide_for_reader`): at least what is for all
    who are known.
    """
    if subject is None:
        return Audience.PUBLIC
    if subject.has(Role.STEWARD):
        return Audience.STEWARD
    # What they were given is kept under a digest: that table need not tell who reads here.
    who = hashlib.sha256(f"{subject.issuer}\n{subject.key}".encode()).digest()
    return Reader(
        name=f"{READER}{base64.urlsafe_b64encode(who).decode().rstrip('=')}",
        entitlements=subject.entitlements,
        sources=tuple(grant.source for grant in subject.grants if grant.role is Role.READER and grant.source),
        assurance=subject.assurance,
        country=subject.country,
    )
