"""What an audit's digest covers, as canonical JSON: one line per record, and the document that holds their digest.

`sha256sum` of the document is the audit's name. It holds no time: the same records, profile and engine give the same
bytes on every machine, unless a check took too long to be decided, which the document then says.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from node.audit.judging import canonical, findings_of
from node.model.audit import Judgement, Rule, Yardstick
from node.model.report import Severity
from node.syntax import JsonValue
from node.validation.findings import is_given_up

FORMAT = "fairnode audit 1"


def result_line(judgement: Judgement) -> str:
    """Return what is said of a record, as a line of JSON."""
    values: dict[str, JsonValue] = {
        "record": judgement.local_id,
        "source": judgement.source,
        "identifier": judgement.identifier,
        "subject": judgement.iri,
        "rdf": judgement.rdf,
        "checks": judgement.checks,
        "score": judgement.score,
        "max_score": judgement.max_score,
        "letters": [list(each) for each in judgement.letters],
    }
    # The findings are canonical already; the member is put in its place in the order of names.
    head, tail = canonical(values).split('"identifier":', 1)
    return f'{head}"failures":{judgement.failures},"identifier":{tail}\n'


def rules_text(rules: Sequence[Rule]) -> str:
    """Return the rules as JSON."""
    return canonical(
        [
            {
                "rule": rule.code,
                "severity": rule.severity.label,
                "name": rule.name,
                "message": rule.message,
                "advice": rule.advice,
                "principle": rule.principle,
                "points": rule.points,
                "path": rule.path,
            }
            for rule in rules
        ]
    )


@dataclass(slots=True)
class _Part:
    records: int = 0
    failing: int = 0
    score: float = 0.0
    max_score: float = 0.0


@dataclass(slots=True)
class Tally:
    """Adds up the judgements of an audit, in the order of their local ids, and writes its document.

    Attributes:
        yardstick: what made them.
        names: the sources that are audited; one without records has its line, too.
    """

    yardstick: Yardstick
    names: Sequence[str]
    _results: hashlib._Hash = field(default_factory=hashlib.sha256, init=False)
    _parts: dict[str, _Part] = field(default_factory=dict, init=False)
    _rules: dict[str, list[int]] = field(default_factory=dict, init=False)
    _undecided: int = field(default=0, init=False)
    _not_asked: Counter[str] = field(default_factory=Counter, init=False)
    _by_code: dict[str, Rule] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._parts = {name: _Part() for name in sorted(self.names)}
        self._by_code = {rule.code: rule for rule in self.yardstick.rules}

    def add(self, judgement: Judgement) -> None:
        """Count one judgement in."""
        self._results.update(result_line(judgement).encode())
        part = self._parts[judgement.source]
        part.records += 1
        part.score += judgement.score
        part.max_score += judgement.max_score
        if judgement.failures == "[]":
            return
        part.failing += 1
        self._undecided += judgement.undecided
        seen, not_asked = set(), set[str]()
        for finding in findings_of(judgement, self._by_code):
            counts = self._rules.setdefault(finding.code, [0, 0, 0])
            counts[0] = max(counts[0], int(finding.severity))
            counts[1] += finding.code not in seen
            counts[2] += 1
            seen.add(finding.code)
            if is_given_up(finding):
                not_asked.add(finding.value or "")
        self._not_asked.update(not_asked)

    def _undecided_values(self) -> dict[str, JsonValue]:
        """What is said where some check was undecided; how far records get in their time no two machines agree on."""
        if not self._undecided:
            return {}
        not_asked: list[JsonValue] = [
            {"rule": code, "records": self._not_asked[code]} for code in sorted(self._not_asked)
        ]
        return {"undecided": {"reproducible": False, "records": self._undecided, "not_asked": not_asked}}

    def document(self) -> str:
        """Return the audit as canonical JSON."""
        ordered = sorted(self._rules.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
        measure = self.yardstick
        return canonical(
            {
                "format": FORMAT,
                "profile": {
                    "name": measure.profile,
                    "version": measure.version,
                    "digest": measure.profile_digest,
                    "files": {name: hashlib.sha256(data).hexdigest() for name, data in measure.files},
                    "rules": hashlib.sha256(rules_text(measure.rules).encode()).hexdigest(),
                },
                "engine": {"name": measure.engine, "digest": measure.engine_digest},
                "results": self._results.hexdigest(),
                **self._undecided_values(),
                "sources": [
                    {
                        "source": name,
                        "records": part.records,
                        "failing": part.failing,
                        "score": part.score,
                        "max_score": part.max_score,
                    }
                    for name, part in self._parts.items()
                ],
                "rules": [
                    {
                        "rule": code,
                        "severity": Severity(severity).label,
                        "records": records,
                        "findings": findings,
                    }
                    for code, (severity, records, findings) in ordered
                ],
            }
        )
