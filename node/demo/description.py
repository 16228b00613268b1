"""What a sample record says, before it is put into a metadata format.

The vocabulary is that of the DataCite Metadata Schema 4.6 (https://datacite-metadata-schema.readthedocs.io/en/4.6/).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in one language; `language` is a BCP 47 tag."""

    value: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, `name` with the family name first; `orcid` in its sixteen-character form with hyphens."""

    name: str
    affiliation: str
    orcid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """Money a project got: the funder's name, its number of the award, and the project's title."""

    funder: str
    number: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A relatedIdentifier: relationType, relatedIdentifierType (`DOI` or `URL`) and the identifier."""

    relation: str
    kind: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One dataset, program, instrument or service.

    Attributes:
        local: its name in the repository, the last part of its OAI identifier.
        doi: below the test prefix 10.5072, without a resolver; empty where it has none.
        general_type: resourceTypeGeneral.
        label: the free text beside it.
        licence: as the repository spells it, a name or an address; `None` where it says nothing.
        access: `open`, `embargo`, `registered` or `restricted`.
        available: end of the embargo, `YYYY-MM-DD`.
        collected: an ISO 8601 date or range; empty where nothing was collected.
        place: latitude and longitude; box: west, south, east, north; WGS 84 degrees.
        size: bytes; 0 where nothing can be downloaded.
        endpoint: where a service answers.
    """

    local: str
    doi: str
    general_type: str
    label: str
    titles: tuple[Text, ...]
    abstracts: tuple[Text, ...]
    creators: tuple[Person, ...]
    publisher: str
    host: str
    ror: str | None = None
    issued: str
    updated: str | None = None
    language: str
    keywords: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    size: int = 0
    version: str | None = None
    licence: str | None = None
    access: str = "open"
    available: str | None = None
    collected: str = ""
    place_name: str | None = None
    place: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    awards: tuple[Award, ...] = ()
    related: tuple[Related, ...] = ()
    landing: str = ""
    endpoint: str | None = None
