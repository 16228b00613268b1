"""A record made ready to keep: everything that can be computed without touching a store. It pickles."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from node.model.audit import Judgement
from node.model.label import Labels
from node.model.mapped import Unmapped
from node.model.oai import Header
from node.model.override import Override
from node.model.report import Finding, ValidationReport
from node.model.statement import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedNode:
    """An agent (or other thing) with an IRI of its own that many records describe; it lives in a graph of its own."""

    iri: str
    ntriples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One record, mapped, validated, labelled and rendered.

    Attributes:
        header: as listed.
        raw: the payload's bytes.
        raw_digest: SHA-256 hex over `raw`, where that is a payload; else another digest that changes with it.
        media_type: of `raw`.
        metadata_prefix: the format it was read as.
        subject: the resource's IRI.
        title: for listings.
        kind: of the resource, the value of a `ResourceKind`.
        sets: the OAI-PMH sets it belongs to at this node.
        origin_description: the source's own originDescription, where it is an aggregator itself.
        ntriples: the record-owned statements, sorted N-Triples.
        rdf_digest: SHA-256 hex over `ntriples`; empty where it was not worked out.
        content_digest: SHA-256 hex over all that any outlet shows of the record; likewise.
        shared: nodes the record shares with others.
        payloads: rendered OAI-PMH payloads by metadata prefix, XML 1.0 clean.
        labels: the record's and the data's.
        overrides: what curators decided about them; the labels are made with these and no others.
        received: what came with the record about its labels.
        labels_until: the labels change by themselves on this day, such as the end of an embargo.
        report: the verdict; `None` where validation is switched off.
        judgements: by a profile's digest, the verdicts that are kept for audits.
        given_up: the checks that were not asked of it, for they took too long of others in the same run.
        unmapped: what the crosswalk did not use.
        findings: of harvesting and mapping.
        problem: why the record cannot be kept as mapped: (code, reason); `None` otherwise.
    """

    header: Header
    raw: bytes
    raw_digest: str
    media_type: str = "application/xml"
    metadata_prefix: str = ""
    subject: str = ""
    title: str = ""
    kind: str = "Dataset"
    sets: tuple[str, ...] = ()
    origin_description: str | None = None
    ntriples: str = ""
    rdf_digest: str = ""
    content_digest: str = ""
    shared: tuple[SharedNode, ...] = ()
    payloads: tuple[tuple[str, str], ...] = ()
    labels: Labels | None = None
    overrides: tuple[Override, ...] = ()
    received: Received | None = None
    labels_until: dt.date | None = None
    report: ValidationReport | None = None
    judgements: tuple[tuple[str, Judgement], ...] = ()
    given_up: tuple[str, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: tuple[str, str] | None = None
