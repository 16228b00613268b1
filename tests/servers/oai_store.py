"""A database of records that are published, changed and deleted at times a test chooses, for the OAI-PMH provider."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

from node.model.label import Audience
from node.model.oai import Window
from node.model.prepared import Prepared
from node.model.run import LedgerEntry, Outcome
from node.model.source import Source
from node.storage.database import Database
from node.storage.deletions import Deletions
from node.storage.kept import Action, Kept, local_id
from node.storage.runs import Runs
from node.storage.sources import Sources
from tests.records import at, keeper, page, prepared

NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def oai(name: str) -> str:
    """Return the OAI identifier of a record of the store."""
    return f"oai:node.example.org:{local_id('test', name)}"


class Store:
    """A database that records are put into, at times a test chooses."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.records = keeper(database)
        Sources(database).add(Source(name="test", url="https://source.example.org/oai"), NOW)
        self.source = Sources(database).get("test")
        self.run = Runs(database).start(self.source, Window(), NOW)

    def publish(self, name: str, when: dt.datetime = NOW, text: str = "a title", **more: Any) -> None:
        self.put(replace(prepared(name, text), **more), when=when)

    def put(self, *ready: Prepared, when: dt.datetime = NOW) -> None:
        names = [each.header.identifier for each in ready]
        known = self.records.known(self.source, names)
        kept = [
            Kept(
                action=Action.PUBLISH,
                entry=LedgerEntry(identifier=name, outcome=Outcome.UPDATED if name in known else Outcome.CREATED),
                prepared=each,
                known=known.get(name),
                rdf_digest=hashlib.sha256(repr(each).encode()).hexdigest(),
                audience=Audience.PUBLIC,
            )
            for name, each in zip(names, ready, strict=True)
        ]
        self.records.keep(self.run.id, self.source, page(*names), kept, at(when))

    def delete(self, name: str, when: dt.datetime) -> None:
        gone = Kept(action=Action.NOTE, entry=LedgerEntry(identifier=name, outcome=Outcome.DELETED))
        self.records.keep(self.run.id, self.source, page(name), [gone], at(when))
        Deletions(self.database).settle(self.run.id, self.source, at(when))
