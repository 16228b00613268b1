"""A check that explodes costs a run a few records' time, not every record's; the run and the audit say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from node.audit.reports import undecided_sentences
from node.model.oai import Window
from node.pipeline import harvest_source
from node.settings import ValidationSettings
from node.telemetry import REGISTRY
from node.validation import patience
from node.validation.engine_compiled import CompiledEngine
from node.validation.engines import Answer
from node.validation.findings import is_given_up
from tests.audited import Audited, audited, now
from tests.servers.oai_pages import oai_dc_record
from tests.validation.engines import profile_of, triples_of

BOMB = "a" * 40 + "!"
SHAPES = (
    'ex:B sh:targetClass ex:C ; sh:path ex:p ; sh:pattern "^(a+)+$" ; sh:message "m" .'
    'ex:D sh:targetClass ex:C ; sh:path ex:q ; sh:minCount 1 ; sh:message "m" .'
)
EXPLODING = """
fns:BAD sh:path dct:title ; sh:pattern "^(a+)+$" ; sh:targetClass dcat:Dataset ; sh:severity sh:Info ;
    a sh:PropertyShape ; sh:name "bad" ; sh:message "m" ; fns:advice "Mend." ; fns:principle "F2" ; fns:points 1 .
"""
RECORDS = patience.RECORDS + 3


def _given_up(answer: Answer) -> list[str]:
    return [finding.value or "" for finding in answer.findings if is_given_up(finding)]


def test_a_check_that_took_too_long_of_some_records_is_not_asked_of_the_others_in_that_run() -> None:
    engine = CompiledEngine(profile_of(SHAPES), seconds=0.2)
    record = triples_of(f'ex:a a ex:C ; ex:p "{BOMB}" .')

    with patience.of_run("one"):
        answers = [engine.ask(record, None) for _ in range(RECORDS)]
    with patience.of_run("another"):
        anew = engine.ask(record, None)
    alone = [engine.ask(record, None) for _ in range(2)]

    bad = "https://example.org/B"
    assert [_given_up(answer) for answer in answers] == [[]] * patience.RECORDS + [[bad]] * 3
    assert [[verdict.passed for verdict in answer.verdicts] for answer in answers] == [[None, False]] * RECORDS
    assert not any(map(_given_up, (anew, *alone)))


@pytest.fixture
def exploding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audited]:
    """A node whose own profile has a check that explodes, with records of which it does."""
    defaults = {**(CompiledEngine.__init__.__kwdefaults__ or {}), "seconds": 0.2}
    monkeypatch.setattr(CompiledEngine.__init__, "__kwdefaults__", defaults)
    with audited(tmp_path, records=0) as one:
        rules = tmp_path / "exploding.ttl"
        rules.write_text(Path(one.profile).read_text() + EXPLODING)
        one.profile = str(rules)
        one.repository.records = [oai_dc_record(f"oai:example.org:{number}", BOMB) for number in range(RECORDS)]
        yield one


def test_an_audit_and_a_harvest_give_a_check_up_and_say_so(exploding: Audited) -> None:
    exploding.harvest()
    audit = exploding.audit().audit
    document = json.loads(audit.document)

    assert document["undecided"] == {
        "reproducible": False,
        "records": RECORDS,
        "not_asked": [{"rule": "BAD", "records": 3}],
    }
    assert [words.split()[0] for words in undecided_sentences(audit)] == [str(RECORDS), "BAD"]

    validation = ValidationSettings(profile=exploding.profile)
    node = replace(exploding.node, settings=exploding.node.settings.model_copy(update={"validation": validation}))
    with capture_logs() as log:
        assert harvest_source(node, "mine", now=now, window=Window()).balanced
    said = [each for each in log if "is not asked any more" in each["event"]]
    assert [(each["check"], each["source"]) for each in said] == [("BAD", "mine")]
    assert REGISTRY.get_sample_value("fairnode_checks_given_up_total", {"source": "mine"}) == 1
