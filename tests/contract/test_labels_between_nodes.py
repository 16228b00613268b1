"""Labels on their way from one node to another, over real OAI-PMH with a real token: what a peer signs is honoured,
what somebody on the way changed is not believed, and nothing of it is ever shown that should not be.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.bootstrap import find_harvesters
from node.cli import main
from node.labelling import label_anew
from node.model.dcat import Resource
from node.model.label import Access, Audience, Labels, PersonalData
from node.model.oai import Checkpoint, Window
from node.model.rdf import Iri
from node.model.run import HarvestRun, Outcome
from node.model.source import Source
from node.sovereignty.explain import explain
from node.sovereignty.labels import most_restrictive
from node.sovereignty.received import received, received_from_json
from node.sovereignty.senders import sender_of
from node.sovereignty.tags import from_json
from node.storage.label_queue import LabelQueue
from node.storage.signing_keys import announce_signing_key, load_signing_keys, rotate_signing_keys
from node.storage.vouched import release, vouching
from tests.labels import OPEN
from tests.servers.oai_pages import OaiPages
from tests.servers.two_nodes import Two, now, two_nodes

UNKNOWN = "sovereignty.label-unknown"
MARC = (
    b"<record><header><identifier>oai:marc:1</identifier><datestamp>2026-02-01T00:00:00Z</datestamp></header><metadata>"
    b'<m:record xmlns:m="http://www.loc.gov/MARC21/slim"><!-- kept --><m:leader>00000nmm a2200000 a 4500</m:leader>'
    b'<m:controlfield tag="001">17</m:controlfield><m:datafield tag="245" ind1="0" ind2="0"><m:subfield code="a">'
    b"Marked sea &#13; &lt;\xc3\xb6&gt;</m:subfield></m:datafield><own xmlns=''/></m:record></metadata></record>"
)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with two_nodes(tmp_path_factory.mktemp("two")) as nodes:
        nodes.south.harvest("north")
        yield nodes


def changed(run: HarvestRun) -> dict[Outcome, int]:
    return {outcome: number for outcome, number in run.counts.items() if number}


def test_what_is_public_arrives_public_and_what_is_restricted_restricted(two: Two) -> None:
    theirs, ours = two.north.listed(), two.south.listed()

    assert set(two.south.listed(Audience.PUBLIC)) == {"Open sea"}
    assert set(ours) == {"Open sea", "Closed sea"}
    for title, item in ours.items():
        row, told = two.south.row(title), two.north.row(title)
        assert item.local_id != theirs[title].local_id
        # North's agreement says all of the data too, and south's says nothing: north's word is what is known.
        assert (row.record_label, row.data_label) == (told.record_label, told.data_label)
        assert row.received["peer"] == "north" and not two.south.found(title, UNKNOWN)
    assert two.issuer.count("/token") == 1 and two.issuer.forms[-1]["resource"] == two.north.node.settings.base_url


def test_provenance_is_nested_and_what_comes_back_is_known_for_its_own(two: Two) -> None:
    (inner,) = {two.north.row("Open sea").identifier}
    two.north.node.sources.add(Source(name="back", url=f"{two.south.node.settings.base_url}/oai"), now())

    run = two.north.harvest("back")

    assert set(two.north.ledger(run).values()) == {("rejected", "mapping.own-record")}
    assert f"<identifier>{inner}</identifier>" in two.south.row("Open sea").origin_description


def _tag(page: bytes) -> bytes:
    return page.replace(b'sov-acc="registered"', b'sov-acc="public"').replace(b'sov-pii="personal"', b'sov-pii="none"')


def _payload(page: bytes) -> bytes:
    return page.replace(b"2025-03-04", b"2025-03-05")


def _signature(page: bytes) -> bytes:
    return re.sub(rb"(<signature>[^.]*\.\.)(.)", lambda found: found[1] + (b"B" if found[2] == b"A" else b"A"), page)


def _unsigned(page: bytes) -> bytes:
    return re.sub(rb"<about><label .*?</label></about>", b"", page)


def _doubled(page: bytes) -> bytes:
    return re.sub(rb"(<about><label .*?</label></about>)", rb"\1\1", page)


def _swapped(page: bytes) -> bytes:
    """Give each record the label of the other."""
    labels = re.findall(rb"<label .*?</label>", page)
    return re.sub(rb"<label .*?</label>", lambda _: labels.pop(), page)


def _of_another_node(page: bytes) -> bytes:
    return re.sub(rb'node="[^"]*"', b'node="https://elsewhere.example"', page)


@pytest.mark.parametrize(
    ("edit", "title", "why"),
    [
        (_tag, "Closed sea", "signature does not hold"),
        (_payload, "Open sea", "another content"),
        (_signature, "Open sea", "signature does not hold"),
        (_unsigned, "Open sea", "without a label"),
        (_doubled, "Open sea", "without a label"),
        (_swapped, "Open sea", "another record"),
        (_of_another_node, "Open sea", "another node"),
    ],
)
def test_what_was_tampered_with_counts_as_unknown_until_it_is_whole_again(
    two: Two, edit: Callable[[bytes], bytes], title: str, why: str
) -> None:
    two.north.edit = edit
    try:
        run = two.south.harvest("north", full=True)
    finally:
        two.north.edit = None

    row = two.south.row(title)
    (finding,) = two.south.found(title, UNKNOWN)
    assert two.south.ledger(run)[row.identifier] == ("quarantined", "sovereignty.no-zone")
    assert received_from_json(row.received).labels == Labels(record=most_restrictive(), data=most_restrictive())
    assert why in finding.message and "north" in finding.advice
    assert title not in two.south.listed()
    for path in (f"/dataset/{row.local_id}", f"/timemap/{row.local_id}", f"/policy/{row.local_id}"):
        assert two.south.app.test_client().get(path).status_code in (404, 410)

    two.south.harvest("north", full=True)
    assert set(two.south.listed()) == {"Open sea", "Closed sea"} and not two.south.found(title, UNKNOWN)
    assert set(two.south.listed(Audience.PUBLIC)) == {"Open sea"}


def test_a_label_that_changes_without_the_payload_is_followed_both_ways(two: Two) -> None:
    north, seen = two.north.node, []
    for access in (Access.REGISTERED, Access.PUBLIC):
        agreement = dataclasses.replace(OPEN, record_access=access, peers=("south",))
        north.sources.set_agreement("open", agreement, "cli:ann", now)
        label_anew(north, now, actor="worker")
        before = two.south.row("Open sea")
        run = two.south.harvest("north")
        after = two.south.row("Open sea")
        assert changed(run)[Outcome.UPDATED] == 1 and before.raw_digest == after.raw_digest
        seen.append("Open sea" in two.south.listed(Audience.PUBLIC))
        assert "Open sea" in two.south.listed()

    assert seen == [False, True]
    assert Outcome.UPDATED not in changed(two.south.harvest("north", full=True))


def test_a_peer_that_tightens_is_followed_even_while_nothing_new_is_released(two: Two) -> None:
    north, south = two.north.node, two.south.node
    agreed = south.sources.get("north").source.agreement
    south.sources.set_agreement("north", dataclasses.replace(agreed, review=dt.date(2020, 1, 1)), "cli:ann", now)
    tight = dataclasses.replace(OPEN, record_access=Access.REGISTERED, peers=("south",))
    north.sources.set_agreement("open", tight, "cli:ann", now)
    label_anew(north, now, actor="worker")
    opened = "Open sea" in two.south.listed(Audience.PUBLIC)

    run = two.south.harvest("north", full=True)
    label_anew(south, now, actor="worker")

    assert opened and "Open sea" not in two.south.listed(Audience.PUBLIC)
    held = two.south.ledger(run)[two.south.row("Open sea").identifier]
    assert held == ("quarantined", "sovereignty.agreement-expired")
    south.sources.set_agreement("north", agreed, "cli:ann", now)
    north.sources.set_agreement("open", OPEN, "cli:ann", now)
    label_anew(north, now, actor="worker")
    two.south.harvest("north", full=True)
    assert "Open sea" in two.south.listed(Audience.PUBLIC)


def test_a_label_that_was_tightened_is_not_put_back_by_whoever_kept_the_old_one(two: Two) -> None:
    north, old = two.north.node, {}

    def keep(page: bytes) -> bytes:
        old.update(re.findall(rb"<identifier>([^<]+)</identifier>.*?(<about><label .*?</about>)", page, re.S))
        return page

    def put_back(page: bytes) -> bytes:
        parts = rb"(<identifier>([^<]+)</identifier>.*?)<about><label .*?</about>"
        return re.sub(parts, lambda found: found[1] + old[found[2]], page, flags=re.S)

    try:
        two.north.edit = keep
        two.south.harvest("north", full=True)
        tight = dataclasses.replace(OPEN, record_access=Access.REGISTERED, peers=("south",))
        north.sources.set_agreement("open", tight, "cli:ann", now)
        label_anew(north, now, actor="worker")
        two.north.edit = None
        two.south.harvest("north")
        assert "Open sea" not in two.south.listed(Audience.PUBLIC)

        two.north.edit = put_back
        two.south.harvest("north", full=True)

        assert not two.south.listed(Audience.PUBLIC)
        (finding,) = two.south.found("Open sea", UNKNOWN)
        assert "older than one that came before" in finding.message
        two.south.harvest("north", full=True)
        assert not two.south.listed(Audience.PUBLIC), "and not the second time either"

        # Where the peer really is as it was before, an operator says so.
        release(two.south.node.database, "north", "cli:ann", "north was restored from its backup", now)
        two.south.harvest("north", full=True)
        assert "Open sea" in two.south.listed(Audience.PUBLIC)
    finally:
        two.north.edit = None
        north.sources.set_agreement("open", OPEN, "cli:ann", now)
        label_anew(north, now, actor="worker")
    two.south.harvest("north", full=True)
    assert set(two.south.listed(Audience.PUBLIC)) == {"Open sea"} and not two.south.found("Open sea", UNKNOWN)


def test_labels_worked_out_anew_without_a_harvest_keep_what_the_peer_said(two: Two) -> None:
    south = two.south.node
    queue = LabelQueue(south.database)
    assert queue.mark(now().date()) >= 2

    done = label_anew(south, now, actor="worker")

    due = queue.get(two.south.row("Closed sea").local_id).due
    (access, *_) = explain("record", Resource(iri=Iri("urn:x")), due.agreement, now().date(), received=due.received)
    assert done.seen >= 2 and done.changed == 0
    assert (access.value, access.sources) == ("registered", ("peer north",))


def test_a_key_that_is_announced_pinned_and_then_signs_changes_nothing_and_one_that_is_not_pinned_does(
    two: Two,
) -> None:
    north = two.north.node
    home = north.settings.home
    announced = announce_signing_key(home)
    assert announced.names == (*north.signing_keys.names, announced.names[-1]) and len(announced.names) == 2
    assert announce_signing_key(home).names == announced.names
    two.pin()

    assert two.north.signs_with(rotate_signing_keys(home)).names == announced.names[::-1]
    assert load_signing_keys(home).names == announced.names[::-1]
    two.south.harvest("north")  # other keys are another recipe: everything is listed, unasked
    assert set(two.south.listed()) == {"Open sea", "Closed sea"} and not two.south.found("Open sea", UNKNOWN)

    two.north.signs_with(rotate_signing_keys(home))
    two.south.harvest("north", full=True)
    assert not two.south.listed() and len(two.south.found("Open sea", UNKNOWN)) == 1

    two.pin()
    two.south.harvest("north")
    assert set(two.south.listed()) == {"Open sea", "Closed sea"} and not two.south.found("Open sea", UNKNOWN)


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite", "dcat_ap", "dcat", "marcxml"])
def test_what_is_signed_is_what_is_harvested_in_every_format(two: Two, prefix: str) -> None:
    north, south = two.north.node, two.south.node
    if prefix == "marcxml":
        with OaiPages([MARC]) as repository:
            marc = Source(name="marc", url=repository.url, metadata_prefix="marc21", agreement=OPEN)
            north.sources.add(marc, now())
            two.north.harvest("marc")
    source = dataclasses.replace(south.sources.get("north").source, metadata_prefix=prefix)
    sender = sender_of(south.settings, source.url)

    pages = list(find_harvesters()["oai-pmh"].pages(source, south.open_fetch(source), Window(), Checkpoint()))

    live = [record for page in pages for record in page.records if not record.header.deleted]
    assert len(live) >= (1 if prefix == "marcxml" else 2)
    for record in live:
        came, found = received(record, sender)
        assert came is not None and came.peer == "north" and found == (), record


def test_a_peer_that_is_taken_out_of_the_registry_opens_nothing(two: Two) -> None:
    south = two.south
    before = south.node
    south.node = dataclasses.replace(before, settings=before.settings.model_copy(update={"peers": ()}))
    try:
        south.harvest("north", full=True)
        assert set(south.listed(Audience.PUBLIC)) == set()  # what a login opens is confidential, unless it is said
        open_ = before.settings.credentials[0].model_copy(update={"access": "public"})
        settings = before.settings.model_copy(update={"peers": (), "credentials": (open_,)})
        south.node = dataclasses.replace(before, settings=settings)
        south.harvest("north", full=True)

        row = south.row("Closed sea")
        assert set(south.listed(Audience.PUBLIC)) >= {"Open sea"} and "Closed sea" not in south.listed(Audience.PUBLIC)
        assert from_json(row.record_label).personal is PersonalData.PERSONAL and row.received["peer"] == "north"
        assert len(south.found("Closed sea", "sovereignty.label-unverified")) == 1
        assert len(south.found("Open sea", "sovereignty.label-kept")) == 1

        two.north.edit = _unsigned
        south.harvest("north", full=True)
        assert "Closed sea" not in south.listed(Audience.PUBLIC), "what the peer said of it stays, whatever comes"
        said = ["--home", str(before.settings.home), "peer", "release", "north", "--reason", "it is no peer any more"]
        done = CliRunner().invoke(main, said)
        assert done.exit_code == 0 and re.search("Let go for [2-9] records", done.output), done.output
        assert vouching(south.node.database, south.row("Open sea").source_id) == ""
        label_anew(south.node, now, actor="worker")
        assert "Closed sea" not in south.listed(Audience.PUBLIC), "until the next harvest nothing changes"
        south.harvest("north")
        assert set(south.listed(Audience.PUBLIC)) == {"Open sea", "Closed sea"}
    finally:
        two.north.edit, south.node = None, before
    south.harvest("north", full=True)
    assert set(south.listed(Audience.PUBLIC)) == {"Open sea"}


def test_the_keys_of_a_peer_are_shown_with_fingerprints_and_believed_only_once_they_are_entered(
    two: Two, tmp_path: Path
) -> None:
    address = two.north.node.settings.base_url
    own = set(two.north.node.signing_keys.names)

    def shown(*more: str) -> list[dict[str, object]]:
        done = CliRunner().invoke(main, ["--home", str(tmp_path), "peer", "keys", address, "--json", *more])
        assert done.exit_code == 0, done.output
        found: list[dict[str, object]] = json.loads(done.stdout)["keys"]
        return found

    first = shown("--output", str(tmp_path / "north.jwks"))
    (tmp_path / "fairnode.toml").write_text(
        f'[[peers]]\nname = "north"\nbase_url = "{address}"\nkeys_file = "north.jwks"\n', encoding="utf-8"
    )

    assert {key["fingerprint"] for key in first} == own and all("pinned" not in key for key in first)
    assert [key["pinned"] for key in shown()] == [True] * len(own)
    assert b'"d"' not in (tmp_path / "north.jwks").read_bytes()


def test_from_the_day_until_on_nothing_is_known_of_what_a_peer_said_harvested_or_not(two: Two) -> None:
    south = two.south.node
    (peer,) = south.settings.peers
    assert set(two.south.listed()) == {"Open sea", "Closed sea"}
    over = south.settings.model_copy(update={"peers": (peer.model_copy(update={"until": now().date()}),)})
    ended = dataclasses.replace(south, settings=over)

    LabelQueue(south.database).mark(now().date())
    label_anew(ended, now, actor="cli:ann")
    assert not two.south.listed()

    two.south.node = ended
    two.south.harvest("north", full=True)
    (finding,) = two.south.found("Open sea", UNKNOWN)
    assert not two.south.listed() and "the agreement with the peer ended" in finding.message
