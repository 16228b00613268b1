"""Records on their way into the graphs: behind the pages that are kept, in large batches."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from node.errors import StorageError
from node.node import Node
from node.storage import stale
from node.storage.kept import Action, Kept
from node.telemetry import logger

_log = logger("projector")
# Larger batches leave the graph store less to tidy up; the text of so many records is some 16 MB.
_PROJECT_EVERY = 2000
_PUBLISH_EVERY = 30.0
"""Seconds. A long harvest does not keep from queries for hours what it brought, nor show for hours what it hid."""


def project(node: Node, fresh: Mapping[str, str] | None = None, *, publish: bool, until: int | None = None) -> None:
    """Write the graphs that wait. A graph store that does not answer stops nobody: they go on waiting.

    Args, as `Projection.run`: what is on the list after `until` is left there.
    """
    try:
        node.projection.run(fresh, publish=publish, until=until)
    except StorageError as error:
        _log.error("graphs wait to be written", waiting=node.projection.waiting(), code=error.code, why=error.message)


class Projector:
    """Writes the graphs of pages already kept, in a thread of its own, while the next pages are kept.

    A context manager: leaving it waits until everything added is written, unless it is left by an exception.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="project")
        self._fresh: dict[str, str] = {}
        self._underway: Future[None] | None = None
        self._published = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        self._thread.shutdown()
        if kind is not None:
            return  # what is left over is read back from the objects at the end of the run
        if self._underway is not None:
            self._underway.result()
        if self._fresh:
            project(self._node, self._fresh, publish=False)

    def add(self, kept: Sequence[Kept]) -> None:
        """Take the records of a page that was kept."""
        for item in kept:
            if item.action is Action.PUBLISH and item.prepared is not None:
                self._fresh[item.rdf_digest] = item.prepared.ntriples
        due = time.monotonic() - self._published >= _PUBLISH_EVERY
        if due or len(self._fresh) >= _PROJECT_EVERY:
            if self._underway is not None:
                self._underway.result()
            # What is kept while these are written has its text at hand when its own turn comes.
            until = stale.moment()
            self._underway = self._thread.submit(project, self._node, self._fresh, publish=due, until=until)
            self._fresh = {}
            if due:
                self._published = time.monotonic()
