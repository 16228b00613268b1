"""Records that real repositories served: all are accounted for, and nearly all are published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages

_OAI = "{http://www.openarchives.org/OAI/2.0/}"


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_real_records_are_accounted_for_and_published(prefix: str, real_fixtures: Path, tmp_path: Path) -> None:
    records = list(_records(real_fixtures / "oai", prefix))
    assert len(records) > 50
    home = Home(tmp_path / "home")
    home.run("init")

    with OaiPages(records) as repository:
        home.run("source", "add", repository.url, "--name", "real", "--metadata-prefix", prefix)
        (run,) = home.json("harvest", "real", status=None)["runs"]

    assert run["status"] == "ok" and run["balanced"]
    assert run["listed"] == len(records)
    assert run["created"] >= 0.95 * len(records), home.json("ledger", str(run["run"]), "--state", "quarantined")
    assert home.json("graph", "verify")["repeated"] == 0


def test_every_real_list_response_is_harvested_or_refused_with_a_reason(real_fixtures: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.run("init")
    records = [
        record
        for path in sorted((real_fixtures / "oai").rglob("*.xml"))
        for record in _elements(path)
        if record.find(f"{_OAI}header") is not None
    ]
    elements = [_renamed(record, number) for number, record in enumerate(records)]

    with OaiPages(elements) as repository:
        home.run("source", "add", repository.url, "--name", "mixed", "--metadata-prefix", "mixed")
        (run,) = home.json("harvest", "mixed", status=None)["runs"]

    assert run["balanced"] and run["listed"] == len(elements)
    for entry in home.json("ledger", str(run["run"]))["entries"]:
        assert entry["state"] not in ("rejected", "quarantined") or entry["reason"]


def _records(folder: Path, prefix: str) -> Iterator[bytes]:
    """Yield every live record of the format in well-formed files, under an identifier of its own."""
    number = 0
    for path in sorted(folder.rglob("*.xml")):
        for record in _elements(path):
            metadata = record.find(f"{_OAI}metadata")
            payload = metadata[0] if metadata is not None and len(metadata) else None
            header = record.find(f"{_OAI}header")
            if payload is None or header is None or header.get("status") == "deleted":
                continue
            if not isinstance(payload.tag, str):
                continue
            root = etree.QName(payload)
            dublin_core = (root.namespace or "").endswith("/oai_dc/") and root.localname == "dc"
            datacite = root.localname in ("resource", "oai_datacite") and "datacite" in (root.namespace or "")
            if dublin_core if prefix == "oai_dc" else datacite:
                number += 1
                yield _renamed(record, number)


def _elements(path: Path) -> list[etree._Element]:
    try:
        return list(etree.parse(path, etree.XMLParser(resolve_entities=False)).iter(f"{_OAI}record"))
    except (etree.XMLSyntaxError, OSError):
        return []


def _renamed(record: etree._Element, number: int) -> bytes:
    header = record.find(f"{_OAI}header")
    assert header is not None
    identifier = header.find(f"{_OAI}identifier")
    if identifier is None:
        identifier = etree.SubElement(header, f"{_OAI}identifier")
    identifier.text = f"oai:real.example.org:{number}"
    record.tail = None
    return etree.tostring(record)
