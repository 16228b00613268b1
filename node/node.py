"""An open node: the stores and tools that the doors and the pipeline are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from node.harvest.protocols import Fetch, Harvester
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An open node: settings, stores, and what it harvests and computes with; made by `bootstrap.open_node`."""

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
    projection: Projection
    harvesters: Mapping[str, Harvester]
    open_fetch: Callable[[Source], Fetch]
    executor: Executor
    token_key: bytes

    def close(self) -> None:
        """Let go of everything."""
        self.executor.shutdown(cancel_futures=True)
        self.graphs.close()
        self.vault.close()
        self.database.close()
