"""The OAI-PMH sets of a record, from what is known of it (OAI-PMH 2.0, section 2.6)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from node.model.dcat import Resource, ResourceKind
from node.model.rdf import Iri
from node.namespaces import expand
from node.terms import vocabularies

_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 100
_PART_OF = (expand("dct:isPartOf"), expand("prov:wasAttributedTo"))


def sets_of(resource: Resource, source: str, operator: str, infrastructure: str | None = None) -> tuple[str, ...]:
    """Return a record's setSpecs, sorted; each below the set of its family.

    Args:
        source: the name of the source.
        operator: who is behind the source, such as a research infrastructure; empty is unknown.
        infrastructure: the IRI of the infrastructure that the agreement with the source names.
    """
    found = {f"kind:{resource.kind.value.lower()}", f"source:{source}"}
    if resource.kind is ResourceKind.DATASET:
        # OpenAIRE's guidelines for data archives ask for this set by name.
        found.add("openaire_data")
    general = vocabularies.datacite_type(resource.resource_type) if resource.resource_type else None
    if general:
        found.add(f"type:{_spelt(general)}")
    found.update(f"theme:{_spelt(theme[len(_THEMES) :])}" for theme in resource.themes if theme.startswith(_THEMES))
    if _spelt(operator):
        found.add(f"infrastructure:{_spelt(operator).lower()}")
    found.update(infrastructure_set(iri) for iri in (infrastructure, *_infrastructures(resource)) if iri)
    return tuple(sorted(found))


def infrastructure_set(iri: str) -> str:
    """Return the setSpec of all that leads to an infrastructure, such as `infrastructure:ror-org-00k4n6c32`."""
    name = _spelt(iri.partition("://")[2] or iri).lower()
    if not name or not iri.isascii():
        # What a setSpec cannot spell is not left out: two infrastructures would be one, or have a set without a name.
        name = f"{name}-{hashlib.sha256(iri.encode()).hexdigest()[:12]}".strip("-")
    return f"infrastructure:{name}"


def _infrastructures(resource: Resource) -> Iterator[Iri]:
    """The infrastructure itself, and those that an offer says it is part of; of a dataset that may be a collection."""
    if resource.kind is ResourceKind.INFRASTRUCTURE:
        yield resource.iri
    if resource.kind.is_offer:
        yield from (one.target for one in resource.relations if one.predicate in _PART_OF)


def _spelt(text: str) -> str:
    """Return a name in the characters that a setSpec may have."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _OTHER.sub("-", plain).strip("-")[:_LONGEST]
