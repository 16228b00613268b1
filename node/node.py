"""An open node: the stores and tools that the doors and the pipeline are handed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from node.errors import GraphsBehind, NoGraphs
from node.harvest.protocols import Fetch, Harvester
from node.model.peer import Viewer, viewer_name
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

    @property
    def signing_keys(self) -> SigningKeys:
        """The keys that the node signs with, read when they are first asked for: most commands sign nothing."""
        return self.open_signing_keys()

    def graphs_of(self, viewer: Viewer) -> GraphStore:
        """Return the graph store of a viewer, and never that of somebody who sees less or more.

        Raises:
            GraphsBehind: what the viewer may see has changed since they were written, or has to be erased from them.
            NoGraphs: there is none, or it is not complete yet.
        """
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
                f"what {viewer_name(viewer)} may see has changed, and its graphs are being written anew",
                retry_after=math.ceil(self.settings.worker.poll),
            )
        if self.projection.overdue(viewer):
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
