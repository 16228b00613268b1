"""What comes with a harvested record about its labels, and how far it counts.

A peer's source is believed by the peer's signed labels alone: without one that holds for this node, record and content,
nothing is known of a record. A label that comes from anybody else may only tighten: nobody vouches for it, and the
record is stored as under the agreement otherwise. So a peer that is taken out of the registry, or is reached by another
address, does not turn what it restricts into what is public.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from node.errors import FairnodeError, LabelError
from node.model.label import Access, Labels
from node.model.oai import Record
from node.model.report import Finding, Severity
from node.model.statement import LabelStatement, Received, Sender
from node.sovereignty.labels import join, least, most_restrictive
from node.sovereignty.statement_xml import NAMESPACE, from_xml, payload_digest
from node.sovereignty.statements import receive
from node.sovereignty.tags import from_json, to_json
from node.syntax import parse_xml

LABEL_UNKNOWN = "sovereignty.label-unknown"
LABEL_UNVERIFIED = "sovereignty.label-unverified"
_MARK = NAMESPACE.encode()
_TAG = f"{{{NAMESPACE}}}label"
_Read = tuple[LabelStatement, str]


def statements_digest(about: Sequence[bytes]) -> str:
    """Return the SHA-256 of the containers that hold labels, as hex; empty where there are none."""
    holding = [container for container in about if _MARK in container]
    if not holding:
        return ""
    digests = b"".join(hashlib.sha256(container).digest() for container in holding)
    return hashlib.sha256(digests).hexdigest()


def received(
    record: Record, sender: Sender | None = None, login: Access | None = None
) -> tuple[Received | None, tuple[Finding, ...]]:
    """Return what a record came with, with what was found of it; nothing where nothing came that counts.

    Args:
        sender: the peer whose source it is of.
        login: where the source shows it to nobody without a login, the least access class of what it shows. A peer's
            labels say better what a record is.
    """
    statements = list(_statements(record.about))
    digest = statements_digest(record.about)
    if sender is not None:
        return _of_peer(record, sender, statements, digest)
    if not statements and login is None:
        return None, ()
    unknown = Labels(record=most_restrictive(), data=most_restrictive())
    said = [unknown if each is None else each[0].labels for each in statements]
    asked = dataclasses.replace(least(), access=login or Access.PUBLIC)
    labels = Labels(record=join(asked, *(each.record for each in said)), data=join(*(each.data for each in said)))
    return Received(labels=labels, digest=digest), _of_nobody(statements)


def received_to_json(value: Received | None) -> dict[str, Any] | None:
    """Return what came with a record as JSON values.

    Raises:
        LabelError: a label has no spelling.
    """
    if value is None:
        return None
    labels = {"record": to_json(value.labels.record), "data": to_json(value.labels.data)}
    return {"peer": value.peer, "digest": value.digest, **labels}


def received_from_json(values: object) -> Received | None:
    """Read what `received_to_json` wrote; of what cannot be read, nothing is known, whoever it is of."""
    if values is None:
        return None
    try:
        if not isinstance(values, Mapping):
            raise LabelError("what came with a record is an object")
        labels = Labels(record=from_json(values["record"]), data=from_json(values["data"]))
        return Received(labels=labels, peer=str(values["peer"]), digest=str(values["digest"]))
    except (LabelError, KeyError):
        return Received(labels=Labels(record=most_restrictive(), data=most_restrictive()), peer="?")


def both(old: Received | None, new: Received | None) -> Received | None:
    """Return what counts while an older version of a record is shown, and a newer one came: both, as the newer came."""
    if old is None or new is None:
        return new if old is None else dataclasses.replace(old, digest="")
    labels = Labels(record=join(old.labels.record, new.labels.record), data=join(old.labels.data, new.labels.data))
    return dataclasses.replace(new, labels=labels, peer=new.peer or old.peer)


def _of_peer(
    record: Record, sender: Sender, statements: Sequence[_Read | None], digest: str
) -> tuple[Received, tuple[Finding, ...]]:
    only = statements[0] if len(statements) == 1 else None
    statement, signature = only if only is not None else (None, "")
    labels, doubt = receive(
        statement,
        signature,
        node=sender.base_url,
        identifier=record.header.identifier,
        content=_content(record) if statement is not None else "",
        keys=sender.keys,
        floor=sender.floor,
    )
    found = Received(labels=labels, peer=sender.name, digest=digest)
    if not doubt:
        return found, ()
    return found, (
        Finding(
            code=LABEL_UNKNOWN,
            severity=Severity.WARNING,
            message=f"{doubt}: its labels count as unknown, as strict as they can be",
            advice=f"Ask the peer {sender.name} whether its keys or its address changed, and enter them in [[peers]]; "
            "`fairnode peer keys URL` shows its keys. Labels travel over OAI-PMH only.",
            path="about",
            value=statement.node[:200] if statement is not None else None,
        ),
    )


def _of_nobody(statements: Sequence[_Read | None]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code=LABEL_UNVERIFIED,
            severity=Severity.INFO,
            message="the record came with a label, and its source is no peer's: it tightens, and nobody vouches for it"
            if each is not None
            else "the record came with a label that cannot be read: its labels count as unknown",
            advice="Enter the node in [[peers]] with base_url and keys: docs/how-to/federate-with-a-peer.md.",
            path="about",
            value=each[0].node[:200] if each is not None else None,
        )
        for each in statements
    )


def _statements(about: Sequence[bytes]) -> list[_Read | None]:
    """Return the label statements that came, each with its signature; `None` is one that cannot be read."""
    found: list[_Read | None] = []
    for container in about:
        if _MARK not in container:
            continue
        try:
            labels = list(parse_xml(container).iter(_TAG))
        except FairnodeError:
            found.append(None)
            continue
        for label in labels:
            try:
                found.append(from_xml(label))
            except LabelError:
                found.append(None)
    return found


def _content(record: Record) -> str:
    """Return the digest of what came with a statement; empty, which is none, where there is nothing to be signed."""
    try:
        return payload_digest(record.metadata) if record.metadata is not None else ""
    except FairnodeError:
        return ""
