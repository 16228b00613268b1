"""A listing of records as an outlet sees them: what is asked for, and the items that answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from node.model.label import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A record as an outlet sees it.

    Attributes:
        record: the number it is stored under.
        seq: its number in the change log.
        local_id: the node's own name of it.
        datestamp: when the change became visible, UTC seconds.
        deleted: it is a tombstone to this viewer.
        sets: set specs, sorted.
        body: the payload in the format asked for; empty where it is deleted or no payload was asked for.
        labels: of the record and its data; `None` where it is deleted, where no payload was asked for, or where they
            cannot be read.
        origin_url, origin_identifier, origin_datestamp, origin_namespace, harvested, origin_description: provenance
            (OAI-PMH guidelines for provenance).
    """

    record: int
    seq: int
    local_id: str
    datestamp: dt.datetime
    deleted: bool
    sets: tuple[str, ...]
    body: str
    origin_url: str
    origin_identifier: str
    origin_datestamp: str
    origin_namespace: str
    harvested: str
    origin_description: str | None
    labels: Labels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a listing is about; two requests of one listing have equal selections.

    Attributes:
        prefix: the metadata format.
        set_spec: a set and its descendants; `None` is everything.
        from_, until: inclusive datestamps, UTC seconds.
        last_seq: the change log's last number when the listing began.
        after_seq: the number of the last item already given; 0 at the beginning.
    """

    prefix: str
    set_spec: str | None = None
    from_: dt.datetime | None = None
    until: dt.datetime | None = None
    last_seq: int = 0
    after_seq: int = 0
