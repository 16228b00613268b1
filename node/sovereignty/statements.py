"""Labels between nodes: what is signed, what travels, and what the receiver makes of it.

The labels of a record travel in an OAI-PMH `about` container (OAI-PMH 2.0, section 2.5) and on each member of the
change feed, with a detached signature. The receiver joins them with its own floor for that peer, so labels only tighten
along a path; a label without a valid signature counts as unknown. The form: `docs/reference/sovereignty-labels.md`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from node.errors import LabelError
from node.model.label import Label, Labels
from node.model.statement import LabelStatement
from node.sovereignty.labels import join, most_restrictive
from node.sovereignty.signatures import SigningKeys, verify
from node.sovereignty.tags import LABEL_TAGS, from_json, to_json

KIND = "fairnode-label"
"""What a statement is signed as."""
# Spelt one way, so that of two texts the greater is the later.
_DATESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def sign(statement: LabelStatement, keys: SigningKeys) -> str:
    """Return the detached signature of a statement.

    Raises:
        LabelError: a label has no spelling.
    """
    return keys.sign(signed_bytes(statement), KIND)


def signed_bytes(statement: LabelStatement) -> bytes:
    """Return what is signed: the statement as JSON, keys sorted, no spaces, characters beyond ASCII escaped.

    Raises:
        LabelError: a label has no spelling.
    """
    return json.dumps(_values(statement), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def signed_as(node: str, repository: str, labels: Labels, key: str) -> str:
    """Return a digest of all that a signature was made of besides the record's own name, datestamp and payload.

    Args:
        repository: the namespace of the node's OAI identifiers.
        key: the identifier of the key that signed.

    Raises:
        LabelError: a label has no spelling.
    """
    parts = (node, repository, to_json(labels.record), to_json(labels.data), key)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def said_by(statement: LabelStatement) -> str:
    """Return a digest of the labels of a statement.

    Raises:
        LabelError: a label has no spelling.
    """
    parts = (to_json(statement.labels.record), to_json(statement.labels.data))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def to_member(statement: LabelStatement, signature: str) -> dict[str, Any]:
    """Return the form that travels on a member of the change feed: a JSON object."""
    return {**_values(statement), "signature": signature}


def from_member(values: object) -> tuple[LabelStatement, str]:
    """Read what `to_member` made.

    Raises:
        LabelError: it is something else.
    """
    if not isinstance(values, Mapping):
        raise LabelError("a label is an object")
    texts = {name: values.get(name) for name in ("node", "identifier", "content", "datestamp")}
    for name, text in texts.items():
        if not isinstance(text, str) or not text:
            raise LabelError(f"the label says nothing of its {name}")
    if not _DATESTAMP.fullmatch(str(texts["datestamp"])):
        raise LabelError("the label's datestamp is no UTC time in seconds")
    statement = LabelStatement(
        node=str(texts["node"]),
        identifier=str(texts["identifier"]),
        content=str(texts["content"]),
        datestamp=str(texts["datestamp"]),
        labels=Labels(record=_label(values.get("record")), data=_label(values.get("data"))),
    )
    return statement, str(values.get("signature") or "")


def receive(
    statement: LabelStatement | None,
    signature: str,
    *,
    node: str,
    identifier: str,
    content: str,
    keys: Mapping[str, Any],
    floor: Labels,
    latest: tuple[str, str] = ("", ""),
) -> tuple[Labels, str]:
    """Return the labels that something received from a peer has here, and why, where they are unknown, they are.

    Args:
        statement: as read; `None` where none came, or none that can be read.
        node: the base URL of the peer that was asked.
        identifier: the record's identifier at that peer.
        content: SHA-256 of what came with the statement, worked out by the receiver.
        keys: the peer's JWK Set, from the peer registry.
        floor: the least this node gives to what comes from that peer.
        latest: datestamp of the latest label that was accepted for the record, and what it said (`said_by`).
    """
    doubt = ""
    if statement is None:
        doubt = "the record came without a label that can be read"
    elif statement.node != node or statement.identifier != identifier:
        doubt = "the label is of another record or another node"
    elif statement.content != content:
        doubt = "the label is of another content than what came with it"
    elif not verify(signed_bytes(statement), signature, KIND, keys):
        doubt = "the label's signature does not hold"
    elif statement.datestamp < latest[0]:
        doubt = f"the label, of {statement.datestamp}, is older than one that came before, of {latest[0]}"
    elif statement.datestamp == latest[0] and said_by(statement) != latest[1]:
        doubt = f"two labels of {statement.datestamp} came that say different things"
    said = (
        Labels(record=most_restrictive(), data=most_restrictive()) if doubt or statement is None else statement.labels
    )
    return Labels(record=join(said.record, floor.record), data=join(said.data, floor.data)), doubt


def _values(statement: LabelStatement) -> dict[str, Any]:
    return {
        "content": statement.content,
        "data": to_json(statement.labels.data),
        "datestamp": statement.datestamp,
        "identifier": statement.identifier,
        "node": statement.node,
        "record": to_json(statement.labels.record),
    }


def _label(values: object) -> Label:
    if not isinstance(values, Mapping) or set(values) != set(LABEL_TAGS):
        raise LabelError(f"a label is an object of {len(LABEL_TAGS)} strings")
    return from_json(values)
