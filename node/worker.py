"""The clock of a node: it harvests sources, works labels out anew and erases records when they are due, writes graphs
that wait, and prunes old audits.

Any number of workers may run, on any number of machines that share the node's database: a running run is the lease of
its source, so none is harvested twice, and of its host, so none is asked by two workers at a time.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from node.errors import Conflict, FairnodeError, NotFound, StorageError
from node.labelling import label_anew
from node.model.oai import Page
from node.model.run import HarvestRun
from node.node import Node
from node.pipeline import harvest_source
from node.projector import project
from node.storage.audit_pruning import AuditPruning
from node.storage.standing import forget_readers
from node.storage.waivers import Waivers
from node.telemetry import logger
from node.trail_keeping import keep_heads, sign_when_due
from node.upkeep import audit_when_due, erase, relabel, sign_labels

_log = logger("worker")


class Worker:
    """Harvests what is due.

    Args:
        now: the clock, UTC.
        ended: called with each run's account.
    """

    def __init__(
        self, node: Node, *, now: Callable[[], dt.datetime], ended: Callable[[HarvestRun], None] | None = None
    ) -> None:
        self._node = node
        self._now = now
        self._ended = ended
        self._stop = threading.Event()
        self._pruned: dt.date | None = None
        self._swept: dt.date | None = None

    def stop(self) -> None:
        """End the work after the page under way; the run goes on wherever a worker takes it up."""
        self._stop.set()

    def work(self, *, once: bool = False) -> None:
        """Harvest what is due, then wait for more, until `stop`; or, `once`, until nothing is due.

        Raises:
            StorageError: a store does not answer; `once` only. Else it is logged, and tried again.
        """
        if once:
            # To look through everything that is stored is for workers that stay.
            self._swept = self._now().date()
        while not self._stop.is_set():
            try:
                busy = self.round()
            except StorageError as error:
                if once:
                    raise
                _log.error("a store does not answer", code=error.code, why=error.message)
                busy = 0
            if once and not busy:
                return
            if not busy:
                self._stop.wait(self._node.settings.worker.poll)

    def round(self) -> int:
        """Harvest each source that is due now; return how many runs that made."""
        runs = 0
        for name in self._node.schedule.due(self._now()):
            if self._stop.is_set():
                break
            runs += self._harvest(name)
        # Whatever loosens or tightens by itself does so today, and what a killed command left is taken up.
        label_anew(self._node, self._now, actor="worker", stop=self._stop.is_set)
        fresh_day = self._is_new_day()
        erase(self._node, self._now, sweep=fresh_day, stop=self._stop.is_set)
        self._project()
        self._prune()
        relabel(self._node, self._now, sweep=fresh_day, stop=self._stop.is_set)
        sign_labels(self._node, self._now, stop=self._stop.is_set)
        audit_when_due(self._node, self._now, stop=self._stop.is_set)
        self._project()  # what is withheld since
        sign_when_due(self._node, self._now)
        keep_heads(self._node, self._now)
        return runs

    def _project(self) -> None:
        if self._node.projection.waiting() or self._node.projection.behind():
            project(self._node, publish=True)

    def _is_new_day(self) -> bool:
        """A country may have joined or left a residency zone: once a day objects are looked for that have to move."""
        today = self._now().date()
        if self._swept == today or self._stop.is_set():
            return False
        self._swept = today
        return True

    def _prune(self) -> None:
        """Remove old audits and what readers left behind, and tell which waivers ran out, once a day."""
        today = self._now().date()
        if self._pruned == today or self._stop.is_set():
            return
        Waivers(self._node.database).tell_expired("worker", self._now())
        keep = self._node.settings.audit
        pruning = AuditPruning(self._node.database, keep_last=keep.keep_last, keep_days=keep.keep_days)
        done = pruning.prune(self._now())
        days = dt.timedelta(days=self._node.settings.oai.readers_days)
        forgotten = forget_readers(self._node.database, self._now().astimezone(dt.UTC).replace(tzinfo=None) - days)
        self._pruned = today
        if done.audits or done.judgements:
            _log.info("old audits were pruned", audits=done.audits, judgements=done.judgements)
        if forgotten:
            _log.info("what readers were given and did not come back for was forgotten", records=forgotten)

    def _harvest(self, name: str) -> int:
        try:
            run = harvest_source(self._node, name, now=self._now, only_due=True, progress=self._after_page)
        except _Stopped:
            _log.info("stopped after a page", source=name)
            return 0
        except (Conflict, NotFound):
            return 0  # another worker has it or its host, or has just had it; or somebody has removed it
        except FairnodeError as error:
            _log.error("a source cannot be harvested", source=name, code=error.code, why=error.message)
            self._node.schedule.put_off(self._node.sources.get(name).id, self._now())
            return 0
        if self._ended is not None:
            self._ended(run)
        standing = self._node.sources.get(name).standing
        if standing.is_dead(self._now(), self._node.settings.worker.dead_after_days):
            last = standing.last_ok.isoformat() if standing.last_ok else "never"
            _log.error("a source is dead", source=name, failures=standing.failures, last_ok=last)
        return 1

    def _after_page(self, page: Page, kept: int) -> None:
        if self._stop.is_set():
            raise _Stopped


class _Stopped(BaseException):
    """The worker was asked to stop; like a keyboard's interrupt it is nobody's error to handle."""
