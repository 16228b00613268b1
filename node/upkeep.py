"""What a node does for what it has stored: erasure, relabelling, signing, and the audit of what is really there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from node.drift.auditing import DriftAudit
from node.errors import Conflict
from node.exposition.oai_labels import SignedLabels
from node.node import Node
from node.projector import project
from node.storage.changes import Clock
from node.storage.drift import DriftRuns
from node.storage.erasing import Erased, Eraser
from node.storage.label_signing import LabelSigning
from node.storage.link_checks import LinkChecks
from node.storage.moving import Moved, Mover
from node.storage.relabels import Relabels
from node.telemetry import logger

_log = logger("upkeep")
_SLICE = dt.timedelta(seconds=60)
_LOT = 200


def relabel(node: Node, now: Clock, *, sweep: bool = False, stop: Callable[[], bool] = lambda: False) -> Moved:
    """Do the relabelling jobs that are open.

    Args:
        sweep: first put on record every object that is looser than its records, or lies where it may not lie today.
        stop: asked after each job.
    """
    mover = Mover(node.database, node.vault, now)
    if sweep:
        mover.sweep()
    if not Relabels(node.database).waiting()[0]:
        return Moved(done=0, stuck=0)
    return mover.run(stop=stop)


def erase(node: Node, now: Clock, *, sweep: bool = False, stop: Callable[[], bool] = lambda: False) -> Erased:
    """Erase the records whose day has come: their rows, objects and graphs, and what their addresses answered.

    Args:
        sweep: also look for objects that are to be erased and that no record has now, as of earlier versions.
        stop: asked after each batch.
    """
    eraser = Eraser(node.database, node.vault, now)
    due = eraser.bury(stop=stop)
    if due:
        # Also where nothing waits: a harvest that goes on writes what waits, and publishes it later.
        project(node, publish=True)
    if due or sweep:
        LinkChecks(node.database).forget_unnamed()
    done = eraser.finish(node.projection.unpublished, stop=stop) if due else Erased(records=0, left=0)
    if sweep and not stop():
        eraser.sweep()
    if due:
        _log.info("records were erased", records=done.records, left=done.left)
    return done


def sign_labels(node: Node, now: Clock, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Sign the labels of what has changed, ahead of those who ask, for a minute; return how many were signed.

    Args:
        stop: asked after each lot.
    """
    settings = node.settings
    labels = SignedLabels(settings.base_url, settings.repository_identifier, node.signing_keys)
    signing = LabelSigning(node.database, labels.signer)
    begun, done = now(), 0
    while now() - begun < _SLICE and not stop() and (lot := signing.next(_LOT)):
        signed = tuple(each for each in map(labels.sign, lot.payloads) if each is not None)
        if not signing.keep(lot, signed):
            break  # another worker is at it
        done += len(signed)
    return done


def audit_when_due(node: Node, now: Clock, *, stop: Callable[[], bool] = lambda: False) -> bool:
    """Go on with the audit of what is stored, for a minute, if it is due; return whether it came to its end."""
    settings, runs = node.settings.drift, DriftRuns(node.database)
    if not runs.is_due(settings.every_hours, now()):
        return False
    begun = now()
    try:
        run = DriftAudit(node, now).run(repair=settings.repair, stop=lambda: stop() or now() - begun >= _SLICE)
    except Conflict:
        return False  # another worker is at it
    if run.ended is None:
        return False
    relabel(node, now, stop=stop)
    return True
