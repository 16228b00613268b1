"""Audits by the next version of a profile: only what changed is asked, and the audit is the one that asks all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.audit.running import AuditRun, audit_sources
from node.executors import Processes
from node.storage.audits import Audits
from node.validation.compiled import Compiler
from tests.audited import LICENCE, SHAPES, Audited, audited, name, now
from tests.servers.oai_pages import oai_dc_record


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Audited]:
    with audited(tmp_path / "one") as opened:
        yield opened


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often each shape is asked of a node of a record."""
    counts: Counter[str] = Counter()
    compiled = Compiler.check

    def check(compiler: Compiler, shape: Any) -> Any:
        found = compiled(compiler, shape)

        def report(*arguments: Any) -> None:
            counts[str(shape).rpartition("#")[2]] += 1
            found.report(*arguments)

        return replace(found, report=report)

    monkeypatch.setattr(Compiler, "check", check)
    return counts


def version(one: Audited, old: str, new: str, to: str = "rules.ttl") -> str:
    """Write another version of the rules; return its path."""
    assert old in SHAPES
    path = Path(one.profile).with_name("later") / to
    path.parent.mkdir(exist_ok=True)
    path.write_text(SHAPES.replace(old, new))
    return str(path)


def by(one: Audited, profile: str) -> AuditRun:
    return audit_sources(one.node, (), profile, now=now)


def anew(one: Audited, tmp_path: Path, profile: str) -> str:
    """Return the digest of the same audit on a node that never judged by another version."""
    with audited(tmp_path / "two") as two:
        two.repository.records[:] = one.repository.records
        two.harvest()
        return by(two, profile).audit.digest


# Another text in each test: engines are kept for a process's lifetime, by the digest of their profile.
def unlike(one: Audited, comment: str) -> None:
    Path(one.profile).write_text(f"# {comment}\n{SHAPES}")


def test_only_the_rule_that_changed_is_asked(one: Audited, asked: Counter[str], tmp_path: Path) -> None:
    unlike(one, "asked")
    by(one, one.profile)
    assert asked == {"LIC": 5, "TIT": 5}
    asked.clear()

    done = by(one, version(one, "sh:maxLength 12", "sh:maxLength 3"))

    assert asked == {"TIT": 5}
    assert (done.judged, done.continued, done.changed) == (5, 5, ("TIT",))
    assert [(each.code, each.records) for each in done.audit.rules] == [("TIT", 5), ("LIC", 5)]
    assert done.audit.digest == anew(one, tmp_path, version(one, "sh:maxLength 12", "sh:maxLength 3"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fns:points 3", "fns:points 5"),
        ('sh:name "licence"', 'sh:name "the licence"'),
        (SHAPES[SHAPES.index("fns:TIT") :], ""),
    ],
    ids=["weighed anew", "renamed", "left out"],
)
def test_where_no_rule_changed_none_is_asked(
    one: Audited, asked: Counter[str], tmp_path: Path, old: str, new: str
) -> None:
    unlike(one, new)
    before = by(one, one.profile)
    asked.clear()
    profile = version(one, old, new)

    done = by(one, profile)

    assert not asked and done.continued == 5 and done.audit.digest != before.audit.digest
    assert done.audit.digest == anew(one, tmp_path, profile)


def test_a_rule_that_is_new_is_asked_of_all_and_the_others_of_what_changed(
    one: Audited, asked: Counter[str], tmp_path: Path
) -> None:
    unlike(one, "new")
    by(one, one.profile)
    one.repository.records[0] = oai_dc_record(name(0), "Short", extra=LICENCE)
    one.repository.records.append(oai_dc_record(name(5), "A title that is long"))
    one.harvest()
    asked.clear()
    rule = (
        "fns:DES a sh:PropertyShape ; sh:targetClass dcat:Dataset ;"
        ' sh:path dct:description ; sh:minCount 1 ; sh:message "None." .\n'
    )
    profile = version(one, "fns:TIT sh:path", f"{rule}fns:TIT sh:path")

    done = by(one, profile)

    assert asked == {"LIC": 2, "TIT": 2, "DES": 6}
    assert (done.judged, done.continued, done.changed) == (6, 4, ("DES",))
    assert done.audit.digest == anew(one, tmp_path, profile)


def test_another_engine_is_asked_everything(one: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    by(one, one.profile)
    monkeypatch.setattr("node.audit.judging._engine_digest", lambda engine: "0" * 64)

    done = by(one, version(one, "sh:maxLength 12", "sh:maxLength 3"))

    assert (done.judged, done.continued) == (5, 0)


def test_a_record_that_could_not_be_judged_before_is_asked_everything(one: Audited) -> None:
    import sqlalchemy as sa

    from node.storage.tables import records

    with one.node.database.read() as connection:
        digest = connection.execute(sa.select(records.c.rdf_digest).where(records.c.identifier == name(2))).scalar_one()
    (path,) = (one.node.settings.home / "objects").rglob(f"*{digest}")
    kept = path.read_bytes()
    path.unlink()
    by(one, one.profile)
    path.write_bytes(kept)

    done = by(one, version(one, "sh:maxLength 12", "sh:maxLength 3"))

    assert (done.judged, done.continued) == (5, 4)
    assert all(each.checks == "ff" for each in one.results(done.audit).values())


def test_in_processes_and_through_versions_it_is_the_same(one: Audited, tmp_path: Path) -> None:
    texts = ("sh:maxLength 3", "sh:maxLength 4", "sh:maxLength 5 ; sh:minLength 9")
    paths = [version(one, "sh:maxLength 12", text, f"v{index}.ttl") for index, text in enumerate(texts)]
    pool = Processes(2)
    try:
        spread = replace(one, node=replace(one.node, executor=pool))
        done = [by(spread, path) for path in paths]
    finally:
        pool.shutdown()

    assert [each.continued for each in done] == [0, 5, 5]
    assert done[-1].audit.digest == anew(one, tmp_path, paths[-1])
    assert len(Audits(one.node.database).latest()) == 3


def test_on_postgresql_it_goes_on_as_well(one: Audited, tmp_path: Path, postgresql_server: str) -> None:
    from tests.servers.postgresql import migrated_database

    later = version(one, "sh:maxLength 12", "sh:maxLength 3")
    by(one, one.profile)
    here = by(one, later)
    with migrated_database(postgresql_server) as url, audited(tmp_path / "two", database=url) as two:
        by(two, two.profile)
        there = by(two, later)

    assert there.audit.digest == here.audit.digest
    assert (there.continued, here.continued) == (5, 5)
