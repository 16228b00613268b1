"""What decides for a guest besides the labels of records: who it is, the agreements that let it in, and the day.

The digest of all that is its *basis*. Where it is another one than before, the guest may have gained records or lost
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

from node.model.label import Audience
from node.model.peer import Guest, Peer, Viewer
from node.model.reader import Admission
from node.model.source import Agreement
from node.sovereignty.decide import lets_in
from node.sovereignty.zones import members, zone_table
from node.storage.agreements import admission_of, agreement_from_json
from node.storage.database import Database
from node.storage.tables import sources

Terms = Mapping[int, Admission]
"""What the agreements say that let a guest in, by the number of their source."""


def terms_of(connection: Connection, guest: Guest, today: dt.date) -> Terms:
    """Return what the agreements say today that let a guest in."""
    spelt = sa.cast(sources.c.agreement, sa.Text).label("spelt")
    terms: dict[int, Admission] = {}
    for row in connection.execute(sa.select(sources.c.id, sources.c.name, spelt)):
        admission = _admission(row.name, row.spelt, today)
        if lets_in(admission, guest):
            terms[row.id] = admission
    return terms


def admission_to(connection: Connection, source: int, viewer: Viewer, today: dt.date) -> Admission | None:
    """Return what the agreement with a source says today if it lets a viewer in; nothing asks it of an audience."""
    return None if isinstance(viewer, Audience) else terms_of(connection, viewer, today).get(source)


def admissions(database: Database, guest: Guest, today: dt.date) -> tuple[Admission, ...]:
    """Return what the agreements say today that let a guest in, those that have expired left out, by source."""
    with database.read() as connection:
        found = terms_of(connection, guest, today).values()
    return tuple(sorted((each for each in found if not each.frozen), key=lambda each: each.source))


def basis_of(guest: Guest, terms: Terms, today: dt.date) -> str:
    """Return the digest of all that decides for a guest besides the labels of records."""
    if isinstance(guest, Peer):
        facts: dict[str, Any] = dataclasses.asdict(guest)
        facts["critical"] = sorted(guest.critical)
        facts["until"] = guest.until is not None and guest.until <= today
        facts["terms"] = sorted((source, admission.frozen) for source, admission in terms.items())
    else:
        # Which entitlement it was does not matter, but what it opens.
        facts = {"name": guest.name, "country": guest.country, "assurance": sorted(guest.assurance)}
        facts["terms"] = sorted((source, each.frozen, each.assurance) for source, each in terms.items())
    facts["zones"] = sorted({each.code for each in zone_table() if guest.country in members(each.code, today)})
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=4_096)
def _admission(source: str, spelt: str, today: dt.date) -> Admission:
    return admission_of(source, _agreement(spelt), today)


@lru_cache(maxsize=4_096)
def _agreement(spelt: str) -> Agreement:
    # An agreement seldom changes, and every answer to a peer asks for all of them.
    return agreement_from_json(json.loads(spelt))
