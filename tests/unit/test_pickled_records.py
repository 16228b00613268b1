"""Values that travel between processes come out as they went in, and by position."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import pickle
from collections.abc import Iterator

import pytest

from node import garbage
from node.demo.bulk import generate
from node.garbage import settle, settled
from node.model import pickled
from node.model.oai import Header, Record
from node.model.prepared import Prepared
from node.model.report import Finding, Severity
from node.model.source import Agreement
from node.prepare import Job, prepare_all


def prepared(records: list[tuple[str, Record]], profile: str = "fair") -> list[Prepared]:
    today = dt.date(2026, 1, 1)
    job = Job(
        base_url="http://127.0.0.1:8000",
        source="mine",
        metadata_prefix="oai_datacite",
        agreement=Agreement(),
        profile=profile,
        today=today,
    )
    return prepare_all(records, job)


def test_prepared_records_come_out_as_they_went_in() -> None:
    records = [
        (f"local-{number}", Record(header=Header(identifier=item.identifier), metadata=payload.encode()))
        for number, item in enumerate(generate(3))
        for payload in (item.render(item.identifier, "oai_datacite"),)
    ]
    bad = ("local-bad", Record(header=Header(identifier="x"), metadata=b"<broken"))
    made = prepared([*records, bad])

    assert made[0].report is not None and made[-1].problem is not None
    assert pickle.loads(pickle.dumps(made)) == made


def test_what_is_written_names_no_field() -> None:
    written = pickle.dumps(Finding(code="X", severity=Severity.INFO, message="m"))

    assert b"source_missing" not in written and b"node.model.pickled" in written


def test_another_version_of_a_class_is_refused_and_not_half_read() -> None:
    with pytest.raises(ValueError, match="zip"):
        pickled.made(Finding, ("X", Severity.INFO))


def test_every_field_is_written() -> None:
    header = Header(identifier="a", datestamp="b", set_specs=("c",), deleted=True)
    record = Record(header=header, metadata=b"m", about=(b"a",), raw=b"r", unchanged=True)

    again = pickle.loads(pickle.dumps(record))

    assert dataclasses.asdict(again) == dataclasses.asdict(record)


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is left out yet, as in a process that begins; the tests' own process left out what it found."""
    gc.unfreeze()
    monkeypatch.setattr(garbage, "_settled", False)
    yield
    settle()


def test_the_collector_leaves_alone_what_is_there_before_a_block_and_only_for_its_time(unsettled: None) -> None:
    before = gc.get_freeze_count()
    with settled():
        assert gc.get_freeze_count() > 0
        with settled():
            pass
        assert gc.get_freeze_count() > 0, "the inner block does not end the outer one"
    assert gc.get_freeze_count() == before
