"""A listing of records as an outlet sees them: what is asked for, and the items that answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple


class Item(NamedTuple):
    """A record as an outlet sees it: a row as the database gives it, because a list has many.

    Attributes:
        record: the number it is stored under.
        local_id: the node's own name of it.
        origin_identifier, origin_datestamp, origin_namespace, harvested, origin_description, origin_url: provenance
            (OAI-PMH guidelines for provenance); for the namespace stands the media type's address where there is none.
        set_specs: its sets, with commas between; a setSpec has none (OAI-PMH 2.0, section 2.6).
        seq: its number in the change log.
        datestamp: when the change became visible, UTC seconds.
        live: it is no tombstone to this viewer.
        body: the payload in the format asked for; empty where it is deleted or no payload was asked for.
        record_label, data_label: as JSON; `None` where it is deleted, where no payload was asked for, or where there is
            none.
        content, signature, signed_as: what the payload's labels were signed as last, if they were; see
            `node.exposition.oai_labels`.
    """

    record: int
    local_id: str
    origin_identifier: str
    origin_datestamp: str
    origin_namespace: str
    harvested: str
    origin_description: str | None
    origin_url: str
    set_specs: str | None
    seq: int
    datestamp: dt.datetime
    live: bool
    body: str = ""
    record_label: str | None = None
    data_label: str | None = None
    content: str | None = None
    signature: str | None = None
    signed_as: str | None = None

    @property
    def deleted(self) -> bool:
        """Whether it is a tombstone to this viewer."""
        return not self.live

    @property
    def sets(self) -> tuple[str, ...]:
        """Its sets, sorted."""
        return sets_of(self.set_specs)


def sets_of(text: str | None) -> tuple[str, ...]:
    """Return the sets of a text that has them with commas between, sorted."""
    return tuple(sorted(name for name in (text or "").split(",") if name))


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
