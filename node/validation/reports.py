"""A validation report as text, JSON, CSV, or as a SHACL validation report in Turtle.

The Turtle follows SHACL, section 3.6 (https://www.w3.org/TR/shacl/#validation-report); the score has no place there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable

from node.errors import SettingsError
from node.model.rdf import Iri, Literal, Triple
from node.model.report import Finding, Severity, ValidationReport
from node.namespaces import PREFIXES, RDF_TYPE, expand
from node.syntax import write_rdf
from node.validation.shapes import FNS

COLUMNS = (
    "shape", "focus_node", "path", "value", "severity", "message", "advice", "principle", "source_line",
)  # fmt: skip


def render(report: ValidationReport, form: str) -> str:
    """Return a report in one of `FORMATS`; the same report gives the same text.

    Raises:
        SettingsError: there is no such format.
    """
    if form not in FORMATS:
        raise SettingsError(f"no report format {form}", advice=f"Use one of {', '.join(sorted(FORMATS))}.")
    return FORMATS[form](report)


def _text(report: ValidationReport) -> str:
    lines = [
        f"profile {report.profile} ({report.digest[:12]}), {report.engine}",
        f"score   {report.score:g} of {report.max_score:g} points" + _letters(report),
    ]
    counts = [
        f"{count} {severity.label}{'' if count == 1 else 's'}"
        for severity in sorted(Severity, reverse=True)
        if (count := sum(finding.severity is severity for finding in report.results))
    ]
    lines.append(f"found   {', '.join(counts) or 'nothing'}")
    for finding in sorted(report.results, key=lambda finding: -finding.severity):
        blocks = ", blocks" if finding in report.blocked_by else ""
        lines += ["", f"{finding.code} {finding.message} [{finding.severity.label}{blocks}]"]
        lines += [f"    {word}: {text}" for word, text in _details(finding) if text]
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in lines)


def _letters(report: ValidationReport) -> str:
    parts = [f"{letter} {gained:g}/{possible:g}" for letter, gained, possible in report.by_letter]
    return f" ({', '.join(parts)})" if parts else ""


def _details(finding: Finding) -> tuple[tuple[str, str | None], ...]:
    line = str(finding.source_line) if finding.source_line is not None else None
    return (
        ("at", finding.focus_node), ("path", finding.path), ("line", line), ("mend", finding.advice),
    )  # fmt: skip


def _json(report: ValidationReport) -> str:
    document = {
        "profile": {"name": report.profile, "digest": report.digest},
        "engine": report.engine,
        "conforms": report.conforms,
        "score": report.score,
        "max_score": report.max_score,
        "results": [dict(zip(COLUMNS, _row(finding), strict=True)) for finding in report.results],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _csv(report: ValidationReport) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(finding) for finding in report.results)
    return target.getvalue().removesuffix("\n")


def _row(finding: Finding) -> tuple[str | int | None, ...]:
    return (
        finding.code,
        finding.focus_node,
        finding.path,
        finding.value,
        finding.severity.label,
        finding.message,
        finding.advice,
        finding.principle,
        finding.source_line,
    )


def _turtle(report: ValidationReport) -> str:
    name = hashlib.sha256(_json(report).encode()).hexdigest()[:32]
    node = Iri(f"urn:fairnode:report:{name}")
    results = [finding for finding in report.results if finding.component is not None]
    triples: list[Triple] = [
        (node, RDF_TYPE, expand("sh:ValidationReport")),
        (node, expand("sh:conforms"), Literal(str(not results).lower(), datatype=expand("xsd:boolean"))),
    ]
    for number, finding in enumerate(results, 1):
        result = Iri(f"{node}#result-{number}")
        triples.append((node, expand("sh:result"), result))
        triples += _result(result, finding)
    return write_rdf(triples, "text/turtle", prefixes=PREFIXES | {"fns": FNS}).decode("utf-8").removesuffix("\n")


def _result(node: Iri, finding: Finding) -> list[Triple]:
    shape = finding.code if ":" in finding.code else FNS + finding.code
    triples: list[Triple] = [
        (node, RDF_TYPE, expand("sh:ValidationResult")),
        (node, expand("sh:focusNode"), _iri(finding.focus_node or "urn:fairnode:unknown")),
        (node, expand("sh:resultSeverity"), expand(f"sh:{finding.severity.label.capitalize()}")),
        (node, expand("sh:sourceShape"), Iri(shape)),
        (node, expand("sh:sourceConstraintComponent"), Iri(finding.component or "")),
        (node, expand("sh:resultMessage"), Literal(finding.message)),
    ]
    # A path of several steps would need blank nodes, and the value is known as text only; both may be left out.
    if finding.path is not None and "://" in finding.path and "<" not in finding.path:
        triples.append((node, expand("sh:resultPath"), Iri(finding.path)))
    return triples


def _iri(text: str) -> Iri:
    # A harvested IRI may hold what Turtle cannot: it is percent-encoded here, as it is in the graph.
    return Iri(re.sub(r'[\x00-\x20<>"{}|\\^`]', lambda found: f"%{ord(found[0]):02X}", text))


FORMATS: dict[str, Callable[[ValidationReport], str]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
    "turtle": _turtle,
}
