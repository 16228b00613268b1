"""The harvest log of a source as RDF: runs are activities, their counts measurements, their findings annotations.

PROV-O (https://www.w3.org/TR/prov-o/) for the runs; DQV (https://www.w3.org/TR/vocab-dqv/) for counts and findings,
with bodies of Web Annotation (https://www.w3.org/TR/annotation-vocab/#bodyvalue) and the dimensions of Linked Data
quality (https://www.w3.org/2016/05/ldqd); schema.org for the schedule (https://schema.org/Schedule).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from node import __version__
from node.exposition.harvest_log import is_full, public_error, run_url, source_url
from node.model.harvest_log import LoggedRun, LoggedSource, SourceLog, SourceState
from node.model.rdf import Iri, Literal, Triple
from node.model.report import Severity
from node.model.run import HarvestRun, Outcome, RunStatus
from node.namespaces import PREFIXES, RDF_TYPE, expand
from node.terms import identifiers

METRICS = "https://w3id.org/fairnode/metrics#"
STATES = "https://w3id.org/fairnode/harvest-states#"
_OA = "http://www.w3.org/ns/oa#"
_LDQD = "http://www.w3.org/2016/05/ldqd#"
LOG_PREFIXES = {**PREFIXES, "oa": _OA, "ldqd": _LDQD}

_COUNT, _BOOLEAN, _DECIMAL = (expand(f"xsd:{name}") for name in ("nonNegativeInteger", "boolean", "decimal"))
# Metric: what it counts, of which type its values are, and the dimension of quality it belongs to.
_METRICS: dict[str, tuple[str, Iri, str]] = {
    "listed": ("Distinct identifiers that the source listed.", _COUNT, "completeness"),
    "created": ("Identifiers whose record was published for the first time.", _COUNT, "completeness"),
    "updated": ("Identifiers whose record was published anew.", _COUNT, "completeness"),
    "unchanged": ("Identifiers whose record is as it was.", _COUNT, "completeness"),
    "deleted": ("Identifiers that the source lists as deleted.", _COUNT, "completeness"),
    "rejected": ("Identifiers whose record could not be used at all.", _COUNT, "consistency"),
    "quarantined": ("Identifiers whose record is held back.", _COUNT, "consistency"),
    "repeated": ("Headers whose identifier had been listed before in the run.", _COUNT, "consistency"),
    "balanced": ("Every identifier listed is in exactly one state.", _BOOLEAN, "completeness"),
    "generated": ("Versions of records that the run generated: created and updated ones.", _COUNT, "completeness"),
    "invalidated": (
        "Records that the run invalidated: listed as deleted, or missed by complete lists for too often.",
        _COUNT,
        "completeness",
    ),
    "absent": ("Live records that a complete list did not hold.", _COUNT, "completeness"),
    "pages": ("Pages of the list that were kept.", _COUNT, "completeness"),
    "requests": ("Requests sent.", _COUNT, "availability"),
    "retries": ("Requests that had to be repeated.", _COUNT, "availability"),
    "failures": ("Failed runs in a row.", _COUNT, "availability"),
    "freshness": ("Seconds since the last good run.", _COUNT, "timeliness"),
    "public": ("Records of the source that the public can see.", _COUNT, "completeness"),
    "fair": ("Share of the points of the FAIR audit that were gained, 0 to 1.", _DECIMAL, "interoperability"),
}
_STATES = {
    RunStatus.RUNNING.value: "The run is under way.",
    RunStatus.OK.value: "The run, or the source's last run, ended well.",
    RunStatus.SUSPECT.value: "The run is outside the source's bounds; it deleted nothing.",
    RunStatus.FAILED.value: "The run could not be brought to its end.",
    SourceState.NEW.value: "The source was not harvested yet.",
    SourceState.FAILING.value: "The source's last run failed.",
    SourceState.DEAD.value: "Nothing has come of the source for long, however often it was tried.",
    SourceState.PAUSED.value: "The source is not harvested for the time being.",
}
_SEVERITIES = {Severity.INFO: "sh:Info", Severity.WARNING: "sh:Warning", Severity.VIOLATION: "sh:Violation"}


def source_triples(log: SourceLog, base_url: str, node_name: str, now: dt.datetime) -> tuple[Triple, ...]:
    """Return a source, its schedule and its runs."""
    document = Iri(source_url(base_url, log.source.name))
    about = [
        *_document(document, source_iri(base_url, log.source), now),
        *_source(log.source, base_url, now),
        *(triple for each in log.runs for triple in _run(each, log.source, base_url)),
        *_node(base_url, node_name),
    ]
    return (*about, *_definitions(about))


def run_triples(
    logged: LoggedRun, source: LoggedSource, base_url: str, node_name: str, now: dt.datetime
) -> tuple[Triple, ...]:
    """Return one run, with the source it used."""
    document = Iri(run_url(base_url, source.name, logged.run.run))
    about = [
        *_document(document, Iri(f"{document}#run"), now),
        *_run(logged, source, base_url),
        *_endpoint(source, base_url),
        *_node(base_url, node_name),
    ]
    return (*about, *_definitions(about))


def source_iri(base_url: str, source: LoggedSource) -> Iri:
    """Return what records are attributed to: the source itself, not the page about it."""
    return Iri(f"{base_url}/source/{source.name}")


def _document(document: Iri, topic: Iri, now: dt.datetime) -> Iterator[Triple]:
    yield document, RDF_TYPE, expand("foaf:Document")
    yield document, expand("foaf:primaryTopic"), topic
    yield document, expand("prov:generatedAtTime"), _moment(now.astimezone(dt.UTC))


def _endpoint(source: LoggedSource, base_url: str) -> Iterator[Triple]:
    subject = source_iri(base_url, source)
    for kind in ("dcat:DataService", "prov:Entity", "prov:Agent"):
        yield subject, RDF_TYPE, expand(kind)
    yield subject, expand("dct:title"), Literal(source.name)
    yield subject, expand("dct:identifier"), Literal(source.name)
    yield subject, expand("foaf:page"), Iri(source_url(base_url, source.name))
    endpoint = identifiers.iri(source.url)
    if endpoint is not None:
        yield subject, expand("dcat:endpointURL"), endpoint


def _source(source: LoggedSource, base_url: str, now: dt.datetime) -> Iterator[Triple]:
    yield from _endpoint(source, base_url)
    subject, page = source_iri(base_url, source), source_url(base_url, source.name)
    yield subject, expand("adms:status"), Iri(STATES + source.state.value)
    figures: list[tuple[str, int | float | None]] = [
        ("freshness", source.freshness(now)),
        ("failures", source.failures),
        ("public", source.public),
        ("fair", source.score),
    ]
    yield from _measurements(subject, page, figures)
    if source.next_run is not None:
        schedule = _schedule(base_url, source)
        yield schedule, RDF_TYPE, expand("prov:Plan")
        yield schedule, RDF_TYPE, expand("schema:Schedule")
        yield schedule, expand("dct:relation"), subject
        yield schedule, expand("schema:startDate"), _moment(source.next_run)
        every = Literal(f"PT{source.interval}S", datatype=expand("xsd:duration"))
        yield schedule, expand("schema:repeatFrequency"), every


def _run(logged: LoggedRun, source: LoggedSource, base_url: str) -> Iterator[Triple]:
    run, page = logged.run, run_url(base_url, source.name, logged.run.run)
    subject, ledger, used = Iri(f"{page}#run"), Iri(f"{page}#ledger"), source_iri(base_url, source)
    what = "Full" if is_full(run) else "Incremental"
    yield subject, RDF_TYPE, expand("prov:Activity")
    yield subject, expand("rdfs:label"), Literal(f"{what} harvest of {source.name}, run {run.run}", language="en")
    yield subject, expand("foaf:page"), Iri(page)
    yield subject, expand("prov:startedAtTime"), _moment(run.started)
    if run.ended is not None:
        yield subject, expand("prov:endedAtTime"), _moment(run.ended)
    yield subject, expand("prov:used"), used
    yield subject, expand("prov:wasAssociatedWith"), _agent(base_url)
    yield subject, expand("adms:status"), Iri(STATES + run.status.value)
    yield subject, expand("prov:generated"), ledger
    for kind in ("prov:Entity", "dcat:Dataset"):
        yield ledger, RDF_TYPE, expand(kind)
    yield ledger, expand("dct:title"), Literal(f"Ledger of run {run.run} of {source.name}", language="en")
    yield ledger, expand("dcat:landingPage"), Iri(page)
    if logged.told:
        yield from _measurements(ledger, page, _figures(run))
    for number, note in enumerate(logged.notes, start=1):
        annotation = Iri(f"{page}#finding-{number}")
        yield from _annotation(annotation, subject, used, note.code, note.severity, note.advice)
    if run.error is not None:
        error = public_error(run.error, told=logged.told)
        text = f"{error.message}. {error.advice}" if error.message else error.advice
        yield from _annotation(Iri(f"{page}#error"), subject, used, error.code, Severity.VIOLATION, text)


def _figures(run: HarvestRun) -> list[tuple[str, int | float | None]]:
    return [
        ("listed", run.listed),
        *((outcome.value, count) for outcome, count in run.counts.items()),
        ("balanced", run.balanced),
        ("repeated", run.repeated),
        ("generated", run.counts[Outcome.CREATED] + run.counts[Outcome.UPDATED]),
        ("invalidated", run.counts[Outcome.DELETED] + run.reconciled),
        ("absent", run.absent),
        ("pages", run.pages),
        ("requests", run.requests),
        ("retries", run.retries),
    ]


def _measurements(subject: Iri, page: str, figures: Iterable[tuple[str, int | float | None]]) -> Iterator[Triple]:
    for name, value in figures:
        if value is None:
            continue
        measurement, kind = Iri(f"{page}#{name}"), _METRICS[name][1]
        yield subject, expand("dqv:hasQualityMeasurement"), measurement
        yield measurement, RDF_TYPE, expand("dqv:QualityMeasurement")
        yield measurement, expand("dqv:computedOn"), subject
        yield measurement, expand("dqv:isMeasurementOf"), Iri(METRICS + name)
        yield measurement, expand("dqv:value"), Literal(_lexical(value, kind), datatype=kind)


def _annotation(annotation: Iri, run: Iri, target: Iri, code: str, severity: Severity, text: str) -> Iterator[Triple]:
    yield target, expand("dqv:hasQualityAnnotation"), annotation
    yield annotation, RDF_TYPE, expand("dqv:QualityAnnotation")
    yield annotation, Iri(f"{_OA}motivatedBy"), expand("dqv:qualityAssessment")
    yield annotation, Iri(f"{_OA}hasTarget"), target
    yield annotation, Iri(f"{_OA}bodyValue"), Literal(text)
    yield annotation, expand("dct:identifier"), Literal(code)
    yield annotation, expand("dct:type"), expand(_SEVERITIES[severity])
    yield annotation, expand("prov:wasGeneratedBy"), run


def _node(base_url: str, name: str) -> Iterator[Triple]:
    agent = _agent(base_url)
    yield agent, RDF_TYPE, expand("prov:SoftwareAgent")
    yield agent, expand("foaf:name"), Literal(name)
    yield agent, expand("schema:softwareVersion"), Literal(__version__)


def _definitions(about: Iterable[Triple]) -> Iterator[Triple]:
    """Say what the metrics and states in use mean, so that nobody has to look them up."""
    used = {value for _, _, value in about if isinstance(value, Iri)}
    for name, (definition, kind, dimension) in _METRICS.items():
        metric = Iri(METRICS + name)
        if metric in used:
            yield metric, RDF_TYPE, expand("dqv:Metric")
            yield metric, expand("skos:definition"), Literal(definition, language="en")
            yield metric, expand("dqv:expectedDataType"), kind
            yield metric, expand("dqv:inDimension"), Iri(_LDQD + dimension)
    for name, definition in _STATES.items():
        state = Iri(STATES + name)
        if state in used:
            yield state, RDF_TYPE, expand("skos:Concept")
            yield state, expand("skos:prefLabel"), Literal(name, language="en")
            yield state, expand("skos:definition"), Literal(definition, language="en")


def _agent(base_url: str) -> Iri:
    return Iri(f"{base_url}/#node")


def _schedule(base_url: str, source: LoggedSource) -> Iri:
    return Iri(f"{source_url(base_url, source.name)}#schedule")


def _lexical(value: int | float, kind: Iri) -> str:
    if kind == _BOOLEAN:
        return "true" if value else "false"
    return f"{value:.4f}" if kind == _DECIMAL else str(value)


def _moment(moment: dt.datetime) -> Literal:
    return Literal(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), datatype=expand("xsd:dateTime"))
