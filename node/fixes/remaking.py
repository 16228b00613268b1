"""A stored record made again from its raw bytes, as a harvest would, with or without a change: nothing is fetched.

Pure, and its values pickle, so it runs on any executor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.fixes.changes import Change
from node.model.oai import Header, Record
from node.model.rdf import Iri, Literal
from node.model.report import Finding
from node.namespaces import expand
from node.prepare import Job, prepare_all
from node.storage.raws import Raw
from node.syntax import from_ntriples
from node.terms import vocabularies
from node.validation import Profile, load_profile, validate
from node.validation.points import points_lost
from node.validation.scores import mqa


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A record, made again and judged.

    Attributes:
        local_id, identifier: the record.
        problem: why it could not be made; what follows is then empty.
        score, max_score: points gained and possible, by the profile.
        mqa: points of 405, as far as metadata tell; `None` for what is no dataset.
        failed: the first finding of each check.
        lost: (check to blame, points lost).
        blocks: the checks that keep it from being published.
        unknown: (vocabulary, text) of values that no term was found for.
    """

    local_id: str
    identifier: str
    problem: str = ""
    score: float = 0.0
    max_score: float = 0.0
    mqa: float | None = None
    failed: tuple[Finding, ...] = ()
    lost: tuple[tuple[str, float], ...] = ()
    blocks: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()


def remake_all(raws: Sequence[Raw], job: Job, change: Change, profile: str) -> list[Remade]:
    """Return records as they would be with a change; what is in a record never raises.

    Args:
        job: of the records' source; `Job.spellings` gives way to those of the change.
        profile: a profile's name, or the path of a shapes file.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed.
    """
    loaded = load_profile(profile)
    return [_remade(raw, job, change, loaded) for raw in raws]


def _remade(raw: Raw, job: Job, change: Change, profile: Profile) -> Remade:
    if raw.payload is None:
        return Remade(local_id=raw.local_id, identifier=raw.identifier, problem=raw.lost)
    record = Record(
        header=Header(identifier=raw.identifier, datestamp=""),
        metadata=raw.payload,
        metadata_prefix=raw.metadata_prefix,
        media_type=raw.media_type,
    )
    (prepared,) = prepare_all([(raw.local_id, record)], job)
    if prepared.problem is not None:
        return Remade(local_id=raw.local_id, identifier=raw.identifier, problem=prepared.problem[1])
    subject = Iri(prepared.subject)
    text = "".join((prepared.ntriples, *(node.ntriples for node in prepared.shared)))
    triples = change.applied(from_ntriples(text), subject)
    report = validate(triples, profile, focus=subject, engine="compiled")
    first: dict[str, Finding] = {}
    for finding in report.results:
        first.setdefault(finding.code, finding)
    own = [finding for finding in report.results if finding.focus_node == subject]
    return Remade(
        local_id=raw.local_id,
        identifier=raw.identifier,
        score=report.score,
        max_score=report.max_score,
        mqa=mqa.measure(triples, subject).score.points if prepared.kind == "Dataset" else None,
        failed=tuple(first.values()),
        lost=tuple(sorted(points_lost(own, profile.shapes, prepared.kind).items())),
        blocks=tuple(sorted({finding.code for finding in report.blocked_by})),
        unknown=tuple(dict.fromkeys((*_noted(prepared.findings), *_said(triples, subject)))),
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
