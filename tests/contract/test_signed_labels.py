"""Labels signed ahead of those who ask: given out as they were signed, and never once they are not the record's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from lxml import etree

from node.exposition.oai_labels import SignedLabels
from node.model.label import Access, Audience, Labels
from node.sovereignty.signatures import SigningKeys, new_keys, verify
from node.sovereignty.statement_xml import from_xml, payload_digest
from node.sovereignty.statements import KIND, signed_bytes
from node.sovereignty.tags import from_json, to_json
from node.storage.database import open_database
from node.storage.label_signing import LabelSigning
from node.storage.tables import payloads, records
from node.upkeep import sign_labels
from node.worker import Worker
from tests.conftest import START
from tests.labelled_node import LabelledNode, labelled_node
from tests.labels import OPEN
from tests.servers.oai_pages import oai_dc_record
from tests.servers.oai_store import Store

A, B, EMBARGOED = "oai:example.org:a", "oai:example.org:b", "oai:example.org:embargoed"
EMBARGO = (
    "<dc:rights>info:eu-repo/semantics/openAccess</dc:rights><dc:date>info:eu-repo/date/embargoEnd/2027-03-01</dc:date>"
)
HARVESTED = [oai_dc_record(A, "One"), oai_dc_record(B, "Two"), oai_dc_record(EMBARGOED, "Later", extra=EMBARGO)]
KEPT = "as it was kept"


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[LabelledNode]:
    with labelled_node(tmp_path / "home", database_url, HARVESTED) as made:
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LabelledNode]:
    with labelled_node(tmp_path / "home", f"sqlite:///{tmp_path / 'node.db'}", HARVESTED) as made:
        yield made


def signer(place: LabelledNode, keys: SigningKeys | None = None, url: str = "") -> SignedLabels:
    settings = place.node.settings
    return SignedLabels(url or settings.base_url, settings.repository_identifier, keys or place.node.signing_keys)


def write(place: LabelledNode, statement: sa.Update) -> None:
    with place.node.database.write() as connection:
        connection.execute(statement)


def kept(place: LabelledNode, labels: SignedLabels | None = None) -> dict[str, bool]:
    """Return whether each label that a steward is listed comes as it was kept; it is right, and else signed now."""
    given, keys, found = labels or signer(place), place.node.signing_keys.public(), {}
    for identifier, item in place.listed(Audience.STEWARD).items():
        statement, signature = from_xml(etree.fromstring(given(item)))
        found[identifier] = signature == KEPT
        row = place.row(identifier)
        assert statement.labels == Labels(record=from_json(row.record_label), data=from_json(row.data_label))
        assert statement.content == payload_digest(item.body.encode())
        assert labels or found[identifier] or verify(signed_bytes(statement), signature, KIND, keys)
    return found


def sign_and_mark(place: LabelledNode) -> int:
    done = sign_labels(place.node, place.now)
    write(place, payloads.update().where(payloads.c.signature.is_not(None)).values(signature=KEPT))
    return done


def test_a_label_is_given_out_as_it_was_signed_until_it_is_another(place: LabelledNode) -> None:
    assert not any(kept(place).values()), "nothing is signed yet"
    formats = sign_and_mark(place)
    assert formats == 3 * 3 and kept(place) == {A: True, B: True, EMBARGOED: True}
    assert sign_labels(place.node, place.now) == 0, "all of it is signed"

    place.decide(A, access=Access.REGISTERED)
    place.work()
    assert kept(place) == {A: False, B: True, EMBARGOED: True}
    place.decide(A, loosens=True, access=Access.PUBLIC)
    place.work()
    assert kept(place) == {A: True, B: True, EMBARGOED: True}, "it is the label that was signed, again"

    place.on(2027, 3, 1)
    place.work()
    assert kept(place)[EMBARGOED] is False and kept(place)[B], "what ended by itself is another label, too"

    place.agree(dataclasses.replace(OPEN, record_access=Access.REGISTERED))
    place.work()
    assert kept(place) == {A: False, B: False, EMBARGOED: False}
    assert sign_and_mark(place) == formats and kept(place) == {A: True, B: True, EMBARGOED: True}


def test_a_worker_signs_what_was_harvested(here: LabelledNode) -> None:
    Worker(here.node, now=here.now).round()

    with here.node.database.read() as connection:
        signed = connection.execute(sa.select(payloads.c.signature)).scalars().all()
    assert len(signed) == 9 and all(signed)


def test_a_label_that_somebody_wrote_past_the_change_log_is_not_given_out_as_it_was_signed(here: LabelledNode) -> None:
    sign_and_mark(here)
    closed = dataclasses.replace(from_json(here.row(A).data_label), access=Access.CONFIDENTIAL)

    write(here, records.update().where(records.c.identifier == A).values(data_label=to_json(closed)))

    assert kept(here) == {A: False, B: True, EMBARGOED: True}


def test_what_changes_while_it_is_being_signed_is_signed_again(place: LabelledNode) -> None:
    labels = signer(place)
    signing = LabelSigning(place.node.database, labels.signer)
    lot = signing.next(200)
    signed = [each for each in map(labels.sign, lot.payloads) if each is not None]
    place.decide(A, access=Access.REGISTERED)
    place.work()

    assert signing.keep(lot, signed)
    assert not signing.keep(lot, signed), "another worker, which began with the same"

    with place.node.database.read() as connection:
        mine = payloads.c.record_id == place.row(A).id
        assert set(connection.execute(sa.select(payloads.c.signature).where(mine)).scalars()) == {None}
    write(place, payloads.update().where(payloads.c.signature.is_not(None)).values(signature=KEPT))
    assert kept(place) == {A: False, B: True, EMBARGOED: True}
    assert {each.local_id for each in signing.next(200).payloads} == {place.local(A)}


def test_a_new_key_signs_all_of_it_and_what_the_old_one_signed_goes_out_while_that_is_published(
    here: LabelledNode,
) -> None:
    sign_and_mark(here)
    both = new_keys(here.node.signing_keys)
    alone = SigningKeys(keys=both.keys[:1])

    assert all(kept(here, signer(here, both)).values())
    assert not any(kept(here, signer(here, alone)).values()), "nobody could verify it"
    assert not any(kept(here, signer(here, url="https://moved.example.org")).values())

    lot = LabelSigning(here.node.database, signer(here, both).signer).next(200)
    assert len([each for each in map(signer(here, both).sign, lot.payloads) if each is not None]) == 9
    assert all(each.content and not each.body for each in lot.payloads), "the payloads need not be read again"


def test_nothing_that_was_signed_outlives_its_payload(tmp_path: Path) -> None:
    with closing(open_database("sqlite:///node.db", tmp_path)) as database:
        database.migrate(START)
        store, labels = Store(database), SignedLabels("https://node.example.org", "node.example.org", new_keys())
        signing = LabelSigning(database, labels.signer)
        store.publish("changed")
        store.publish("deleted")

        lot = signing.next(1)
        while lot:
            assert signing.keep(lot, [each for each in map(labels.sign, lot.payloads) if each is not None])
            lot = signing.next(1)
        columns = (payloads.c.content, payloads.c.signature, payloads.c.signed_as)
        query = sa.select(*columns)
        with database.read() as connection:
            assert all(None not in row for row in connection.execute(query))
        store.publish("changed", text="another title")
        store.delete("deleted", START)

        with database.read() as connection:
            assert [tuple(row) for row in connection.execute(query)] == [(None, None, None)] * 4
