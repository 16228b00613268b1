"""The labels of listed records as contents of `about` containers: as they were signed before, where that is what the
node says now, and else signed now.

A signature is kept beside its payload, with a digest of all that it was made of: the labels, the record's datestamp,
the node's addresses and the key. Each time a record is listed that digest is worked out from the labels that the record
has in that moment, so a label that is not the record's any more is never given out, whoever changed it and however.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape

from node.exposition.oai_xml import utc
from node.model.label import Labels
from node.model.listing import Item
from node.model.signing import Payload, Signed
from node.model.statement import LabelStatement
from node.sovereignty.signatures import SigningKeys
from node.sovereignty.statement_xml import END, around, payload_digest, signed_xml
from node.sovereignty.statements import sign, signed_as
from node.sovereignty.tags import both_from_text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Same:
    """What all records with the same labels have in common.

    Attributes:
        signed: as what those were signed that hold, but for their datestamps: by any key that is published, the current
            one first, for the same labels and addresses.
        head, tail: of the element, around what is a record's own.
    """

    labels: Labels
    signed: tuple[str, ...]
    head: str
    tail: str


class SignedLabels:
    """Returns the label of a live record.

    Args:
        node: the node's base URL.
        repository: the namespace of its OAI identifiers.
        keys: the first signs; what any of them has signed holds.
    """

    def __init__(self, node: str, repository: str, keys: SigningKeys) -> None:
        self._node, self._repository, self._keys = node, repository, keys
        self._same = lru_cache(maxsize=4_096)(self._of)

    @property
    def signer(self) -> str:
        """What it is told apart by from signers with another current key or other addresses."""
        names = (_FORM, self._node, self._repository, self._keys.names[0])
        return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]

    def __call__(self, item: Item) -> str:
        """Return the content of the container; of labels that the node cannot read, nothing."""
        same = self._same(item.record_label, item.data_label)
        if same is None:
            return ""
        day = utc(item.datestamp)
        if item.signed_as is not None and any(item.signed_as == _stamped(each, day) for each in same.signed):
            own = f'{item.local_id}" content="{item.content}" datestamp="{day}"'
            return f"{same.head}{own}{same.tail}{item.signature}{END}"
        content = item.content or payload_digest(item.body.encode())
        return signed_xml(self._statement(item.local_id, content, day, same.labels), self._keys)

    def sign(self, payload: Payload) -> Signed | None:
        """Sign the labels of a payload by the current key; nothing where that is done, or they cannot be read."""
        same = self._same(payload.record_label, payload.data_label)
        day = utc(payload.datestamp)
        if same is None or payload.signed_as == (current := _stamped(same.signed[0], day)):
            return None
        content = payload.content or payload_digest(payload.body.encode())
        signature = sign(self._statement(payload.local_id, content, day, same.labels), self._keys)
        return Signed(payload=payload, content=content, signature=signature, signed_as=current)

    def _statement(self, local_id: str, content: str, day: str, labels: Labels) -> LabelStatement:
        identifier = f"oai:{self._repository}:{local_id}"
        return LabelStatement(node=self._node, identifier=identifier, content=content, datestamp=day, labels=labels)

    def _of(self, record: str | None, data: str | None) -> _Same | None:
        labels = both_from_text(record, data)
        if labels is None:
            return None
        signed = tuple(signed_as(self._node, self._repository, labels, key) for key in self._keys.names)
        head, tail = around(self._node, labels)
        # A local name is made of letters and digits.
        own = f'{head} identifier="oai:{escape(self._repository)}:'
        return _Same(labels=labels, signed=signed, head=own, tail=tail)


_FORM = "2"
"""Of what is signed: with another one everything is signed anew."""


def _stamped(same: str, day: str) -> str:
    return hashlib.sha256(f"{same} {day}".encode()).hexdigest()[:32]
