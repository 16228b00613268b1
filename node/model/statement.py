"""A label on its way between nodes: what the node that sends it says of which record, and what becomes of it here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.model.label import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStatement:
    """What a node says of a record's labels.

    Attributes:
        node: the base URL of the node that says it.
        identifier: the record's OAI identifier at that node.
        content: SHA-256 of what goes with it, as hex: the label is one of this content and no other. In OAI-PMH that is
            the payload in the format asked for (`node.sovereignty.statement_xml.payload_digest`).
        datestamp: of the record there, UTC seconds as OAI-PMH spells them: of two labels the later one counts.
        labels: of the record and of the data it describes.
    """

    node: str
    identifier: str
    content: str
    datestamp: str
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A peer that records are harvested from, and whose word about their labels counts.

    Attributes:
        name: as the peer registry names it.
        base_url: the node that its statements have to be of, as they spell it.
        keys: its public keys, a JWK Set.
        floor: the least labels that anything of it has here.
        until: first day on which its word does not count any more; `None` is open.
    """

    name: str
    base_url: str
    keys: Mapping[str, Any]
    floor: Labels
    until: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came with a record about its labels: the record's and the data's are never looser than this.

    Attributes:
        labels: as they count here, with the sender's floor; those of what nothing is known of, where in doubt.
        peer: the name of the peer that has to sign for them; empty where nobody vouches for what came.
        digest: SHA-256 of the statements as they came, as hex; empty where none came.
        datestamp: of the latest label that was accepted; empty where none was.
        said: a digest of the labels that were accepted then.
        until: first day from which nothing is known, whatever was said.
        held: of what a peer vouched for that has no say any more, the part that stays; `None` where the peer has a say.
        released: an operator let go of it: it counts until something comes, and says nothing of what comes.
    """

    labels: Labels
    peer: str = ""
    digest: str = ""
    datestamp: str = ""
    said: str = ""
    until: dt.date | None = None
    held: Labels | None = None
    released: bool = False
