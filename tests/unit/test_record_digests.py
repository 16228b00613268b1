"""What tells that a record changed: its payload, or all of it where it has none that can be used."""

from __future__ import annotations

import hashlib

from node.model.oai import Header, Record
from node.prepare import raw_digest

BYTES = b"<x/>"


def _record(*, metadata: bytes | None = None, raw: bytes | None = None) -> Record:
    return Record(header=Header(identifier="oai:x:1"), metadata=metadata, raw=raw)


def test_the_digest_of_a_payload_is_that_of_its_bytes() -> None:
    assert raw_digest(_record(metadata=BYTES)) == hashlib.sha256(BYTES).hexdigest()


def test_a_payload_and_a_damaged_record_of_the_same_bytes_are_not_the_same() -> None:
    assert raw_digest(_record(metadata=BYTES)) != raw_digest(_record(raw=BYTES))


def test_a_damaged_record_changes_with_its_bytes() -> None:
    assert raw_digest(_record(raw=BYTES)) == raw_digest(_record(raw=BYTES))
    assert raw_digest(_record(raw=BYTES)) != raw_digest(_record(raw=b"<y/>"))
