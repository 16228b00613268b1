"""The sovereignty label: eight dimensions, each a join-semilattice, and the decisions made from it.

Meaning and order of every value: `docs/reference/sovereignty-labels.md`. The operations live in `node.sovereignty`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, IntEnum


class Access(IntEnum):
    """Access class, least to most restrictive."""

    PUBLIC = 0
    REGISTERED = 1
    RESTRICTED = 2
    CONFIDENTIAL = 3


class PersonalData(IntEnum):
    """What personal data is inside, least to most restrictive."""

    NONE = 0
    PSEUDONYMISED = 1
    PERSONAL = 2
    SPECIAL = 3


CRITICAL = frozenset({*(f"CTA{number:02}" for number in range(1, 11)), "dual-use", "unassessed"})
"""Critical technology areas (Recommendation (EU) 2023/2113, annex), dual use, and not assessed yet."""


class Audience(IntEnum):
    """Who is asking, in order of trust.

    `RESTRICTED` is a step for records: for whom the agreement with their source lets in; nobody is that everywhere.
    """

    PUBLIC = 0
    REGISTERED = 1
    RESTRICTED = 2
    STEWARD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Keep at least until, erase by; `None` is no bound. `review` freezes release after that date."""

    keep_until: dt.date | None = None
    erase_by: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A sovereignty label.

    Attributes:
        origin: jurisdictions of origin, ISO 3166-1 alpha-3; `ZZZ` is unknown.
        zones: residency zone codes that must all hold (`WLD`, `ADQ`, `EUA`, `EEA`, `EU`, `NAT:DEU`).
        access: access class.
        critical: empty means `none`; else CTA01..CTA10, `dual-use`, `unassessed`.
        personal: personal data class.
        policies: ids of the ODRL policies that must all permit; `deny-all` permits nothing.
        retention: see `Retention`.
        assurance: storage assurance 0..4 (SEAL levels of the EU Cloud Sovereignty Framework).
    """

    origin: frozenset[str]
    zones: frozenset[str]
    access: Access
    critical: frozenset[str]
    personal: PersonalData
    policies: frozenset[str]
    retention: Retention = Retention()
    assurance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The two labels of a resource: one for the metadata record, one for the data it describes."""

    record: Label
    data: Label


class Objective(Enum):
    """The objectives of the EU Cloud Sovereignty Framework (version 1.2.1, October 2025), each with a level 0..4."""

    STRATEGIC = "SOV-1"
    LEGAL = "SOV-2"
    DATA = "SOV-3"
    OPERATIONAL = "SOV-4"
    SUPPLY_CHAIN = "SOV-5"
    TECHNOLOGY = "SOV-6"
    SECURITY = "SOV-7"
    ENVIRONMENT = "SOV-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """How far a zone meets an objective, 0..4, and what that rests on: an audit, a contract, a certificate."""

    objective: Objective
    level: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A storage zone: one place objects can live, with the facts `place` decides on.

    Attributes:
        name: unique name.
        url: `file:...` or `s3+http(s)://host[:port]/bucket`.
        country: ISO 3166-1 alpha-3 of the hardware; `ZZZ` is unknown.
        operator: who runs it.
        jurisdiction: ISO 3166-1 alpha-3 of the law that the operator answers to; `ZZZ` is unknown.
        assurance: 0..4, the level that counts.
        assurances: the objectives that the level is the least of; none where it was stated as a whole.
        tier: the highest access class it may hold.
        encrypted, versioned: what it claims to be; a probe holds it to that.
        locked: objects are locked against deletion. Such a zone holds the trail's heads, and no record's objects.
    """

    name: str
    url: str
    country: str = "ZZZ"
    operator: str = ""
    jurisdiction: str = "ZZZ"
    assurance: int = 0
    assurances: tuple[Assurance, ...] = ()
    tier: Access = Access.PUBLIC
    encrypted: bool = False
    versioned: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Permit, or deny with every reason; falsy when denied."""

    permitted: bool
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.permitted
