"""From a record's statements to a judgement: pure, and its values pickle, so it runs on any executor.

Findings are kept as canonical JSON without what their rule says already: the same words stand in a million of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import node.validation
from node.errors import ProfileError, SyntaxRefused
from node.model.audit import Judgement, Rule, Subject, Yardstick
from node.model.rdf import Iri
from node.model.report import Finding, Severity, ValidationReport
from node.syntax import JsonValue, from_ntriples
from node.validation import Profile, load_profile, validate
from node.validation.engines import ENGINE_FAILED

UNREADABLE = "validation.record-unreadable"
# What a verdict may depend on besides the code of `node.validation`.
_LIBRARIES = ("pyshacl", "rdflib", "pyoxigraph")


def yardstick_of(profile: str) -> Yardstick:
    """Return what records are measured by where they are judged by a profile.

    Args:
        profile: its name, or the path of a shapes file.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed.
    """
    loaded = load_profile(profile)
    engine = validate((), loaded).engine
    return Yardstick(
        profile=loaded.name,
        version=loaded.version,
        profile_digest=loaded.digest,
        engine=engine,
        engine_digest=_engine_digest(engine),
        files=loaded.files,
        rules=_rules(loaded),
    )


def judge_all(subjects: Sequence[Subject], profile: str, digest: str) -> list[Judgement]:
    """Judge records, each as a graph of its own. What is in a record never raises.

    Args:
        digest: of the profile: whoever runs this may have read another version of it.

    Raises:
        ProfileError: the profile is ill-formed, or not the one that was asked for.
    """
    loaded = load_profile(profile)
    if loaded.digest != digest:
        raise ProfileError(
            f"the profile {profile} changed while records were audited",
            advice="Run the audit again; with a Dask cluster, install the same version everywhere.",
        )
    return [_judge(subject, loaded) for subject in subjects]


def unreadable(subject: Subject, rules: Sequence[Rule], why: str) -> Judgement:
    """Return that a record could not be judged: everything about it is undecided."""
    finding = Finding(
        code=UNREADABLE,
        severity=Severity.VIOLATION,
        message=f"the stored record could not be judged: {why}"[:500],
        advice="`fairnode store verify` checks what is kept; harvest the source with --full to have the record anew.",
        focus_node=subject.iri,
    )
    report = ValidationReport(profile="", digest="", engine="", results=(finding,), score=0, max_score=0)
    return _judgement(subject, "", "u" * len(rules), report, rules)


def findings_of(judgement: Judgement, rules: dict[str, Rule]) -> tuple[Finding, ...]:
    """Return the findings of a judgement, whole again.

    Args:
        rules: of the yardstick that made it, by code.
    """
    return tuple(_finding(item, judgement, rules.get(item["rule"])) for item in json.loads(judgement.failures))


def _judge(subject: Subject, profile: Profile) -> Judgement:
    rules = _rules(profile)
    if subject.ntriples is None:
        return unreadable(subject, rules, subject.lost)
    try:
        triples = from_ntriples(subject.ntriples)
    except SyntaxRefused as error:
        return unreadable(subject, rules, error.message)
    report = validate(triples, profile, focus=Iri(subject.iri))
    rdf = hashlib.sha256(subject.ntriples.encode()).hexdigest()
    return _judgement(subject, rdf, _checks(report.results, rules), report, rules)


def _judgement(subject: Subject, rdf: str, checks: str, report: ValidationReport, rules: Sequence[Rule]) -> Judgement:
    known = {rule.code: rule for rule in rules}
    items: list[JsonValue] = [_item(finding, subject, known.get(finding.code)) for finding in report.results]
    return Judgement(
        local_id=subject.local_id,
        source=subject.source,
        identifier=subject.identifier,
        iri=subject.iri,
        content=subject.content,
        rdf=rdf,
        checks=checks,
        score=float(report.score),
        max_score=float(report.max_score),
        letters=tuple((letter, float(gained), float(possible)) for letter, gained, possible in report.by_letter),
        failures=canonical(items),
    )


def canonical(value: JsonValue) -> str:
    """Return JSON that is the same text for the same value: members sorted, no white space."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _checks(findings: Sequence[Finding], rules: Sequence[Rule]) -> str:
    failed = {finding.code for finding in findings}
    stopped = [finding.value for finding in findings if finding.code == ENGINE_FAILED]

    def state(rule: Rule) -> str:
        if rule.code in failed:
            return "f"
        # An engine that failed without naming a shape gave the whole record up.
        return "u" if rule.code in stopped or None in stopped else "."

    return "".join(state(rule) for rule in rules)


def _item(finding: Finding, subject: Subject, rule: Rule | None) -> dict[str, JsonValue]:
    """Return a finding without what its rule and its record say already."""
    values: dict[str, tuple[JsonValue, JsonValue]] = {
        "severity": (finding.severity.label, rule.severity.label if rule else None),
        "message": (finding.message, rule.message if rule else None),
        "advice": (finding.advice, rule.advice if rule else None),
        "principle": (finding.principle, rule.principle if rule else None),
        "path": (finding.path, rule.path if rule else None),
        "focus": (finding.focus_node, subject.iri),
        "value": (finding.value, None),
        "component": (finding.component, None),
    }
    # Said and empty is not the same as not said, so an absent value where the rule has one is written as null.
    return {"rule": finding.code, **{name: own for name, (own, usual) in values.items() if own != usual}}


def _finding(item: dict[str, str | None], judgement: Judgement, rule: Rule | None) -> Finding:
    severity = item.get("severity")
    return Finding(
        code=str(item["rule"]),
        severity=Severity[severity.upper()] if severity else rule.severity if rule else Severity.WARNING,
        message=item.get("message", rule.message if rule else "") or "",
        advice=item.get("advice", rule.advice if rule else "") or "",
        principle=item.get("principle", rule.principle if rule else None),
        path=item.get("path", rule.path if rule else None),
        focus_node=item.get("focus", judgement.iri),
        value=item.get("value"),
        component=item.get("component"),
    )


@cache
def _rules(profile: Profile) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            code=shape.id,
            severity=shape.severity,
            name=shape.name,
            message=shape.message,
            advice=shape.advice,
            principle=shape.principle,
            points=float(shape.points),
            path=shape.path,
        )
        for shape in sorted(profile.shapes, key=lambda shape: shape.id)
    )


@cache
def _engine_digest(engine: str) -> str:
    """Return what changes whenever the engine may judge differently: its own code and what it stands on."""
    folder = Path(node.validation.__file__).parent
    whole = hashlib.sha256(engine.encode())
    for name in _LIBRARIES:
        whole.update(f"\n{name} {version(name)}".encode())
    for path in sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).as_posix()):
        whole.update(f"\n{path.relative_to(folder).as_posix()} ".encode())
        whole.update(hashlib.sha256(path.read_bytes()).hexdigest().encode())
    return whole.hexdigest()
