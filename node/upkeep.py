"""What a node does for what it has stored: relabelling jobs, and the audit of what is really there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from node.drift.auditing import DriftAudit
from node.errors import Conflict
from node.node import Node
from node.storage.changes import Clock
from node.storage.drift import DriftRuns
from node.storage.moving import Moved, Mover
from node.storage.relabels import Relabels

_SLICE = dt.timedelta(seconds=60)


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
