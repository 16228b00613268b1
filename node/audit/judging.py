"""From a record's statements to a judgement: pure, and its values pickle, so it runs on any executor.

Findings are kept as canonical JSON without what their rule says already: the same words stand in a million of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

import node.validation
from node.audit import reach, verdicts
from node.errors import ProfileError, SyntaxRefused
from node.model.audit import Judgement, Rule, Subject, Yardstick
from node.model.rdf import Iri
from node.model.report import Finding, Severity
from node.syntax import JsonValue, from_ntriples
from node.validation import Profile, ask, load_profile, validate
from node.validation.engines import ENGINE_FAILED, Answer
from node.validation.patience import of_run
from node.validation.quality import Quality, measure
from node.validation.unicode_tables import tables_of

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
    # The engine's name says which shapes of this profile are the referee's, which follows from each shape alone.
    tables = tables_of(loaded)
    rests_on = reach.digests(loaded, _engine_digest(tables))
    return Yardstick(
        profile=loaded.name,
        version=loaded.version,
        profile_digest=loaded.digest,
        engine=engine,
        engine_digest=_engine_digest(f"{engine}{tables}"),
        files=loaded.files,
        rules=tuple(replace(rule, digest=rests_on[rule.code]) for rule in rules_of(loaded)),
    )


def judge_all(subjects: Sequence[Subject], profile: str, digest: str, run: str = "") -> list[Judgement]:
    """Judge records, each as a graph of its own. What is in a record never raises.

    Args:
        digest: of the profile: whoever runs this may have read another version of it.
        run: what they are judged in, by any name; a check that takes too long of several of its records is given up.

    Raises:
        ProfileError: the profile is ill-formed, or not the one that was asked for.
    """
    loaded = wanted_profile(profile, digest)
    with of_run(run):
        return [judge(subject, loaded) for subject in subjects]


def wanted_profile(profile: str, digest: str) -> Profile:
    """Return a profile that has a digest; raises `ProfileError` where it has another by now."""
    loaded = load_profile(profile)
    if loaded.digest != digest:
        raise ProfileError(
            f"the profile {profile} changed while records were audited",
            advice="Run the audit again; with a Dask cluster, install the same version everywhere.",
        )
    return loaded


def unreadable(subject: Subject, rules: Sequence[Rule], why: str) -> Judgement:
    """Return that a record could not be judged: everything about it is undecided."""
    finding = Finding(
        code=UNREADABLE,
        severity=Severity.VIOLATION,
        message=f"the stored record could not be judged: {why}"[:500],
        advice="`fairnode store verify` checks what is kept; harvest the source with --full to have the record anew.",
        focus_node=subject.iri,
    )
    return judgement(
        subject,
        rdf="",
        checks="u" * len(rules),
        quality=Quality(score=0, max_score=0),
        failures=canonical(items_of((finding,), subject, rules)),
    )


def findings_of(judgement: Judgement, rules: dict[str, Rule]) -> tuple[Finding, ...]:
    """Return the findings of a judgement, whole again.

    Args:
        rules: of the yardstick that made it, by code.
    """
    return tuple(_finding(item, judgement, rules.get(item["rule"])) for item in json.loads(judgement.failures))


def judge(subject: Subject, profile: Profile) -> Judgement:
    """Judge one record by every rule. What is in it never raises."""
    rules = rules_of(profile)
    if subject.ntriples is None:
        return unreadable(subject, rules, subject.lost)
    try:
        answer = answer_on(subject, profile)
    except SyntaxRefused as error:
        return unreadable(subject, rules, error.message)
    return judgement(
        subject,
        rdf=rdf_digest(subject),
        checks=checks_of(answer, rules),
        quality=measure(profile.shapes, answer.verdicts),
        failures=canonical(items_of(answer.findings, subject, rules)),
        told="" if has_failed(answer) else verdicts.written(answer.verdicts, codes_of(rules), subject.iri),
    )


def answer_on(subject: Subject, profile: Profile) -> Answer:
    """Return what the engine says of a record; raises `SyntaxRefused` where it is no N-Triples."""
    assert subject.ntriples is not None, "whoever asks has looked"
    return ask(from_ntriples(subject.ntriples), profile, Iri(subject.iri))


def has_failed(answer: Answer) -> bool:
    """Say whether some shape could not be evaluated."""
    return any(finding.code == ENGINE_FAILED for finding in answer.findings)


def rdf_digest(subject: Subject) -> str:
    """Return the SHA-256 of what a record says; empty where it was not read."""
    return _sha256(subject.ntriples) if subject.ntriples is not None else ""


@lru_cache(maxsize=1)
def _sha256(text: str) -> str:
    """A record is judged by several profiles, one after the other."""
    return hashlib.sha256(text.encode()).hexdigest()


def judgement(subject: Subject, *, rdf: str, checks: str, quality: Quality, failures: str, told: str = "") -> Judgement:
    """Return a judgement; `told` are the verdicts as text."""
    return Judgement(
        local_id=subject.local_id,
        source=subject.source,
        identifier=subject.identifier,
        iri=subject.iri,
        content=subject.content,
        rdf=rdf,
        checks=checks,
        score=float(quality.score),
        max_score=float(quality.max_score),
        letters=tuple((letter, float(gained), float(possible)) for letter, gained, possible in quality.by_letter),
        failures=failures,
        verdicts=told,
    )


def canonical(value: JsonValue) -> str:
    """Return JSON that is the same text for the same value: members sorted, no white space."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checks_of(answer: Answer, rules: Sequence[Rule]) -> str:
    """Return `Judgement.checks`."""
    failed = {finding.code for finding in answer.findings}
    stopped = [finding.value for finding in answer.findings if finding.code == ENGINE_FAILED]

    def state(rule: Rule) -> str:
        if rule.code in failed:
            return "f"
        # An engine that failed without naming a shape gave the whole record up.
        return "u" if rule.code in stopped or None in stopped else "."

    return "".join(state(rule) for rule in rules)


def items_of(findings: Sequence[Finding], subject: Subject, rules: Sequence[Rule]) -> list[JsonValue]:
    """Return findings as JSON, in their order."""
    known = {rule.code: rule for rule in rules}
    return [_item(finding, subject, known.get(finding.code)) for finding in findings]


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
def rules_of(profile: Profile) -> tuple[Rule, ...]:
    """Return the rules of a profile, sorted by code; what they rest on is not worked out."""
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


def codes_of(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return the codes of rules, in their order."""
    return tuple(rule.code for rule in rules)


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
