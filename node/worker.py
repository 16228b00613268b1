"""The clock of a node: it harvests sources when they are due and writes graphs that wait.

Any number of workers may run, on any number of machines that share the node's database: a running run is the lease of
its source, so none is harvested twice, and of its host, so none is asked by two workers at a time.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from node.errors import Conflict, FairnodeError, NotFound, StorageError
from node.model.oai import Page
from node.model.run import HarvestRun
from node.node import Node
from node.pipeline import harvest_source
from node.projector import project
from node.telemetry import logger

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

    def stop(self) -> None:
        """End the work after the page under way; the run goes on wherever a worker takes it up."""
        self._stop.set()

    def work(self, *, once: bool = False) -> None:
        """Harvest what is due, then wait for more, until `stop`; or, `once`, until nothing is due.

        Raises:
            StorageError: a store does not answer; `once` only. Else it is logged, and tried again.
        """
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
        if self._node.projection.waiting():
            project(self._node, publish=True)
        return runs

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
