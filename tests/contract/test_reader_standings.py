"""What one reader is told who comes with several tokens, and how long what they were given is remembered."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
import sqlalchemy as sa

from node.exposition.oai_pmh import answer
from node.exposition.oai_provider import Provider
from node.exposition.oai_tokens import Tokens
from node.model.label import Access
from node.model.peer import Viewer
from node.model.reader import Reader, reader_by
from node.model.source import Agreement, Source
from node.storage.database import Database
from node.storage.listing import Listing
from node.storage.peer_tables import deliveries, standings
from node.storage.sources import Sources
from node.storage.standing import forget_readers
from node.storage.tables import clock
from node.web.oai import FORMATS
from tests.contract.test_peer_listing import FINLAND, NOW, publish, seen, selection
from tests.labels import label
from tests.records import at

RICH = dataclasses.replace(reader_by("urn:geant:example.org:group:sea"), name="reader:ben")
POOR = Reader(name="reader:ben")
HIDDEN = {"a", "b"}


@pytest.fixture
def listing(database: Database) -> Listing:
    agreement = Agreement(entitlements=("urn:geant:example.org:group:sea",), peers=("north",))
    Sources(database).add(Source(name="test", url="https://source.example.org/oai", agreement=agreement), NOW)
    publish(database, {"open": label(), **dict.fromkeys(sorted(HIDDEN), label(access=Access.RESTRICTED))})
    return Listing(database, at(NOW))


def give(listing: Listing, viewer: Viewer) -> None:
    """Let somebody harvest everything."""
    last, _ = listing.clock(viewer)
    listing.note_delivery(
        listing.page(dataclasses.replace(selection(listing), last_seq=last), viewer, 99, with_body=True), viewer
    )


def later(database: Database, **time: float) -> Listing:
    return Listing(database, at(NOW + dt.timedelta(**time)))


def written(database: Database) -> tuple[object, ...]:
    with database.read() as connection:
        rows = connection.execute(sa.select(standings).order_by(standings.c.basis)).all()
        return (connection.execute(sa.select(clock.c.seq)).scalar_one(), *rows)


def stones(listing: Listing) -> dict[str, int]:
    last, _ = listing.clock(POOR)
    items = listing.page(dataclasses.replace(selection(listing), last_seq=last), POOR, 99, with_body=False)
    return {item.origin_identifier: item.seq for item in items if item.deleted}


def test_two_tokens_of_one_person_take_turns_and_write_nothing(listing: Listing, database: Database) -> None:
    give(listing, RICH)
    assert seen(listing, POOR, deleted=True) == HIDDEN
    listing.clock(RICH)
    before = written(database)

    for _ in range(3):
        for viewer in (POOR, RICH):
            listing.clock(viewer)
            assert seen(listing, viewer) == ({"open"} if viewer is POOR else {"open", *HIDDEN})

    assert written(database) == before


def test_whole_harvests_of_two_tokens_in_turn_move_nobodys_clock(listing: Listing, database: Database) -> None:
    give(listing, RICH), give(listing, POOR)
    clock_before, _ = listing.clock()

    for _ in range(3):
        give(listing, RICH), give(listing, POOR)

    assert listing.clock()[0] == clock_before


def test_what_one_token_was_given_later_and_the_other_may_not_have_is_a_tombstone_to_it(
    listing: Listing, database: Database
) -> None:
    give(listing, RICH), give(listing, POOR)
    publish(database, {"new": label(access=Access.RESTRICTED)})
    assert seen(listing, POOR, deleted=True) == HIDDEN

    give(listing, RICH)

    assert seen(listing, POOR, deleted=True) == {*HIDDEN, "new"}
    assert seen(listing, RICH) == {"open", "new", *HIDDEN}


def test_an_entitlement_lost_regained_and_lost_again_makes_new_tombstones_after_a_day_at_the_latest(
    listing: Listing, database: Database
) -> None:
    give(listing, RICH)
    first = stones(listing)
    give(listing, RICH)

    assert stones(later(database, hours=23)) == first
    again = stones(later(database, hours=25))

    assert again.keys() == first.keys() and min(again.values()) > max(first.values())
    assert stones(later(database, hours=80)) == again, "nothing was given since"


def test_a_record_that_changes_while_it_is_lost_does_not_tell_so(listing: Listing, database: Database) -> None:
    give(listing, RICH)
    before = stones(listing)

    publish(database, {"a": label(access=Access.CONFIDENTIAL)}, title="Another one")

    assert stones(listing) == before


def test_what_readers_did_not_come_back_for_is_forgotten_and_peers_are_not(
    listing: Listing, database: Database
) -> None:
    for viewer in (RICH, FINLAND, dataclasses.replace(RICH, name="reader:gone")):
        give(listing, viewer)
    later(database, days=50).clock(RICH)

    forgotten = forget_readers(database, (NOW + dt.timedelta(days=40)).replace(tzinfo=None))

    with database.read() as connection:
        for table in (deliveries, standings):
            assert set(connection.execute(sa.select(table.c.peer)).scalars()) == {"reader:ben", FINLAND.name}
    assert forgotten == len(HIDDEN)
    assert seen(listing, dataclasses.replace(POOR, name="reader:gone"), deleted=True) == set()
    assert seen(listing, POOR, deleted=True) == HIDDEN


def test_a_resumption_token_is_good_for_what_its_holder_was_admitted_to(listing: Listing) -> None:
    provider = Provider(
        repository=listing,
        tokens=Tokens(b"k" * 32, 24),
        base_url="https://node.example/oai",
        name="A node",
        admin_email="ops@node.example",
        repository_identifier="node.example",
        formats=FORMATS,
        page_size=1,
    )
    asked = answer(provider, [("verb", "ListRecords"), ("metadataPrefix", "oai_dc")], RICH, NOW).decode()
    token = re.findall(r"<resumptionToken[^>]*>([^<]+)<", asked)[0]
    going_on = [("verb", "ListRecords"), ("resumptionToken", token)]

    assert b'completeListSize="3"' in answer(provider, going_on, RICH, NOW)
    assert b"badResumptionToken" in answer(provider, going_on, POOR, NOW)
