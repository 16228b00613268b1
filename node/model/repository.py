"""What a repository says of itself before it is harvested, in the words of OAI-PMH 2.0 (sections 4.2, 4.4 and 4.6)."""

from __future__ import annotations

from dataclasses import dataclass

from node.model.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataFormat:
    """A format the repository offers.

    Attributes:
        prefix: what to ask for: an OAI-PMH metadata prefix, a media type, a CSW output schema.
        namespace: XML namespace, or the profile's IRI; empty where there is none.
        schema: address of its schema; empty where there is none.
    """

    prefix: str
    namespace: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySet:
    """A part of the repository that can be harvested alone: an OAI-PMH set, a catalogue, an organisation."""

    spec: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryDescription:
    """What a repository says of itself.

    Attributes:
        name: for people.
        url: where it says it is.
        contacts: e-mail addresses.
        protocol: name and version, such as `OAI-PMH 2.0`.
        granularity: of its datestamps, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`; empty where it has none.
        deletions: how it tells of deletions: `persistent`, `transient`, or `no` (only their absence tells).
        earliest: its earliest datestamp, as it spells it.
        formats: what it offers.
        sets: at most 10,000 of its sets.
        records: how many records it says it has; `None` where it does not say.
        findings: where it does not conform to its protocol.
    """

    name: str = ""
    url: str = ""
    contacts: tuple[str, ...] = ()
    protocol: str = ""
    granularity: str = ""
    deletions: str = "no"
    earliest: str = ""
    formats: tuple[MetadataFormat, ...] = ()
    sets: tuple[RepositorySet, ...] = ()
    records: int | None = None
    findings: tuple[Finding, ...] = ()
