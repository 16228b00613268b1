"""A federation peer: another node, who it is, and what it has been admitted to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from node.model.label import Access, Audience, PersonalData
from node.model.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An entry of the peer registry. What a peer says of itself, its country above all, counts nothing.

    Attributes:
        name: short and unique; agreements name it.
        issuer: who vouches for its tokens: an issuer's identifier.
        client_id: the client it is there.
        country: ISO 3166-1 alpha-3 of where it keeps what it gets; `ZZZ` is unknown.
        assurance: storage assurance of that place, 0 to 4.
        access: the highest access class it is admitted to.
        personal: the highest class of personal data it may get.
        critical: critical technology areas it is cleared for.
        until: first day on which the agreement with it does not hold any more; `None` is open.
    """

    name: str
    issuer: str
    client_id: str
    country: str = "ZZZ"
    assurance: int = 0
    access: Access = Access.PUBLIC
    personal: PersonalData = PersonalData.NONE
    critical: frozenset[str] = frozenset()
    until: dt.date | None = None


Guest = Peer | Reader
"""Whom agreements let in, source by source: a peer beyond the public's view, a reader beyond that of the known."""

Viewer = Audience | Guest
"""Who looks: an audience, or a guest of sources."""


def floor_of(guest: Guest) -> Audience:
    """Return the audience whose view every guest of this kind has, whatever agreements say."""
    return Audience.PUBLIC if isinstance(guest, Peer) else Audience.REGISTERED


def viewer_key(viewer: Viewer) -> int | str:
    """Return what a viewer is told apart by: in tokens, in caches, in the names of stores."""
    return int(viewer) if isinstance(viewer, Audience) else viewer_name(viewer)


def viewer_name(viewer: Viewer) -> str:
    """Return what settings and people call a viewer: an audience's name, `peer:NAME`, a reader's name."""
    if isinstance(viewer, Reader):
        return viewer.name
    return f"peer:{viewer.name}" if isinstance(viewer, Peer) else viewer.name.lower()
