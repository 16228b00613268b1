"""A stored record made again from its raw bytes, as a harvest would, with or without a change: nothing is fetched.

Pure, and its values pickle, so it runs on any executor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.fixes.changes import Change
from node.model.oai import Header, Record
from node.model.prepared import Prepared
from node.model.rdf import Iri, Literal
from node.model.report import Finding
from node.namespaces import expand
from node.prepare import Job, prepare_all
from node.storage.raws import Raw
from node.syntax import from_ntriples
from node.terms import vocabularies
from node.validation import Profile, load_profile, validate
from node.validation.points import points_gained
from node.validation.scores.compliance import facts_from
from node.validation.scores.facts import RecordFacts
from node.validation.scores.record import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A record, made again and judged.

    Attributes:
        local_id, identifier: the record.
        problem: why it could not be made; what follows is then empty.
        score, max_score: points of the profile's checks, gained and possible.
        facts: what scores need besides; `None` where nobody asked for them.
        answers: of the links in it, as far as they were checked; `None` without any.
        failed: the first finding of each check.
        gains: (check, points gained by passing it, and if the checks that require it pass as well).
        blocks: the checks that keep it from being published.
        unknown: (vocabulary, text) of values that no term was found for.
        patched: a row of the change's patch changes what it says.
    """

    local_id: str
    identifier: str
    problem: str = ""
    score: float = 0.0
    max_score: float = 0.0
    facts: RecordFacts | None = None
    answers: Answers | None = None
    failed: tuple[Finding, ...] = ()
    gains: tuple[tuple[str, float, float], ...] = ()
    blocks: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    patched: bool = False

    @property
    def codes(self) -> frozenset[str]:
        """The checks that it fails."""
        return frozenset(finding.code for finding in self.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How records are made again.

    Attributes:
        job: of the records' source, with the spellings of the change.
        change: what else is done to them.
        profile: a profile's name, or the path of a shapes file.
        with_facts: whether what other scores than the profile's points need is worked out, too.
    """

    job: Job
    change: Change
    profile: str
    with_facts: bool


def remake_all(raws: Sequence[Raw], trial: Trial) -> list[Remade]:
    """Return records as they would be with a change; what is in a record never raises.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed.
    """
    profile = load_profile(trial.profile)
    return [judged(raw, prepared(raw, trial.job), trial, profile) for raw in raws]


def died(raw: Raw) -> Remade:
    """Return what is left of a record that the process died of which made it again."""
    return unmade(raw, "the process that made it again died of it")


def unmade(raw: Raw, problem: str) -> Remade:
    """Return that a record could not be made again, and why."""
    return Remade(local_id=raw.local_id, identifier=raw.identifier, problem=problem)


def prepared(raw: Raw, job: Job) -> Prepared | None:
    """Return what a harvest makes of a record; `None` where its bytes could not be read."""
    if raw.payload is None:
        return None
    record = Record(
        header=Header(identifier=raw.identifier, datestamp=""),
        metadata=raw.payload,
        metadata_prefix=raw.metadata_prefix,
        media_type=raw.media_type,
    )
    return prepare_all([(raw.local_id, record)], job)[0]


def judged(raw: Raw, made: Prepared | None, trial: Trial, profile: Profile) -> Remade:
    """Judge a prepared record, changed as the trial says."""
    if made is None or made.problem is not None:
        return unmade(raw, made.problem[1] if made is not None and made.problem else raw.lost)
    subject = Iri(made.subject)
    text = "".join((made.ntriples, *(node.ntriples for node in made.shared)))
    as_made = tuple(from_ntriples(text))
    triples = trial.change.applied(as_made, subject)
    report = validate(triples, profile, focus=subject, engine="compiled")
    first: dict[str, Finding] = {}
    for finding in report.results:
        first.setdefault(finding.code, finding)
    own = [finding for finding in report.results if finding.focus_node == subject]
    gains = points_gained(own, profile.shapes, made.kind)
    return Remade(
        local_id=raw.local_id,
        identifier=raw.identifier,
        score=report.score,
        max_score=report.max_score,
        facts=facts_from(triples, subject) if trial.with_facts else None,
        failed=tuple(first.values()),
        gains=tuple((code, *points) for code, points in sorted(gains.items())),
        blocks=tuple(sorted({finding.code for finding in report.blocked_by})),
        unknown=tuple(dict.fromkeys((*_noted(made.findings), *_said(triples, subject)))),
        patched=trial.change.touches(as_made),
    )


def _noted(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """What the crosswalk could not read as a term, and said so."""
    return [(_NOTED[finding.code], finding.value) for finding in findings if finding.code in _NOTED and finding.value]


def _said(triples: Sequence[tuple[Iri, Iri, Iri | Literal]], subject: Iri) -> list[tuple[str, str]]:
    """Texts that are kept as texts, where a term would be better: statements about rights, and keywords.

    Rights are looked up only while a licence or an access right is missing; keywords while a theme is.
    """
    about: dict[Iri, list[Iri | Literal]] = {}
    labels: dict[Iri, list[str]] = {}
    for node, predicate, value in triples:
        if node == subject:
            about.setdefault(predicate, []).append(value)
        elif predicate == _LABEL and isinstance(value, Literal):
            labels.setdefault(node, []).append(value.value)
    rights = [text for node in about.get(_RIGHTS, ()) if isinstance(node, Iri) for text in labels.get(node, ())]
    found: list[tuple[str, str]] = []
    if _LICENSE not in about:
        found += [("licence", text) for text in rights]
    if _ACCESS not in about:
        found += [("access-right", text) for text in rights]
    if not any(isinstance(one, Iri) and vocabularies.theme(one) for one in about.get(_THEME, ())):
        found += [("data-theme", word.value) for word in about.get(_KEYWORD, ()) if isinstance(word, Literal)]
    return found


_NOTED = {
    "mapping.license-unknown": "licence",
    "mapping.language-unknown": "language",
    "mapping.type-unknown": "resource-type",
    "mapping.format-unknown": "file-type",
}
_RIGHTS, _LICENSE, _ACCESS = expand("dct:rights"), expand("dct:license"), expand("dct:accessRights")
_THEME, _KEYWORD, _LABEL = expand("dcat:theme"), expand("dcat:keyword"), expand("rdfs:label")
