"""Records, ledger, change log and listings, over every kind of database."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pytest
import sqlalchemy as sa

from node.errors import Conflict, NotFound
from node.model.label import Audience
from node.model.listing import Selection
from node.model.oai import Window
from node.model.run import LedgerEntry, Outcome, RunStatus
from node.model.source import Source
from node.storage import ledger as ledger_store
from node.storage import stale
from node.storage.database import Database
from node.storage.deletions import Deletions
from node.storage.kept import Action, Kept, Known, local_id
from node.storage.listing import Listing
from node.storage.runs import OpenRun, Runs
from node.storage.sources import Sources, StoredSource
from node.storage.summaries import Summaries
from node.storage.tables import changes, findings, metadata, versions
from tests.records import at, keeper, page, prepared
from tests.servers.oai_store import NOW as THEN
from tests.servers.oai_store import Store

NOW = dt.datetime(2026, 5, 1, 12, 0, 0, 500_000, tzinfo=dt.UTC)


@pytest.fixture
def source(database: Database) -> StoredSource:
    sources = Sources(database)
    sources.add(Source(name="test", url="https://example.org/oai"), NOW)
    return sources.get("test")


@pytest.fixture
def run(database: Database, source: StoredSource) -> OpenRun:
    return Runs(database).start(source, Window(), NOW)


def published(identifier: str, text: str = "a title", known: Known | None = None, **more: str | None) -> Kept:
    ready = prepared(identifier, text, **more)
    outcome = Outcome.UPDATED if known else Outcome.CREATED
    return Kept(
        action=Action.PUBLISH,
        entry=LedgerEntry(identifier=identifier, outcome=outcome),
        prepared=ready,
        known=known,
        recipe="r",
        rdf_digest=hashlib.sha256(ready.ntriples.encode()).hexdigest(),
        audience=Audience.PUBLIC,
    )


def selection(database: Database, **more: object) -> Selection:
    last, _ = Listing(database).clock()
    return replace(Selection(prefix="oai_dc", last_seq=last), **more)  # type: ignore[arg-type]


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)

    assert difference == []


def test_a_page_is_kept_whole(database: Database, source: StoredSource, run: OpenRun) -> None:
    records = keeper(database)

    records.keep(run.id, source, page("a", "b", done=True), [published("a"), published("b")], at(NOW))

    account = Runs(database).get(run.id)
    assert account.counts[Outcome.CREATED] == account.listed == 2
    assert account.balanced
    items = Listing(database).page(selection(database), Audience.PUBLIC, 10, with_body=True)
    assert [item.origin_identifier for item in items] == ["a", "b"]
    assert items[0].body == "<dc>a title</dc>"
    assert items[0].sets == ("kind:dataset", "source:test")
    assert Runs(database).checkpoint(run.id).done


def test_a_page_that_cannot_be_kept_leaves_nothing_behind(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    broken = replace(published("b"), rdf_digest="f" * 64)
    records = keeper(database)

    with pytest.raises(sa.exc.IntegrityError):
        # Twice the same new identifier breaks the unique index half-way through the transaction.
        records.keep(run.id, source, page("a", "b", "b"), [published("a"), published("b"), broken], at(NOW))

    account = Runs(database).get(run.id)
    assert account.listed == 0 and account.pages == 0
    assert records.known(source, ["a", "b"]) == {}
    assert Listing(database).clock()[0] == 0


def test_a_change_moves_the_record_to_the_end_of_the_change_log(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    records = keeper(database)
    records.keep(run.id, source, page("a", "b"), [published("a"), published("b")], at(NOW))
    known = records.known(source, ["a"])["a"]

    later = NOW + dt.timedelta(minutes=1)
    records.keep(run.id, source, page("a", number=2), [published("a", "new title", known)], at(later))

    items = Listing(database).page(selection(database), Audience.PUBLIC, 10, with_body=True)
    assert [(item.origin_identifier, item.body) for item in items] == [
        ("b", "<dc>a title</dc>"),
        ("a", "<dc>new title</dc>"),
    ]
    assert items[1].datestamp > items[0].datestamp
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(versions)).scalar_one() == 3


def test_a_datestamp_is_never_before_the_moment_the_change_became_visible(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    keeper(database).keep(run.id, source, page("a"), [published("a")], at(NOW))

    (item,) = Listing(database).page(selection(database), Audience.PUBLIC, 10, with_body=False)

    assert item.datestamp == dt.datetime(2026, 5, 1, 12, 0, 1)


def test_an_identifier_listed_twice_has_one_entry_and_the_ledger_balances(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    records = keeper(database)
    records.keep(run.id, source, page("a", "b"), [published("a"), published("b")], at(NOW))
    known = records.known(source, ["a"])["a"]

    records.keep(run.id, source, page("a", number=2, done=True), [published("a", "again", known)], at(NOW))

    account = Runs(database).get(run.id)
    assert (account.headers, account.repeated, account.listed) == (3, 1, 2)
    assert account.counts[Outcome.CREATED] == 2
    assert account.balanced


def test_a_header_that_no_entry_accounts_for_unbalances_the_ledger(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    keeper(database).keep(run.id, source, page("a", listed=2), [published("a")], at(NOW))

    assert not Runs(database).get(run.id).balanced


def test_a_deletion_leaves_a_tombstone_with_sets_and_formats(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    records = keeper(database)
    records.keep(run.id, source, page("a", "b"), [published("a"), published("b")], at(NOW))
    gone = Kept(action=Action.NOTE, entry=LedgerEntry(identifier="a", outcome=Outcome.DELETED))
    records.keep(run.id, source, page("a", number=2, done=True), [gone], at(NOW))

    assert Deletions(database).pending(run.id, source) == (1, 2)
    assert Deletions(database).settle(run.id, source, at(NOW)) == 1

    *_, tombstone = Listing(database).page(selection(database), Audience.PUBLIC, 10, with_body=True)
    assert tombstone.deleted and tombstone.origin_identifier == "a" and tombstone.body == ""
    assert tombstone.sets == ("kind:dataset", "source:test")
    assert Listing(database).prefixes(local_id("test", "a"), Audience.PUBLIC) == ("dcat", "oai_dc")
    assert Deletions(database).settle(run.id, source, at(NOW)) == 0


def test_a_record_held_back_keeps_its_last_good_version(database: Database, source: StoredSource, run: OpenRun) -> None:
    records = keeper(database)
    records.keep(run.id, source, page("a"), [published("a")], at(NOW))
    before = Listing(database).clock()[0]
    known = records.known(source, ["a"])["a"]
    held = Kept(
        action=Action.HOLD,
        entry=LedgerEntry(identifier="a", outcome=Outcome.QUARANTINED, code="validation.blocking", reason="no title"),
        prepared=prepared("a", "worse"),
        known=known,
        recipe="r",
    )

    records.keep(run.id, source, page("a", number=2), [held], at(NOW))

    (item,) = Listing(database).page(selection(database), Audience.PUBLIC, 10, with_body=True)
    assert item.body == "<dc>a title</dc>"
    assert Listing(database).clock()[0] == before
    again = records.known(source, ["a"])["a"]
    assert (again.held_code, again.published) == ("validation.blocking", True)
    assert again.seen_digest == prepared("a", "worse").raw_digest


def test_a_withdrawn_record_is_a_tombstone_to_those_who_saw_it(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    records = keeper(database)
    records.keep(run.id, source, page("a"), [published("a")], at(NOW))
    known = records.known(source, ["a"])["a"]
    withdrawn = Kept(
        action=Action.WITHDRAW,
        entry=LedgerEntry(identifier="a", outcome=Outcome.QUARANTINED, code="sovereignty.no-zone", reason="none"),
        prepared=prepared("a"),
        known=known,
    )

    records.keep(run.id, source, page("a", number=2), [withdrawn], at(NOW))

    (item,) = Listing(database).page(selection(database), Audience.PUBLIC, 10, with_body=True)
    assert item.deleted and item.body == ""


def test_a_record_nobody_may_see_is_in_no_listing(database: Database, source: StoredSource, run: OpenRun) -> None:
    secret = replace(published("a"), audience=Audience.RESTRICTED)

    keeper(database).keep(run.id, source, page("a"), [secret], at(NOW))

    listing = Listing(database)
    assert listing.page(selection(database), Audience.PUBLIC, 10, with_body=True) == ()
    assert listing.get(local_id("test", "a"), "oai_dc", Audience.PUBLIC) is None
    assert listing.sets(Audience.PUBLIC) == ()
    assert listing.size(selection(database), Audience.PUBLIC) == 0
    assert len(listing.page(selection(database), Audience.RESTRICTED, 10, with_body=True)) == 1


def test_the_to_do_list_names_the_record_its_agents_and_its_twins(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    records = keeper(database)
    doi = "https://doi.org/10.5072/x"
    records.keep(run.id, source, page("a"), [published("a", subject=doi, agent="https://orcid.org/0")], at(NOW))
    with database.write() as connection:
        stale.done(connection, stale.first(connection, 100))

    records.keep(run.id, source, page("b", number=2), [published("b", subject=doi)], at(NOW))

    known = records.known(source, ["a", "b"])
    with database.read() as connection:
        keys = {(entry.kind, entry.key) for entry in stale.first(connection, 100)}
    assert keys == {("record", str(known["a"].id)), ("record", str(known["b"].id))}


def test_an_agent_that_only_the_old_version_named_is_written_again(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    records = keeper(database)
    records.keep(run.id, source, page("a"), [published("a", agent="https://orcid.org/0")], at(NOW))
    with database.write() as connection:
        stale.done(connection, stale.first(connection, 100))
    known = records.known(source, ["a"])["a"]

    records.keep(run.id, source, page("a", number=2), [published("a", "other", known)], at(NOW))

    with database.read() as connection:
        assert ("shared", "https://orcid.org/0") in {(entry.kind, entry.key) for entry in stale.first(connection, 100)}


def test_a_graph_that_changes_while_it_is_written_stays_on_the_list(database: Database) -> None:
    with database.write() as connection:
        stale.mark(connection, [("record", "1")])
        entries = stale.first(connection, 10)
        stale.mark(connection, [("record", "1")])

        stale.done(connection, entries)

        assert stale.count(connection) == 1


def test_one_source_has_one_running_run(database: Database, source: StoredSource, run: OpenRun) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE runs SET owner = 'elsewhere:1'"))

    with pytest.raises(Conflict):
        Runs(database).start(source, Window(), NOW)


def test_a_run_left_by_a_dead_process_is_taken_over_where_it_stood(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    keeper(database).keep(run.id, source, page("a", number=3), [published("a")], at(NOW))

    taken = Runs(database).start(source, Window(from_="ignored"), NOW)

    assert taken.resumed and taken.id == run.id
    assert taken.checkpoint.position == "token-3"
    assert taken.window == Window()


def test_a_run_elsewhere_is_taken_over_once_its_lease_is_over(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE runs SET owner = 'elsewhere:1'"))

    taken = Runs(database).start(source, Window(), NOW + dt.timedelta(minutes=16))

    assert taken.resumed and taken.id == run.id


def test_a_full_run_gives_an_interrupted_one_up(database: Database, source: StoredSource, run: OpenRun) -> None:
    runs = Runs(database)

    fresh = runs.start(source, Window(), NOW, afresh=True)

    assert fresh.id != run.id and not fresh.resumed
    assert runs.get(run.id).status is RunStatus.FAILED


def test_the_entries_of_a_run_can_be_read_by_state(database: Database, source: StoredSource, run: OpenRun) -> None:
    rejected = Kept(
        action=Action.NOTE,
        entry=LedgerEntry(identifier="x", outcome=Outcome.REJECTED, code="harvest.no-identifier", reason="none"),
    )
    keeper(database).keep(run.id, source, page("a", "x"), [published("a"), rejected], at(NOW))

    with database.read() as connection:
        entries = list(ledger_store.entries(connection, run.id, Outcome.REJECTED))

    assert [(entry.identifier, entry.code) for entry in entries] == [("x", "harvest.no-identifier")]


def test_a_source_with_records_is_not_removed(database: Database, source: StoredSource, run: OpenRun) -> None:
    keeper(database).keep(run.id, source, page("a"), [published("a")], at(NOW))
    sources = Sources(database)

    with pytest.raises(Conflict):
        sources.remove("test")
    with pytest.raises(Conflict):
        sources.add(Source(name="test", url="https://example.org/other"), NOW)
    with pytest.raises(NotFound):
        sources.get("other")


def test_what_two_constraints_of_a_shape_say_in_the_same_words_is_kept_once(
    database: Database, source: StoredSource, run: OpenRun
) -> None:
    kept = published("a")
    assert kept.prepared is not None and kept.prepared.report is not None
    (one,) = kept.prepared.report.results
    results = (one, replace(one, component="urn:Pattern"), replace(one, value="other"))
    said = replace(kept.prepared, report=replace(kept.prepared.report, results=results))

    keeper(database).keep(run.id, source, page("a"), [replace(kept, prepared=said)], at(NOW))

    with database.read() as connection:
        assert connection.execute(sa.select(findings.c.value)).scalars().all() == [None, "other"]


def test_figures_count_what_is_kept(database: Database, source: StoredSource, run: OpenRun) -> None:
    keeper(database).keep(run.id, source, page("a", "b"), [published("a"), published("b")], at(NOW))

    (summary,) = Summaries(database).sources(today=NOW.date())
    (finding,) = Summaries(database).top_findings("test", today=NOW.date())

    assert (summary.live, summary.public, summary.score) == (2, 2, 0.75)
    assert (finding.code, finding.records) == ("R1.1-01", 2)
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(changes)).scalar_one() == 2


def test_a_list_is_counted_once_until_something_changes(database: Database) -> None:
    store, listing, counts = Store(database), Listing(database), list[str]()
    store.publish("a")

    def heard(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        counts.extend([statement] if "count(*)" in statement.lower() else [])

    sa.event.listen(database.engine, "before_cursor_execute", heard)
    sizes = [listing.size(selection(database), Audience.PUBLIC) for _ in range(2)]
    store.publish("b")
    store.delete("a", THEN)
    sizes.append(listing.size(selection(database), Audience.PUBLIC))
    store.publish("c")
    sizes.append(listing.size(selection(database), Audience.PUBLIC))

    assert sizes == [1, 1, 2, 3] and len(counts) == 3 * 2
