"""Reports as RDF: SHACL validation reports, DQV quality measurements, EARL assertions, all in Turtle.

Specifications: SHACL, section 3.6 (https://www.w3.org/TR/shacl/#validation-report), the Data Quality Vocabulary
(https://www.w3.org/TR/vocab-dqv/), EARL 1.0 (https://www.w3.org/TR/EARL10-Schema/). Nodes are named by the digest of
what they say, so the same report has the same names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from node.model.rdf import Iri, Literal, Node, Triple
from node.model.report import Finding
from node.namespaces import PREFIXES, RDF_TYPE, expand
from node.syntax import write_rdf
from node.validation.engines import ENGINE_FAILED
from node.validation.findings import sentence
from node.validation.reports.outcomes import Outcome, place
from node.validation.reports.scores import measured as measured_by
from node.validation.reports.scores import metric_triples, record_rows
from node.validation.reports.tables import as_json
from node.validation.shapes import FNS, Shape

EARL = "http://www.w3.org/ns/earl#"
_LETTERS = {"F": "Findable", "A": "Accessible", "I": "Interoperable", "R": "Reusable"}


def turtle(batches: Iterable[Iterable[Triple]]) -> Iterator[str]:
    """Yield statements in Turtle, a batch at a time, so that none is kept longer than it takes to write it."""
    known = PREFIXES | {"fns": FNS, "earl": EARL}
    is_first = True
    for batch in batches:
        text = write_rdf(dict.fromkeys(batch), "text/turtle", prefixes=known).decode("utf-8")
        if not text:
            continue
        if not is_first:
            # The writer names the prefixes at the head of every document, and nowhere else.
            lines = text.split("\n", text.count("\n@prefix ") + 1)
            text = lines[-1]
        is_first = False
        yield text


def shacl_triples(outcomes: Iterable[Outcome]) -> Iterator[list[Triple]]:
    """Yield a sh:ValidationReport a record; the score has no place there, nor has a record that could not be read."""
    for outcome in outcomes:
        if outcome.report is None:
            continue
        triples: list[Triple] = []
        node = _node(outcome)
        results = [finding for finding in outcome.results if finding.component is not None]
        shapes = {check.id: check for check in outcome.checks}
        triples.append((node, RDF_TYPE, expand("sh:ValidationReport")))
        if results or not any(finding.code == ENGINE_FAILED for finding in outcome.results):
            # A check that was not decided speaks neither for the record nor against it.
            triples.append((node, expand("sh:conforms"), _boolean(not results)))
        for number, finding in enumerate(results, 1):
            result = Iri(f"{node}#result-{number}")
            triples.append((node, expand("sh:result"), result))
            triples += _result(result, finding, shapes.get(finding.code))
        yield triples


def dqv_triples(outcomes: Iterable[Outcome]) -> Iterator[list[Triple]]:
    """Yield the points of each record by letter, and what each check measured, as dqv:QualityMeasurement."""
    known: set[Triple] = set()
    for outcome in outcomes:
        if outcome.report is None:
            continue
        triples: list[Triple] = []
        node, report, about = _node(outcome), outcome.report, _about(outcome)
        triples.append((node, RDF_TYPE, expand("dqv:QualityMetadata")))
        measured: list[tuple[Iri, Literal]] = []
        for letter, gained, possible in (("", report.score, report.max_score), *report.by_letter):
            for word, value in (("gained", gained), ("possible", possible)):
                metric = Iri(f"{FNS}points-{word}{f'-{letter}' if letter else ''}")
                triples += _unsaid(_points_metric(metric, letter, word), known)
                measured.append((metric, _decimal(value)))
        failed = outcome.failed
        for check in _decided(outcome):
            triples += _unsaid(_check_metric(check), known)
            measured.append((Iri(check.iri), _boolean(check.id not in failed)))
        measured_of = [(about, metric, literal) for metric, literal in measured]
        for scores in outcome.scores:
            for row in record_rows(scores):
                triples += _unsaid(metric_triples(row), known)
                measured_of += [(_iri(scores.resource), *each) for each in measured_by(row)]
        for number, (subject, metric, literal) in enumerate(measured_of, 1):
            measurement = Iri(f"{node}#measurement-{number}")
            triples += (
                (measurement, RDF_TYPE, expand("dqv:QualityMeasurement")),
                (measurement, expand("dqv:computedOn"), subject),
                (measurement, expand("dqv:isMeasurementOf"), metric),
                (measurement, expand("dqv:value"), literal),
                (measurement, expand("prov:wasDerivedFrom"), node),
            )
        yield triples


def earl_triples(outcomes: Iterable[Outcome]) -> Iterator[list[Triple]]:
    """Yield an earl:Assertion for each check that was asked of a record."""
    known: set[Triple] = set()
    for outcome in outcomes:
        if outcome.report is None:
            continue
        triples: list[Triple] = []
        node, report = _node(outcome), outcome.report
        assertor = Iri(f"urn:fairnode:engine:{re.sub(r'[^A-Za-z0-9.]+', '-', report.engine)}")
        software: Triple = (assertor, RDF_TYPE, Iri(EARL + "Software"))
        triples += _unsaid([software, (assertor, expand("dct:title"), Literal(report.engine))], known)
        first: dict[str, Finding] = {}
        for finding in report.results:
            first.setdefault(finding.code, finding)
        failed = outcome.failed
        decided = {check.id for check in _decided(outcome)}
        shapes = {check.id: check for check in outcome.checks}
        tests = {check.id: check.iri for check in outcome.asked}
        tests.update((code, shape_iri(code)) for code in first if code not in tests)
        for code, iri in sorted(tests.items()):
            failure = first.get(code)
            word = "failed" if code in failed else "passed" if code in decided else "cantTell"
            assertion, result = Iri(f"{node}#{_fragment(code)}"), Iri(f"{node}#{_fragment(code)}-result")
            triples += (
                (assertion, RDF_TYPE, Iri(EARL + "Assertion")),
                (assertion, Iri(EARL + "assertedBy"), assertor),
                (assertion, Iri(EARL + "subject"), _about(outcome, failure)),
                (assertion, Iri(EARL + "test"), Iri(iri)),
                (assertion, Iri(EARL + "mode"), Iri(EARL + "automatic")),
                (assertion, Iri(EARL + "result"), result),
                (result, RDF_TYPE, Iri(EARL + "TestResult")),
                (result, Iri(EARL + "outcome"), Iri(EARL + word)),
            )
            if failure is not None:
                triples += ((result, expand("dct:description"), text) for text in _said(failure, shapes.get(code)))
                if place(failure):
                    triples.append((result, Iri(EARL + "info"), Literal(place(failure))))
                if code in outcome.waived:
                    triples.append((result, Iri(EARL + "info"), Literal("waived for a while", language="en")))
        yield triples


def shape_iri(code: str) -> str:
    """Return the IRI of a shape by its id."""
    return code if ":" in code else FNS + code


def _unsaid(triples: Iterable[Triple], known: set[Triple]) -> list[Triple]:
    """What all records share is said once."""
    fresh = [triple for triple in triples if triple not in known]
    known.update(fresh)
    return fresh


def _node(outcome: Outcome) -> Iri:
    digest = hashlib.sha256(f"{outcome.name}\n{as_json([outcome])}".encode()).hexdigest()
    return Iri(f"urn:fairnode:report:{digest[:32]}")


def _about(outcome: Outcome, finding: Finding | None = None) -> Iri:
    """The resource that a statement is about; the record where it describes several."""
    if finding is not None and finding.focus_node:
        return _iri(finding.focus_node)
    nodes = [node for node, _ in outcome.kinds] or sorted({one.focus_node for one in outcome.results if one.focus_node})
    return _iri(nodes[0]) if len(nodes) == 1 else Iri(f"{_node(outcome)}#record")


def _decided(outcome: Outcome) -> tuple[Shape, ...]:
    undecided = {check.id for check in outcome.undecided}
    return tuple(check for check in outcome.asked if check.id not in undecided)


def _said(finding: Finding, shape: Shape | None) -> tuple[Literal, ...]:
    """What a finding says, in each language that its shape speaks."""
    if shape is None or not shape.messages:
        return (Literal(finding.message),)
    value = finding.value if finding.value != finding.focus_node else None
    return tuple(text if value is None else text._replace(value=sentence(text.value, value)) for text in shape.messages)


def _result(node: Iri, finding: Finding, shape: Shape | None) -> list[Triple]:
    severity = Iri(shape.severity_iri) if shape else expand(f"sh:{finding.severity.label.capitalize()}")
    # What the shape says is copied as it is (section 2.1.5): the sentence with the value is ours.
    messages = shape.messages if shape and shape.messages else (Literal(finding.message),)
    triples: list[Triple] = [
        (node, RDF_TYPE, expand("sh:ValidationResult")),
        (node, expand("sh:focusNode"), _iri(finding.focus_node or "urn:fairnode:unknown")),
        (node, expand("sh:resultSeverity"), severity),
        (node, expand("sh:sourceShape"), Iri(shape_iri(finding.code))),
        (node, expand("sh:sourceConstraintComponent"), Iri(finding.component or "")),
        *((node, expand("sh:resultMessage"), text) for text in messages),
    ]
    if messages[0].value != finding.message:
        triples.append((node, expand("rdfs:comment"), messages[0]._replace(value=finding.message)))
    # A path of several steps would need blank nodes, and the value is known as text only; both may be left out.
    if finding.path is not None and "://" in finding.path and "<" not in finding.path:
        triples.append((node, expand("sh:resultPath"), Iri(finding.path)))
    return triples


def _points_metric(metric: Iri, letter: str, word: str) -> list[Triple]:
    what = f" in {_LETTERS[letter]}" if letter in _LETTERS else ""
    triples: list[Triple] = [
        (metric, RDF_TYPE, expand("dqv:Metric")),
        (metric, expand("skos:definition"), Literal(f"points {word}{what}", language="en")),
        (metric, expand("dqv:expectedDataType"), expand("xsd:decimal")),
    ]
    return triples + _dimension(metric, letter)


def _check_metric(check: Shape) -> list[Triple]:
    metric = Iri(check.iri)
    triples: list[Triple] = [
        (metric, RDF_TYPE, expand("dqv:Metric")),
        (metric, expand("skos:definition"), Literal(check.name, language="en")),
        (metric, expand("dqv:expectedDataType"), expand("xsd:boolean")),
    ]
    return triples + _dimension(metric, (check.principle or "")[:1])


def _dimension(metric: Iri, letter: str) -> list[Triple]:
    if letter not in _LETTERS:
        return []
    dimension = Iri(f"{FNS}{_LETTERS[letter]}")
    named: tuple[Iri, Iri, Node] = (dimension, expand("skos:prefLabel"), Literal(_LETTERS[letter], language="en"))
    return [(metric, expand("dqv:inDimension"), dimension), (dimension, RDF_TYPE, expand("dqv:Dimension")), named]


def _boolean(value: bool) -> Literal:
    return Literal(str(value).lower(), datatype=expand("xsd:boolean"))


def _decimal(value: float) -> Literal:
    return Literal(f"{value:.3f}".rstrip("0").rstrip("."), datatype=expand("xsd:decimal"))


def _fragment(code: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", code)


def _iri(text: str) -> Iri:
    # A harvested IRI may hold what Turtle cannot: it is percent-encoded here, as it is in the graph.
    return Iri(re.sub(r'[\x00-\x20<>"{}|\\^`]', lambda found: f"%{ord(found[0]):02X}", text))
