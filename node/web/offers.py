"""What a record's page tells of an offer and of the infrastructure behind a resource, from the statements about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.model.dcat import CLASSES, ResourceKind
from node.model.peer import Viewer
from node.model.rdf import Iri, Triple
from node.namespaces import RDF_TYPE, expand
from node.node import Node
from node.storage.offers import Holdings, Offers, Titled
from node.terms import regions, vocabularies


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What people ask of an offer first.

    Attributes:
        kind: of the resource.
        rows: names, and their values with the address each leads to, if any.
        infrastructures: those it comes from or is part of, that have records here.
        holdings: of an infrastructure, what comes from it; `None` of all else.
    """

    kind: ResourceKind
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    infrastructures: tuple[Titled, ...]
    holdings: Holdings | None


def facts_of(node: Node, viewer: Viewer, subject: str, described: Iterable[Triple]) -> Facts:
    """Return what the page of a record tells of its resource.

    Args:
        described: all that the record says.
    """
    about: dict[Iri, dict[Iri, None]] = {}
    for one, predicate, value in described:
        if one == subject and isinstance(value, Iri):
            about.setdefault(predicate, {})[value] = None
    kind = next((CLASSES[name] for name in about.get(RDF_TYPE, ()) if name in CLASSES), ResourceKind.DATASET)
    rows = ((name, tuple(_told(value) for value in about.get(expand(curie), ()))) for name, curie in _ROWS)
    critical = [value for value in about.get(expand("dct:subject"), ()) if vocabularies.critical_technology(value)]
    shown = (*rows, ("Critical technologies", tuple(map(_told, critical)))) if kind.is_offer else ()
    offers = Offers(node.database)
    others = {value for curie in _LEAD_TO for value in about.get(expand(curie), ())} - {subject}
    return Facts(
        kind=kind,
        rows=tuple((name, values) for name, values in shown if values),
        infrastructures=offers.named(viewer, others),
        holdings=offers.of_infrastructure(viewer, subject) if kind is ResourceKind.INFRASTRUCTURE else None,
    )


def _told(value: Iri) -> tuple[str, str]:
    """A value as people read it, and where it leads."""
    name = vocabularies.label(value) or (f"NUTS {code}" if (code := regions.code(value)) else str(value))
    return name, value if value.startswith(("http://", "https://")) else ""


_ROWS = (
    ("Access", "fni:accessType"),
    ("Who gets access", "fni:accessMode"),
    ("Where it is", "locn:location"),
    ("Status", "org:classification"),
    ("Gives access to", "dcat:servesDataset"),
)
_LEAD_TO = ("prov:wasAttributedTo", "dct:isPartOf", "dct:publisher", "dct:contributor")
