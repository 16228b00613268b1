"""What a viewer sees while labels, agreements, the registry of peers and the day change: every outlet, at every moment.

Between a change and the worker's next turn no outlet gives what the decision denies; after it they all agree with the
decision, and a harvester that only asks for what is new has what a harvester of everything gets.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from node.bootstrap import initialise, open_node
from node.errors import GraphsBehind
from node.exposition.oai_pmh import answer
from node.model.label import Access, Audience, PersonalData
from node.model.override import Override
from node.model.peer import Viewer, viewer_name
from node.model.reader import reader_by
from node.model.source import Agreement, LabelTerms, Source
from node.node import Node
from node.peer_settings import PeerSettings
from node.pipeline import harvest_source
from node.projector import project
from node.settings import (
    ComputeSettings,
    DriftSettings,
    FetchSettings,
    Settings,
    SparqlSettings,
    StoreSettings,
    ValidationSettings,
    ZoneSettings,
)
from node.sovereignty.decide import decide_for
from node.sovereignty.tags import from_json
from node.storage.agreements import admission_of
from node.storage.graphs import GraphQuery
from node.storage.kept import local_id
from node.storage.listing import Listing
from node.storage.overrides import Overrides
from node.storage.tables import records
from node.storage.withholding import DRIFT, release, withhold
from node.web.oai import provider
from node.worker import Worker
from tests.labelled_node import START
from tests.labels import OPEN
from tests.records import person
from tests.servers.oai_pages import OaiPages, oai_dc_record

ZONE = ZoneSettings(country="FIN", tier="registered")
ISSUER = "https://issuer.example"
NORTH = PeerSettings(name="north", issuer=ISSUER, client_id="n", country="FIN", access="restricted")
EAST = PeerSettings(name="east", issuer=ISSUER, client_id="e", country="UKR", access="restricted")
NEW_YEAR = dt.date(2027, 1, 1)
NAMES = {name: f"oai:example.org:{name}" for name in ("open", "registered", "eu", "associated", "personal", "special")}
GROUP = "urn:geant:example.org:group:sea"
MEMBER = reader_by(GROUP)
AGREED = dataclasses.replace(OPEN, peers=("north", "east"), entitlements=(GROUP,), review=dt.date(2027, 6, 1))
STORES = {"peer:north": "oxigraph:graphs-north", "peer:east": "oxigraph:graphs-east", GROUP: "oxigraph:graphs-sea"}


class World:
    """A node, the source that it harvests, the time it is there, and a harvester for each viewer."""

    def __init__(self, home: Path, database_url: str, repository: OaiPages) -> None:
        self.repository = repository
        self.time = START
        self.settings = Settings(
            fetch=FetchSettings(allow_networks=("127.0.0.0/8",), retries=0, timeout=5),
            compute=ComputeSettings(executor="inline"),
            validation=ValidationSettings(profile=""),
            drift=DriftSettings(every_hours=0),
            sparql=SparqlSettings(workers=1),
            store=StoreSettings(database=database_url, graphs_for=STORES, zones=(ZONE,)),
            peers=(NORTH, EAST),
        ).model_copy(update={"home": home})
        initialise(self.settings, START)
        self.node = self._open()
        self.node.sources.add(Source(name="x", url=repository.url, agreement=AGREED, interval=0), START)
        self.mirrors: dict[str, Mirror] = {}
        self.harvest()

    def _open(self) -> Node:
        node = open_node(self.settings)
        return dataclasses.replace(
            node,
            listing=Listing(node.database, self.now),
            projection=dataclasses.replace(node.projection, now=self.now),
        )

    def now(self) -> dt.datetime:
        return self.time

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        return (*Audience, MEMBER, *(peer.peer() for peer in self.settings.peers))

    # What may change.

    def harvest(self) -> None:
        assert harvest_source(self.node, "x", now=self.now).balanced

    def give(self, name: str, *, deleted: bool = False, title: str = "another title") -> None:
        """Let the source have another version of a record, and harvest it."""
        at = list(NAMES).index(name)
        self.repository.records[at] = oai_dc_record(NAMES[name], title, deleted=deleted)
        self.harvest()

    def decide(self, name: str, *, loosens: bool = False, **terms: object) -> None:
        """Decide about the label of a record; a loosening is agreed to."""
        store, ends = Overrides(self.node.database), self.time.date() + dt.timedelta(days=300)
        given = Override(
            record=local_id("x", NAMES[name]),
            of="record",
            loosens=loosens,
            terms=LabelTerms(**terms),  # type: ignore[arg-type]
            reason="a reason",
            by="Ann",
            created=self.time.date(),
            expires=ends if loosens else None,
        )
        made = store.add(given, person("Ann"), self.now)
        if loosens:
            store.agree(made.number, person("Ben"), self.now)

    def agree(self, **terms: object) -> None:
        self.node.sources.change_agreement(
            "x",
            lambda before: dataclasses.replace(before, **terms),
            "cli:ann",
            self.now,  # type: ignore[arg-type]
        )

    def register(self, *peers: PeerSettings) -> None:
        """Change the registry of peers: processes read it when they begin."""
        self.node.close()
        self.settings = self.settings.model_copy(update={"peers": peers})
        self.node = self._open()

    def on(self, day: dt.date) -> None:
        """Let a day begin."""
        self.time = dt.datetime.combine(day, dt.time(0, 0, 1), dt.UTC)

    def withhold(self, name: str) -> None:
        with self.node.database.write() as connection:
            withhold(connection, [("rdf", self._row(name).rdf_digest)], DRIFT, "a reason", self.now)
        project(self.node, publish=True)

    def release(self, name: str) -> None:
        with self.node.database.write() as connection:
            release(connection, [self._row(name).id], DRIFT, self.now)

    # What is seen.

    def permitted(self, viewer: Viewer) -> set[str]:
        """Return the records that the decision gives a viewer today, as their labels are."""
        agreement: Agreement = self.node.sources.get("x").source.agreement
        today, found = self.time.date(), set()
        for name in NAMES:
            row = self._row(name)
            if row.state != "live" or name in self.withheld():
                continue
            label = from_json(row.record_label)
            if decide_for(viewer, "list", label, today=today, admission=admission_of("x", agreement, today)):
                found.add(name)
        return found

    def withheld(self) -> set[str]:
        with self.node.database.read() as connection:
            found = connection.execute(
                sa.text("SELECT identifier FROM records JOIN withheld ON withheld.record_id = records.id")
            )
            return {identifier.rpartition(":")[2] for identifier in found.scalars()}

    def pages(self, viewer: Viewer) -> set[str]:
        locals_ = {local_id("x", identifier): name for name, identifier in NAMES.items()}
        return {locals_[local] for local, _ in self.node.summaries.latest(viewer, self.time.date())}

    def graphs(self, viewer: Viewer) -> set[str]:
        query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
        found = self.node.graphs_of(viewer).query(GraphQuery(text=query, media_type="text/csv"))
        try:
            text = b"".join(found.chunks()).decode()
        finally:
            found.close()
        return {name for name in NAMES if f"/record/{local_id('x', NAMES[name])}\r\n" in text}

    def listed(self, viewer: Viewer, since: str | None = None) -> dict[str, tuple[str, bool]]:
        """Return what is listed over OAI-PMH: the datestamp and whether it is deleted, by name."""
        asked = [("verb", "ListRecords"), ("metadataPrefix", "oai_dc"), *([("from", since)] if since else [])]
        text = answer(provider(self.node), asked, viewer, self.time).decode()
        names = {f"oai:{self.node.settings.repository_identifier}:{local_id('x', NAMES[name])}": name for name in NAMES}
        found = re.findall(
            r"<header( status=\"deleted\")?><identifier>([^<]*)</identifier><datestamp>([^<]*)</datestamp>", text
        )
        assert len({identifier for _, identifier, _ in found}) == len(found)
        assert len(re.findall("<metadata>", text)) == sum(not deleted for deleted, _, _ in found)
        return {names[identifier]: (stamp, bool(deleted)) for deleted, identifier, stamp in found}

    def _row(self, name: str) -> sa.Row:
        with self.node.database.read() as connection:
            return connection.execute(sa.select(records).where(records.c.identifier == NAMES[name])).one()


class Mirror:
    """A harvester that asks for what is new since it asked last."""

    def __init__(self) -> None:
        self.since: str | None = None
        self.records: dict[str, tuple[str, bool]] = {}

    def harvest(self, world: World, viewer: Viewer) -> dict[str, tuple[str, bool]]:
        new = world.listed(viewer, self.since)
        self.since = world.time.strftime("%Y-%m-%dT%H:%M:%SZ")
        told_again = {
            name
            for name, (_, deleted) in new.items()
            if deleted and self.records.get(name, ("", False))[1] and self.records[name] != new[name]
        }
        # Who may not see a record is not told that it changed.
        assert told_again == set(), viewer_name(viewer)
        self.records |= new
        return self.records


def live(listed: dict[str, tuple[str, bool]]) -> set[str]:
    return {name for name, (_, deleted) in listed.items() if not deleted}


def look_between(world: World) -> None:
    """What decides for an audience stands in the row of a record; for a guest it may be another thing by now."""
    for viewer in (viewer for viewer in world.viewers if not isinstance(viewer, Audience)):
        permitted = world.permitted(viewer)
        assert live(world.listed(viewer)) <= permitted, viewer.name
        assert world.pages(viewer) <= permitted, viewer.name
        with suppress(GraphsBehind):
            assert world.graphs(viewer) <= permitted, viewer.name


def look_after(world: World) -> None:
    world.time += dt.timedelta(minutes=1)
    for viewer in world.viewers:
        who, permitted = viewer_name(viewer), world.permitted(viewer)
        if viewer is MEMBER and who in world.mirrors and permitted - live(world.mirrors[who].records):
            # Readers are told what they lose; whom an agreement lets in harvests from the beginning.
            del world.mirrors[who]
        mirror = world.mirrors.setdefault(who, Mirror()).harvest(world, viewer)
        everything = world.listed(viewer)
        assert live(everything) == permitted, who
        assert mirror == everything, who
        assert world.pages(viewer) == permitted, who
        if viewer in world.node.graph_stores:
            assert world.graphs(viewer) == permitted, who


def changed(peer: PeerSettings, **values: object) -> PeerSettings:
    return PeerSettings(**{**peer.model_dump(), **values})


def turn(world: World) -> None:
    Worker(world.node, now=world.now).round()


Step = tuple[str, Callable[[World], None]]
OF_PEERS: tuple[tuple[Step, ...], ...] = (
    (("an agreement names a peer no more", lambda world: world.agree(peers=("east",))),),
    (
        ("what it lost changes", lambda world: world.give("eu")),
        ("the agreement names no readers any more", lambda world: world.agree(entitlements=())),
    ),
    (
        ("the agreement names it again", lambda world: world.agree(peers=("north", "east"), entitlements=(GROUP,))),
        ("another moves to another country", lambda world: world.register(NORTH, changed(EAST, country="USA"))),
    ),
    (
        ("what that lost gets another label", lambda world: world.decide("associated", zones=("EU",))),
        ("it moves on", lambda world: world.register(NORTH, changed(EAST, country="EST", until=NEW_YEAR))),
    ),
    (("its last day is over", lambda world: world.on(NEW_YEAR)),),
)
OF_ALL: tuple[tuple[Step, ...], ...] = (
    (("a public record becomes the stewards'", lambda world: world.decide("open", personal=PersonalData.SPECIAL)),),
    (
        ("it changes while it is hidden", lambda world: world.give("open", title="a hidden title")),
        ("another is withheld", lambda world: world.withhold("registered")),
    ),
    (
        ("it becomes public", lambda world: world.decide("open", loosens=True, personal=PersonalData.NONE)),
        ("that changes while it is withheld", lambda world: world.give("registered", title="another hidden title")),
    ),
    (("the agreement is to be reviewed", lambda world: world.on(dt.date(2027, 6, 2))),),
    (
        ("the agreement goes on", lambda world: world.agree(review=dt.date(2028, 1, 1))),
        ("what was withheld is not any more", lambda world: world.release("registered")),
    ),
    (
        ("a record is deleted", lambda world: world.give("eu", deleted=True)),
        ("a peer is admitted to less", lambda world: world.register(changed(NORTH, access="public"), EAST)),
    ),
)


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with OaiPages([oai_dc_record(name) for name in NAMES.values()]) as repository:
        made = World(tmp_path / "home", database_url, repository)
        made.decide("registered", access=Access.REGISTERED)
        made.decide("eu", access=Access.REGISTERED, zones=("EU",))
        made.decide("associated", access=Access.REGISTERED, zones=("EUA",))
        made.decide("personal", personal=PersonalData.PERSONAL)
        made.decide("special", personal=PersonalData.SPECIAL)
        turn(made)
        yield made
        made.node.close()


def test_every_outlet_follows_the_decision_whatever_changes(world: World) -> None:
    look_after(world)
    assert {viewer_name(each): world.permitted(each) for each in world.viewers} == {
        "public": {"open"},
        "registered": {"open", "registered", "eu", "associated"},
        "restricted": {"open", "registered", "eu", "associated", "personal"},
        GROUP: {"open", "registered", "eu", "associated", "personal"},
        "steward": set(NAMES),
        "peer:north": {"open", "registered", "eu", "associated"},
        "peer:east": {"open", "registered", "associated"},
    }
    # What comes of the rest in SQL, the tests of each store see with both kinds of database.
    for steps in OF_PEERS + OF_ALL if world.node.database.engine.dialect.name == "sqlite" else OF_PEERS:
        world.time += dt.timedelta(minutes=1)
        try:
            for _, step in steps:
                step(world)
            look_between(world)
            turn(world)
            look_after(world)
        except AssertionError as error:
            raise AssertionError(f"{' and '.join(what for what, _ in steps)}: {error}") from error
