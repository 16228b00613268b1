"""What decides for a peer besides the labels of records: the registry, the agreements that name it, and the day.

The digest of all that is its *basis*. Where it is another one than before, the peer may have gained records or lost
some, although no record changed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from node.model.peer import Peer
from node.model.source import Agreement
from node.sovereignty.zones import members, zone_table
from node.storage.agreements import agreement_from_json
from node.storage.tables import sources

Terms = Mapping[int, bool]
"""The sources whose agreement names a peer, by number, and whether release is frozen there."""


def terms_of(connection: Connection, peer: Peer, today: dt.date) -> Terms:
    """Return what the agreements say of a peer today."""
    spelt = sa.cast(sources.c.agreement, sa.Text).label("spelt")
    terms: dict[int, bool] = {}
    for row in connection.execute(sa.select(sources.c.id, spelt)):
        agreement = _agreement(row.spelt)
        if peer.name in agreement.peers:
            terms[row.id] = agreement.review is not None and agreement.review < today
    return terms


def basis_of(peer: Peer, terms: Terms, today: dt.date) -> str:
    """Return the digest of all that decides for a peer besides the labels of records."""
    facts: dict[str, Any] = dataclasses.asdict(peer)
    facts["critical"] = sorted(peer.critical)
    facts["until"] = peer.until is not None and peer.until <= today
    facts["zones"] = sorted({each.code for each in zone_table() if peer.country in members(each.code, today)})
    facts["terms"] = sorted(terms.items())
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=4_096)
def _agreement(spelt: str) -> Agreement:
    # An agreement seldom changes, and every answer to a peer asks for all of them.
    return agreement_from_json(json.loads(spelt))
