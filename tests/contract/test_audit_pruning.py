"""Pruning: what of old audits goes, and what stays because somebody may still need it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from node.audit.evidence import check
from node.audit.running import audit_sources
from node.errors import Conflict
from node.model.audit import Audit
from node.storage.audit_pruning import AuditPruning, Pruned
from node.storage.audit_tables import audit_members, judgements, yardsticks
from node.storage.audits import Audits
from node.storage.peer_tables import standings
from node.storage.waivers import Signatures, Waivers
from node.worker import Worker
from tests.audited import Audited, audited, name
from tests.servers.oai_pages import oai_dc_record

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LATER = START + dt.timedelta(days=400)


@pytest.fixture(params=["sqlite", "postgresql"])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Audited]:
    if request.param == "sqlite":
        with audited(tmp_path / "one", records=3) as opened:
            yield opened
        return
    from tests.servers.postgresql import migrated_database

    server = request.getfixturevalue("postgresql_server")
    with migrated_database(server) as url, audited(tmp_path / "one", records=3, database=url) as opened:
        yield opened


def history(one: Audited, count: int = 4) -> list[Audit]:
    """Audit day by day, with another title of the first record each day."""
    found = []
    for day in range(count):
        one.repository.records[0] = oai_dc_record(name(0), f"Title {day}")
        one.harvest()
        found.append(one.audit(at=START + dt.timedelta(days=day)).audit)
    return found


def rows(one: Audited, table: sa.Table) -> int:
    with one.node.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def prune(one: Audited, now: dt.datetime = LATER, *, last: int = 1, days: int = 30) -> Pruned:
    return AuditPruning(one.node.database, keep_last=last, keep_days=days).prune(now)


def kept(one: Audited) -> list[str]:
    return sorted(each.digest for each in Audits(one.node.database).latest())


def test_old_audits_go_with_what_only_they_consist_of(one: Audited) -> None:
    *_, third, last = history(one)
    assert rows(one, judgements) == 6

    done = prune(one, last=2)

    assert done == Pruned(audits=2, judgements=2, yardsticks=0)
    assert kept(one) == sorted([third.digest, last.digest])
    assert rows(one, judgements) == 4 and rows(one, audit_members) == 6
    for audit in (third, last):
        check(audit, one.measure(audit), Audits(one.node.database).results(audit))
    assert prune(one, last=2) == Pruned(audits=0, judgements=0, yardsticks=0)


def test_young_audits_stay(one: Audited) -> None:
    history(one)

    assert prune(one, START + dt.timedelta(days=20)).audits == 0
    assert prune(one, START + dt.timedelta(days=32)).audits == 2


def test_a_signed_audit_stays_for_ever_and_still_proves_itself(one: Audited) -> None:
    first, *_, last = history(one)
    Signatures(one.node.database).sign(first.digest, "Ada", START)

    assert prune(one).audits == 2

    assert kept(one) == sorted([first.digest, last.digest])
    check(first, one.measure(first), Audits(one.node.database).results(first))


def test_the_latest_of_each_set_of_sources_and_of_each_profile_stay(one: Audited) -> None:
    history(one, 2)
    one.audit("mine", at=START)
    other = Path(one.profile).with_name("other.ttl")
    other.write_text(Path(one.profile).read_text())
    audit_sources(one.node, (), str(other), now=lambda: START)

    done = prune(one)

    # `mine` is all there is, so it is the same set of sources; the other file is another profile.
    assert done.audits == 1 and len(kept(one)) == 2


def test_what_a_waiver_names_stays_while_it_holds(one: Audited) -> None:
    first, *_ = history(one)
    record = one.results(first)[name(0)].local_id
    waiver = Waivers(one.node.database).add(
        "LIC", record=record, reason="r", owner="o", expires=dt.date(2999, 1, 1), actor="cli:o", now=START
    )

    assert prune(one) == Pruned(audits=3, judgements=0, yardsticks=0)

    Waivers(one.node.database).end(waiver.number, "cli:o", LATER)
    assert prune(one).judgements == 3


def interrupted(one: Audited, profile: str) -> None:
    """Judge all records, and make no audit of it."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_sources(one.node, (), profile, now=lambda: START, progress=stop)


def another(one: Audited, length: int) -> str:
    """Write another version of the profile; return its path."""
    path = Path(one.profile).with_name(str(length)) / "rules.ttl"
    path.parent.mkdir()
    path.write_text(Path(one.profile).read_text().replace("sh:maxLength 12", f"sh:maxLength {length}"))
    return str(path)


def test_what_was_judged_without_an_audit_stays_while_it_is_of_use(one: Audited) -> None:
    interrupted(one, one.profile)
    assert prune(one) == Pruned(audits=0, judgements=0, yardsticks=0), "an audit can go on with it at any time"
    for number in range(3):
        one.repository.records[number] = oai_dc_record(name(number), "Another")
    one.harvest()

    assert prune(one, START + dt.timedelta(days=7)).judgements == 0, "an audit may be under way that has it"
    # All but the highest number, which must not be given again.
    assert prune(one, START + dt.timedelta(days=8)).judgements == 2 and rows(one, judgements) == 1


def test_what_an_older_version_judged_without_an_audit_goes(one: Audited) -> None:
    interrupted(one, one.profile)
    interrupted(one, another(one, 3))

    assert prune(one) == Pruned(audits=0, judgements=3, yardsticks=1)
    assert one.audit(at=LATER).judged == 3


def test_yardsticks_that_nothing_was_measured_by_go(one: Audited) -> None:
    for day, length in enumerate((3, 4, 5)):
        audit_sources(one.node, (), another(one, length), now=lambda day=day: START + dt.timedelta(days=day))
    assert rows(one, yardsticks) == 3

    done = prune(one)

    assert done == Pruned(audits=2, judgements=6, yardsticks=2)


def test_an_audit_whose_judgements_were_pruned_meanwhile_says_so(one: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    history(one)
    one.repository.records[0] = oai_dc_record(name(0), "Title 0")
    one.harvest()
    add = Audits.add

    def late(self: Audits, *args: object, **keywords: object) -> Audit:
        prune(one)
        with one.node.database.write() as connection:
            connection.execute(audit_members.delete())
            connection.execute(judgements.delete().where(judgements.c.identifier == name(1)))
        return add(self, *args, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(Audits, "add", late)
    with pytest.raises(Conflict, match="pruned"):
        one.audit("mine", at=LATER)
    monkeypatch.undo()

    assert one.audit("mine", at=LATER).audit.records == 3


def test_the_worker_prunes_once_a_day(one: Audited) -> None:
    history(one)
    one.node.sources.set_paused("mine", True)
    clock = [START + dt.timedelta(days=500)]
    worker = Worker(one.node, now=lambda: clock[0])
    with one.node.database.write() as connection:
        usual = {"basis": "x", "seq": 1}
        for peer, days in (("reader:gone", 300), ("reader:back", 400), ("north", 1)):
            asked = (START + dt.timedelta(days=days)).replace(tzinfo=None)
            connection.execute(standings.insert().values(peer=peer, asked=asked, **usual))

    worker.round()

    with one.node.database.read() as connection:
        left = set(connection.execute(sa.select(standings.c.peer)).scalars())
    assert left == {"reader:back", "north"}, "what a reader was given is kept for 180 days"

    assert len(kept(one)) == 4, "twenty are kept by default, whatever their age"
    with one.node.database.write() as connection:
        connection.execute(sa.text("DELETE FROM audits"))
    worker.round()
    assert rows(one, judgements) == 6
    clock[0] += dt.timedelta(days=1)
    worker.round()
    assert rows(one, judgements) == 3, "what is known of the records as they are now"
