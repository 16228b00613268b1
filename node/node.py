"""An open node: the stores and tools that the doors and the pipeline are handed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from node.errors import GraphsBehind, NoGraphs
from node.harvest.protocols import Fetch, Harvester
from node.lately import Lately
from node.model.label import Audience
from node.model.peer import Peer, Viewer, viewer_name
from node.model.reader import Reader, is_met
from node.model.source import Source
from node.settings import Settings
from node.storage.absences import Absences
from node.storage.database import Database
from node.storage.deletions import Deletions
from node.storage.graphs import GraphStore
from node.storage.inventory import Inventory
from node.storage.listing import Listing
from node.storage.objects.vault import ObjectVault
from node.storage.projection import Projection
from node.storage.records import Records
from node.storage.runs import Runs
from node.storage.schedule import Schedule
from node.storage.sources import Sources
from node.storage.summaries import Summaries

if TYPE_CHECKING:
    from node.sovereignty.signatures import SigningKeys

# Seconds. A query that was let in a moment before a record was due runs on for as long as `[sparql] timeout`.
_LOOK_AGAIN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An open node: settings, stores, and what it harvests and computes with; made by `bootstrap.open_node`.

    `graphs` is the public's graph store; `graph_stores` has that of each viewer with one of its own.
    """

    settings: Settings
    database: Database
    sources: Sources
    runs: Runs
    records: Records
    deletions: Deletions
    absences: Absences
    schedule: Schedule
    listing: Listing
    summaries: Summaries
    vault: ObjectVault
    inventory: Inventory
    graphs: GraphStore
    graph_stores: Mapping[Viewer, GraphStore]
    projection: Projection
    harvesters: Mapping[str, Harvester]
    open_fetch: Callable[[Source], Fetch]
    executor: Executor
    token_key: bytes = field(repr=False)
    open_signing_keys: Callable[[], SigningKeys]
    _nothing_due: Lately = field(default_factory=lambda: Lately(_LOOK_AGAIN), init=False, repr=False)

    @property
    def signing_keys(self) -> SigningKeys:
        """The keys that the node signs with, read when they are first asked for: most commands sign nothing."""
        return self.open_signing_keys()

    def asks_as(self, viewer: Viewer) -> Viewer:
        """Return the viewer whose graphs queries of this one are answered from, who never sees more.

        That is themselves; for a reader it is the first of `[store.graphs_for]` who holds an entitlement that the
        reader holds too, and where there is none whoever is known.
        """
        if not isinstance(viewer, Reader) or viewer in self.graph_stores:
            return viewer
        held = (each for each in self.graph_stores if isinstance(each, Reader) and is_met(each, viewer))
        return next(held, Audience.REGISTERED)

    def graphs_of(self, viewer: Viewer) -> GraphStore:
        """Return the graph store that answers a viewer's queries (`asks_as`), and never that of somebody who sees more.

        Raises:
            GraphsBehind: what the viewer may see has changed since they were written, or has to be erased from them.
            NoGraphs: there is none, or it is not complete yet.
        """
        viewer = self.asks_as(viewer)
        store = self.graph_stores.get(viewer)
        if store is None:
            raise NoGraphs(f"this node keeps no graphs for {viewer_name(viewer)}")
        if not self.projection.whole.is_whole(viewer):
            raise NoGraphs(
                f"the graphs for {viewer_name(viewer)} are not complete yet",
                advice="Try again later; the operator builds them with `fairnode graph rebuild`.",
            )
        if not self.projection.follows(viewer):
            raise GraphsBehind(
                f"what {viewer_name(viewer)} may see has changed{_ended(viewer, self.projection.now())}, "
                "and its graphs are being written anew",
                retry_after=math.ceil(self.settings.worker.poll),
            )
        today = self.projection.now().astimezone(dt.UTC).date()
        if not self._nothing_due.holds(viewer, today, lambda: not self.projection.overdue(viewer)):
            raise GraphsBehind(
                f"a record that had to be erased by today may still be in the graphs for {viewer_name(viewer)}",
                retry_after=math.ceil(self.settings.worker.poll),
            )
        return store

    def close(self) -> None:
        """Let go of everything."""
        self.executor.shutdown(cancel_futures=True)
        for store in self.graph_stores.values():
            store.close()
        self.vault.close()
        self.database.close()


def _ended(viewer: Viewer, now: dt.datetime) -> str:
    """Return that a peer's agreement ended, where that is so: what to do about it is another thing then."""
    until = viewer.until if isinstance(viewer, Peer) else None
    if until is None or until > now.astimezone(dt.UTC).date():
        return ""
    return f" (the agreement with it ended on {until}; a later `until` in [[peers]] extends it)"
