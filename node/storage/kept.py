"""A record between the pipeline's decision and the store: what was known of it, and what keeping it shall do."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import Enum

from node.model.label import Audience, Label
from node.model.override import Override
from node.model.prepared import Prepared
from node.model.run import LedgerEntry
from node.model.statement import Received


class Action(Enum):
    """What keeping a record does."""

    PUBLISH = "publish"
    REFRESH = "refresh"
    HOLD = "hold"
    WITHDRAW = "withdraw"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the node knew of a record before this page."""

    id: int
    identifier: str
    local_id: str
    state: str
    source_datestamp: str
    set_specs: tuple[str, ...]
    seen_digest: str
    rdf_digest: str | None
    content_digest: str | None
    recipe: str
    labels_until: dt.date | None
    record_label: Label | None
    data_label: Label | None
    audience: Audience | None
    held_code: str | None
    held_reason: str | None
    published: bool
    withheld: bool
    overrides: tuple[Override, ...] = ()
    received: Received | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One record of a page, with what was decided about it.

    Attributes:
        action: `PUBLISH` a new version, `REFRESH` what is said about an unchanged one, `HOLD` it back (the last good
            version stays), `WITHDRAW` it from every outlet, or only `NOTE` the outcome in the ledger.
        entry: its ledger entry.
        prepared: absent where the action is `NOTE`.
        known: absent where the record is new.
        recipe: digest of everything but the payload that shapes the result.
        rdf_digest: SHA-256 of the record's graph; `PUBLISH` only.
        content_digest: SHA-256 over all that outlets show of the record; `PUBLISH` only.
        audience: the least audience that may see it; `None` is nobody.
    """

    action: Action
    entry: LedgerEntry
    prepared: Prepared | None = None
    known: Known | None = None
    recipe: str = ""
    rdf_digest: str = ""
    content_digest: str = ""
    audience: Audience | None = None

    @property
    def writes_labels(self) -> bool:
        """Whether keeping it writes its labels: not those of a version that stays shown as it was."""
        if self.prepared is None or self.prepared.labels is None:
            return False
        if self.action in (Action.PUBLISH, Action.REFRESH):
            return True
        # Nothing of it was ever shown, but its label says until when it may be kept.
        return self.known is None or (
            self.known.rdf_digest is None and (not self.known.published or self.action is Action.WITHDRAW)
        )


def local_id(source: str, identifier: str) -> str:
    """Return the node's own name of a record: stable, short, and safe in URLs and OAI identifiers."""
    digest = hashlib.sha256(f"{source}\n{identifier}".encode()).digest()
    return base64.b32encode(digest[:15]).decode("ascii").lower()
