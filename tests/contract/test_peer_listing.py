"""What a peer is listed over OAI-PMH: the public view, what it is admitted to, tombstones of what it was given."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from node.exposition.oai_tokens import ListState, Tokens
from node.model.label import Access, Audience, Label, Labels, PersonalData
from node.model.listing import Selection
from node.model.oai import Window
from node.model.peer import Peer, Viewer
from node.model.reader import Reader, reader_by
from node.model.run import LedgerEntry, Outcome, RunStatus
from node.model.source import Agreement, Source
from node.sovereignty.decide import audience_of
from node.storage.database import Database
from node.storage.kept import Action, Kept
from node.storage.listing import Listing
from node.storage.runs import Runs
from node.storage.sources import Sources
from node.storage.tables import records
from tests.labels import label
from tests.records import at, keeper, page, prepared

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
LABELS = {
    "open": label(),
    "open-eu": label(zones="EU"),
    "registered": label(access=Access.REGISTERED),
    "eu": label(access=Access.RESTRICTED, zones="EU"),
    "associated": label(access=Access.RESTRICTED, zones="EUA"),
    "personal": label(personal=PersonalData.PERSONAL),
    "quantum": label(critical=frozenset({"CTA03"})),
    "confidential": label(access=Access.CONFIDENTIAL),
    "secret-eu": label(access=Access.CONFIDENTIAL, zones="EU"),
    "nobody": label(policies=frozenset({"deny-all"})),
}
FINLAND = Peer(name="north", issuer="i", client_id="north", country="FIN", access=Access.RESTRICTED)
UKRAINE = dataclasses.replace(FINLAND, name="east", country="UKR")
ELSEWHERE = dataclasses.replace(FINLAND, name="far", country="USA")
CLEARED = dataclasses.replace(
    FINLAND, name="north", personal=PersonalData.SPECIAL, critical=frozenset({"CTA03"}), access=Access.CONFIDENTIAL
)
STRANGER = dataclasses.replace(FINLAND, name="stranger")
MEMBER = reader_by("urn:geant:example.org:group:sea:member")
KNOWN = Reader(name="reader:known")
VETTED = dataclasses.replace(MEMBER, name="reader:vetted", assurance=("urn:example:high",), country="FIN")
AGREEMENT = Agreement(
    peers=("north", "east", "far"),
    entitlements=("urn:geant:example.org:group:sea",),
    identity_assurance="urn:example:high",
)
PUBLIC = {"open", "open-eu"}


@pytest.fixture
def listing(database: Database) -> Listing:
    Sources(database).add(
        Source(name="test", url="https://source.example.org/oai", agreement=AGREEMENT),
        NOW,
    )
    publish(database, LABELS)
    return Listing(database, at(NOW))


def publish(database: Database, labels: Mapping[str, Label], **said: Any) -> None:
    source = Sources(database).get("test")
    runs, keep = Runs(database), keeper(database)
    run = runs.start(source, Window(), NOW)
    known = keep.known(source, list(labels))
    kept = [
        Kept(
            action=Action.PUBLISH,
            entry=LedgerEntry(identifier=name, outcome=Outcome.UPDATED if name in known else Outcome.CREATED),
            prepared=dataclasses.replace(prepared(name), labels=Labels(record=of, data=of), **said),
            known=known.get(name),
            rdf_digest=name,
            audience=audience_of(of, NOW.date()),
        )
        for name, of in labels.items()
    ]
    keep.keep(run.id, source, page(*labels, done=True), kept, at(NOW))
    runs.finish(run, source, RunStatus.OK, NOW, requests=1, retries=0)


def seen(listing: Listing, viewer: Viewer, *, deleted: bool = False) -> set[str]:
    selection = Selection(prefix="oai_dc", last_seq=listing.clock(viewer)[0])
    items = listing.page(selection, viewer, 100, with_body=True)
    assert listing.size(selection, viewer) == len(items)
    for item in items:
        assert bool(item.body) != item.deleted
    return {item.origin_identifier for item in items if item.deleted is deleted}


@pytest.mark.parametrize(
    ("viewer", "beyond"),
    [
        (Audience.PUBLIC, set()),
        (Audience.REGISTERED, {"registered", "quantum"}),
        (Audience.RESTRICTED, {"registered", "quantum", "eu", "associated", "personal"}),
        (Audience.STEWARD, {"registered", "quantum", "eu", "associated", "personal", "confidential", "secret-eu"}),
        (KNOWN, {"registered", "quantum"}),
        (dataclasses.replace(KNOWN, sources=("test",)), {"registered", "quantum", "eu", "associated", "personal"}),
        (dataclasses.replace(KNOWN, sources=("other",)), {"registered", "quantum"}),
        (MEMBER, {"registered", "quantum", "eu", "associated", "personal"}),
        (VETTED, {"registered", "quantum", "eu", "associated", "personal", "confidential", "secret-eu"}),
        (
            dataclasses.replace(VETTED, country="USA"),
            {"registered", "quantum", "eu", "associated", "personal", "confidential"},
        ),
        (dataclasses.replace(VETTED, entitlements=()), {"registered", "quantum"}),
        (FINLAND, {"registered", "eu", "associated"}),
        (UKRAINE, {"registered", "associated"}),
        (ELSEWHERE, {"registered"}),
        (CLEARED, {"registered", "eu", "associated", "personal", "quantum"}),
        (STRANGER, set()),
        (dataclasses.replace(FINLAND, until=NOW.date()), set()),
    ],
)
def test_a_viewer_is_listed_what_the_decision_permits_and_counts_agree(listing, viewer, beyond):
    assert seen(listing, viewer) == PUBLIC | beyond
    assert seen(listing, viewer, deleted=True) == set()


def test_what_a_peer_may_not_see_is_unknown_to_it_by_name(listing):
    names = {item.origin_identifier: item.local_id for item in everything(listing)}

    assert listing.get(names["eu"], "oai_dc", UKRAINE) is None
    assert listing.prefixes(names["eu"], UKRAINE) == ()
    assert listing.get(names["eu"], "oai_dc", FINLAND) is not None


def test_a_peer_that_was_given_a_record_is_owed_its_tombstone_and_no_other_peer_is(listing, database):
    listing.note_delivery(listing.page(selection(listing), FINLAND, 100, with_body=True), FINLAND)

    publish(database, {"eu": label(access=Access.CONFIDENTIAL), "associated": label(zones="NAT:DEU")})

    assert seen(listing, FINLAND, deleted=True) == {"eu"}
    assert seen(listing, UKRAINE, deleted=True) == set()
    assert seen(listing, Audience.PUBLIC) == PUBLIC | {"associated"}


def test_a_peer_that_an_agreement_drops_sees_tombstones_of_what_it_was_given(listing, database):
    listing.note_delivery(listing.page(selection(listing), FINLAND, 100, with_body=False), FINLAND)

    after = dataclasses.replace(FINLAND, until=NOW.date())

    assert seen(listing, after) == PUBLIC
    assert seen(listing, after, deleted=True) == {"registered", "eu", "associated"}


def test_a_reader_is_owed_tombstones_of_what_it_was_given_whatever_takes_it_away(listing, database):
    for reader in (KNOWN, VETTED, VETTED):
        listing.note_delivery(listing.page(selection(listing), reader, 100, with_body=True), reader)

    # A label, then the agreement, then the reader's own entitlement.
    publish(database, {"secret-eu": label(access=Access.CONFIDENTIAL, zones="NAT:DEU")})
    assert seen(listing, VETTED, deleted=True) == {"secret-eu"}
    terms = dataclasses.replace(AGREEMENT, identity_assurance="")
    Sources(database).change_agreement("test", lambda _: terms, "cli:ann", at(NOW))
    assert seen(listing, VETTED, deleted=True) == {"secret-eu", "confidential"}
    less = dataclasses.replace(VETTED, entitlements=())
    assert seen(listing, less, deleted=True) == {"secret-eu", "confidential", "eu", "associated", "personal"}

    assert seen(listing, VETTED, deleted=True) == {"secret-eu", "confidential"}
    assert seen(listing, KNOWN, deleted=True) == seen(listing, MEMBER, deleted=True) == set()


def test_what_a_reader_gains_makes_no_record_a_changed_one(listing):
    listing.note_delivery(listing.page(selection(listing), MEMBER, 100, with_body=True), MEMBER)
    before = everything(listing)

    seen(listing, dataclasses.replace(VETTED, name=MEMBER.name))

    assert everything(listing) == before


@pytest.mark.parametrize("given_before", [False, True])
@pytest.mark.parametrize("of_all", [False, True])
def test_a_loss_between_an_answer_and_its_note_is_told(listing, database, given_before, of_all):
    answer = listing.page(selection(listing), FINLAND, 100, with_body=True)
    if given_before:
        listing.note_delivery(answer, FINLAND)
    # Everybody loses it, or all but stewards do; another request of the peer is answered before the first one ends.
    publish(database, {"eu": LABELS["nobody" if of_all else "confidential"]})
    listing.clock(FINLAND)

    listing.note_delivery(answer, FINLAND)

    assert seen(listing, FINLAND, deleted=True) == {"eu"}
    (stone,) = (item for item in listing.page(selection(listing), FINLAND, 100, with_body=False) if item.deleted)
    listing.note_delivery(answer, FINLAND)
    assert seen(listing, FINLAND, deleted=True) == {"eu"}
    (again,) = (item for item in listing.page(selection(listing), FINLAND, 100, with_body=False) if item.deleted)
    assert again == stone, "the loss has one moment"
    publish(database, {"eu": LABELS["eu"]})
    assert "eu" in seen(listing, FINLAND) and not seen(listing, FINLAND, deleted=True)


@pytest.mark.parametrize("viewer", [Audience.RESTRICTED, FINLAND, MEMBER])
def test_a_tombstone_tells_the_sets_and_formats_of_when_it_was_lost(listing, database, viewer):
    if not isinstance(viewer, Audience):
        listing.note_delivery(listing.page(selection(listing), viewer, 100, with_body=True), viewer)
    hidden = label(access=Access.CONFIDENTIAL)
    publish(database, {"eu": hidden}, sets=("kind:dataset", "type:Software"), payloads=(("secret", "<x/>"),))
    # What becomes of it while it is hidden is not told either.
    publish(database, {"eu": hidden}, sets=("Type:image", "kindred"), payloads=())

    def stones(**more):
        wanted = dataclasses.replace(Selection(prefix="oai_dc", last_seq=listing.clock(viewer)[0]), **more)
        return [item for item in listing.page(wanted, viewer, 100, with_body=True) if item.deleted]

    (stone,) = stones()
    of, before = prepared("eu"), tuple(sorted(prepared("eu").sets))
    assert stone.sets == before and not stone.body
    assert listing.prefixes(stone.local_id, viewer) == tuple(sorted(prefix for prefix, _ in of.payloads))
    assert set(listing.sets(viewer)) == set(before)
    assert listing.get(stone.local_id, "secret", viewer) is None and not stones(prefix="secret")
    assert listing.get(stone.local_id, None, viewer).deleted
    for spec in (*before, before[0].split(":")[0]):
        assert stones(set_spec=spec), spec
    for spec in ("type", "type:Software", "Type:image", before[0].upper(), before[0][:-1], f"{before[0]}:below"):
        assert not stones(set_spec=spec), spec


def test_a_label_that_cannot_be_read_is_no_peers(listing, database):
    with database.write() as connection:
        changed = connection.execute(
            records.update().where(records.c.identifier == "registered").values(record_label={"sov-acc": "registered"})
        )
        assert changed.rowcount == 1

    assert "registered" not in seen(listing, FINLAND)


def test_a_token_is_good_for_the_viewer_it_was_issued_for_alone():
    tokens = Tokens(b"k" * 32, 24)
    state = ListState(verb="ListRecords", selection=Selection(prefix="oai_dc"), cursor=1, size=2)
    viewers = [*Audience, FINLAND, UKRAINE, MEMBER, VETTED]

    for issued_for in viewers:
        token, _ = tokens.issue(state, issued_for, NOW)
        assert [viewer for viewer in viewers if tokens.read(token, "ListRecords", viewer, NOW)] == [issued_for]


def selection(listing: Listing) -> Selection:
    return Selection(prefix="oai_dc", last_seq=listing.clock()[0])


def everything(listing: Listing):
    return listing.page(selection(listing), Audience.STEWARD, 100, with_body=False)
