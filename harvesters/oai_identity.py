"""Answers to Identify read into values (section 4.2: https://www.openarchives.org/OAI/openarchivesprotocol.html#Identify)."""

from __future__ import annotations

from dataclasses import dataclass

from harvesters.oai_envelope import open_envelope
from harvesters.oai_records import children, local_name, text_of
from node.errors import HarvestError
from node.model.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a repository says of itself, as it wrote it; what it does not say is empty.

    Attributes:
        elements: how often each element came.
        is_readable: the answer could be read.
    """

    name: str = ""
    base_url: str = ""
    protocol_version: str = ""
    admin_emails: tuple[str, ...] = ()
    earliest_datestamp: str = ""
    deleted_record: str = ""
    granularity: str = ""
    response_date: str = ""
    elements: tuple[tuple[str, int], ...] = ()
    is_readable: bool = True
    findings: tuple[Finding, ...] = ()


def read_identity(body: bytes, url: str) -> Identity:
    """Read an answer to Identify.

    Raises:
        Truncated, SyntaxRefused: as `open_envelope`.
        NotOaiPmh: it is no OAI-PMH.
        HarvestError: it is an error.
    """
    envelope = open_envelope(body, url)
    if envelope.errors:
        problem = envelope.errors[0]
        raise HarvestError(f"{url}: Identify is answered with {problem.code}: {problem.message}".rstrip(": "))
    identify = next(children(envelope.root, "Identify"), None)
    texts: dict[str, list[str]] = {}
    for element in () if identify is None else identify:
        if isinstance(element.tag, str):
            texts.setdefault(local_name(element), []).append(text_of(element)[:1000])

    def first(name: str) -> str:
        return next(iter(texts.get(name, ())), "")

    return Identity(
        name=first("repositoryName"),
        base_url=first("baseURL"),
        protocol_version=first("protocolVersion"),
        admin_emails=tuple(texts.get("adminEmail", ())[:20]),
        earliest_datestamp=first("earliestDatestamp"),
        deleted_record=first("deletedRecord"),
        granularity=first("granularity"),
        response_date=envelope.response_date,
        elements=tuple((name[:100], len(found)) for name, found in texts.items()),
        findings=envelope.findings,
    )
