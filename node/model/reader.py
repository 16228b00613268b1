"""A reader: somebody known, whom agreements with sources may let read more than what is for all who are known.

What an agreement asks of readers is an `Admission`; whether they meet it is decided in `node.sovereignty.decide`.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.model.entitlement import Entitlement, parse_entitlement

READER = "reader:"
"""What the names of people and programs begin with that read here; no peer's does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is known of somebody that an agreement may ask for; all of it from issuers and the operator.

    Attributes:
        name: which reader, without who it is: what was given to them is kept under it. No peer's name has its form.
        entitlements: those that an issuer may vouch for.
        sources: sources that this node itself lets them read, by an API token.
        assurance: values of `eduperson_assurance`.
        country: ISO 3166-1 alpha-3 of the organisation they come from, by the operator's list; empty is unknown.
    """

    name: str
    entitlements: tuple[Entitlement, ...] = ()
    sources: tuple[str, ...] = ()
    assurance: tuple[str, ...] = ()
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whom the agreement with a source lets read what is restricted, and more.

    Attributes:
        source: its name.
        peers: names of peers.
        entitlements: each of them admits its holders.
        assurance: the value of `eduperson_assurance` that confidential records ask for besides; empty admits nobody.
        frozen: release is frozen: the agreement has expired.
    """

    source: str
    peers: tuple[str, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    assurance: str = ""
    frozen: bool = False


def reader_by(entitlement: str) -> Reader:
    """Return the reader of whom no more is known than that they hold an entitlement, which is also their name.

    Raises:
        ValueError: it is none (AARC-G069).
    """
    held = parse_entitlement(entitlement)
    if held is None:
        raise ValueError(f"{entitlement!r} is no entitlement")
    return Reader(name=entitlement, entitlements=(held,))


def is_met(least: Reader, reader: Reader) -> bool:
    """Return whether a reader holds all that one of `reader_by` does: what lets that one in then lets this one in."""
    return all(any(held.satisfies(asked) for held in reader.entitlements) for asked in least.entitlements)
