"""Facts of a record with its compliance with DCAT-AP, which a profile of its own decides."""

from __future__ import annotations

from collections.abc import Sequence

from node.model.rdf import Iri, Triple
from node.validation import load_profile, validate
from node.validation.scores.facts import RecordFacts, facts_of
from node.validation.scores.mqa import complies

COMPLIANCE = "dcat-ap"
"""The profile whose violations a record must not have to comply with DCAT-AP."""


def facts_from(triples: Sequence[Triple], resource: Iri) -> RecordFacts:
    """Return what a record says that scores need, its compliance included."""
    report = validate(triples, load_profile(COMPLIANCE), focus=resource)
    return facts_of(triples, resource, complies(report))
