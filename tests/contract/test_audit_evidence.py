"""Evidence of an audit: one file, the same byte for byte, that can be checked with nothing but SHA-256."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from node.audit.evidence import export
from node.errors import Conflict, SettingsError
from node.model.audit import Audit
from node.storage.audits import Audits
from node.storage.tables import records, shared_nodes
from node.storage.waivers import Signatures, Waivers
from tests.audited import Audited, audited, name

AT = dt.datetime(2026, 5, 1, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Audited]:
    with audited(tmp_path / "one") as opened:
        yield opened


def written(one: Audited, audit: Audit, target: Path) -> bytes:
    database = one.node.database
    results = Audits(database).results(audit)
    waivers, signatures = Waivers(database).all(), Signatures(database).of(audit.digest)
    export(target, audit, one.measure(audit), results, waivers, signatures)
    return target.read_bytes()


def decide(one: Audited, audit: Audit) -> None:
    waivers = Waivers(one.node.database)
    for code, source in (("LIC", "mine"), ("LIC", "elsewhere"), ("OTHER", None)):
        waivers.add(
            code, source=source, reason="agreed", owner="Ada", expires=dt.date(2027, 1, 1), actor="cli:a", now=AT
        )
    Signatures(one.node.database).sign(audit.digest, "Ada", AT, "as agreed")


def test_evidence_can_be_checked_with_sha256_alone(one: Audited, tmp_path: Path) -> None:
    audit = one.audit().audit
    decide(one, audit)
    written(one, audit, tmp_path / "evidence.zip")

    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        assert archive.testzip() is None
        members = {member: archive.read(member) for member in archive.namelist()}
    digests = {member: hashlib.sha256(data).hexdigest() for member, data in members.items()}
    lines = [line.split("  ") for line in members.pop("MANIFEST.sha256").decode().splitlines()]
    manifest = {member: digest for digest, member in lines}
    assert manifest == {member: digests[member] for member in members}
    assert digests["audit.json"] == audit.digest
    document = json.loads(members["audit.json"])
    assert document["results"] == digests["results.jsonl"]
    assert document["profile"]["rules"] == digests["rules.json"]
    assert document["profile"]["files"] == {"rules.ttl": digests["profile/rules.ttl"]}
    results = [json.loads(line) for line in members["results.jsonl"].splitlines()]
    assert sorted(line["identifier"] for line in results) == [name(number) for number in range(5)]
    assert [line["record"] for line in results] == sorted(line["record"] for line in results)
    assert {line["failures"][0]["rule"] for line in results} == {"LIC"}
    (waiver,) = json.loads(members["waivers.json"])
    assert (waiver["rule"], waiver["source"], waiver["owner"]) == ("LIC", "mine", "Ada")
    (signature,) = json.loads(members["signatures.json"])
    assert signature == {"audit": audit.digest, "who": "Ada", "at": "2026-05-01T09:30:00Z", "note": "as agreed"}


def test_what_was_judged_can_be_had_from_what_the_node_keeps(one: Audited) -> None:
    audit = one.audit().audit

    for judgement in one.results(audit).values():
        with one.node.database.read() as connection:
            row = connection.execute(sa.select(records).where(records.c.local_id == judgement.local_id)).one()
            of_agents = sa.select(shared_nodes.c.ntriples).where(shared_nodes.c.record_id == row.id)
            texts = [one.node.inventory.get("rdf", row.rdf_digest).decode(), *connection.execute(of_agents).scalars()]
        lines = sorted({line for text in texts for line in text.splitlines(keepends=True)})
        assert judgement.rdf == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_evidence_of_two_nodes_is_the_same_byte_for_byte(one: Audited, tmp_path: Path) -> None:
    audit = one.audit(at=AT).audit
    decide(one, audit)
    first = written(one, audit, tmp_path / "a.zip")
    with audited(tmp_path / "two") as two:
        other = two.audit().audit
        decide(two, other)
        second = written(two, other, tmp_path / "b.zip")

    assert first == second == written(one, audit, tmp_path / "c.zip")


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(one: Audited, tmp_path: Path) -> None:
    audit = one.audit().audit
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SettingsError, match="Not a directory"):
        written(one, audit, tmp_path / "file" / "evidence.zip")


def test_nobody_signs_twice(one: Audited) -> None:
    audit = one.audit().audit
    decide(one, audit)

    with pytest.raises(Conflict, match="already"):
        Signatures(one.node.database).sign(audit.digest, "Ada", AT)
