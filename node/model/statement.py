"""A label on its way to a peer: which record it is of, which content, and what the node that sends it says."""

from __future__ import annotations

from dataclasses import dataclass

from node.model.label import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStatement:
    """What a node says of a record's labels.

    Attributes:
        node: the base URL of the node that says it.
        identifier: the record's OAI identifier at that node.
        content: SHA-256 of what goes with it, as hex: the label is one of this content and no other. In OAI-PMH that is
            the payload in the format asked for (`node.sovereignty.statement_xml.payload_digest`).
        labels: of the record and of the data it describes.
    """

    node: str
    identifier: str
    content: str
    labels: Labels
