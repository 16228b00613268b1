"""The trail's heads on their way to where the node cannot take them back: signed when due, put into each locked zone.

A zone with object lock keeps a head for a time whatever happens to the node; peers that fetch `/trail/head` do too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator

from node.errors import FairnodeError
from node.node import Node
from node.sovereignty.trail import HEAD_KIND, head_document, read_document, read_head
from node.storage.objects.protocols import LockingStore, object_key
from node.storage.trail import Trail
from node.telemetry import logger

_log = logger("trail")
KIND = "head"


def sign_when_due(node: Node, now: Callable[[], dt.datetime]) -> bool:
    """Sign how far the trail reaches where that has not been done for `[trail] sign_every_hours`; tell whether it was.

    A trail that has not grown since is not signed again.
    """
    every = node.settings.trail.sign_every_hours
    trail = Trail(node.database)
    latest = trail.latest_head()
    if not every:
        return False
    if latest is not None:
        head = read_head(latest[0])
        if head.seq == trail.last()[0] or now().astimezone(dt.UTC).replace(tzinfo=None) - head.at < dt.timedelta(
            hours=every
        ):
            return False
    trail.sign(node.settings.base_url, lambda body: node.signing_keys.sign(body, HEAD_KIND), now())
    return True


def locked_heads(node: Node) -> Iterator[tuple[bytes, str]]:
    """Yield every head that zones with object lock hold, with its signature; what is no head is passed over.

    Raises:
        StorageError: a zone does not answer.
    """
    for store in _locking(node):
        for key in store.keys(f"{KIND}/"):
            try:
                yield read_document(store.get(key))
            except ValueError:
                _log.error("an object of a locked zone is no head of a trail", zone=store.zone.name, key=key)


def keep_heads(node: Node, now: Callable[[], dt.datetime]) -> int:
    """Put heads that lie in the database alone into every zone with object lock; return how many are kept now.

    A zone that does not answer is tried again with the next round.
    """
    locking = _locking(node)
    if not locking:
        return 0
    trail, kept = Trail(node.database), 0
    until = now() + dt.timedelta(days=node.settings.trail.lock_days)
    for number, body, signature in trail.kept_nowhere():
        content = json.dumps(head_document(body, signature), sort_keys=True).encode()
        key = object_key(KIND, hashlib.sha256(content).hexdigest())
        try:
            for store in locking:
                store.put_locked(key, content, until)
        except FairnodeError as error:
            _log.error("a head of the trail could not be kept", code=error.code, why=error.message)
            return kept
        trail.keep(number, ", ".join(f"{store.zone.name}/{key}" for store in locking))
        kept += 1
    return kept


def _locking(node: Node) -> list[LockingStore]:
    stores = [node.vault.store(zone.name) for zone in node.vault.zones if zone.locked]
    return [store for store in stores if isinstance(store, LockingStore)]
