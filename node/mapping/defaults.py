"""What holds for all records of a source by agreement: those that state nothing get it, with a finding that says so.

A default never speaks against a source: where a record says anything of a property, however badly, that stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from node.errors import SettingsError
from node.model.dcat import Agent, ContactPoint, Resource
from node.model.mapped import Mapped
from node.model.rdf import Iri
from node.model.report import Finding, Severity
from node.namespaces import expand
from node.terms import identifiers, vocabularies

APPLIED = "mapping.default-applied"

Default = tuple[str, str]
"""A property, such as `dct:license`, and its value as `read_default` returns them."""


def read_default(name: str, text: str) -> Default:
    """Return a default as agreements keep it: the property as a CURIE, the value in its one spelling.

    Args:
        name: a CURIE or IRI of one of `PROPERTIES`.
        text: a term or its name, an address, a name with an IRI or mail address in angle brackets.

    Raises:
        SettingsError: there are no defaults for that property, or the value is none of its values.
    """
    curie = next((one for one in PROPERTIES if name in (one, expand(one))), name)
    kind = _KINDS.get(curie)
    if kind is None:
        raise SettingsError(f"{name}: no default can be kept for it", advice=f"There are {', '.join(PROPERTIES)}.")
    value = kind.read(" ".join(text.split()))
    if value is None:
        raise SettingsError(f"{curie}={text}: no value of it", advice=f"Write {kind.wanted}.")
    return curie, value if isinstance(value, Iri) else " ".join(text.split())


def with_defaults(mapped: Mapped, defaults: Sequence[Default]) -> Mapped:
    """Return a mapped record with the defaults of its source for what it does not state.

    Args:
        defaults: as `read_default` returns them.
    """
    resource, findings = mapped.resource, list[Finding]()
    if not defaults:
        return mapped
    stated = {predicate for subject, predicate, _ in mapped.extra if subject == resource.iri}
    stated |= {expand(_UNKNOWN[one.code]) for one in mapped.findings if one.code in _UNKNOWN}
    for curie, text in defaults:
        kind = _KINDS.get(curie)
        value = kind.read(text) if kind is not None else None
        if kind is None or value is None or expand(curie) in stated or not kind.lacks(mapped.resource):
            continue
        held = getattr(resource, kind.field)
        filled: dict[str, Any] = {kind.field: (*held, value) if isinstance(held, tuple) else value}
        if kind.field == "license":
            # DCAT-AP states the licence of distributions, where MQA looks for it, too.
            filled["distributions"] = tuple(replace(way, license=value) for way in resource.distributions)
        resource = replace(resource, **filled)
        findings.append(
            Finding(
                code=APPLIED,
                severity=Severity.INFO,
                message=f"{curie} is “{text}” by agreement with the source; the record says nothing of it",
                advice="State it in the record: whoever harvests the source elsewhere does not know the agreement.",
                path=curie,
                value=text,
            )
        )
    if not findings:
        return mapped
    return replace(mapped, resource=resource, findings=(*mapped.findings, *findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How the default of a property is read, which field of a resource it goes to, and when that is free for it."""

    field: str
    read: Callable[[str], Any | None]
    wanted: str
    lacks: Callable[[Resource], bool]


def _says_no_licence(resource: Resource) -> bool:
    # Any words about rights may be other terms than the default's.
    ways = resource.distributions
    return not (resource.license or resource.rights or any(way.license or way.rights for way in ways))


def _says_no_access(resource: Resource) -> bool:
    return not (resource.access_rights or resource.rights or resource.available)


def _license(text: str) -> Iri | None:
    return vocabularies.license(text) or _address(text)


def _address(text: str) -> Iri | None:
    return identifiers.iri(text) if text.startswith(("http://", "https://")) else None


def _publisher(text: str) -> Agent | None:
    named = _BRACKETS.fullmatch(text)
    if named is not None:
        iri = _address(named["inner"])
        return Agent(name=named["name"], iri=iri, kind="organization") if iri else None
    return Agent(name=text, kind="organization") if text and "://" not in text else None


def _contact(text: str) -> ContactPoint | None:
    named = _BRACKETS.fullmatch(text)
    name, where = (named["name"], named["inner"]) if named else (None, text)
    mail = where.removeprefix("mailto:")
    if _MAIL.fullmatch(mail):
        return ContactPoint(name=name, email=mail)
    url = _address(where)
    return ContactPoint(name=name, url=url) if url else None


# What the crosswalk says of a value that it could not read: there is one.
_UNKNOWN = {
    "mapping.license-unknown": "dct:license",
    "mapping.language-unknown": "dct:language",
    "mapping.type-unknown": "dct:type",
}
_BRACKETS = re.compile(r"(?P<name>[^<>]*[^<>\s])\s*<(?P<inner>[^<>\s]+)>")
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_KINDS = {
    "dct:license": _Kind(
        field="license",
        read=_license,
        wanted="a licence's IRI, address or SPDX identifier, such as CC-BY-4.0",
        lacks=_says_no_licence,
    ),
    "dct:accessRights": _Kind(
        field="access_rights",
        read=vocabularies.access_right,
        wanted="a term of the EU's access rights, such as its IRI or openAccess",
        lacks=_says_no_access,
    ),
    "dct:language": _Kind(
        field="languages",
        read=vocabularies.language,
        wanted="a language's code or IRI, such as fi",
        lacks=lambda resource: not resource.languages,
    ),
    "dct:publisher": _Kind(
        field="publisher",
        read=_publisher,
        wanted="a name, or a name with an IRI: Example University <https://ror.org/...>",
        lacks=lambda resource: resource.publisher is None,
    ),
    "dcat:contactPoint": _Kind(
        field="contact_points",
        read=_contact,
        wanted="a mail address or URL, with a name where there is one: Data desk <data@example.org>",
        lacks=lambda resource: not resource.contact_points,
    ),
    "dcat:theme": _Kind(
        field="themes",
        read=vocabularies.theme,
        wanted="a data theme of the EU, such as its IRI or ENVI",
        lacks=lambda resource: not resource.themes,
    ),
    "dct:type": _Kind(
        field="resource_type",
        read=vocabularies.resource_type,
        wanted="a resource type of COAR, such as its IRI or dataset",
        lacks=lambda resource: not (resource.resource_type or resource.type_labels),
    ),
    "dct:conformsTo": _Kind(
        field="conforms_to",
        read=_address,
        wanted="the standard's address",
        lacks=lambda resource: not resource.conforms_to,
    ),
}
PROPERTIES = tuple(_KINDS)
"""The properties that a source may have defaults for."""
