"""From a harvested record to everything that can be known of it without a store: mapped, validated, labelled, rendered.

Pure, and its values pickle, so it runs on any `concurrent.futures` executor.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from node.amounts import counted
from node.errors import FairnodeError
from node.judging import Judging, MakesJudgement, judged
from node.mapping.crosswalks import WRITERS, read
from node.mapping.dcat_ap import DOCUMENT, shared_nodes, to_triples
from node.mapping.defaults import with_defaults
from node.mapping.originals import original_of
from node.mapping.passage import nested, origin_of, passed_through
from node.mapping.protocols import MappingContext
from node.mapping.sets import sets_of
from node.model import pickled as pickled  # records and what becomes of them travel between processes
from node.model.dcat import Resource
from node.model.label import Access
from node.model.mapped import Mapped
from node.model.oai import Record
from node.model.override import Override
from node.model.prepared import Prepared, SharedNode
from node.model.rdf import Iri, Triple
from node.model.report import Finding, Severity
from node.model.source import Agreement
from node.model.statement import Received, Sender
from node.sovereignty.derive import derive, valid_until
from node.sovereignty.received import received
from node.syntax import refuse_crowded, to_lines
from node.telemetry import logger
from node.terms.additions import Spelling, use
from node.validation.patience import of_run

NOT_HERE = "harvest.unchanged-unknown"
"""Why a record is rejected that the source says is as it was, and that the node does not have."""
_log = logger("prepare")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What preparing needs to know besides the record.

    Attributes:
        base_url: of the node; minted IRIs live below it.
        source: the source's name.
        metadata_prefix: the format harvested.
        agreement: the source's.
        profile: the validation profile, by which a record may be held back; empty switches validation off.
        audited: profiles that judge the record in the same pass, for audits to find their verdicts.
        make_judgement: makes these verdicts' judgements; without it `audited` does nothing.
        today: labels are derived as of this day.
        spellings: the node's own, which are laid over the shipped ones; `None` leaves what is in use.
        overrides: by local id, what curators decided about the labels of the records at hand.
        received: by local id, what came with the records at hand about their labels the last time.
        sender: the peer whose source it is; `None` where it is no peer's.
        former: the peer whose source it was, where it is no peer's any more and nobody let go of what that one said.
        login: the least access class of what the source shows to nobody without a login; `None` where it asks for none.
        run: what the records are judged in; a check that takes too long of several of its records is given up.
    """

    base_url: str
    source: str
    metadata_prefix: str
    agreement: Agreement
    profile: str
    today: dt.date
    spellings: tuple[Spelling, ...] | None = None
    audited: tuple[str, ...] = ()
    make_judgement: MakesJudgement | None = None
    overrides: Mapping[str, tuple[Override, ...]] = field(default_factory=dict)
    received: Mapping[str, Received] = field(default_factory=dict)
    sender: Sender | None = None
    former: str = ""
    login: Access | None = None
    run: str = ""


def prepare_all(records: Sequence[tuple[str, Record]], job: Job) -> list[Prepared]:
    """Prepare records, each given with its local id. Bad data becomes a `problem`, never an exception."""
    if job.spellings is not None:
        use(job.spellings)
    with of_run(job.run):
        return [_guarded(local, record, job) for local, record in records]


def raw_bytes(record: Record) -> bytes:
    """Return what is kept of a record as harvested: the payload, else the record element, else nothing."""
    return record.metadata if record.metadata is not None else record.raw or b""


def raw_digest(record: Record) -> str:
    """Return the SHA-256 that says whether a record's content changed.

    It is that of the payload; a record kept whole because it has none that can be used never has the digest of one.
    """
    if record.metadata is None and record.raw is not None:
        return hashlib.sha256(b"record\0" + record.raw).hexdigest()
    return hashlib.sha256(raw_bytes(record)).hexdigest()


def rdf_digest(prepared: Prepared) -> str:
    """Return the SHA-256 of a record's graph."""
    return hashlib.sha256(prepared.ntriples.encode()).hexdigest()


def content_digest(prepared: Prepared) -> str:
    """Return the SHA-256 of all that any outlet shows of a record, its agents and payloads included."""
    shared = [(node.iri, node.ntriples) for node in prepared.shared]
    parts = (
        prepared.ntriples,
        shared,
        prepared.payloads,
        prepared.sets,
        prepared.title,
        prepared.origin_description,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _guarded(local: str, record: Record, job: Job) -> Prepared:
    try:
        return _prepare(local, record, job)
    except FairnodeError as error:
        return problem(local, record, job, error.code, error.message)
    except Exception as error:
        # A record must never stop a run; what it stumbled over is logged whole and named in the ledger.
        _log.exception("a record could not be prepared", source=job.source, identifier=record.header.identifier)
        return problem(local, record, job, "mapping.crashed", f"{type(error).__name__}: {error}")


def _prepare(local: str, record: Record, job: Job) -> Prepared:
    if record.unchanged:
        reason = "the source says that it is as it was, and it is not here; the next run asks for everything"
        return problem(local, record, job, NOT_HERE, reason)
    if record.metadata is None:
        return problem(local, record, job, "mapping.no-metadata", "the record came without metadata")
    iri = Iri(f"{job.base_url}/dataset/{local}")
    origin = origin_of(record.about)
    if origin is not None and f"{job.base_url}/oai" in passed_through(origin):
        reason = "the record was harvested from this node, by its source or by one before it"
        return problem(local, record, job, "mapping.own-record", reason)
    if record.media_type == "application/xml":
        refuse_crowded(record.metadata)
    context = MappingContext(iri=iri, identifier=record.header.identifier, media_type=record.media_type)
    stated = read(record.metadata_prefix or job.metadata_prefix, record.metadata, context)
    mapped = with_defaults(stated, job.agreement.defaults)
    resource = mapped.resource
    if resource.iri != iri and _is_ours(resource.iri, job.base_url):
        return problem(
            local, record, job, "mapping.own-address", f"the record claims {resource.iri}, an address of this node"
        )
    triples, shared, strange = _shares(mapped, iri, job.base_url)
    lines = to_lines(triples)
    others = {node: to_lines(shared[node]) for node in sorted(shared)}
    overrides = job.overrides.get(local, ())
    came, came_with = _received(local, record, job)
    labels, label_findings = derive(stated.resource, job.agreement, job.today, record.header.set_specs, overrides, came)
    prepared = Prepared(
        header=record.header,
        raw=record.metadata,
        raw_digest=raw_digest(record),
        media_type=record.media_type,
        metadata_prefix=record.metadata_prefix or job.metadata_prefix,
        subject=resource.iri,
        title=_title(resource),
        kind=resource.kind.value,
        sets=sets_of(resource, job.source, job.agreement.operator, job.agreement.infrastructure),
        origin_description=None if origin is None else nested(origin),
        ntriples="".join(sorted(lines)),
        shared=tuple(SharedNode(iri=node, ntriples="".join(sorted(said))) for node, said in others.items()),
        payloads=(
            *((writer.prefix, writer.write(resource, base=iri)) for writer in WRITERS),
            *original_of(record.metadata, record.media_type),
        ),
        labels=labels,
        overrides=overrides,
        received=came,
        labels_until=valid_until(stated.resource, job.today, overrides, labels, came),
        unmapped=mapped.unmapped,
        findings=(*record.findings, *mapped.findings, *label_findings, *came_with, *_unused(mapped), *strange),
    )
    told = dataclasses.replace(prepared, rdf_digest=rdf_digest(prepared), content_digest=content_digest(prepared))
    judging = Judging(profile=job.profile, audited=job.audited, make=job.make_judgement)
    for said in others.values():
        lines |= said
    return judged(told, judging, lines, local_id=local, source=job.source)


def problem(local: str, record: Record, job: Job, code: str, reason: str) -> Prepared:
    """Return a record that cannot be mapped, with the reason; its raw bytes are kept under the agreement's label."""
    iri = Iri(f"{job.base_url}/dataset/{local}")
    nothing, overrides = Resource(iri=iri), job.overrides.get(local, ())
    came, came_with = _received(local, record, job)
    labels, _ = derive(nothing, job.agreement, job.today, record.header.set_specs, overrides, came)
    finding = Finding(code=code, severity=Severity.VIOLATION, message=reason, advice="The raw record is kept.")
    return Prepared(
        header=record.header,
        raw=raw_bytes(record),
        raw_digest=raw_digest(record),
        media_type=record.media_type,
        metadata_prefix=record.metadata_prefix or job.metadata_prefix,
        subject=iri,
        labels=labels,
        overrides=overrides,
        received=came,
        labels_until=valid_until(nothing, job.today, overrides, labels, came),
        findings=(*record.findings, *came_with, finding),
        problem=(code, reason),
    )


def _received(local: str, record: Record, job: Job) -> tuple[Received | None, tuple[Finding, ...]]:
    before = job.received.get(local)
    return received(record, job.sender, job.login, before=before, former=job.former, today=job.today)


def _shares(
    mapped: Mapped, iri: Iri, base_url: str
) -> tuple[list[Triple], dict[Iri, list[Triple]], tuple[Finding, ...]]:
    """Part a record's statements: about the resource and what is below it, and about each other thing by its IRI.

    Other things, such as an agent with an ORCID or a web page, are described by many records, so they have graphs of
    their own. What a record says of addresses of this node is not its to say, and is left out with a finding.
    """
    resource = mapped.resource
    below = (f"{iri}#", f"{resource.iri}#")
    owned: list[Triple] = []
    shared: dict[Iri, list[Triple]] = {}
    strange: set[Iri] = set()
    described = (triple for _, bundle in shared_nodes(resource) for triple in bundle)
    for triple in (*to_triples(resource, base=iri), *mapped.extra, *described):
        subject = triple[0]
        if subject in (resource.iri, iri) or subject.startswith(below):
            owned.append(triple)
        elif not _is_ours(subject, base_url):
            shared.setdefault(subject, []).append(triple)
        elif triple[2] != DOCUMENT:
            # That an address of this node is a page says nothing that is not so.
            strange.add(subject)
    owned.append((Iri(f"{base_url}/catalog"), resource.kind.member_link, resource.iri))
    findings = tuple(
        Finding(
            code="mapping.own-address",
            severity=Severity.WARNING,
            message=f"the record describes {subject}, an address of this node",
            advice="Describe things under addresses of your own.",
            value=subject,
        )
        for subject in sorted(strange)
    )
    return owned, shared, findings


def _is_ours(iri: str, base_url: str) -> bool:
    return iri == base_url or iri.startswith(f"{base_url}/")


def _title(resource: Resource) -> str:
    english = [title.value for title in resource.title if (title.language or "").startswith("en")]
    return next(iter([*english, *(title.value for title in resource.title)]), "")[:1000]


def _unused(mapped: Mapped) -> Iterable[Finding]:
    if mapped.unmapped:
        paths = sorted({part.path for part in mapped.unmapped})
        first = mapped.unmapped[0]
        yield Finding(
            code="mapping.unmapped",
            severity=Severity.INFO,
            message=f"{counted(len(mapped.unmapped), 'value')} not used: {', '.join(paths[:5])}",
            advice="They are kept with the raw record; docs/reference/crosswalks.md says what is mapped.",
            path=first.path,
            value=first.value,
            source_line=first.source_line,
        )
