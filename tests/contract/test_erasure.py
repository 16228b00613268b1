"""What has to be erased by a day: from that day on nobody is given it, and the worker leaves nothing of it anywhere."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from node.drift.auditing import DriftAudit
from node.errors import GraphsBehind, StorageError
from node.labelling import label_anew
from node.model.label import Access, Audience, Retention
from node.model.links import LinkAnswer
from node.model.listing import Selection
from node.model.run import Outcome
from node.model.source import LabelTerms
from node.node import Node
from node.pipeline import harvest_source
from node.projector import project
from node.sovereignty.decide import is_over
from node.sovereignty.tags import from_json, to_json
from node.storage import erasing
from node.storage.erasing import Erased, Eraser
from node.storage.graphs import GraphQuery
from node.storage.history import History
from node.storage.link_checks import LinkChecks
from node.storage.listing import Listing
from node.storage.objects import open_object_store
from node.storage.objects.vault import ObjectVault
from node.storage.record_facts import FactStore
from node.storage.schema import metadata
from node.storage.summaries import Summaries
from node.storage.tables import objects, records, versions
from node.storage.visibility import is_over as is_over_in_sql
from node.upkeep import erase, relabel
from node.validation.scores.facts import RecordFacts, facts_text
from tests.labelled_node import LabelledNode, labelled_node
from tests.labels import OPEN
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.seaweedfs import seaweedfs
from tests.stored_node import EUROPE, WORLD, now, object_rows, stored_node, zones_on

A, B = "oai:example.org:a", "oai:example.org:b"
WORDS = "unrepeatable words"
HARVESTED = [oai_dc_record(A, WORDS), oai_dc_record(B, "Two")]
DAY = dt.date(2027, 1, 1)
LEFT = {A: True, B: False}


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[LabelledNode]:
    with labelled_node(tmp_path / "home", database_url, HARVESTED) as made:
        made.decide(A, erase_by=DAY)
        made.work()
        project(made.node, publish=True)
        made.node.vault._today = lambda: made.day.date()
        yield made


def files(place: LabelledNode) -> list[str]:
    return [key for zone in place.node.vault.zones for key in place.node.vault.store(zone.name).keys("r")]


def rows_with(place: LabelledNode, text: str) -> list[str]:
    """Return the columns that hold a text, in any table."""
    found = []
    with place.node.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [f"{table.name}.{name}" for name, value in row._mapping.items() if text in str(value)]
    return found


def kept(place: LabelledNode, identifier: str) -> list[str]:
    """Return the keys of a record's objects."""
    row = place.row(identifier)
    return [f"{kind}/{digest[:2]}/{digest}" for kind, digest in (("raw", row.raw_digest), ("rdf", row.rdf_digest))]


def test_sql_and_the_decision_agree_on_when_the_day_has_come(place: LabelledNode) -> None:
    before, day = from_json(place.row(B).record_label), dt.timedelta(days=1)
    for keep_until in (None, DAY - 30 * day):
        for erase_by in (None, DAY - day, DAY, DAY + day):
            label = dataclasses.replace(before, retention=Retention(keep_until=keep_until, erase_by=erase_by))
            for until in {erase_by, DAY}:
                with place.node.database.write() as connection:
                    connection.execute(records.update().values(record_label=to_json(label), labels_until=until))
                    found = connection.execute(sa.select(records.c.id).where(is_over_in_sql(DAY))).all()

                assert len(found) == (2 if is_over(label, DAY) else 0), (label.retention, until)


def test_every_outlet_refuses_from_that_day_on_although_no_worker_ran(place: LabelledNode) -> None:
    node, local = place.node, place.local(A)
    assert node.summaries.record(local, Audience.PUBLIC, place.day.date()).visible  # type: ignore[union-attr]
    place.on(2027, 1, 1)
    listing, projection = Listing(node.database, place.now), dataclasses.replace(node.projection, now=place.now)
    node = dataclasses.replace(node, listing=listing, projection=projection)

    last, _ = listing.clock()
    for viewer in (Audience.PUBLIC, Audience.STEWARD):
        found = listing.page(Selection(prefix="oai_dc", last_seq=last), viewer, 9, with_body=True)
        assert {item.origin_identifier: (item.deleted, bool(item.body)) for item in found} == {
            A: (True, False),
            B: (False, True),
        }
    assert listing.get(local, None, Audience.PUBLIC).body == ""  # type: ignore[union-attr]
    assert not node.summaries.record(local, Audience.STEWARD, DAY).visible  # type: ignore[union-attr]
    assert projection.describe(local) == () and local not in dict(node.summaries.latest(Audience.PUBLIC, DAY))
    (summary,) = Summaries(node.database).sources(today=DAY, viewer=Audience.PUBLIC)
    assert (summary.live, summary.public, summary.tombstones) == (1, 1, 1)
    with pytest.raises(GraphsBehind, match="had to be erased"):
        node.graphs_of(Audience.PUBLIC)

    label_anew(node, place.now, actor="worker")
    erase(node, place.now)

    node.graphs_of(Audience.PUBLIC)


def test_nothing_of_it_is_left_but_a_tombstone_the_ledger_and_the_trail(place: LabelledNode) -> None:
    place.repository.records[0] = oai_dc_record(A, f"{WORDS}, again")
    place.harvest()
    project(place.node, publish=True)
    assert len(files(place)) == 6 and {"records.title", "payloads.body"} <= set(rows_with(place, WORDS))
    before, seq = kept(place, A), place.listed()[A].seq
    place.on(2027, 1, 1)

    label_anew(place.node, place.now, actor="worker")
    assert erase(place.node, place.now, sweep=True) == Erased(records=1, left=0)

    assert sorted(files(place)) == sorted(kept_keys := kept(place, B)) and not set(before) & set(kept_keys)
    assert rows_with(place, WORDS) == []
    assert {row.key for row in _objects(place)} == set(kept_keys)
    assert place.gone() == LEFT and place.listed()[A].seq > seq
    assert place.node.projection.verify().sound
    assert DriftAudit(place.node, place.now).run().deviations == 0
    (act,) = place.trail("erase")
    assert act.permitted and act.object == place.local(A)
    assert act.reasons == (f"to be erased by {DAY}", "objects: 4")
    with place.node.database.read() as connection:
        ledger = metadata.tables["ledger"]
        assert len(connection.execute(sa.select(ledger).where(ledger.c.identifier == A)).all()) == 2
    assert erase(place.node, place.now, sweep=True) == Erased(records=0, left=0)
    assert relabel(place.node, place.now, sweep=True).stuck == 0


def test_killed_after_any_step_it_ends_as_if_it_had_not_been(
    place: LabelledNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.on(2027, 1, 1)
    label_anew(place.node, place.now, actor="worker")
    steps = 0

    class Killed(BaseException):
        pass

    def dying(step: int) -> None:
        """Let the process die when it enters a step: a transaction, or the removal of an object."""
        count = 0

        def counted(function: Any) -> Any:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal count
                count += 1
                if count == step:
                    raise Killed
                return function(*arguments, **named)

            return call

        for name in ("bury", "empty", "append", "mark_lost"):
            monkeypatch.setattr(erasing, name, counted(getattr(erasing, name)))
        for name in ("_condemn", "_forget", "_account", "_strike"):
            monkeypatch.setattr(erasing.Eraser, name, counted(getattr(erasing.Eraser, name)))

    for step in range(1, 100):
        with monkeypatch.context():
            dying(step)
            try:
                erase(place.node, place.now)
            except Killed:
                steps += 1
                monkeypatch.undo()
                assert place.gone() == LEFT
                if step > 2:
                    assert rows_with(place, WORDS) == [], "nothing of it is half there"
                continue
            monkeypatch.undo()
            break

    assert steps > 5, "there were steps to be killed at"
    assert sorted(files(place)) == sorted(kept(place, B))
    assert [act.permitted for act in place.trail("erase")] == [True]


def test_an_object_that_another_record_has_stays_under_the_label_of_that_one(place: LabelledNode) -> None:
    mine, other = place.row(A), place.row(B)
    with place.node.database.write() as connection:
        connection.execute(records.update().where(records.c.id == other.id).values(raw_digest=mine.raw_digest))
    place.on(2027, 1, 1)
    label_anew(place.node, place.now, actor="worker")

    assert erase(place.node, place.now) == Erased(records=1, left=0)
    assert relabel(place.node, place.now).stuck == 0

    shared = next(row for row in _objects(place) if row.digest == mine.raw_digest)
    assert from_json(shared.label) == from_json(other.record_label)
    assert place.node.vault.verify(shared.zone, shared.key) == from_json(other.record_label)


def test_an_object_in_a_locked_zone_outlasts_its_record_and_the_trail_says_so(place: LabelledNode) -> None:
    (raw,) = (row for row in place.objects(A) if row.kind == "raw")
    node, data = place.node, place.node.vault.get(raw.zone, raw.key)
    node.vault.store("europe").put(raw.key, data, node.vault.signed(from_json(raw.label), "europe", raw.key), {})
    locked = EUROPE.model_copy(update={"object_lock": True})
    stores = [open_object_store(zone, node.settings.home) for zone in (WORLD, locked)]
    node = dataclasses.replace(node, vault=ObjectVault(stores, node.vault.mac_keys))
    place.on(2027, 1, 1)
    label_anew(node, place.now, actor="worker")

    assert erase(node, place.now) == Erased(records=0, left=1)

    assert [key for key in files(place) if key not in kept(place, B)] == [raw.key], "and only there"
    assert rows_with(place, WORDS) == [] and place.gone() == LEFT
    (act,) = place.trail("erase")
    assert not act.permitted and act.reasons == (
        f"zone europe locks its objects against deletion, and holds {raw.key}",
    )
    assert erase(node, place.now) == Erased(records=0, left=0), "it is tried again tomorrow"


def test_every_version_in_a_versioned_bucket_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    agreement = dataclasses.replace(OPEN, record_floor=LabelTerms(erase_by=day.date()))
    with seaweedfs() as server, OaiPages([HARVESTED[0]]) as repository:
        monkeypatch.setenv("TEST_S3_ACCESS_KEY", server.access_key)
        monkeypatch.setenv("TEST_S3_SECRET_KEY", server.secret_key)
        zones = zones_on(server, "erasure")
        server.client().set_bucket_versioning("erasure-world", VersioningConfig(ENABLED))

        def versions() -> int:
            found = server.client().list_objects("erasure-world", recursive=True, include_version=True)
            return len([each for each in found if (each.object_name or "").startswith(("raw/", "rdf/"))])

        with stored_node(tmp_path, zones, repository.url) as node:
            node.sources.set_agreement("x", agreement, "cli:ann", now)
            assert harvest_source(node, "x", now=now).balanced
            for row in object_rows(node).values():
                node.vault.put_into(row.zone, row.key, node.vault.get(row.zone, row.key), from_json(row.label))
            assert versions() == 3

            label_anew(node, lambda: day, actor="worker")
            assert erase(node, lambda: day) == Erased(records=1, left=0)

            assert versions() == 0
            assert DriftAudit(node, lambda: day).run().deviations == 0


def test_a_zone_that_does_not_answer_leaves_the_record_due_and_says_so(
    place: LabelledNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.on(2027, 1, 1)
    label_anew(place.node, place.now, actor="worker")

    def fail(*arguments: object) -> str:
        raise StorageError("zone world does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(erasing.Eraser, "_forget", fail)
        assert erase(place.node, place.now) == Erased(records=0, left=1)
    (act,) = place.trail("erase")
    assert not act.permitted and act.reasons == ("zone world does not answer",)

    place.on(2027, 1, 2)
    assert erase(place.node, place.now) == Erased(records=1, left=0)
    assert sorted(files(place)) == sorted(kept(place, B))


def test_what_is_harvested_again_after_that_day_is_noted_and_not_kept(place: LabelledNode) -> None:
    place.on(2027, 1, 1)
    label_anew(place.node, place.now, actor="worker")
    erase(place.node, place.now)
    place.repository.records = [oai_dc_record(A, f"{WORDS}, again"), oai_dc_record(B, "Two")]

    run = place.harvest()

    assert run.counts[Outcome.QUARANTINED] == 1 and run.counts[Outcome.UNCHANGED] == 1
    assert place.gone() == LEFT
    assert rows_with(place, WORDS) == [] and sorted(files(place)) == sorted(kept(place, B))


def test_a_record_that_was_never_shown_is_erased_too(tmp_path: Path, database_url: str) -> None:
    agreement = dataclasses.replace(OPEN, record_floor=LabelTerms(erase_by=DAY))
    broken = oai_dc_record(A, WORDS).replace(b"oai_dc:dc", b"oai_dc:other")
    with labelled_node(tmp_path / "home", database_url, [broken, HARVESTED[1]], agreement) as place:
        place.node.vault._today = lambda: place.day.date()
        assert files(place)
        place.on(2027, 1, 1)

        label_anew(place.node, place.now, actor="worker")
        assert erase(place.node, place.now, sweep=True) == Erased(records=2, left=0)

        assert files(place) == [] and _objects(place) == [] and rows_with(place, WORDS) == []


def test_an_earlier_version_whose_day_comes_goes_and_never_becomes_a_memento(tmp_path: Path, database_url: str) -> None:
    hidden = dataclasses.replace(OPEN, record_access=Access.REGISTERED, record_floor=LabelTerms(erase_by=DAY))
    with labelled_node(tmp_path / "home", database_url, [HARVESTED[0]], hidden) as place:
        place.node.vault._today = lambda: place.day.date()
        history, local, past = History(place.node.database, place.now), place.local(A), kept(place, A)
        place.on(2026, 11, 26)
        place.repository.records[:] = [oai_dc_record(A, "cleaned")]
        place.harvest()
        place.agree(OPEN)
        place.work()
        shown = history.versions(local, Audience.PUBLIC)
        assert len(shown) == 1 and set(past) < set(files(place)) and rows_of(place, local) == 2
        place.on(2027, 1, 1)

        for at in ("_forget", "_account"):
            with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
                patched.setattr(erasing.Eraser, at, killed)
                erase(place.node, place.now, sweep=True)
            assert history.versions(local, Audience.PUBLIC) == shown and place.trail("erase") == []
        erase(place.node, place.now, sweep=True)
        assert relabel(place.node, place.now, sweep=True).stuck == 0

        assert history.versions(local, Audience.PUBLIC) == history.versions(local, Audience.STEWARD) == shown
        assert sorted(files(place)) == sorted(kept(place, A)) == sorted(row.key for row in _objects(place))
        assert rows_of(place, local) == 1 and place.gone() == {A: False}
        (act,) = place.trail("erase")
        assert act.permitted and act.object == local
        assert act.reasons == (f"to be erased by {DAY}", "the version of 2026-11-25T12:00:00Z")
        assert DriftAudit(place.node, place.now).run().deviations == 0


def test_what_somebody_has_now_loses_the_day_of_others_and_nothing_else_of_its_label(place: LabelledNode) -> None:
    mine, other = place.row(A), place.row(B)
    tight = dataclasses.replace(from_json(mine.record_label), access=Access.REGISTERED)
    place.on(2027, 1, 1)
    label_anew(place.node, place.now, actor="worker")
    with place.node.database.write() as connection:
        connection.execute(records.update().where(records.c.id == other.id).values(raw_digest=mine.raw_digest))
        same = objects.c.digest == mine.raw_digest
        connection.execute(objects.update().where(same).values(label=to_json(tight)))

    assert erase(place.node, place.now) == Erased(records=1, left=0)
    relabel(place.node, place.now)

    label = from_json(next(row for row in _objects(place) if row.digest == mine.raw_digest).label)
    assert label == dataclasses.replace(tight, retention=Retention())


def test_a_record_is_erased_only_when_queries_are_answered_without_it(place: LabelledNode) -> None:
    node = dataclasses.replace(place.node, projection=dataclasses.replace(place.node.projection, now=place.now))
    place.on(2027, 1, 1)
    label_anew(node, place.now, actor="worker")
    Eraser(node.database, node.vault, place.now).bury()
    # What another process does that goes on harvesting: it takes entries off the list, and publishes later.
    assert node.projection.run(publish=False) and not node.projection.waiting()
    with node.projection.stores[Audience.PUBLIC].writer(publish=False) as busy:
        assert busy is not None

        assert erase(node, place.now) == Erased(records=0, left=1)

        assert says(node, WORDS) and node.projection.overdue(Audience.PUBLIC) and place.trail("erase") == []
        with pytest.raises(GraphsBehind):
            node.graphs_of(Audience.PUBLIC)

    assert erase(node, place.now) == Erased(records=1, left=0)
    assert not says(node, WORDS) and not node.projection.overdue(Audience.PUBLIC)


def test_what_its_addresses_answered_goes_unless_another_record_names_them(place: LabelledNode) -> None:
    node, checks = place.node, LinkChecks(place.node.database)
    mine, both = "https://example.org/unrepeatable.csv", "https://example.org/both"
    texts = {A: RecordFacts(data=(mine, both)), B: RecordFacts(pages=(both, f"{mine}/more"))}
    FactStore(node.database, "any").keep((place.local(key), "c", facts_text(each)) for key, each in texts.items())
    for url in (both, mine):
        checks.put(LinkAnswer(url=url, status=200, checked=place.day, due=place.day))
    stamp = checks.stamp(place.day - dt.timedelta(days=1))
    place.on(2027, 1, 1)
    label_anew(node, place.now, actor="worker")

    erase(node, place.now)

    assert [answer.url for answer in checks.all()] == [both]
    checks.put(LinkAnswer(url=f"{mine}/more", status=404, checked=place.day, due=place.day))
    assert checks.stamp(place.day - dt.timedelta(days=1)) != stamp, "no score is taken for one of other answers"


def killed(*arguments: object) -> None:
    raise KeyboardInterrupt


def says(node: Node, text: str) -> bool:
    """Return whether a query of the public finds a text."""
    query = f"SELECT ?o {{ ?s ?p ?o FILTER(CONTAINS(STR(?o), '{text}')) }}"
    answer = node.projection.stores[Audience.PUBLIC].query(GraphQuery(text=query, media_type="text/csv"))
    try:
        return text in b"".join(answer.chunks()).decode()
    finally:
        answer.close()


def rows_of(place: LabelledNode, local: str) -> int:
    """Return how many versions of a record SQL tells of."""
    with place.node.database.read() as connection:
        query = sa.select(versions.c.seq).join(records, records.c.id == versions.c.record_id)
        return len(connection.execute(query.where(records.c.local_id == local)).all())


def _objects(place: LabelledNode) -> list[Any]:
    with place.node.database.read() as connection:
        return list(connection.execute(sa.select(objects)).all())
