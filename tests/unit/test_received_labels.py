"""What comes with a record about its labels, and what it is joined with: labels only tighten along a path."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pickle
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from node.errors import SettingsError
from node.model.dcat import Resource
from node.model.label import Access, Label, Labels, PersonalData
from node.model.oai import Header, Record
from node.model.override import Override
from node.model.rdf import Iri
from node.model.source import Agreement, LabelTerms
from node.model.statement import LabelStatement, Received, Sender
from node.peer_settings import FloorSettings, PeerSettings
from node.prepare import Job, prepare_all
from node.settings import Settings, make_settings
from node.sovereignty.derive import derive
from node.sovereignty.labels import join, least, most_restrictive
from node.sovereignty.received import both, received, received_from_json, received_to_json, statements_digest
from node.sovereignty.senders import sender_of
from node.sovereignty.signatures import new_keys
from node.sovereignty.statement_xml import payload_digest, signed_xml
from tests.labels import label

NODE = "https://north.example.org"
TODAY = dt.date(2026, 11, 25)
KEYS = new_keys()
PAYLOAD = (
    b'<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A thing</dc:title></oai_dc:dc>'
)
SHUT = label(access=Access.RESTRICTED, zones="EU")
UNKNOWN = Labels(record=most_restrictive(), data=most_restrictive())
NOTHING = Resource(iri=Iri("urn:x"))
SENDER = Sender(name="north", base_url=NODE, keys=KEYS.public(), floor=Labels(record=least(), data=least()))


def record(of: Label, payload: bytes = PAYLOAD, *, at: int = 1) -> Record:
    """Return a record as it comes from a node, with its labels, at some second."""
    statement = LabelStatement(
        node=NODE, identifier="r", content=payload_digest(PAYLOAD), datestamp=f"2026-11-25T14:00:{at:02}Z",
        labels=Labels(record=of, data=of),
    )  # fmt: skip
    about = f"<about>{signed_xml(statement, KEYS)}</about>".encode()
    return Record(header=Header(identifier="r"), metadata=payload, about=(about,))


def came(of: Label, peer: str = "north") -> Received:
    return Received(labels=Labels(record=of, data=of), peer=peer)


def job(**more: object) -> Job:
    usual = {"base_url": "https://south.example.org", "source": "north", "metadata_prefix": "oai_dc", "profile": ""}
    return Job(**{**usual, "agreement": Agreement(), "today": TODAY, **more})  # type: ignore[arg-type]


def test_a_peers_word_is_what_is_known_where_the_agreement_is_silent() -> None:
    labels, _ = derive(NOTHING, Agreement(), TODAY, received=came(label()))
    closed, _ = derive(NOTHING, Agreement(data_access=Access.RESTRICTED), TODAY, received=came(label()))
    nobodys, _ = derive(NOTHING, Agreement(), TODAY, received=came(label(), peer=""))

    assert (labels.record, labels.data) == (label(), label())
    assert closed.data.access is Access.RESTRICTED
    assert nobodys.data.access is Access.CONFIDENTIAL, "what nobody vouches for makes nothing known"


def test_nobody_here_loosens_what_a_peer_signs_for() -> None:
    loosening = Override(
        record="r", of="record", loosens=True, terms=LabelTerms(access=Access.PUBLIC, zones=("WLD",)), reason="x",
        by="Ann", second="Ben", number=1, created=TODAY, expires=TODAY + dt.timedelta(days=9),
    )  # fmt: skip

    signed, _ = derive(NOTHING, Agreement(), TODAY, overrides=(loosening,), received=came(SHUT))
    claimed, _ = derive(NOTHING, Agreement(), TODAY, overrides=(loosening,), received=came(SHUT, peer=""))

    assert signed.record.access is Access.RESTRICTED and "EU" in signed.record.zones
    assert claimed.record.access is Access.PUBLIC


def test_a_floor_for_the_peer_is_joined_with_what_it_signs() -> None:
    floors = Labels(record=label(personal=PersonalData.PERSONAL), data=label(zones="EU"))
    found, findings = received(record(SHUT), dataclasses.replace(SENDER, floor=floors))

    assert found is not None and not findings
    assert found.labels == Labels(record=join(SHUT, floors.record), data=join(SHUT, floors.data))


@pytest.mark.parametrize("payload", [None, b"<broken", PAYLOAD.replace(b"A thing", b"Another")])
def test_what_a_statement_is_not_of_is_unknown_and_the_record_is_prepared_all_the_same(payload: bytes | None) -> None:
    # To another process and back, as harvests do it.
    work = pickle.loads(pickle.dumps(job(sender=SENDER)))
    made = prepare_all([("local", dataclasses.replace(record(label()), metadata=payload))], work)
    (ready,) = pickle.loads(pickle.dumps(made))

    assert ready.labels == UNKNOWN and ready.received == Received(
        labels=UNKNOWN, peer="north", digest=statements_digest(record(label()).about)
    )
    assert "sovereignty.label-unknown" in [finding.code for finding in ready.findings]


def test_a_strangers_label_tightens_and_one_that_cannot_be_read_is_unknown() -> None:
    (open_,) = prepare_all([("local", dataclasses.replace(record(SHUT), about=()))], job())
    (ready,) = prepare_all([("local", record(SHUT))], job())
    (strange,) = prepare_all([("local", with_about(record(SHUT), b'sov-acc="restricted"', b'sov-acc="secret"'))], job())

    assert open_.labels is not None and open_.labels.record.access is Access.PUBLIC and open_.received is None
    assert ready.labels is not None and ready.labels.record.access is Access.RESTRICTED
    assert [finding.code for finding in ready.findings if "label" in finding.code] == ["sovereignty.label-unverified"]
    assert strange.labels == UNKNOWN


def test_what_a_login_opens_is_as_closed_as_the_settings_say_unless_a_peer_says_it() -> None:
    bare = dataclasses.replace(record(SHUT), about=())
    (strict,) = prepare_all([("local", bare)], job(login=Access.CONFIDENTIAL))
    (open_,) = prepare_all([("local", bare)], job(login=Access.PUBLIC))
    (peers,) = prepare_all([("local", record(label()))], job(login=Access.CONFIDENTIAL, sender=SENDER))

    assert [each.labels.record.access for each in (strict, open_, peers) if each.labels is not None] == [
        Access.CONFIDENTIAL, Access.PUBLIC, Access.PUBLIC,
    ]  # fmt: skip


def test_labels_that_cannot_be_spelt_together_are_unknown_and_no_harvest_ends_by_them() -> None:
    many = dataclasses.replace(least(), policies=frozenset(f"policy-{number:03}" for number in range(21)))
    more = Agreement(record_floor=LabelTerms(policies=tuple(f"other-{number:03}" for number in range(21))))

    labels, _ = derive(NOTHING, more, TODAY, received=came(many))

    assert labels.record.access is Access.CONFIDENTIAL and "deny-all" in labels.record.policies


def test_while_an_older_version_is_shown_what_came_with_both_counts() -> None:
    old, new = came(SHUT), Received(labels=Labels(record=label(), data=label()), peer="north", digest="new")

    assert both(old, new) == dataclasses.replace(new, labels=old.labels)
    assert both(old, None) == dataclasses.replace(old, digest="")
    assert both(None, new) == new and both(None, None) is None
    assert received_from_json(received_to_json(new)) == new
    assert received_from_json({"peer": "north"}) == Received(labels=UNKNOWN, peer="?")


FLOORS = Labels(record=label(access=Access.REGISTERED, zones="EU"), data=label(zones="EU"))
BARE = dataclasses.replace(record(SHUT), about=())


def test_of_two_labels_the_later_counts_and_of_one_second_only_the_same() -> None:
    first, _ = received(record(SHUT, at=5), SENDER)
    codes = {}
    for name, later in {
        "newer": record(label(), at=6), "same": record(SHUT, at=5),
        "older": record(label(), at=4), "other of that second": record(label(), at=5), "none": BARE,
    }.items():  # fmt: skip
        found, findings = received(later, SENDER, before=received_from_json(received_to_json(first)))
        assert found is not None and first is not None
        assert found.datestamp == ("2026-11-25T14:00:06Z" if name == "newer" else first.datestamp)
        codes[name] = [finding.message.partition(",")[0] for finding in findings]
        assert found.labels == {"newer": Labels(record=label(), data=label()), "same": first.labels}.get(name, UNKNOWN)
        again, _ = received(record(SHUT, at=5), SENDER, before=found)
        assert again is not None and (again.labels == first.labels) is (name != "newer")
    assert [name for name, said in codes.items() if said] == ["older", "other of that second", "none"]
    free, _ = received(record(label(), at=4), SENDER, before=dataclasses.replace(first, released=True))
    assert free is not None and free.labels.record == label() and not free.released


@pytest.mark.parametrize(
    "now", [None, dataclasses.replace(SENDER, name="other", floor=Labels(record=least(), data=least()))]
)
def test_what_a_peer_vouched_for_stays_when_its_entry_is_gone_or_another_ones(now: Sender | None) -> None:
    kept, _ = received(record(label()), dataclasses.replace(SENDER, floor=FLOORS))
    unknown, _ = received(BARE, dataclasses.replace(SENDER, floor=FLOORS))
    assert kept is not None and unknown is not None

    for before, comes in ((kept, record(label(), at=2)), (kept, BARE), (unknown, record(label())), (unknown, BARE)):
        found, findings = received(comes, now, Access.PUBLIC, before=before)
        assert found is not None and found.peer == "north" and "sovereignty.label-kept" in [f.code for f in findings]
        assert join(found.labels.record, before.labels.record) == found.labels.record
        assert join(found.labels.data, before.labels.data) == found.labels.data
        back, _ = received(record(label(), at=3), SENDER, before=received_from_json(received_to_json(found)))
        assert back is not None and back.labels.record == label() and back.held is None, "the peer has a say again"
    strict, _ = received(BARE, None, Access.CONFIDENTIAL, before=kept)
    mild, _ = received(BARE, None, Access.PUBLIC, before=strict)
    assert mild is not None and mild.labels == kept.labels, "what a login asks for is not the peer's word"


def test_a_new_record_of_a_source_that_was_a_peers_is_unknown_and_one_that_was_let_go_is_as_any() -> None:
    new, _ = received(record(label()), former="north")
    kept, _ = received(record(SHUT), SENDER)
    assert new is not None and new.labels == UNKNOWN and kept is not None

    free, findings = received(BARE, before=dataclasses.replace(kept, released=True))
    assert free is None and not findings


def test_a_peers_word_is_unknown_from_the_day_on_which_its_agreement_ends() -> None:
    end = TODAY + dt.timedelta(days=1)
    sender = dataclasses.replace(SENDER, until=end)
    made = [prepare_all([("local", record(label()))], job(sender=sender, today=day))[0] for day in (TODAY, end)]

    assert [each.labels for each in made] == [Labels(record=label(), data=label()), UNKNOWN]
    assert made[0].labels_until == end, "the worker comes back to it, whether it is harvested or not"
    assert (
        derive(NOTHING, Agreement(), end, received=received_from_json(received_to_json(made[0].received)))[0] == UNKNOWN
    )
    assert [finding.message[:33] for finding in made[1].findings if "label" in finding.code] == [
        "the agreement with the peer ended"
    ]
    gone, _ = received(BARE, before=made[0].received)
    assert derive(NOTHING, Agreement(), end, received=gone)[0] == UNKNOWN, "nor when its entry is taken out afterwards"


def with_about(of: Record, old: bytes, new: bytes) -> Record:
    return dataclasses.replace(of, about=tuple(about.replace(old, new) for about in of.about))


KEY = OKPKey.generate_key("Ed25519", auto_kid=True)
PUBLIC = KEY.as_dict(private=False)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"issuer": "https://i.example"}, "go together"),
        ({}, "an issuer and a client_id, or a base_url"),
        ({"base_url": NODE}, "base_url and keys"),
        ({"keys": [PUBLIC]}, "base_url and keys"),
        ({"base_url": f"{NODE}/oai", "keys": [PUBLIC]}, "no path"),
        ({"base_url": NODE, "keys": [PUBLIC], "keys_file": "x"}, "two places"),
    ],
)
def test_a_peer_that_is_half_entered_is_refused(values: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        PeerSettings.model_validate({"name": "north", **values})


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([KEY.as_dict(private=True)], "private key"),
        ([{"kty": "RSA", "n": "x", "e": "AQAB"}], "no Ed25519 key"),
        ([{**PUBLIC, "x": "!"}], "cannot be read"),
    ],
)
def test_keys_that_verify_nothing_end_a_harvest_before_it_begins(keys: list[object], why: str, tmp_path: Path) -> None:
    settings = make_settings({"peers": [{"name": "north", "base_url": NODE, "keys": keys}]}, tmp_path)

    with pytest.raises(SettingsError, match=why):
        sender_of(settings, f"{NODE}/oai")


def test_a_peers_source_is_known_by_its_host_and_has_the_floor_of_the_settings(tmp_path: Path) -> None:
    peer = PeerSettings(
        name="north", base_url=f"{NODE}/", keys=(PUBLIC,), data_floor=FloorSettings(access="registered", zones=("EU",))
    )
    settings = Settings(peers=(peer,)).model_copy(update={"home": tmp_path})

    for url in (f"{NODE}/oai", "http://NORTH.example.org/oai?x=1"):
        found = sender_of(settings, url)
        assert found is not None and (found.name, found.base_url) == ("north", NODE)
        assert found.floor == Labels(record=least(), data=dataclasses.replace(
            least(), access=Access.REGISTERED, zones=frozenset({"EU"})
        ))  # fmt: skip
    assert sender_of(settings, "https://other.example.org/oai") is None
    with pytest.raises(ValidationError, match="one base_url"):
        Settings(peers=(peer, peer.model_copy(update={"name": "other"})))
