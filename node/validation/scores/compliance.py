"""Compliance with DCAT-AP, which a profile of its own decides, for each resource of a record by itself.

MQA counts datasets (https://data.europa.eu/mqa/methodology): what is wrong with one of a catalogue's is not held
against the others, nor is what is wrong with the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from node.model.rdf import Iri, Triple
from node.model.report import Finding
from node.namespaces import RDF_TYPE, expand
from node.validation import load_profile, validate
from node.validation.scores.facts import RecordFacts, facts_of
from node.validation.scores.mqa import complies

COMPLIANCE = "dcat-ap"
"""The profile whose violations a record must not have to comply with DCAT-AP."""


class Compliance:
    """Findings by the resources that they are held against: those that state them, or link to what does."""

    def __init__(self, triples: Iterable[Triple], findings: Iterable[Finding]) -> None:
        """Index what a record says and what was found in it, by the profile of compliance."""
        self._links: dict[str, list[str]] = {}
        self._apart: set[str] = set()
        for subject, predicate, value in triples:
            if predicate == RDF_TYPE and value in _APART:
                self._apart.add(subject)
            elif isinstance(value, Iri):
                self._links.setdefault(subject, []).append(value)
        self._findings: dict[str | None, list[Finding]] = {}
        for finding in findings:
            self._findings.setdefault(finding.focus_node, []).append(finding)

    def of(self, resource: Iri) -> bool | None:
        """Return whether a resource complies; `None` where that is undecided.

        What it links to counts, whatever the number of links, but not what lies in or behind another resource.
        """
        # What names no node is about the record as a whole.
        found = list(self._findings.get(None, ()))
        seen: set[str] = set()
        waiting: list[str] = [resource]
        while waiting:
            node = waiting.pop()
            if node not in seen and (node == resource or node not in self._apart):
                seen.add(node)
                found += self._findings.get(node, ())
                waiting += self._links.get(node, ())
        return complies(found)


def facts_from(triples: Sequence[Triple], resource: Iri) -> RecordFacts:
    """Return what a record says that scores need, its compliance included."""
    report = validate(triples, load_profile(COMPLIANCE), focus=resource)
    return facts_of(triples, resource, Compliance(triples, report.results).of(resource))


_APART = frozenset(map(expand, ("dcat:Catalog", "dcat:Dataset", "dcat:DatasetSeries", "dcat:DataService")))
