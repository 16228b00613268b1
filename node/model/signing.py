"""Labels on their way to be signed: the payloads that they go out with, and their signatures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A payload whose labels may have to be signed.

    Attributes:
        record: the number of its record.
        datestamp: of the record, UTC seconds.
        body: empty where its digest is known.
        content: its digest, once it is known; see `node.sovereignty.statement_xml.payload_digest`.
        record_label, data_label: as JSON.
        signed_as: what its labels were signed as last.
    """

    record: int
    local_id: str
    prefix: str
    datestamp: dt.datetime
    body: str
    content: str | None
    record_label: str | None
    data_label: str | None
    signed_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The signature of a payload's labels, the payload's digest, and what they were signed as."""

    payload: Payload
    content: str
    signature: str
    signed_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What stands in the change log behind `after`, up to `last`."""

    after: int
    last: int
    payloads: tuple[Payload, ...]
