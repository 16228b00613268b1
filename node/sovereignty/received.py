"""What comes with a harvested record about its labels, and how far it counts.

A peer's source is believed by the peer's signed labels alone: without one that holds for this node, record and content,
nothing is known of a record. A label that comes from anybody else may only tighten: nobody vouches for it, and the
record is stored as under the agreement otherwise. So a peer that is taken out of the registry, or is reached by another
address, does not turn what it restricts into what is public: what it vouched for stays, and only tightens, until an
operator lets go of it (`node.storage.vouched`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
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
from node.sovereignty.statements import receive, said_by
from node.sovereignty.tags import from_json, to_json
from node.syntax import parse_xml

LABEL_UNKNOWN = "sovereignty.label-unknown"
LABEL_UNVERIFIED = "sovereignty.label-unverified"
LABEL_KEPT = "sovereignty.label-kept"
UNREADABLE = "?"
"""Who vouched for what is kept and cannot be read any more."""
RELEASED = "released"
"""The key in the JSON form under which an operator let go of what was received."""
UNKNOWN = Labels(record=most_restrictive(), data=most_restrictive())
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
    record: Record,
    sender: Sender | None = None,
    login: Access | None = None,
    *,
    before: Received | None = None,
    former: str = "",
    today: dt.date = dt.date.min,
) -> tuple[Received | None, tuple[Finding, ...]]:
    """Return what a record came with, with what was found of it; nothing where nothing came that counts.

    Args:
        sender: the peer whose source it is of.
        login: where the source shows it to nobody without a login, the least access class of what it shows. A peer's
            labels say better what a record is.
        before: what it came with the last time.
        former: the peer that vouched for other records of the source, where that is no peer's any more.
    """
    statements = list(_statements(record.about))
    digest = statements_digest(record.about)
    if before is not None and before.released:
        before = None
    if sender is not None:
        if before is not None and before.peer == UNREADABLE:
            before = None
        if before is None or before.peer in ("", sender.name):
            return _of_peer(record, sender, statements, digest, before, today)
        came, findings = _of_peer(record, sender, statements, digest, None, today)
        return _kept(came, before, came.labels), (_stays(before.peer), *findings)
    owner = before.peer if before is not None else ""
    if not statements and login is None and not owner and not former:
        return None, ()
    said = [UNKNOWN if each is None else each[0].labels for each in statements]
    asked = dataclasses.replace(least(), access=login or Access.PUBLIC)
    labels = Labels(record=join(asked, *(each.record for each in said)), data=join(*(each.data for each in said)))
    came, findings = Received(labels=labels, digest=digest), _of_nobody(statements)
    if before is not None and owner:
        return _kept(came, before), (_stays(owner), *findings)
    if former:
        return _kept(came, Received(labels=UNKNOWN, peer=former)), (_stays(former), *findings)
    return came, findings


def received_to_json(value: Received | None) -> dict[str, Any] | None:
    """Return what came with a record as JSON values.

    Raises:
        LabelError: a label has no spelling.
    """
    if value is None:
        return None
    found: dict[str, Any] = {"peer": value.peer, "digest": value.digest, **_labels_to_json(value.labels)}
    if value.datestamp:
        found |= {"datestamp": value.datestamp, "said": value.said}
    if value.until is not None:
        found["until"] = value.until.isoformat()
    if value.held is not None:
        found["held"] = _labels_to_json(value.held)
    if value.released:
        found[RELEASED] = True
    return found


def received_from_json(values: object) -> Received | None:
    """Read what `received_to_json` wrote; of what cannot be read, nothing is known, whoever it is of."""
    if values is None:
        return None
    try:
        if not isinstance(values, Mapping):
            raise LabelError("what came with a record is an object")
        until, held = values.get("until"), values.get("held")
        return Received(
            labels=_labels_from_json(values),
            peer=str(values["peer"]),
            digest=str(values["digest"]),
            datestamp=str(values.get("datestamp", "")),
            said=str(values.get("said", "")),
            until=None if until is None else dt.date.fromisoformat(str(until)),
            held=None if held is None else _labels_from_json(held),
            released=values.get(RELEASED) is True,
        )
    except (LabelError, KeyError, TypeError, ValueError):
        return Received(labels=UNKNOWN, peer=UNREADABLE)


def both(old: Received | None, new: Received | None) -> Received | None:
    """Return what counts while an older version of a record is shown, and a newer one came: both, as the newer came."""
    if old is None or new is None:
        return new if old is None else dataclasses.replace(old, digest="")
    labels = Labels(record=join(old.labels.record, new.labels.record), data=join(old.labels.data, new.labels.data))
    return dataclasses.replace(new, labels=labels, peer=new.peer or old.peer)


def _labels_to_json(labels: Labels) -> dict[str, Any]:
    return {"record": to_json(labels.record), "data": to_json(labels.data)}


def _labels_from_json(values: Mapping[str, Any]) -> Labels:
    return Labels(record=from_json(values["record"]), data=from_json(values["data"]))


def _kept(came: Received, before: Received, vouched: Labels | None = None) -> Received:
    """Return what came joined with what stays of a peer's word that has no say any more, and with what another says."""
    held = before.held or before.labels
    if vouched is not None:
        held = Labels(record=join(held.record, vouched.record), data=join(held.data, vouched.data))
    labels = Labels(record=join(held.record, came.labels.record), data=join(held.data, came.labels.data))
    return dataclasses.replace(before, labels=labels, digest=came.digest, held=held)


def _stays(peer: str) -> Finding:
    return Finding(
        code=LABEL_KEPT,
        severity=Severity.WARNING,
        message=f"the source was the peer {peer}'s and is not any more: what it said of records stays, and tightens",
        advice="Enter the peer again, or let go of its word: docs/how-to/federate-with-a-peer.md, “End a peering”.",
        path="about",
    )


def _of_peer(
    record: Record,
    sender: Sender,
    statements: Sequence[_Read | None],
    digest: str,
    before: Received | None,
    today: dt.date,
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
        latest=(before.datestamp, before.said) if before is not None else ("", ""),
    )
    found = Received(labels=labels, peer=sender.name, digest=digest, until=sender.until)
    if statement is not None and not doubt:
        found = dataclasses.replace(found, datestamp=statement.datestamp, said=said_by(statement))
    elif before is not None:
        found = dataclasses.replace(found, datestamp=before.datestamp, said=before.said)
    if sender.until is not None and sender.until <= today:
        doubt = f"the agreement with the peer ended on {sender.until}"
    if not doubt:
        return found, ()
    return found, (
        Finding(
            code=LABEL_UNKNOWN,
            severity=Severity.WARNING,
            message=f"{doubt}: its labels count as unknown, as strict as they can be",
            advice=f"Ask the peer {sender.name} whether its keys or its address changed, and enter them in [[peers]], "
            "or whether it was restored from a backup. What each message means: docs/how-to/federate-with-a-peer.md.",
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
