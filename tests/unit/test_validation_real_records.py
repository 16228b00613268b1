"""Real records of repositories, mapped and judged: they are published with findings, not held back."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from node.errors import FairnodeError
from node.mapping.crosswalks import read
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.mapping.protocols import MappingContext
from node.model.rdf import Iri
from node.model.report import ValidationReport
from node.namespaces import OAI
from node.syntax import element_bytes, parse_xml
from node.validation import load_profile, validate
from node.validation.engines import ENGINE_FAILED

_BASE = Iri("https://node.example.org/dataset/1")


def test_nearly_every_real_record_is_published_with_its_findings(real_fixtures: Path) -> None:
    reports: dict[str, list[ValidationReport]] = {"oai_dc": [], "oai_datacite": []}

    for path in sorted((real_fixtures / "oai").rglob("*.xml")):
        for prefix, payload in _payloads(path):
            report = _judged(prefix, payload)
            if report is not None:
                reports[prefix].append(report)

    for prefix, found in reports.items():
        published = [report for report in found if not report.blocking]
        assert len(found) >= 50, "too few records to say anything"
        assert len(published) / len(found) >= 0.95, prefix
        assert all(0 < report.score < report.max_score <= 72 for report in published)
        assert not any(finding.code == ENGINE_FAILED for report in found for finding in report.results)


def _payloads(path: Path) -> list[tuple[str, bytes]]:
    try:
        root = parse_xml(path.read_bytes())
    except FairnodeError:
        return []
    found = []
    for metadata in root.iter(f"{{{OAI}}}metadata"):
        for payload in metadata.iterchildren(tag=etree.Element):
            name = etree.QName(payload)
            if name.localname == "dc":
                found.append(("oai_dc", element_bytes(payload)))
            elif "datacite" in (name.namespace or ""):
                found.append(("oai_datacite", element_bytes(payload)))
    # Long lists of one repository say the same over and over.
    return found[:25]


def _judged(prefix: str, payload: bytes) -> ValidationReport | None:
    try:
        mapped = read(prefix, payload, MappingContext(iri=_BASE, identifier="oai:example.org:1"))
    except FairnodeError:
        return None
    shared = [triple for _, bundle in shared_nodes(mapped.resource) for triple in bundle]
    triples = [*to_triples(mapped.resource, base=_BASE), *mapped.extra, *shared]
    return validate(triples, load_profile("fair"), focus=mapped.resource.iri)
