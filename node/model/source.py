"""A registered source and the agreement under which it is harvested."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from node.model.label import Access, PersonalData


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a repository and the node agreed on; the default is what a public repository gives without a login.

    Attributes:
        operator: the legal body behind the repository.
        country: ISO 3166-1 alpha-3; `None` is unknown.
        contact: e-mail or URL.
        metadata_license: licence IRI of the metadata itself.
        review: release is frozen after this date.
        record_access, record_zones, record_critical, record_personal, record_assurance: defaults for the metadata
            record's label.
        data_access, data_zones, data_critical, data_personal, data_assurance: defaults for the data's label; `None` is
            unknown (most restrictive until the metadata says more).
    """

    operator: str = ""
    country: str | None = None
    contact: str = ""
    metadata_license: str | None = None
    review: dt.date | None = None
    record_access: Access = Access.PUBLIC
    record_zones: tuple[str, ...] = ("WLD",)
    record_critical: tuple[str, ...] = ()
    record_personal: PersonalData = PersonalData.NONE
    record_assurance: int = 0
    data_access: Access | None = None
    data_zones: tuple[str, ...] | None = None
    data_critical: tuple[str, ...] | None = None
    data_personal: PersonalData | None = None
    data_assurance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a complete run of the source may look like; outside it the run is `suspect` and deletes nothing.

    Attributes:
        min_records: fewer records listed by a full run than this is suspect.
        max_records: more is suspect; `None` is open.
        max_deleted_share: a larger share of the stored records deleted in one run is suspect (0..1).
        max_absent_share: a larger share of the live records missing from a complete list is suspect (0..1); a handful
            never is, unless the list is empty.
    """

    min_records: int = 0
    max_records: int | None = None
    max_deleted_share: float = 1.0
    max_absent_share: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A repository registered for harvesting.

    Attributes:
        name: short, unique, `[a-z0-9][a-z0-9-]*`.
        url: the protocol's base URL.
        kind: the harvest protocol, such as `oai-pmh`.
        metadata_prefix: the format asked for.
        set_specs: sets to harvest; empty is everything.
        agreement: see `Agreement`.
        bounds: see `Bounds`.
        paused: registered but not due.
        interval: seconds between two runs of a worker; 0 leaves the source to people.
        full_every: seconds after which a run lists everything again, and finds what was deleted without a word.
        reconcile_after: complete lists in a row that must miss a record before it counts as deleted; 0 never does.
        allow_networks: private networks the repository may live in, such as `127.0.0.1/32`, besides those of the node.
        next_from: the bookmark of the last complete run: from where an incremental one goes on; `None` or an empty text
            is a full run.
    """

    name: str
    url: str
    kind: str = "oai-pmh"
    metadata_prefix: str = "oai_dc"
    set_specs: tuple[str, ...] = ()
    agreement: Agreement = Agreement()
    bounds: Bounds = Bounds()
    paused: bool = False
    interval: int = 86_400
    full_every: int = 30 * 86_400
    reconcile_after: int = 2
    allow_networks: tuple[str, ...] = ()
    next_from: str | None = None
