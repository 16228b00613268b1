"""Audits of stored records: what is judged, what is judged again, and that the same input has the same name."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from node.audit.evidence import check
from node.audit.judging import UNREADABLE, findings_of, judge_all, yardstick_of
from node.audit.running import audit_sources
from node.errors import Conflict, NotFound, ProfileError, StorageError
from node.executors import InlineExecutor, Processes
from node.model.audit import Judgement, Subject
from node.storage.audit_tables import audit_members, judgements
from node.storage.audits import Audits
from node.storage.tables import records
from tests.audited import LICENCE, Audited, audited, name, now
from tests.servers.oai_pages import OaiPages, oai_dc_record


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Audited]:
    with audited(tmp_path / "one") as opened:
        yield opened


def failing(audited: Audited, judgement: Judgement, audit: Any) -> list[str]:
    rules = {rule.code: rule for rule in audited.measure(audit).rules}
    return [finding.code for finding in findings_of(judgement, rules)]


def test_every_live_record_is_judged_by_every_rule(one: Audited) -> None:
    done = one.audit("mine")

    assert (done.judged, done.carried, done.audit.records) == (5, 0, 5)
    found = one.results(done.audit)
    assert sorted(found) == [name(number) for number in range(5)]
    assert all(failing(one, each, done.audit) == ["LIC"] and each.checks == "f." for each in found.values())
    (count,) = done.audit.rules
    assert (count.code, count.records, count.findings) == ("LIC", 5, 5)
    assert (done.audit.score, done.audit.max_score) == (5.0, 20.0)


def test_a_finding_is_kept_without_its_rules_words_and_comes_back_whole(one: Audited) -> None:
    done = one.audit()

    judgement = one.results(done.audit)[name(0)]
    (item,) = json.loads(judgement.failures)
    assert not {"message", "advice", "severity", "path", "focus"} & set(item)
    (finding,) = findings_of(judgement, {rule.code: rule for rule in one.measure(done.audit).rules})
    assert (finding.message, finding.advice) == ("The record names no licence.", "Name one.")
    assert (finding.severity.label, finding.principle) == ("warning", "R1.1")
    assert finding.focus_node == judgement.iri and finding.path == "http://purl.org/dc/terms/license"


def test_the_same_records_have_the_same_audit_on_another_node(one: Audited, tmp_path: Path) -> None:
    first = one.audit(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).audit

    with audited(tmp_path / "two") as two:
        second = two.audit(at=dt.datetime(2027, 7, 7, tzinfo=dt.UTC)).audit

    assert second.document == first.document and second.digest == first.digest
    assert second.made != first.made


def test_nothing_changed_is_nothing_judged_and_the_audit_stands(one: Audited) -> None:
    first = one.audit(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    second = one.audit(at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC))

    assert (second.judged, second.carried) == (0, 5)
    assert second.audit.digest == first.audit.digest
    assert (second.audit.made.day, second.audit.confirmed.day) == (1, 2)
    assert len(Audits(one.node.database).latest()) == 1


def test_only_what_changed_is_judged_again(one: Audited) -> None:
    before = one.audit()
    one.repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
    one.repository.records[1] = oai_dc_record(name(1), "A title that is longer")
    del one.repository.records[4]
    one.repository.records.append(oai_dc_record(name(5), "Short"))
    one.repository.records.append(oai_dc_record(name(4), deleted=True))
    one.harvest()

    after = one.audit()

    assert (after.judged, after.carried) == (3, 2)
    found = {identifier: failing(one, each, after.audit) for identifier, each in one.results(after.audit).items()}
    assert found == {name(0): [], name(1): ["LIC", "TIT"], name(2): ["LIC"], name(3): ["LIC"], name(5): ["LIC"]}
    assert sorted(one.results(before.audit)) == [name(number) for number in range(5)]


def test_judged_bit_by_bit_it_is_the_same_as_judged_at_once(one: Audited, tmp_path: Path) -> None:
    one.audit()
    one.repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
    one.harvest()
    grown = one.audit().audit

    with audited(tmp_path / "two") as two:
        two.repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
        two.harvest()
        whole = two.audit().audit

    assert grown.digest == whole.digest


def test_a_record_that_goes_back_to_what_it_was_goes_back_to_its_judgement(one: Audited) -> None:
    first = one.audit().audit
    one.repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
    one.harvest()
    one.audit()
    one.repository.records[0] = oai_dc_record(name(0), "Short")
    one.harvest()

    again = one.audit()

    assert (again.judged, again.carried, again.audit.digest) == (0, 5, first.digest)


def test_another_profile_judges_everything_anew(one: Audited) -> None:
    first = one.audit().audit
    other = Path(one.profile).with_name("other.ttl")
    other.write_text(Path(one.profile).read_text().replace("sh:maxLength 12", "sh:maxLength 3"))

    done = audit_sources(one.node, (), str(other), now=now)

    assert done.judged == 5 and done.audit.digest != first.digest
    assert {each.code for each in done.audit.rules} == {"LIC", "TIT"}


def test_an_engine_of_other_code_judges_everything_anew(one: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    first = one.audit().audit
    monkeypatch.setattr("node.audit.judging._engine_digest", lambda engine: "0" * 64)

    done = one.audit()

    assert done.judged == 5 and done.audit.digest != first.digest


def test_one_source_and_all_sources_share_their_judgements(one: Audited) -> None:
    with OaiPages([oai_dc_record("oai:other:1", "Other")]) as repository:
        one.node.sources.add(replace(one.node.sources.get("mine").source, name="other", url=repository.url), now())
        one.harvest("other")
    one.audit("mine")

    done = one.audit()

    assert (done.judged, done.carried) == (1, 5)
    assert [(part.source, part.records) for part in done.audit.sources] == [("mine", 5), ("other", 1)]
    history = Audits(one.node.database)
    assert len(history.latest("mine")) == 2 and [each.digest for each in history.latest("other")] == [done.audit.digest]


def test_a_source_without_records_is_audited_with_none(one: Audited) -> None:
    one.node.sources.add(replace(one.node.sources.get("mine").source, name="empty"), now())

    done = one.audit("empty")

    assert [(part.source, part.records) for part in done.audit.sources] == [("empty", 0)]
    assert one.audit("empty").audit.digest == done.audit.digest


def test_a_record_whose_object_is_lost_is_a_finding_and_is_tried_again(one: Audited) -> None:
    with one.node.database.read() as connection:
        digest = connection.execute(sa.select(records.c.rdf_digest).where(records.c.identifier == name(2))).scalar_one()
    (path,) = (one.node.settings.home / "objects").rglob(f"*{digest}")
    kept = path.read_bytes()
    path.unlink()

    lost = one.audit()
    again = one.audit()

    assert failing(one, one.results(lost.audit)[name(2)], lost.audit) == [UNREADABLE]
    assert one.results(lost.audit)[name(2)].checks == "uu" and lost.audit.records == 5
    assert (again.judged, again.audit.digest) == (1, lost.audit.digest)
    with one.node.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(judgements)).scalar_one() == 5
    path.write_bytes(kept)
    mended = one.audit()
    assert failing(one, one.results(mended.audit)[name(2)], mended.audit) == ["LIC"]
    assert one.audit().judged == 0


class Breaking(InlineExecutor):
    """Breaks down at one record, as a process does that runs out of memory."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        some: Sequence[Subject] = args[0]
        if any(subject.identifier == name(3) for subject in some):
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("a process ended abruptly"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_a_record_that_breaks_its_worker_costs_no_other_record(one: Audited) -> None:
    done = audit_sources(replace(one.node, executor=Breaking()), (), one.profile, now=now)

    found = {identifier: failing(one, each, done.audit) for identifier, each in one.results(done.audit).items()}
    assert found == {name(number): [UNREADABLE] if number == 3 else ["LIC"] for number in range(5)}


def test_an_interrupted_audit_goes_on_where_it_stopped(one: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.audit.running._BATCH", 2)
    monkeypatch.setattr("node.audit.running._UNDERWAY", 1)

    def stop(done: int, total: int) -> None:
        assert total == 5
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_sources(one.node, (), one.profile, now=now, progress=stop)
    assert Audits(one.node.database).latest() == ()

    done = one.audit()

    assert (done.judged, done.carried, done.audit.records) == (3, 2, 5)


def test_judged_in_processes_it_is_the_same(one: Audited) -> None:
    pool = Processes(2)
    try:
        spread = audit_sources(replace(one.node, executor=pool), (), one.profile, now=now)
    finally:
        pool.shutdown()

    with one.node.database.write() as connection:
        connection.execute(audit_members.delete())
        connection.execute(judgements.delete())
    assert one.audit().audit.digest == spread.audit.digest


def test_a_worker_with_another_version_of_the_profile_is_an_error(one: Audited) -> None:
    with pytest.raises(ProfileError, match="changed while"):
        judge_all([], one.profile, "0" * 64)


def test_what_is_stored_proves_to_be_what_the_digest_covers(one: Audited) -> None:
    found = one.audit().audit
    audits = Audits(one.node.database)
    check(found, one.measure(found), audits.results(found))

    with one.node.database.write() as connection:
        connection.execute(judgements.update().where(judgements.c.identifier == name(1)).values(failures="[]"))

    with pytest.raises(StorageError, match="has the digest"):
        check(found, one.measure(found), audits.results(found))


def test_an_audit_is_found_by_the_beginning_of_its_digest(one: Audited) -> None:
    found = one.audit().audit
    audits = Audits(one.node.database)

    assert audits.get(found.digest[:8].upper()).digest == found.digest
    for wrong in ("", "abc", "0" * 64, "%" * 8, "______"):
        with pytest.raises(NotFound):
            audits.get(wrong)
    with one.node.database.write() as connection:
        twin = found.digest[:8] + "0" * 56
        connection.exec_driver_sql(
            "INSERT INTO audits (digest, document, yardstick_id, scope, records, made, confirmed) "
            f"SELECT '{twin}', document, yardstick_id, scope, records, made, confirmed FROM audits"
        )
    with pytest.raises(Conflict, match="several"):
        audits.get(found.digest[:8])


def test_a_source_that_does_not_exist_is_said(one: Audited) -> None:
    with pytest.raises(NotFound, match="nosuch"):
        one.audit("mine", "nosuch")


def test_the_yardstick_names_files_rules_and_engine(one: Audited) -> None:
    measure = yardstick_of(one.profile)

    assert [rule.code for rule in measure.rules] == ["LIC", "TIT"]
    assert [name for name, _ in measure.files] == ["rules.ttl"]
    assert measure.engine and len(measure.engine_digest) == len(measure.profile_digest) == 64


def test_on_postgresql_it_is_the_same_audit(one: Audited, tmp_path: Path, postgresql_server: str) -> None:
    from tests.servers.postgresql import migrated_database

    first = one.audit().audit
    with migrated_database(postgresql_server) as url, audited(tmp_path / "two", database=url) as two:
        second = two.audit()
        again = two.audit()

    assert second.audit.digest == first.digest == again.audit.digest
    assert (second.judged, again.judged) == (5, 0)


def test_what_changes_elsewhere_in_the_node_leaves_an_audit_standing(one: Audited) -> None:
    with OaiPages([oai_dc_record("oai:other:1", "Other")]) as repository:
        one.node.sources.add(replace(one.node.sources.get("mine").source, name="other", url=repository.url), now())
        first = one.audit("mine")
        one.harvest("other")

        second = one.audit("mine")

    assert (second.judged, second.audit.digest) == (0, first.audit.digest)
    assert len(Audits(one.node.database).latest("mine")) == 1
