"""A preflight's report as a JSON document; `docs/reference/api.md` describes its members."""

from __future__ import annotations

from node.model.preflight import Estimate, Example, Fix, PreflightReport, Sample
from node.model.repository import RepositoryDescription
from node.syntax import JsonValue

_MOST_SETS = 100


def as_document(report: PreflightReport) -> dict[str, JsonValue]:
    """Return a report as JSON values; the same report gives the same document."""
    question = report.question
    return {
        "verdict": report.verdict.value,
        "question": {
            "url": question.url,
            "kind": question.kind,
            "metadata_prefix": question.metadata_prefix,
            "sets": list(question.set_specs),
            "sample": question.sample,
        },
        "profile": {"name": question.profile, "digest": report.profile_digest},
        "started": report.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": report.seconds,
        "requests": report.requests,
        "retries": report.retries,
        "repository": _repository(report.description) if report.description else None,
        "sample": _sample(report.sample),
        "estimate": _estimate(report.estimate),
        "incremental": {"state": report.incremental.value, "note": report.incremental_note},
        "conformance": [_fix(fix) for fix in report.conformance],
        "fixes": [_fix(fix) for fix in report.fixes],
        "error": (
            {"code": report.error.code, "message": report.error.message, "advice": report.error.advice}
            if report.error
            else None
        ),
    }


def _repository(description: RepositoryDescription) -> JsonValue:
    return {
        "name": description.name,
        "url": description.url,
        "contacts": list(description.contacts),
        "protocol": description.protocol,
        "granularity": description.granularity,
        "deletions": description.deletions,
        "earliest": description.earliest,
        "formats": [
            {"prefix": each.prefix, "namespace": each.namespace, "schema": each.schema} for each in description.formats
        ],
        "sets": [{"spec": each.spec, "name": each.name} for each in description.sets[:_MOST_SETS]],
        "set_count": len(description.sets),
        "records": description.records,
    }


def _sample(sample: Sample) -> JsonValue:
    return {
        "records": sample.records,
        "pages": sample.pages,
        "whole": sample.whole,
        "deleted": sample.deleted,
        "checked": sample.checked,
        "published": sample.published,
        "quarantined": sample.quarantined,
        "rejected": sample.rejected,
        "repeated": sample.repeated,
        "score": sample.score,
        "max_score": sample.max_score,
        "by_letter": {
            letter: {"score": gained, "max_score": possible} for letter, gained, possible in sample.by_letter
        },
        "oldest": sample.oldest,
        "newest": sample.newest,
    }


def _estimate(estimate: Estimate) -> JsonValue:
    return {
        "records": estimate.records,
        "seconds": estimate.seconds,
        "page_seconds": estimate.page_seconds,
        "record_seconds": estimate.record_seconds,
        "reckoned": estimate.reckoned,
    }


def _fix(fix: Fix) -> JsonValue:
    return {
        "code": fix.code,
        "severity": fix.severity.label,
        "message": fix.message,
        "advice": fix.advice,
        "principle": fix.principle,
        "records": fix.records,
        "points": fix.points,
        "blocks": fix.blocks,
        "examples": [_example(each) for each in fix.examples],
    }


def _example(each: Example) -> JsonValue:
    return {
        "identifier": each.identifier,
        "path": each.path,
        "value": each.value,
        "line": each.line,
        "message": each.message,
    }
