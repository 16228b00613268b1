"""What a harvest judges is not judged again: audits find its verdicts, and come to the same document with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from node.audit.running import AuditRun, audit_sources
from node.bootstrap import initialise, open_node
from node.model.oai import Window
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, ValidationSettings
from node.storage.audit_tables import judgements
from tests.audited import name, now
from tests.servers.oai_pages import OaiPages, oai_dc_record

BOTH = ("fair", "dcat-ap")


@contextmanager
def harvested(folder: Path, repository: OaiPages, executor: str = "inline", **validation: Any) -> Iterator[Node]:
    settings = Settings(
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0),
        compute=ComputeSettings(executor=executor, processes=1),
        validation=ValidationSettings(**validation),
    ).model_copy(update={"home": folder})
    initialise(settings, now())
    node = open_node(settings)
    try:
        node.sources.add(Source(name="mine", url=repository.url), now())
        harvest(node)
        yield node
    finally:
        node.close()


def harvest(node: Node) -> None:
    assert harvest_source(node, "mine", now=now, window=Window()).balanced


def audit(node: Node, profile: str) -> AuditRun:
    return audit_sources(node, ["mine"], profile, now=now)


def rows(node: Node) -> int:
    with node.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(judgements)).scalar_one()


@pytest.fixture
def repository() -> Iterator[OaiPages]:
    # The name is not plain ASCII and the address has to be mended, so that the text differs from what was mapped.
    extra = "<dc:relation>https://example.org/a b/ä</dc:relation><dc:creator>Müller, Zoë\u2028</dc:creator>"
    with OaiPages([oai_dc_record(name(number), f"Title {number}", extra=extra) for number in range(5)]) as pages:
        yield pages


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_an_audit_after_such_a_harvest_judges_nothing(tmp_path: Path, repository: OaiPages, executor: str) -> None:
    with harvested(tmp_path / "node", repository, executor, audited=BOTH) as node:
        runs = [audit(node, profile) for profile in BOTH]

    assert [(run.judged, run.carried) for run in runs] == [(0, 5), (0, 5)]


@pytest.mark.parametrize("profile", BOTH)
def test_it_is_the_audit_that_comes_of_judging_what_is_stored(
    tmp_path: Path, repository: OaiPages, profile: str
) -> None:
    with harvested(tmp_path / "at-harvest", repository, audited=BOTH) as node:
        found = audit(node, profile)
        with node.database.read() as connection:
            told = {(row.local_id, row.verdicts) for row in connection.execute(sa.select(judgements))}
    with harvested(tmp_path / "afterwards", repository) as node:
        judged = audit(node, profile)
        with node.database.read() as connection:
            mine = {(row.local_id, row.verdicts) for row in connection.execute(sa.select(judgements))}

    assert (judged.judged, judged.carried) == (5, 0)
    assert found.audit.digest == judged.audit.digest
    assert found.audit.document == judged.audit.document
    assert mine <= told


def test_only_what_changed_gets_a_new_judgement(tmp_path: Path, repository: OaiPages) -> None:
    with harvested(tmp_path / "node", repository, audited=BOTH) as node:
        before = rows(node)
        repository.records = [oai_dc_record(name(0), "Another title"), *repository.records[1:]]

        harvest(node)

        assert (before, rows(node)) == (10, 12)
        assert audit(node, "dcat-ap").judged == 0


def test_a_profile_for_audits_holds_nothing_back(tmp_path: Path, repository: OaiPages) -> None:
    strict = tmp_path / "strict.ttl"
    strict.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .\n"
        "@prefix fns: <https://w3id.org/fairnode/shapes#> . @prefix ex: <http://example.org/> .\n"
        "fns:X a sh:PropertyShape ; sh:targetClass dcat:Dataset ; sh:path ex:never ; sh:minCount 1 ; sh:name 'x' ;\n"
        "  sh:severity sh:Violation ; sh:message 'It never has one.' ; fns:advice 'None.' .\n"
    )
    with harvested(tmp_path / "node", repository, profile="", audited=(str(strict),)) as node:
        assert node.summaries.sources("mine", today=dt.datetime.now(dt.UTC).date())[0].live == 5
        run = audit(node, str(strict))

    assert (run.judged, run.audit.rules[0].records) == (0, 5)


def test_without_the_setting_nothing_is_kept_for_audits(tmp_path: Path, repository: OaiPages) -> None:
    with harvested(tmp_path / "node", repository) as node:
        assert rows(node) == 0


def test_a_killed_process_only_leaves_records_that_an_audit_judges(tmp_path: Path, repository: OaiPages) -> None:
    with harvested(tmp_path / "node", repository, audited=BOTH) as node:
        with node.database.write() as connection:
            lost = connection.execute(sa.select(sa.func.min(judgements.c.local_id))).scalar_one()
            connection.execute(judgements.delete().where(judgements.c.local_id == lost))

        run = audit_sources(node, ["mine"], "fair", now=lambda: dt.datetime.now(dt.UTC))

    assert (run.judged, run.carried) == (1, 4)
