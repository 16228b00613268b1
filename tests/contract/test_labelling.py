"""Labels worked out anew without a harvest: what loosens goes out, what tightens is withdrawn, all is on record."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from node import labelling
from node.errors import StorageError
from node.labelling import Labelled, label_anew
from node.model.label import Access, Audience
from node.model.run import Outcome
from node.model.source import LabelTerms, SetRule
from node.pipeline import harvest_source
from node.sovereignty.tags import from_json
from node.sovereignty.trail import label_digest
from node.storage import new_labels
from node.storage.label_queue import LabelQueue
from node.storage.listing import Listing
from node.storage.new_labels import write_labels
from node.storage.overrides import Overrides
from node.storage.stale import count
from node.storage.tables import changes, records
from node.storage.withholding import DRIFT, RELABEL_STUCK, release, withhold
from tests.labelled_node import START, LabelledNode, labelled_node
from tests.labels import OPEN
from tests.servers.oai_pages import oai_dc_record

A, B, EMBARGOED = "oai:example.org:a", "oai:example.org:b", "oai:example.org:embargoed"
EMBARGO = (
    "<dc:rights>info:eu-repo/semantics/openAccess</dc:rights><dc:date>info:eu-repo/date/embargoEnd/2027-03-01</dc:date>"
)
HARVESTED = [oai_dc_record(A, "One"), oai_dc_record(B, "Two"), oai_dc_record(EMBARGOED, "Later", extra=EMBARGO)]
LIVE = {A: False, B: False, EMBARGOED: False}


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[LabelledNode]:
    with labelled_node(tmp_path / "home", database_url, HARVESTED) as made:
        yield made


def test_nothing_is_due_after_a_harvest_and_nothing_changes(place: LabelledNode) -> None:
    before = place.node.listing.clock()

    assert place.work() == Labelled()
    LabelQueue(place.node.database).mark(place.day.date())

    assert place.work() == Labelled(seen=3)
    assert place.node.listing.clock() == before and place.trail() == []
    assert place.work() == Labelled(), "what was worked out is not due any more"


def test_the_end_of_an_embargo_loosens_the_label_of_the_data(place: LabelledNode) -> None:
    row = place.row(EMBARGOED)
    assert row.labels_until == dt.date(2027, 3, 1)
    assert from_json(row.data_label).access is Access.RESTRICTED
    assert place.codes(EMBARGOED) == ["sovereignty.contradiction"]
    place.on(2027, 2, 28)
    assert place.work() == Labelled()

    place.on(2027, 3, 1)

    assert place.work() == Labelled(seen=1, changed=1)
    after = place.row(EMBARGOED)
    assert from_json(after.data_label).access is Access.PUBLIC
    assert after.labels_until is None and after.seq > row.seq and after.datestamp > row.datestamp
    assert place.codes(EMBARGOED) == [], "there is no contradiction any more"
    (act,) = place.trail()
    assert (act.actor, act.object) == ("worker", place.local(EMBARGOED))
    assert any(reason == "data access: restricted -> public" for reason in act.reasons)


def test_two_people_tighten_and_loosen_and_the_public_sees_it_as_a_deletion_and_a_return(place: LabelledNode) -> None:
    shown = place.listed()[A]
    place.day += dt.timedelta(hours=1)

    place.decide(A, access=Access.REGISTERED)
    assert place.work() == Labelled(seen=1, changed=1)

    assert place.gone() == {**LIVE, A: True}
    hidden = place.listed()[A]
    assert hidden.seq > shown.seq and hidden.datestamp > shown.datestamp and hidden.body == ""
    assert not place.listed(Audience.REGISTERED)[A].deleted
    assert [from_json(each.label).access for each in place.objects(A)] == [Access.REGISTERED] * 2
    (act,) = place.trail()
    assert act.label == label_digest(from_json(place.row(A).record_label))
    assert "audience: public -> registered" in act.reasons and "decisions: 1" in act.reasons

    place.decide(A, loosens=True, access=Access.PUBLIC)
    assert place.work() == Labelled(seen=1, changed=1)
    assert place.gone() == LIVE and place.listed()[A].seq > hidden.seq

    place.decide(A, access=Access.REGISTERED)
    assert place.work() == Labelled(seen=1, changed=1)
    assert place.gone() == {**LIVE, A: True}, "what is tightened later counts over what was loosened"


def test_what_two_people_opened_for_a_time_closes_by_itself(tmp_path: Path, database_url: str) -> None:
    closed = dataclasses.replace(OPEN, record_access=Access.REGISTERED)
    with labelled_node(tmp_path / "home", database_url, HARVESTED, closed) as place:
        assert place.gone() == {}

        place.decide(A, loosens=True, access=Access.PUBLIC)
        assert place.work() == Labelled(seen=1, changed=1)

        assert place.gone() == {A: False}
        assert [from_json(each.label).access for each in place.objects(A)] == [Access.PUBLIC] * 2
        assert place.row(A).labels_until == START.date() + dt.timedelta(days=30)

        place.day = START + dt.timedelta(days=30)
        assert place.work() == Labelled(seen=1, changed=1)

        assert place.gone() == {A: True}, "those who saw it are told that it is gone"
        assert not place.listed(Audience.REGISTERED)[A].deleted


def test_an_agreement_that_tightens_withdraws_what_it_hides(place: LabelledNode) -> None:
    clinical = SetRule(spec="clinical", record=LabelTerms(access=Access.RESTRICTED))

    due = place.agree(dataclasses.replace(OPEN, record_access=Access.REGISTERED, sets=(clinical,)))
    assert due == 3 and place.work() == Labelled(seen=3, changed=3)

    assert place.gone() == {A: True, B: True, EMBARGOED: True}
    with place.node.database.read() as connection:
        assert count(connection) > 0, "their graphs wait to be emptied"
        log = connection.execute(sa.select(changes).order_by(changes.c.seq)).all()
    assert [row.audience for row in log[-3:]] == [int(Audience.REGISTERED)] * 3
    (act,) = place.trail("agreement")
    assert act.reasons == (
        "record_access: 'public' -> 'registered'",
        "sets: [] -> [{'spec': 'clinical', 'record': {'access': 'restricted'}, 'data': {}}]",
    )


def test_an_agreement_that_asks_for_another_zone_moves_the_objects(place: LabelledNode) -> None:
    assert {each.zone for each in place.objects(A)} == {"world"}

    place.agree(dataclasses.replace(OPEN, record_zones=("EU",)))
    place.work()

    assert {each.zone for each in place.objects(A)} == {"europe"}
    assert list(place.node.vault.store("world").keys("raw")) == []
    assert place.gone() == LIVE, "where it is stored is nobody's loss"


def test_the_floor_of_a_new_agreement_ends_what_two_people_opened(tmp_path: Path, database_url: str) -> None:
    closed = dataclasses.replace(OPEN, record_access=Access.REGISTERED)
    with labelled_node(tmp_path / "home", database_url, HARVESTED, closed) as place:
        place.decide(A, loosens=True, access=Access.PUBLIC)
        place.work()

        place.agree(dataclasses.replace(closed, record_floor=LabelTerms(access=Access.REGISTERED)))
        place.work()

        assert place.gone() == {A: True}


def test_past_the_review_date_nothing_goes_out_until_the_agreement_is_renewed(place: LabelledNode) -> None:
    reviewed = dataclasses.replace(OPEN, review=dt.date(2026, 12, 31))
    place.agree(reviewed)
    place.work()
    place.on(2027, 3, 1)

    assert place.work() == Labelled(seen=1), "the embargo is over, but release is frozen"
    assert from_json(place.row(EMBARGOED).data_label).access is Access.RESTRICTED
    assert place.gone() == LIVE, "what is out stays as it is"
    place.decide(A, access=Access.REGISTERED)
    place.work()
    assert place.gone() == {**LIVE, A: True}, "tightening is not release"

    place.agree(dataclasses.replace(reviewed, review=dt.date(2028, 12, 31)))
    place.work()

    assert from_json(place.row(EMBARGOED).data_label).access is Access.PUBLIC


def test_a_record_leaves_every_view_on_the_day_by_which_it_is_to_be_erased(place: LabelledNode) -> None:
    place.decide(A, erase_by=dt.date(2027, 1, 1))
    place.work()
    assert place.row(A).labels_until == dt.date(2027, 1, 1) and place.gone() == LIVE

    place.on(2027, 1, 1)
    place.work()

    assert place.gone() == {**LIVE, A: True}
    assert place.listed(Audience.STEWARD)[A].deleted


def test_a_record_that_cannot_be_read_any_more_only_tightens(place: LabelledNode) -> None:
    place.decide(A, loosens=True, of="data", access=Access.PUBLIC)
    tight = place.decide(EMBARGOED, access=Access.REGISTERED)
    for identifier in (A, EMBARGOED):
        raw = next(each for each in place.objects(identifier) if each.kind == "raw")
        place.node.vault.store(raw.zone).delete(raw.key)

    done = label_anew(place.node, place.now, actor="worker")

    assert done.changed == 1 and place.gone() == {**LIVE, EMBARGOED: True}
    row = place.row(EMBARGOED)
    assert from_json(row.data_label).access is Access.RESTRICTED, "that it is under embargo is not forgotten"
    assert row.labels_until == place.day.date() + dt.timedelta(days=1), "it is tried again tomorrow"
    (act,) = place.trail()
    assert any("cannot be read" in reason for reason in act.reasons) and f"decisions: {tight.number}" in act.reasons


def test_a_harvest_after_a_decision_keeps_to_it(place: LabelledNode) -> None:
    place.decide(A, access=Access.REGISTERED)

    run = place.harvest()

    assert run.counts[Outcome.UPDATED] == 1 and run.counts[Outcome.UNCHANGED] == 2
    assert place.gone() == {**LIVE, A: True}
    assert place.work() == Labelled(), "the harvest did what was due"
    place.repository.records[0] = oai_dc_record(A, "One, changed")
    place.harvest()
    assert place.gone() == {**LIVE, A: True}, "a new version is under the decision, too"


def test_what_is_withheld_because_of_its_objects_stays_withheld(place: LabelledNode) -> None:
    row = place.row(A)
    with place.node.database.write() as connection:
        withhold(connection, [("raw", row.raw_digest)], DRIFT, "its bytes are not what they were", place.now)
    LabelQueue(place.node.database).mark(place.day.date())

    place.work()

    assert place.gone() == {**LIVE, A: True}


@pytest.mark.parametrize("change", ["nothing", "a rejected version", "another label", "another reason besides"])
def test_what_is_withheld_is_shown_again_by_no_harvest_and_by_the_end_of_no_other_reason(
    place: LabelledNode, change: str
) -> None:
    row = place.row(A)
    with place.node.database.write() as connection:
        withhold(connection, [("raw", row.raw_digest)], DRIFT, "its bytes are not what they were", place.now)
        if change == "another reason besides":
            withhold(connection, [("rdf", row.rdf_digest)], RELABEL_STUCK, "no zone may hold it", place.now)
    if change == "a rejected version":
        place.repository.records[0] = oai_dc_record(A, "One").replace(b"oai_dc:dc", b"oai_dc:other")
    with place.node.database.write() as connection:
        # As after an upgrade: every record is made anew.
        connection.execute(records.update().values(recipe=""))
    LabelQueue(place.node.database).mark(place.day.date())

    place.harvest()
    place.work()
    if change == "another reason besides":
        with place.node.database.write() as connection:
            release(connection, [row.id], RELABEL_STUCK, place.now)
    assert place.gone() == {**LIVE, A: True}

    with place.node.database.write() as connection:
        release(connection, [row.id], DRIFT, place.now)
    assert place.gone() == LIVE


def test_a_new_version_is_not_withheld_for_what_became_of_the_old_ones_objects(place: LabelledNode) -> None:
    row = place.row(A)
    with place.node.database.write() as connection:
        withhold(connection, [("raw", row.raw_digest)], DRIFT, "its bytes are not what they were", place.now)

    place.repository.records[0] = oai_dc_record(A, "One, put right")
    place.harvest()

    assert place.gone() == LIVE


def test_labels_worked_out_before_a_decision_are_not_written_after_it(
    place: LabelledNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    LabelQueue(place.node.database).mark(place.day.date())

    def decided_meanwhile(*arguments: object) -> object:
        place.decide(A, access=Access.REGISTERED)
        return write_labels(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(labelling, "write_labels", decided_meanwhile)
        assert place.work() == Labelled(seen=3, left=1)

    assert place.work() == Labelled(seen=1, changed=1)
    assert place.gone() == {**LIVE, A: True}


def test_an_agreement_that_changes_during_a_harvest_ends_it_and_the_next_one_keeps_to_the_new_one(
    place: LabelledNode,
) -> None:
    place.repository.records = [oai_dc_record(f"oai:example.org:{number}") for number in range(120)]
    changed = []

    def change(*told: object) -> None:
        if not changed:
            changed.append(place.agree(dataclasses.replace(OPEN, record_access=Access.REGISTERED)))

    run = harvest_source(place.node, "x", now=place.now, progress=change)

    assert run.error is not None and run.error.code == "harvest.agreement-changed"
    place.harvest()
    place.work()
    assert all(place.gone().values()), "no record is out under the agreement that was"
    assert len(place.listed(Audience.REGISTERED)) >= 120


def test_a_batch_that_fails_is_left_as_due_as_it_was(place: LabelledNode, monkeypatch: pytest.MonkeyPatch) -> None:
    place.agree(dataclasses.replace(OPEN, record_access=Access.REGISTERED))

    def fail(*arguments: object) -> None:
        raise StorageError("the database fell over")

    with monkeypatch.context() as patched:
        patched.setattr(new_labels, "append", fail)
        with pytest.raises(StorageError):
            place.work()

    assert place.gone() == LIVE and place.trail() == []
    assert place.work() == Labelled(seen=3, changed=3)
    assert place.gone() == {A: True, B: True, EMBARGOED: True}


def test_the_listing_of_an_earlier_request_stays_within_its_bound(place: LabelledNode) -> None:
    last, _ = Listing(place.node.database).clock()
    place.decide(A, access=Access.REGISTERED)
    place.work()

    after, _ = Listing(place.node.database).clock()

    assert after == last + 1 and place.row(A).seq == after
    assert Overrides(place.node.database).get(1).record == place.local(A)


def test_a_decision_while_a_page_is_being_kept_is_in_what_is_kept(
    place: LabelledNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.repository.records = [oai_dc_record(A, "One, changed"), *HARVESTED[1:]]
    keep, asked = place.node.records.keep, []

    def decided_meanwhile(*arguments: object, **named: object) -> None:
        asked.append(1)
        if len(asked) == 1:
            place.decide(A, access=Access.REGISTERED)
        keep(*arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(place.node.records, "keep", decided_meanwhile)
        place.harvest()

    assert len(asked) == 2, "the page was judged again"
    assert place.gone() == {**LIVE, A: True}
    assert [from_json(each.label).access for each in place.objects(A)] == [Access.REGISTERED] * 2
    assert place.work() == Labelled()


def test_a_record_keeps_what_its_older_versions_left_behind_as_tight_as_itself(place: LabelledNode) -> None:
    old = place.objects(A)
    place.repository.records = [oai_dc_record(A, "One, changed"), *HARVESTED[1:]]
    place.harvest()

    place.decide(A, access=Access.REGISTERED)
    place.work()
    place.decide(A, loosens=True, access=Access.PUBLIC)
    place.work()

    assert [from_json(each.label).access for each in place.objects(A)] == [Access.PUBLIC] * 2
    for each in old:
        assert place.node.vault.verify(each.zone, each.key).access is Access.REGISTERED
