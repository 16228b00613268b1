"""Harvesters at the node's OAI-PMH provider: independent clients at awkward page sizes, and a mirror kept by
increments while records come, change, move and go.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oaipmh_scythe import Scythe
from werkzeug.serving import make_server

from node.model.label import Audience
from node.model.listing import Selection
from node.storage.database import Database, open_database
from node.storage.listing import Listing
from tests.conftest import START
from tests.records import prepared
from tests.servers import oaipmh_package
from tests.servers.oai_client import OAI, Client
from tests.servers.oai_store import NOW, Store, oai

SIZE = 202
PAGE_SIZES = (1, 99, 100, 101, SIZE)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """202 items: two pages of 101, and one deleted."""
    with closing(open_database("sqlite:///node.db", tmp_path_factory.mktemp("clients"))) as database:
        database.migrate(START)
        store = Store(database)
        for half in range(2):
            names = (f"r{half}-{number}" for number in range(SIZE // 2))
            store.put(*(prepared(name) for name in names), when=NOW + dt.timedelta(hours=half))
        store.delete("r0-7", NOW + dt.timedelta(hours=5))
        yield database


@contextmanager
def serving(database: Database, *page_sizes: int) -> Iterator[list[str]]:
    """Start a provider for each page size; yield their addresses."""
    servers = [make_server("127.0.0.1", 0, Client(database, size).app, threaded=True) for size in page_sizes]
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield [f"http://127.0.0.1:{server.port}/oai" for server in servers]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def visible(database: Database) -> list[tuple[str, str, bool]]:
    """Return what the public is listed: identifiers, datestamps, and what is deleted."""
    last, _ = Listing(database).clock()
    selection = Selection(prefix="oai_dc", last_seq=last)
    items = Listing(database).page(selection, Audience.PUBLIC, 2 * SIZE, with_body=False)
    found = [(f"oai:node.example.org:{item.local_id}", spelt(item.datestamp), item.deleted) for item in items]
    assert len(found) == SIZE and sum(deleted for _, _, deleted in found) == 1
    return found


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_an_independent_client_gets_exactly_the_visible_records_at_every_page_size(
    database: Database, page_size: int
) -> None:
    with serving(database, page_size) as (url,), Scythe(url) as scythe:
        found = list(scythe.list_records(metadata_prefix="oai_dc", ignore_deleted=False))

    told = [(each.header.identifier, each.header.datestamp, each.header.deleted) for each in found]
    assert told == visible(database)


def test_a_client_of_other_descent_gets_the_same(database: Database) -> None:
    if not oaipmh_package.installed():
        pytest.skip("oaipmh is not installed; `make .venv/.peers` does it")
    with serving(database, *PAGE_SIZES) as urls:
        found = oaipmh_package.harvested(*urls)

    wanted = [list(each) for each in visible(database)]
    assert {size: told == wanted for size, told in zip(PAGE_SIZES, found, strict=True)} == dict.fromkeys(
        PAGE_SIZES, True
    )


SETS = ("theme:ENVI", "theme:HEAL", "theme")
STEPS = st.tuples(st.sampled_from(["publish", "move", "delete", "page", "page"]), st.integers(0, 5))


def spelt(when: dt.datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


class Mirror:
    """What a harvester keeps, by increments from its last responseDate on, as OAI-PMH 2.0 tells it to."""

    def __init__(self, client: Client, since: str) -> None:
        self.client = client
        self.kept: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.seen: set[str] = set()
        self.since = self.begun = since
        self.token: str | None = None

    def step(self, now: str) -> bool:
        """Take one page; return whether that was the last of its list."""
        if self.token:
            root = self.client.ask(verb="ListRecords", resumptionToken=self.token)
        else:
            self.seen, self.begun = set(), now
            root = self.client.ask(verb="ListRecords", metadataPrefix="oai_dc", **{"from": self.since})
        for record in root.iter(f"{OAI}record"):
            self._take(record)
        self.token = root.findtext(f".//{OAI}resumptionToken")
        if not self.token:
            self.since = self.begun
        return not self.token

    def _take(self, record: Any) -> None:
        identifier = record.findtext(f"{OAI}header/{OAI}identifier")
        assert identifier not in self.seen, "no item comes twice in one list"
        self.seen.add(identifier)
        if record.find(f"{OAI}header").get("status") == "deleted":
            self.kept.pop(identifier, None)
            return
        specs = tuple(spec.text for spec in record.iter(f"{OAI}setSpec"))
        self.kept[identifier] = (record.findtext(f"{OAI}metadata/{{*}}dc"), specs)


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Iterator[dt.datetime]]]:
    """A store, and a clock that goes on by a second whenever it is looked at."""
    with closing(open_database("sqlite:///node.db", tmp_path_factory.mktemp("changing"))) as database:
        database.migrate(START)
        yield Store(database), (NOW + dt.timedelta(seconds=tick) for tick in count())


@given(operations=st.lists(STEPS, min_size=6, max_size=20))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_w02_a_mirror_kept_while_everything_changes_holds_what_the_repository_does(
    changing: tuple[Store, Iterator[dt.datetime]], operations: list[tuple[str, int]]
) -> None:
    store, clock = changing
    begun = next(clock)
    mirror, truth = Mirror(Client(store.database, 2), spelt(begun)), {}
    # Three pages, so that lists are under way while things happen.
    operations = [*(("publish", number) for number in range(6)), ("page", 0), *operations]

    for what, number in operations:
        # Each example has records of its own: it knows nothing of those before.
        name, when = f"{begun:%H%M%S}-{number}", next(clock)
        text, specs = truth.get(oai(name), ("", ("source:test",)))
        if what == "page":
            mirror.step(spelt(when))
        elif what == "publish" or (what == "move" and text):
            text = f"version of {spelt(when)}" if what == "publish" else text
            specs = ("source:test", SETS[when.second % 3]) if what == "move" else specs
            store.publish(name, when, text, sets=specs)
            truth[oai(name)] = (text, specs)
        elif what == "delete" and text:
            store.delete(name, when)
            del truth[oai(name)]
    for _ in range(2):
        while not mirror.step(spelt(next(clock))):
            pass

    assert mirror.kept == truth
