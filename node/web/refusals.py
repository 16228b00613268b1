"""Refusals on their way into the trail: handed over before the answer leaves, entered by a thread a moment later.

An unknown record and a forbidden one are answered alike, after the same work: what was asked for is handed over, and
nothing is looked up. Which of the two it was only that thread finds out, for all that came within half a second, so
that neither an answer nor the next one of the same connection waits for it.
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from node.errors import StorageError
from node.identity.subject import LOCAL, Role
from node.model.peer import Peer, Viewer
from node.model.trail import Act
from node.storage.database import Database
from node.storage.refusals import refusal
from node.storage.trail import Trail
from node.telemetry import logger
from node.visitor_errors import RequestRefused
from node.web.current import current_subject, current_viewer

_log = logger("trail")
_AGAIN = 60.0
_REMEMBERED = 10_000
_WAITING = 10_000
_BATCH = 500
_GATHER = 0.5
_IDLE = 30.0
_PATIENCE = 5.0
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A record that was asked for by name and not found; whether that was a refusal is not known yet."""

    actor: str
    viewer: Viewer
    action: str
    local_id: str
    day: dt.date


class Refusals:
    """What was refused, until it is in the trail. Where the database does not answer it waits, and is tried again.

    Args:
        clock: seconds that only ever move forward.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._queue: queue.Queue[Missed | Act] = queue.Queue(_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        # Of the thread alone: acts that were entered, and when.
        self._entered: OrderedDict[Act, float] = OrderedDict()

    def hand_over(self, what: Missed | Act) -> None:
        """Leave something to be entered.

        Raises:
            StorageError: too much waits already, for the trail cannot be written.
        """
        until = self._clock() + _PATIENCE
        while True:
            with self._lock:
                try:
                    self._queue.put_nowait(what)
                except queue.Full:
                    pass
                else:
                    if self._thread is None:
                        self._thread = threading.Thread(target=self._run, name="refusals", daemon=True)
                        self._thread.start()
                    return
            if self._clock() >= until:
                raise StorageError("refusals cannot be entered in the trail, and too many wait")
            time.sleep(0.05)

    def flush(self, seconds: float = 10.0) -> bool:
        """Have entered what was handed over until now, at once; tell whether that was done in time."""
        self._hurry.set()
        with self._queue.all_tasks_done:
            done = self._queue.all_tasks_done.wait_for(lambda: not self._queue.unfinished_tasks, seconds)
        self._hurry.clear()
        return done

    def _run(self) -> None:
        while True:
            try:
                found = [self._queue.get(timeout=_IDLE)]
            except queue.Empty:
                with self._lock:
                    if self._queue.empty():
                        self._thread = None
                        return
                continue
            self._hurry.wait(_GATHER)
            while len(found) < _BATCH and not self._queue.empty():
                found.append(self._queue.get_nowait())
            try:
                self._enter_until_done(found)
            except Exception:
                _log.exception("refusals could not be entered", count=len(found))
            for _ in found:
                self._queue.task_done()

    def _enter_until_done(self, found: Sequence[Missed | Act]) -> None:
        pause = 1.0
        while not self._database.closed:
            try:
                return self._enter(found)
            except StorageError as error:
                _log.error("refusals wait for the trail", count=len(found), code=error.code, why=error.message)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        _log.error("refusals are lost: the node was closed before they could be entered", count=len(found))
        return None

    def _enter(self, found: Sequence[Missed | Act]) -> None:
        acts: dict[Act, None] = {}
        for each in found:
            act = each if isinstance(each, Act) else self._refusal(each)
            if act is not None and self._is_new(act):
                acts[act] = None
        if acts:
            self._write(tuple(acts))

    def _write(self, acts: tuple[Act, ...]) -> None:
        try:
            Trail(self._database).note(acts, lambda: dt.datetime.now(dt.UTC))
        except StorageError:
            raise
        except Exception:
            # One that no database takes must not cost the others their entry.
            if len(acts) > 1:
                for act in acts:
                    self._write((act,))
                return
            _log.exception("a refusal cannot be entered", action=acts[0].action, object=acts[0].object)
        # Not before: what was not entered must not count as if it had been.
        for act in acts:
            self._entered[act] = self._clock()
            self._entered.move_to_end(act)
            if len(self._entered) > _REMEMBERED:
                self._entered.popitem(last=False)

    def _refusal(self, missed: Missed) -> Act | None:
        try:
            return refusal(self._database, missed.local_id, missed.viewer, missed.action, missed.actor, missed.day)
        except StorageError:
            raise
        except Exception as error:
            _log.exception("why a record was refused is not known", object=missed.local_id)
            why = f"why is not known: {type(error).__name__}"
            return Act(actor=missed.actor, action=missed.action, object=missed.local_id, reasons=(why,))

    def _is_new(self, act: Act) -> bool:
        before = self._entered.get(act)
        return before is None or self._clock() - before >= _AGAIN


def register(app: Flask, database: Database) -> None:
    """Make the application enter what it refuses."""
    app.extensions["fairnode.refusals"] = Refusals(database)


def refusals_of(app: Flask) -> Refusals:
    """Return what waits of an application's refusals."""
    return cast(Refusals, app.extensions["fairnode.refusals"])


def missed(action: str, local_id: str) -> None:
    """Say that a record asked for by name was not to be had; if that was a refusal, the trail gets it.

    Args:
        action: what they were about: `read` or `download`.

    Raises:
        StorageError: it cannot be handed over; then it must not be answered either.
    """
    today, viewer = dt.datetime.now(dt.UTC).date(), current_viewer()
    asked = Missed(actor=current_actor(), viewer=viewer, action=action, local_id=local_id[:100], day=today)
    refusals_of(current_app).hand_over(asked)


def barred(action: str, what: str, reason: str) -> None:
    """Say that who is asking was refused something that is no record: a page of those who run the node, or a role.

    Args:
        what: not what a stranger wrote: each other name is another entry.

    Raises:
        StorageError: it cannot be handed over; then it must not be answered either.
    """
    refusals_of(current_app).hand_over(Act(actor=current_actor(), action=action, object=what, reasons=(reason,)))


def for_own_people(what: str, *, advice: str, and_peers: bool = False) -> None:
    """Refuse who is asking, unless they are an operator or a steward of this node.

    Args:
        what: the page, as the trail names it.
        advice: what to do instead.
        and_peers: federation peers may have it, too.

    Raises:
        RequestRefused: they are not.
        StorageError: see `barred`.
    """
    subject = current_subject()
    if subject is not None and (subject.has(Role.OPERATOR) or subject.has(Role.STEWARD)):
        return
    if and_peers and isinstance(current_viewer(), Peer):
        return
    whose = f"operators and stewards of the node{', and for its peers' if and_peers else ''}"
    barred("read", what, f"it is for {whose}")
    raise RequestRefused(f"this page is for {whose}", advice=advice, status=401 if subject is None else 403)


def current_actor() -> str:
    """Return who is asking, as the trail names them."""
    viewer, subject = current_viewer(), current_subject()
    if isinstance(viewer, Peer):
        return f"peer:{viewer.name}"
    if subject is None:
        return "anonymous"
    return f"token:{subject.key}" if subject.issuer == LOCAL else f"{subject.issuer}|{subject.key}"
