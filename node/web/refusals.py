"""Refusals on their way into the trail: noted once the answer has left, so that the time it takes tells nothing.

An unknown record and a forbidden one are answered alike; only the trail knows which it was.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import OrderedDict

from flask import Flask, Response, current_app, g

from node.errors import StorageError
from node.identity.subject import LOCAL
from node.model.peer import Peer
from node.model.trail import Act
from node.storage.refusals import refusal
from node.storage.trail import Trail
from node.telemetry import logger
from node.web.current import current_node, current_subject, current_viewer

_log = logger("trail")
_AGAIN = 60.0
_REMEMBERED = 10_000


class Noted:
    """Refusals that were entered a moment ago: the same one is entered once a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def is_new(self, act: Act, now: float) -> bool:
        """Whether an act has not been entered for a minute; it counts as entered from now on."""
        key = (act.actor, act.action, act.object)
        with self._lock:
            before = self._at.get(key)
            if before is not None and now - before < _AGAIN:
                return False
            self._at[key] = now
            self._at.move_to_end(key)
            if len(self._at) > _REMEMBERED:
                self._at.popitem(last=False)
        return True


def register(app: Flask) -> None:
    """Make the application enter what `missed` was told of, after the answer."""
    app.extensions["fairnode.noted"] = Noted()
    app.after_request(_note)


def missed(action: str, local_id: str) -> None:
    """Say that a record asked for by name was not found for who is asking; if that was a refusal, the trail gets it.

    Args:
        action: what they were about: `read`, `list`, `query`, `download`.
    """
    g.missed = (action, local_id)


def _note(response: Response) -> Response:
    if "missed" not in g:
        return response
    action, local_id = g.missed
    node, viewer, actor = current_node(), current_viewer(), current_actor()
    noted: Noted = current_app.extensions["fairnode.noted"]

    def enter() -> None:
        now = dt.datetime.now(dt.UTC)
        try:
            act = refusal(node.database, local_id, viewer, action, actor, now.date())
            if act is not None and noted.is_new(act, time.monotonic()):
                Trail(node.database).note([act], lambda: dt.datetime.now(dt.UTC))
        except StorageError as error:
            # What was refused stays refused; that the trail lacks it has to be seen by somebody.
            _log.error("a refusal could not be entered", object=local_id, code=error.code, why=error.message)

    response.call_on_close(enter)
    return response


def current_actor() -> str:
    """Return who is asking, as the trail names them."""
    viewer, subject = current_viewer(), current_subject()
    if isinstance(viewer, Peer):
        return f"peer:{viewer.name}"
    if subject is None:
        return "anonymous"
    return f"token:{subject.key}" if subject.issuer == LOCAL else f"{subject.issuer}|{subject.key}"
