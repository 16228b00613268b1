"""Agreements as JSON and TOML values: every key in words, every unknown key and value refused by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from node.errors import LabelError, SettingsError
from node.mapping.defaults import read_default
from node.model.dcat import Resource
from node.model.entitlement import asked_entitlement, parse_entitlement
from node.model.label import Access, PersonalData
from node.model.rdf import Iri
from node.model.reader import Admission
from node.model.source import Agreement, LabelTerms, SetRule
from node.sovereignty.derive import agreed_data, agreed_record, asked, derive
from node.sovereignty.tags import encode
from node.sovereignty.zones import check_zones
from node.terms import identifiers

_ADVICE = "docs/reference/agreements.md lists the keys and values."
_WORDS: dict[str, type[Access] | type[PersonalData]] = {"access": Access, "personal": PersonalData}
_LISTS = ("zones", "critical")


def agreement_to_json(agreement: Agreement) -> dict[str, Any]:
    """Return the agreement as JSON values."""
    values = asdict(agreement)
    for of in ("record", "data"):
        for name in _WORDS:
            member = getattr(agreement, f"{of}_{name}")
            values[f"{of}_{name}"] = None if member is None else member.name.lower()
        values[f"{of}_floor"] = terms_to_json(getattr(agreement, f"{of}_floor"))
    values["review"] = agreement.review.isoformat() if agreement.review else None
    values["defaults"] = dict(agreement.defaults)
    values["sets"] = [
        {"spec": rule.spec, "record": terms_to_json(rule.record), "data": terms_to_json(rule.data)}
        for rule in agreement.sets
    ]
    return values


def agreement_from_json(values: Mapping[str, Any]) -> Agreement:
    """Read an agreement from JSON or TOML values; missing keys take their defaults.

    Raises:
        SettingsError: an unknown key or value; the message names it.
    """
    read: dict[str, Any] = dict(values)
    try:
        for of in ("record", "data"):
            for name, kind in _WORDS.items():
                if read.get(f"{of}_{name}") is not None:
                    read[f"{of}_{name}"] = _word(kind, read[f"{of}_{name}"])
            for name in _LISTS:
                if read.get(f"{of}_{name}") is not None:
                    read[f"{of}_{name}"] = _texts(f"{of}_{name}", read[f"{of}_{name}"])
            if f"{of}_floor" in read:
                read[f"{of}_floor"] = terms_from_json(read[f"{of}_floor"])
        if "sets" in read:
            read["sets"] = tuple(_rule(each) for each in read["sets"])
        if "peers" in read:
            read["peers"] = _texts("peers", read["peers"])
        if "entitlements" in read:
            read["entitlements"] = _entitlements(read["entitlements"])
        if not isinstance(read.get("identity_assurance", ""), str):
            raise TypeError(f"identity_assurance is a text, not {read['identity_assurance']!r}")
        read["infrastructure"] = _infrastructure(read.get("infrastructure"))
        read["defaults"] = _defaults(read.get("defaults", {}))
        read["review"] = _day(read.get("review"))
        for name in ("record_assurance", "data_assurance"):
            if isinstance(read.get(name), bool) or not isinstance(read.get(name, 0), int | None):
                raise TypeError(f"{name} is a number from 0 to 4, not {read[name]!r}")
        agreement = Agreement(**read)
        # A label that cannot be spelt could not be worked out, for any record of the source.
        for label in (agreed_record(agreement), agreed_data(agreement)):
            encode(label)
        return agreement
    except (KeyError, TypeError, ValueError, LabelError) as error:
        raise SettingsError(f"agreement: {error}", advice=_ADVICE) from error


def new_agreement(values: Mapping[str, Any], today: dt.date) -> Agreement:
    """Read an agreement that somebody enters; what is stored is read by `agreement_from_json`, whatever zones became.

    Raises:
        SettingsError: an unknown key or value, an entitlement that nobody can hold, a zone that is none today or a
            list of none, or labels that have no spelling once everything it asks is joined.
    """
    agreement = agreement_from_json(values)
    for text in agreement.entitlements:
        try:
            asked_entitlement(text)
        except ValueError as error:
            raise SettingsError(f"agreement: {error}", advice=_ADVICE) from error
    lists = {"record_zones": agreement.record_zones, "data_zones": agreement.data_zones}
    lists |= {f"{of}_floor.zones": getattr(agreement, f"{of}_floor").zones for of in ("record", "data")}
    for rule in agreement.sets:
        lists |= {f"rule for set {rule.spec}: {of}.zones": getattr(rule, of).zones for of in ("record", "data")}
    for name, codes in lists.items():
        if codes is not None:
            check_zones(codes, today, what=f"agreement: {name}")
    try:
        labels, _ = derive(Resource(iri=Iri("urn:fairnode:any")), agreement, today)
        encode(labels.record), encode(labels.data)
    except LabelError as error:
        raise SettingsError(f"agreement: {error.message}", advice=_ADVICE) from error
    return agreement


def admission_of(source: str, agreement: Agreement, today: dt.date) -> Admission:
    """Return whom the agreement with a source lets in today."""
    asked = (parse_entitlement(text) for text in agreement.entitlements)
    return Admission(
        source=source,
        peers=agreement.peers,
        entitlements=tuple(each for each in asked if each is not None),
        assurance=agreement.identity_assurance,
        frozen=agreement.review is not None and agreement.review < today,
    )


def terms_to_json(terms: LabelTerms) -> dict[str, Any]:
    """Return what is asked of a label as JSON values; what is not asked is left out."""
    values: dict[str, Any] = {}
    for field in fields(terms):
        value = getattr(terms, field.name)
        if value is None:
            continue
        if isinstance(value, Access | PersonalData):
            value = value.name.lower()
        elif isinstance(value, dt.date):
            value = value.isoformat()
        values[field.name] = list(value) if isinstance(value, tuple) else value
    return values


def terms_from_json(values: object) -> LabelTerms:
    """Read what is asked of a label from JSON or TOML values.

    Raises:
        ValueError, TypeError, KeyError: an unknown key or value.
        LabelError: a code that no label can have.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"what is asked of a label is a table, not {values!r}")
    read = dict(values)
    for name, kind in _WORDS.items():
        if name in read:
            read[name] = _word(kind, read[name])
    for name in (*_LISTS, "policies"):
        if name in read:
            read[name] = _texts(name, read[name])
    for name in ("keep_until", "erase_by"):
        read[name] = _day(read.get(name))
    terms = LabelTerms(**read)
    encode(asked(terms))
    return terms


def _rule(values: object) -> SetRule:
    if not isinstance(values, Mapping) or not isinstance(values.get("spec"), str) or not values["spec"]:
        raise ValueError("a rule for a set names it: spec")
    read = dict(values)
    for of in ("record", "data"):
        if of in read:
            read[of] = terms_from_json(read[of])
    return SetRule(**read)


def _word(kind: type[Access] | type[PersonalData], value: object) -> Access | PersonalData:
    try:
        return kind[str(value).upper()]
    except KeyError as error:
        raise ValueError(f"{value!r} is none of {', '.join(member.name.lower() for member in kind)}") from error


def _texts(name: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{name} is a list of texts, not {values!r}")
    return tuple(values)


def _entitlements(values: object) -> tuple[str, ...]:
    texts = _texts("entitlements", values)
    for text in texts:
        if parse_entitlement(text) is None:
            raise ValueError(f"{text!r} is no entitlement: urn:NID:NAMESPACE:group:GROUP[:role=ROLE][#AUTHORITY]")
    return texts


def _infrastructure(value: object) -> str | None:
    if value is None:
        return None
    found = identifiers.resolve("ROR", value) or identifiers.iri(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"infrastructure is the IRI of an infrastructure, best its ROR, not {value!r}")
    return found


def _defaults(values: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(values, Mapping):
        raise TypeError(f"defaults are a table of properties, not {values!r}")
    return tuple(sorted(read_default(str(name), str(text)) for name, text in values.items()))


def _day(value: object) -> dt.date | None:
    if value is None or type(value) is dt.date:
        return value
    return dt.date.fromisoformat(str(value))
