"""A sovereignty label in RDF, in the terms of `vocab/sovereignty.ttl`: written in one way, and read in no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from node.errors import LabelError
from node.model.label import Access, Label, PersonalData, Retention
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.sovereignty.labels import UNKNOWN_ORIGIN
from node.sovereignty.tags import encode

SOVEREIGNTY = "https://w3id.org/fairnode/sovereignty#"
COUNTRY = "http://publications.europa.eu/resource/authority/country/"
DATE = expand("xsd:date")
INTEGER = expand("xsd:nonNegativeInteger")


def own(name: str) -> Iri:
    """Return a term of `vocab/sovereignty.ttl`."""
    return Iri(SOVEREIGNTY + name)


def label_triples(node: Iri, label: Label) -> tuple[Triple, ...]:
    """Return a label's own statements.

    Raises:
        LabelError: it has no spelling.
    """
    encode(label)  # refuses what has none
    found: list[Triple] = [
        (node, RDF_TYPE, own("Label")),
        (node, own("access"), concept("access", label.access.name)),
        (node, own("personalData"), concept("personal", label.personal.name)),
        (node, own("storageAssurance"), Literal(str(label.assurance), datatype=INTEGER)),
    ]
    found += [(node, own("origin"), Iri(COUNTRY + code)) for code in sorted(label.origin - {UNKNOWN_ORIGIN})]
    if UNKNOWN_ORIGIN in label.origin:
        found.append((node, own("origin"), own("origin-unknown")))
    found += [(node, own("residencyZone"), zone(code)) for code in sorted(label.zones)]
    found += [(node, own("criticalTechnology"), concept("critical", code)) for code in sorted(label.critical)]
    found += [(node, own("policyId"), Literal(name)) for name in sorted(label.policies)]
    for name, day in (("keepUntil", label.retention.keep_until), ("eraseBy", label.retention.erase_by)):
        if day is not None:
            found.append((node, own(name), Literal(day.isoformat(), datatype=DATE)))
    return tuple(found)


def read_label(node: Iri, triples: Sequence[Triple]) -> Label:
    """Read a label from its own statements.

    Raises:
        LabelError: one is missing, stands twice or is none of `vocab/sovereignty.ttl`. The thing then counts as the
            most restrictive there is.
    """
    values: dict[str, list[str]] = {}
    for subject, predicate, value in triples:
        if subject != node or predicate in (RDF_TYPE, own("of")):
            continue
        if not predicate.startswith(SOVEREIGNTY):
            raise LabelError(f"{predicate} is no part of a label")
        values.setdefault(predicate.removeprefix(SOVEREIGNTY), []).append(_plain(value))
    try:
        label = _read(values)
    except (KeyError, ValueError) as error:
        raise LabelError(f"the label cannot be read: {error}") from error
    if set(label_triples(node, label)) - {(node, RDF_TYPE, own("Label"))} != {
        triple for triple in triples if triple[0] == node and triple[1] not in (RDF_TYPE, own("of"))
    }:
        raise LabelError("the label is not in its one spelling")
    return label


def concept(dimension: str, value: str) -> Iri:
    """Return the concept of a value, such as `access`, `PUBLIC`."""
    return own(f"{dimension}-{value.lower()}")


def zone(code: str) -> Iri:
    """Return the concept of a residency zone; of one country (`NAT:DEU`) the country itself."""
    return Iri(COUNTRY + code.removeprefix("NAT:")) if code.startswith("NAT:") else concept("zone", code)


_ACCESS = {concept("access", member.name): member for member in Access}
_PERSONAL = {concept("personal", member.name): member for member in PersonalData}
_ONCE = ("access", "personalData", "storageAssurance")


def _read(values: Mapping[str, list[str]]) -> Label:
    if unknown := sorted(set(values) - _NAMES):
        raise ValueError(f"{unknown[0]} is no part of a label")
    for name in (*_ONCE, "keepUntil", "eraseBy"):
        if len(values.get(name, ())) > 1:
            raise ValueError(f"{name} stands {len(values[name])} times")
    access, personal, assurance = (values[name][0] for name in _ONCE)
    return Label(
        origin=frozenset(map(_country, values.get("origin", ()))),
        zones=frozenset(map(_zone_code, values.get("residencyZone", ()))),
        access=_ACCESS[Iri(access)],
        critical=frozenset(map(_critical, values.get("criticalTechnology", ()))),
        personal=_PERSONAL[Iri(personal)],
        policies=frozenset(values.get("policyId", ())),
        retention=Retention(keep_until=_day(values, "keepUntil"), erase_by=_day(values, "eraseBy")),
        assurance=int(assurance),
    )


_NAMES = {*_ONCE, "origin", "residencyZone", "criticalTechnology", "policyId", "keepUntil", "eraseBy"}


def _country(iri: str) -> str:
    return UNKNOWN_ORIGIN if iri == own("origin-unknown") else _tail(iri, COUNTRY)


def _zone_code(iri: str) -> str:
    return f"NAT:{_tail(iri, COUNTRY)}" if iri.startswith(COUNTRY) else _tail(iri, f"{SOVEREIGNTY}zone-").upper()


def _critical(iri: str) -> str:
    code = _tail(iri, f"{SOVEREIGNTY}critical-")
    return code.upper() if code.startswith("cta") else code


def _tail(iri: str, base: str) -> str:
    if not iri.startswith(base):
        raise ValueError(f"{iri} is no part of a label")
    return iri.removeprefix(base)


def _day(values: Mapping[str, list[str]], name: str) -> dt.date | None:
    return dt.date.fromisoformat(values[name][0]) if name in values else None


def _plain(value: Iri | Literal) -> str:
    return value if isinstance(value, Iri) else value.value
