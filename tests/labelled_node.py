"""A node whose records have labels that change, on each kind of database, and the day that it is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node.bootstrap import initialise, open_node
from node.labelling import Labelled, label_anew
from node.model.label import Audience
from node.model.listing import Item, Selection
from node.model.override import Override
from node.model.run import HarvestRun
from node.model.source import Agreement, LabelTerms, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, StoreSettings, ValidationSettings
from node.sovereignty.mac import holds
from node.storage.changes import Clock
from node.storage.kept import local_id
from node.storage.overrides import Overrides
from node.storage.seals import row_fields
from node.storage.tables import findings, objects, records
from node.storage.trail import Trail
from node.upkeep import relabel
from tests.labels import OPEN
from tests.records import person
from tests.servers.oai_pages import OaiPages
from tests.stored_node import EUROPE, WORLD

START = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


@dataclass
class LabelledNode:
    """A node that knows one source, `x`, and the day it is."""

    node: Node
    repository: OaiPages
    day: dt.datetime = START

    @property
    def now(self) -> Clock:
        return lambda: self.day

    def harvest(self) -> HarvestRun:
        run = harvest_source(self.node, "x", now=self.now)
        assert run.balanced
        return run

    def on(self, *day: int) -> None:
        """Let it be another day."""
        self.day = dt.datetime(*day, 12, tzinfo=dt.UTC)  # type: ignore[misc]

    def work(self, **more: Any) -> Labelled:
        """Work out what is due, and move the objects that go with it."""
        done = label_anew(self.node, self.now, actor="worker", **more)
        assert relabel(self.node, self.now).stuck == 0
        return done

    def decide(self, identifier: str, *, loosens: bool = False, of: Any = "record", **terms: Any) -> Override:
        """Enter a decision by Ann; a loosening is agreed to by Ben, for a month."""
        store = Overrides(self.node.database)
        given = Override(
            record=self.local(identifier),
            of=of,
            loosens=loosens,
            terms=LabelTerms(**terms),
            reason="a reason",
            by="Ann",
            created=self.day.date(),
            expires=self.day.date() + dt.timedelta(days=30) if loosens else None,
        )
        made = store.add(given, person("Ann"), self.now)
        return store.agree(made.number, person("Ben"), self.now) if loosens else made

    def agree(self, agreement: Agreement) -> int:
        """Put another agreement in place of the source's."""
        return self.node.sources.set_agreement("x", agreement, "cli:ann", self.now)

    def local(self, identifier: str) -> str:
        return local_id("x", identifier)

    def row(self, identifier: str) -> Any:
        with self.node.database.read() as connection:
            return connection.execute(sa.select(records).where(records.c.identifier == identifier)).one()

    def listed(self, viewer: Audience = Audience.PUBLIC) -> dict[str, Item]:
        """Return what a viewer sees over OAI-PMH, by the identifier at the source."""
        last, _ = self.node.listing.clock()
        found = self.node.listing.page(Selection(prefix="oai_dc", last_seq=last), viewer, 9999, with_body=True)
        return {item.origin_identifier: item for item in found}

    def gone(self, viewer: Audience = Audience.PUBLIC) -> dict[str, bool]:
        """Return whether a viewer sees each record that it sees as deleted."""
        return {identifier: item.deleted for identifier, item in sorted(self.listed(viewer).items())}

    def trail(self, action: str = "relabel") -> list[Any]:
        return [entry.act for entry in Trail(self.node.database).entries(action=action)]

    def objects(self, identifier: str) -> list[Any]:
        """Return the rows of a record's objects; every one is where its row says, whole, and under that label."""
        row = self.row(identifier)
        with self.node.database.read() as connection:
            mine = objects.c.digest.in_([row.raw_digest, row.rdf_digest])
            found = connection.execute(sa.select(objects).where(mine).order_by(objects.c.kind)).all()
        for each in found:
            assert holds(each.seal, row_fields(each._asdict()), self.node.vault.mac_keys)
            self.node.vault.get(each.zone, each.key)
        return list(found)

    def codes(self, identifier: str) -> list[str]:
        """Return the codes of what was found of a record's rights."""
        number = self.row(identifier).id
        with self.node.database.read() as connection:
            query = sa.select(findings.c.code).where(
                findings.c.record_id == number, findings.c.code.startswith("sovereignty.")
            )
            return sorted(connection.execute(query).scalars())


@contextmanager
def labelled_node(
    home: Path, database_url: str, harvested: Sequence[bytes], agreement: Agreement = OPEN
) -> Iterator[LabelledNode]:
    """Open a new node with two storage zones, inside the EU and outside of it, that has harvested these records."""
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0, timeout=5),
        compute=ComputeSettings(executor="inline"),
        validation=ValidationSettings(profile=""),
        store=StoreSettings(database=database_url, zones=(WORLD, EUROPE)),
    ).model_copy(update={"home": home})
    with OaiPages(harvested) as repository:
        initialise(settings, START)
        node = open_node(settings)
        try:
            node.sources.add(Source(name="x", url=repository.url, agreement=agreement), START)
            made = LabelledNode(node=node, repository=repository)
            made.harvest()
            yield made
        finally:
            node.close()
