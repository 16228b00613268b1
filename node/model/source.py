"""A registered source and the agreement under which it is harvested."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from node.model.label import Access, PersonalData


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTerms:
    """What is asked of a label, dimension by dimension; `None` is nothing asked, an empty tuple is "none".

    Attributes:
        access: at least this access class.
        zones: residency zones that must hold as well.
        critical: critical technology areas inside.
        personal: at least this class of personal data.
        policies: policies that must permit as well.
        keep_until, erase_by: days of retention.
        assurance: at least this storage assurance, 0 to 4.
    """

    access: Access | None = None
    zones: tuple[str, ...] | None = None
    critical: tuple[str, ...] | None = None
    personal: PersonalData | None = None
    policies: tuple[str, ...] | None = None
    keep_until: dt.date | None = None
    erase_by: dt.date | None = None
    assurance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """What is asked of the labels of the records of a set, and of the sets below it.

    Attributes:
        spec: the set, as the source spells it (setSpec; OAI-PMH 2.0, section 2.6).
        record, data: of the record's label, of the data's.
    """

    spec: str
    record: LabelTerms = LabelTerms()
    data: LabelTerms = LabelTerms()

    def covers(self, specs: tuple[str, ...]) -> bool:
        """Whether a record in these sets is one of this rule's."""
        return any(spec == self.spec or spec.startswith(f"{self.spec}:") for spec in specs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a repository and the node agreed on; the default is what a public repository gives without a login.

    Attributes:
        operator: the legal body behind the repository.
        infrastructure: the IRI of the infrastructure whose records these are, best its ROR; `None` is unknown.
        country: ISO 3166-1 alpha-3; `None` is unknown.
        contact: e-mail or URL.
        metadata_license: licence IRI of the metadata itself.
        review: release is frozen after this date.
        record_access, record_zones, record_critical, record_personal, record_assurance: defaults for the metadata
            record's label.
        data_access, data_zones, data_critical, data_personal, data_assurance: defaults for the data's label; `None` is
            unknown (most restrictive until the metadata says more).
        record_floor, data_floor: what no one can loosen, not even two people with a reason.
        sets: rules for the sets of the source; they only tighten.
        peers: names of the peers that may be given what is not public; no other is.
        entitlements: AARC-G069; who holds one of them may read what is restricted. None admits nobody.
        identity_assurance: the value of `eduperson_assurance` that what is confidential asks of them besides; empty
            admits nobody to that.
        defaults: (property, value) of records that state nothing of the property, as `node.mapping.defaults` reads
            them, sorted; no label comes from them.
    """

    operator: str = ""
    infrastructure: str | None = None
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
    record_floor: LabelTerms = LabelTerms()
    data_floor: LabelTerms = LabelTerms()
    sets: tuple[SetRule, ...] = ()
    peers: tuple[str, ...] = ()
    entitlements: tuple[str, ...] = ()
    identity_assurance: str = ""
    defaults: tuple[tuple[str, str], ...] = ()


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
