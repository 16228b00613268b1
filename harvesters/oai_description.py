"""What an OAI-PMH repository says of itself, held against its specification (OAI-PMH 2.0, sections 4.2, 4.4 and 4.6).

Everything is read that can be; what is missing or odd is a finding, never an obstacle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from harvesters.oai_answers import size_of
from harvesters.oai_bookmark import check_clock
from harvesters.oai_envelope import Envelope
from harvesters.oai_identity import Identity
from harvesters.oai_positions import seen_before
from harvesters.oai_records import children, text_of
from harvesters.oai_repository import Repository
from harvesters.oai_spelling import DAY, SECONDS, granularity_of, is_datestamp
from node.errors import FairnodeError
from node.model.report import Finding, Severity
from node.model.repository import MetadataFormat, RepositoryDescription, RepositorySet
from node.model.source import Source

_MOST_SETS = 10_000
_MOST_PAGES = 100
_ONCE = ("repositoryName", "baseURL", "protocolVersion", "earliestDatestamp", "deletedRecord", "granularity")
_DELETIONS = ("no", "transient", "persistent")


def describe_repository(repository: Repository, source: Source, now: dt.datetime) -> RepositoryDescription:
    """Return what the repository says of itself.

    Raises:
        FetchError, Truncated: Identify is not answered.
        HarvestError: what answers is no repository.
    """
    identity = repository.identify()
    formats, format_findings = _formats(repository)
    sets, set_findings = _sets(repository)
    records, count_findings = _count(repository, source)
    deletions = identity.deleted_record.lower()
    return RepositoryDescription(
        name=identity.name,
        url=identity.base_url,
        contacts=tuple(email for email in identity.admin_emails if email),
        protocol=f"OAI-PMH {identity.protocol_version}".strip(),
        granularity=granularity_of(identity.granularity),
        deletions=deletions if deletions in _DELETIONS else "no",
        earliest=identity.earliest_datestamp,
        formats=formats,
        sets=sets,
        records=records,
        findings=(
            *identity.findings,
            *(check_clock(identity.response_date, now) if identity.is_readable else ()),
            *(_check_identity(identity, source) if identity.is_readable else ()),
            *format_findings,
            *set_findings,
            *count_findings,
        ),
    )


def _check_identity(identity: Identity, source: Source) -> Iterator[Finding]:
    times = dict(identity.elements)
    for name in _ONCE:
        if times.get(name, 0) != 1:
            message = f"Identify holds {name} {times.get(name, 0)} times, and must hold it once"
            yield _finding("harvest.identify", message, f"Send {name} once (section 4.2).", name)
    if not any("@" in email for email in identity.admin_emails):
        message = "Identify names no e-mail address of an administrator"
        yield _finding("harvest.identify", message, "Send an adminEmail (section 4.2).", "adminEmail")
    if identity.protocol_version not in ("", "2.0"):
        message = f"the protocol version is “{identity.protocol_version}”, not 2.0"
        yield _finding("harvest.identify", message, "Send protocolVersion 2.0 (section 4.2).", "protocolVersion")
    if identity.base_url and _bare(identity.base_url) != _bare(source.url):
        message = f"the repository says that its base URL is {identity.base_url[:300]}, and was asked at {source.url}"
        advice = "Register the address that Identify names, or correct baseURL (section 4.2)."
        yield _finding("harvest.base-url", message, advice, "baseURL", identity.base_url)
    if identity.granularity and identity.granularity not in (DAY, SECONDS):
        message = f"the granularity “{identity.granularity[:100]}” is none that OAI-PMH knows"
        yield _finding("harvest.identify", message, f"Say {DAY} or {SECONDS} (section 3.3).", "granularity")
    if identity.deleted_record and identity.deleted_record not in _DELETIONS:
        message = f"deletedRecord is “{identity.deleted_record[:100]}”"
        advice = "Say no, transient or persistent (section 2.5.1)."
        yield _finding("harvest.identify", message, advice, "deletedRecord")
    earliest = identity.earliest_datestamp
    wanted = len("2000-01-01") if granularity_of(identity.granularity) == DAY else len("2000-01-01T00:00:00Z")
    if earliest and not (is_datestamp(earliest) and len(earliest) == wanted):
        message = f"the earliestDatestamp “{earliest[:100]}” is not in the repository's granularity"
        advice = "Spell it in the granularity that Identify names (sections 3.3 and 4.2)."
        yield _finding("harvest.identify", message, advice, "earliestDatestamp")


def _formats(repository: Repository) -> tuple[tuple[MetadataFormat, ...], tuple[Finding, ...]]:
    try:
        envelope = repository.envelope({"verb": "ListMetadataFormats"})
    except FairnodeError as error:
        return (), (_unanswered("ListMetadataFormats", error.message),)
    if envelope.errors:
        return (), (_unanswered("ListMetadataFormats", _problem(envelope)),)
    formats = tuple(
        MetadataFormat(
            prefix=_text(element, "metadataPrefix"),
            namespace=_text(element, "metadataNamespace"),
            schema=_text(element, "schema"),
        )
        for container in children(envelope.root, "ListMetadataFormats")
        for element in children(container, "metadataFormat")
    )
    named = tuple(each for each in formats if each.prefix)
    if any(each.prefix == "oai_dc" for each in named):
        return named, envelope.findings
    message = "the repository does not offer oai_dc, which every repository must"
    missing = _finding("harvest.no-oai-dc", message, "Offer oai_dc (section 5).", "ListMetadataFormats")
    return named, (*envelope.findings, missing)


def _sets(repository: Repository) -> tuple[tuple[RepositorySet, ...], tuple[Finding, ...]]:
    found: dict[str, RepositorySet] = {}
    findings: list[Finding] = []
    params = {"verb": "ListSets"}
    seen: tuple[str, ...] = ()
    for _ in range(_MOST_PAGES):
        try:
            envelope = repository.envelope(params)
        except FairnodeError as error:
            findings.append(_unanswered("ListSets", error.message))
            break
        findings += envelope.findings
        if envelope.errors:
            if envelope.errors[0].code != "noSetHierarchy":
                findings.append(_unanswered("ListSets", _problem(envelope)))
            break
        containers = list(children(envelope.root, "ListSets"))
        for element in (each for container in containers for each in children(container, "set")):
            spec = _text(element, "setSpec")
            found.setdefault(spec, RepositorySet(spec=spec, name=_text(element, "setName")))
        tokens = (text_of(token) for container in containers for token in children(container, "resumptionToken"))
        token = next(filter(None, tokens), "")
        is_circle, seen = seen_before(token, seen) if token else (False, seen)
        if is_circle:
            message = "the list of sets goes round in circles"
            findings.append(_finding("harvest.sets", message, "Correct the tokens of ListSets.", "resumptionToken"))
        if not token or is_circle or len(found) >= _MOST_SETS:
            break
        params = {"verb": "ListSets", "resumptionToken": token}
    found.pop("", None)
    return tuple(found.values())[:_MOST_SETS], tuple(dict.fromkeys(findings))


def _count(repository: Repository, source: Source) -> tuple[int | None, tuple[Finding, ...]]:
    """Return how many records the repository says the whole list holds (section 3.5); it need not say."""
    if source.set_specs:
        return None, ()
    try:
        envelope = repository.envelope({"verb": "ListIdentifiers", "metadataPrefix": source.metadata_prefix})
    except FairnodeError as error:
        return None, (_unanswered("ListIdentifiers", error.message),)
    if envelope.errors:
        is_empty = envelope.errors[0].code == "noRecordsMatch"
        return (0, ()) if is_empty else (None, (_unanswered("ListIdentifiers", _problem(envelope)),))
    containers = list(children(envelope.root, "ListIdentifiers"))
    tokens = [token for container in containers for token in children(container, "resumptionToken")]
    if not any(text_of(token) for token in tokens):
        return sum(1 for container in containers for _ in children(container, "header")), ()
    return size_of(tokens), ()


def _unanswered(verb: str, reason: str) -> Finding:
    return _finding(
        "harvest.unanswered", f"{verb} is not answered: {reason[:500]}", f"Answer {verb} (section 4).", verb
    )


def _problem(envelope: Envelope) -> str:
    return f"{envelope.errors[0].code}: {envelope.errors[0].message}".rstrip(": ")


def _text(element: Element, name: str) -> str:
    return text_of(next(children(element, name), None))[:1000]


def _bare(url: str) -> tuple[str, str]:
    """What two spellings of an address have in common: a slash at its end, its scheme and capitals do not count."""
    parts = urlsplit(url.strip())
    return parts.netloc.lower().removesuffix(":80").removesuffix(":443"), parts.path.rstrip("/")


def _finding(code: str, message: str, advice: str, path: str, value: str | None = None) -> Finding:
    return Finding(
        code=code, severity=Severity.WARNING, message=message, advice=advice, path=path, value=value and value[:500]
    )
