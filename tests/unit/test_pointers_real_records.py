"""Pointers over real records: every finding has a place, and the place is where the value came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from node.errors import FairnodeError, MappingError
from node.files import parts_of_file, record_of
from node.mapping import crosswalks as mapping
from node.mapping.dcat_ap import to_triples
from node.mapping.pointers import RawRecord
from node.mapping.pointers.parts import of_xml
from node.model.mapped import Mapped
from node.model.rdf import Literal
from node.namespaces import expand
from node.syntax import parse_xml
from node.validation import load_profile, validate
from node.validation.pointing import pointed
from tests.unit.test_mapping_real_records import CONTEXT, described

LITERALS = {expand(name) for name in ("dct:title", "dct:description", "dcat:keyword", "dct:issued", "dct:modified")}


def test_every_finding_of_a_real_xml_record_names_an_element_and_its_line_or_says_that_it_is_missing(
    real_fixtures: Path,
) -> None:
    profile = load_profile("fair")
    formats: Counter[str] = Counter()
    places: Counter[bool] = Counter()
    for path in sorted((real_fixtures / "oai").rglob("*.xml")):
        data = path.read_bytes()
        try:
            parts = parts_of_file(data, path.suffix)
        except FairnodeError:
            continue
        last = data.count(b"\n") + 1
        for part in parts:
            try:
                record = record_of(part)
            except FairnodeError:
                continue
            assert record.raw is not None
            report = pointed(validate(record.triples, profile, focus=record.focus), record.raw, profile, record.triples)
            for finding in report.results:
                assert finding.source_path, (path, finding)
                if finding.source_missing:
                    assert finding.source_line is None
                else:
                    assert finding.source_line is not None and 0 < finding.source_line <= last, (path, finding)
                places[finding.source_missing] += 1
            formats[part.prefix or ""] += 1

    assert sum(formats.values()) > 700
    assert places[True] > 2000 and places[False] > 2000


@pytest.mark.usefixtures("real_fixtures")
def test_without_the_element_that_is_pointed_at_the_value_is_gone() -> None:
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for number, (_, payload) in enumerate(described()):
        prefix, mapped = _mapped(payload)
        if mapped is None or number % 5 or len(payload) > 50_000:
            continue
        raw = RawRecord.read(payload, prefix, "application/xml")
        assert raw is not None
        for triple in _literals(mapped)[:4]:
            found = raw.point([(triple[1],)], triple[0], triple[2].value)
            if found.missing:
                tried[prefix] += 1
                continue
            _, without = _mapped(_without(payload, found.path, found.line))
            tried[prefix] += 1
            right[prefix] += without is None or triple not in _literals(without)

    assert sum(tried.values()) > 400
    assert sum(right.values()) / sum(tried.values()) >= 0.95, (right, tried)


def _mapped(payload: bytes) -> tuple[str, Mapped | None]:
    try:
        crosswalk = mapping.crosswalk_for("none", payload)
        return crosswalk.prefixes[0], crosswalk.read(payload, CONTEXT)
    except (MappingError, FairnodeError):
        return "", None


def _literals(mapped: Mapped) -> list[tuple[str, str, Literal]]:
    triples = to_triples(mapped.resource, base=CONTEXT.iri)
    return [(s, p, o) for s, p, o in triples if s == mapped.resource.iri and p in LITERALS and isinstance(o, Literal)]


def _without(payload: bytes, path: str, line: int | None) -> bytes:
    """The payload without all elements (or attributes) at a place."""
    root = parse_xml(payload)
    for element, part in list(_pairs(root, payload)):
        if part == (path, line) and element is not root:
            holder = element.getparent()
            assert holder is not None
            holder.remove(element)
        for name in list(element.attrib):
            if (f"{part[0]}/@{etree.QName(name).localname}", part[1]) == (path, line):
                del element.attrib[name]
    return etree.tostring(root)


def _pairs(root: etree._Element, payload: bytes) -> Iterator[tuple[etree._Element, tuple[str, int | None]]]:
    parts = [part for part in of_xml(root, payload).walk() if not part.name.startswith("@")]
    elements = list(root.iter("*"))
    assert len(parts) == len(elements)
    for element, part in zip(elements, parts, strict=True):
        yield element, (part.path, part.line)
