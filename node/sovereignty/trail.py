"""The hash chain of the trail: what an entry's hash covers, and how a whole trail is proved.

Each entry's hash covers the hash before it, so no entry can be changed, left out or put in between without a break from
there on. A chain alone does not show that its end was cut off, or that all of it was written anew: signed heads, kept
elsewhere, do. What is proved and what is not: `docs/explanation/decisions/trail.md`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from node.errors import LabelError
from node.model.label import Label
from node.model.trail import BEGINNING, Act, Entry, Head, TrailFault
from node.sovereignty.tags import encode

HEAD_KIND = "fairnode-trail-head"
"""What a head is signed as."""
_HEAD_FORM = "fairnode-trail-head/1"


def link(act: Act, *, seq: int, prev: str, at: dt.datetime) -> Entry:
    """Return the act as the entry that follows the one with the hash `prev`."""
    return Entry(seq=seq, prev=prev, at=at, act=act, hash=entry_hash(act, seq=seq, prev=prev, at=at))


def entry_hash(act: Act, *, seq: int, prev: str, at: dt.datetime) -> str:
    """Return SHA-256, as hex, over the entry as JSON: keys sorted, no spaces, every character beyond ASCII escaped."""
    values = {
        "action": act.action,
        "actor": act.actor,
        "at": at.isoformat(timespec="microseconds"),
        "decision": "permit" if act.permitted else "deny",
        "label": act.label,
        "object": act.object,
        "prev": prev,
        "reasons": list(act.reasons),
        "seq": seq,
    }
    return hashlib.sha256(_canonical(values)).hexdigest()


def label_digest(label: Label) -> str:
    """Return SHA-256, as hex, over a label's tags; of a label without a spelling, which nothing permits, nothing."""
    try:
        return hashlib.sha256(_canonical(encode(label))).hexdigest()
    except LabelError:
        return ""


def head_bytes(head: Head) -> bytes:
    """Return what is signed of a head: JSON, keys sorted, no spaces."""
    return _canonical(
        {"at": head.at.isoformat() + "Z", "hash": head.hash, "kind": _HEAD_FORM, "node": head.node, "seq": head.seq}
    )


def read_head(body: bytes) -> Head:
    """Read a head from what was signed.

    Raises:
        ValueError: it is not what `head_bytes` writes.
    """
    values = json.loads(body)
    if not isinstance(values, dict) or values.get("kind") != _HEAD_FORM:
        raise ValueError("not the head of a trail")
    try:
        head = Head(
            node=str(values["node"]),
            seq=int(values["seq"]),
            hash=str(values["hash"]),
            at=dt.datetime.fromisoformat(str(values["at"]).removesuffix("Z")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the head of a trail: {error}") from error
    if head_bytes(head) != body:
        raise ValueError("the head of a trail is not in its one spelling")
    return head


def head_document(body: bytes, signature: str) -> dict[str, Any]:
    """Return a signed head as the JSON object that is published and kept: the head and its signature."""
    return {"head": json.loads(body), "signature": signature}


def read_document(content: bytes) -> tuple[bytes, str]:
    """Return what was signed and the signature, from what `head_document` made.

    Raises:
        ValueError: it is something else.
    """
    values = json.loads(content)
    if not isinstance(values, dict) or not isinstance(values.get("signature"), str):
        raise ValueError("not the signed head of a trail")
    body = _canonical(values.get("head"))
    read_head(body)
    return body, values["signature"]


def prove(entries: Iterable[Entry], heads: Sequence[Head] = ()) -> Iterator[TrailFault]:
    """Yield every place where a trail does not hold; none where it does.

    Args:
        entries: the whole trail by number, read once.
        heads: what was signed of it before, in any order; their signatures have been verified.
    """
    # A head of the time before the first entry proves nothing, and nothing speaks against it.
    due = sorted((head for head in heads if head.seq), key=lambda head: (head.seq, head.at))
    last, before = 0, BEGINNING
    at_heads = 0
    for entry in entries:
        yield from _own_faults(entry, last, before)
        last, before = entry.seq, entry.hash
        while at_heads < len(due) and due[at_heads].seq <= entry.seq:
            head = due[at_heads]
            at_heads += 1
            if head.seq == entry.seq and head.hash != entry.hash:
                yield TrailFault(
                    kind="rewritten",
                    seq=entry.seq,
                    detail=f"the head signed at {head.at}Z holds {head.hash[:16]}, the trail {entry.hash[:16]}",
                )
    for head in due[at_heads:]:
        yield TrailFault(
            kind="cut",
            seq=head.seq,
            detail=f"the head signed at {head.at}Z names entry {head.seq}, and the trail ends with {last}",
        )


def _own_faults(entry: Entry, last: int, before: str) -> Iterator[TrailFault]:
    if entry.seq != last + 1:
        missing = f"{last + 1}" if entry.seq == last + 2 else f"{last + 1} to {entry.seq - 1}"
        yield TrailFault(kind="gap", seq=last + 1, detail=f"missing: {missing}")
    elif entry.prev != before:
        yield TrailFault(kind="broken", seq=entry.seq, detail="the entry does not hold the hash of the one before")
    if entry_hash(entry.act, seq=entry.seq, prev=entry.prev, at=entry.at) != entry.hash:
        yield TrailFault(kind="changed", seq=entry.seq, detail="the entry is not what its hash was made of")


def _canonical(values: object) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
