"""What a crosswalk says about values it could only use with reservations: code, severity and the way to mend it.

The codes are documented in `docs/reference/crosswalks.md`, section "Findings"; a test holds the two together.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from node.model.report import Finding, Severity

_Where = TypeVar("_Where", contravariant=True)


class Notes(Protocol[_Where]):
    """A payload being read, as far as rules need it that read values of any syntax: the place to note reservations.

    Attributes:
        findings: what was noted so far.
    """

    findings: list[Finding]

    def note(self, code: str, message: str, where: _Where | None = None, /, value: str | None = None) -> None:
        """Say that something at `where` was taken with reservations; `code` is one of `RESERVATIONS`."""
        ...


RESERVATIONS: dict[str, tuple[Severity, str]] = {
    "mapping.address-as-text": (
        Severity.WARNING,
        "Give the address as an IRI, not as a literal (sh:nodeKind of the property in DCAT-AP 3).",
    ),
    "mapping.agent-unnamed": (
        Severity.INFO,
        "Describe the agent in the record, with its name (foaf:name).",
    ),
    "mapping.context": (
        Severity.WARNING,
        "Use https://schema.org/ as the context, with prefixes for the terms of other vocabularies.",
    ),
    "mapping.date-unreadable": (
        Severity.WARNING,
        "Write dates as YYYY, YYYY-MM or YYYY-MM-DD (ISO 8601), ranges as start/end.",
    ),
    "mapping.document": (
        Severity.WARNING,
        "Send one document of the announced format, with the root element its schema names.",
    ),
    "mapping.distributions-many": (
        Severity.WARNING,
        "Describe the data by fewer, larger distributions, or offer them as one archive.",
    ),
    "mapping.format-unknown": (
        Severity.INFO,
        "Name formats by their IANA media type, such as text/csv.",
    ),
    "mapping.geometry-unreadable": (
        Severity.WARNING,
        "Give WGS 84 decimal degrees, longitude -180 to 180 and latitude -90 to 90, south below north.",
    ),
    "mapping.identifier-unreadable": (
        Severity.WARNING,
        "Correct the identifier, or its type; check digits of ORCID and ISNI are verified.",
    ),
    "mapping.language-unknown": (
        Severity.WARNING,
        "Use an ISO 639 code or a BCP 47 tag, such as de or en-GB.",
    ),
    "mapping.license-several": (
        Severity.INFO,
        "Name one licence for the data; put exceptions on the distributions they apply to.",
    ),
    "mapping.license-unknown": (
        Severity.WARNING,
        "Give the licence's address or its SPDX identifier, such as CC-BY-4.0.",
    ),
    "mapping.namespace": (
        Severity.WARNING,
        "Declare the namespace that the format's schema names on the root element.",
    ),
    "mapping.placeholder": (
        Severity.INFO,
        "Replace the placeholder by the value, once it is known.",
    ),
    "mapping.relation-unknown": (
        Severity.INFO,
        "Use a relationType of the DataCite metadata schema.",
    ),
    "mapping.several-resources": (
        Severity.WARNING,
        "Send one resource a record, or say which is meant with foaf:primaryTopic.",
    ),
    "mapping.type-unknown": (
        Severity.INFO,
        "Use a resourceTypeGeneral of DataCite, a DCMI type or a COAR resource type.",
    ),
    "mapping.value-unusable": (
        Severity.WARNING,
        "Correct the value; the property's range is given in DCAT-AP 3.",
    ),
}


def reservation(
    code: str, message: str, *, path: str | None = None, value: str | None = None, source_line: int | None = None
) -> Finding:
    """Return the finding for a code of `RESERVATIONS`; the message holds the value.

    Raises:
        KeyError: the code is not in the table.
    """
    severity, advice = RESERVATIONS[code]
    return Finding(
        code=code,
        severity=severity,
        message=message,
        advice=advice,
        path=path,
        value=None if value is None else value[:500],
        source_line=source_line,
    )
