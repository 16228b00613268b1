"""Is a record fit to publish, and how FAIR is it? SHACL shapes ask, an engine answers, a profile says what counts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from node.errors import SettingsError
from node.model.rdf import Iri, Triple
from node.model.report import ValidationReport
from node.validation.background import NO_BACKGROUND, vocabularies
from node.validation.engines import Answer, Engine, Verdict
from node.validation.findings import verdicts_of
from node.validation.profiles import Profile, read_profile
from node.validation.quality import Quality, measure
from node.validation.record_graph import SharedRecord

__all__ = ["ENGINES", "Profile", "SharedRecord", "ask", "load_profile", "report_of", "validate"]

ENGINES = ("compiled", "pyshacl")
"""The engines by name; they give the same findings. The first is the fast one and what `validate` takes."""


@cache
def load_profile(name_or_path: str | Path) -> Profile:
    """Return a profile of `shapes/profiles.toml` by its name, or one made of a single shapes file (`.ttl`).

    It is read once a process, and every shape is tried out.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed; the message names the file and the node.
    """
    profile = read_profile(name_or_path)
    _engine(profile, ENGINES[0])
    return profile


def validate(
    triples: Iterable[Triple] | SharedRecord,
    profile: Profile,
    focus: Iri | None = None,
    *,
    engine: str = ENGINES[0],
) -> ValidationReport:
    """Judge one record by a profile. The same record and profile give an equal report, whatever the order of triples.

    What is in the record never raises: a shape that cannot be evaluated is a finding `validation.engine-failed`.

    Args:
        triples: everything known of the record; repetitions do no harm. A `SharedRecord` of them, where several
            profiles are to judge it, is made a graph only once.
        focus: the only node to judge; `None` judges every target, so also other datasets that the record mentions, as
            a profile that `judges_record` does anyway.
        engine: one of `ENGINES`.

    Raises:
        SettingsError: there is no such engine.
        ProfileError: the profile is ill-formed (never for one of `load_profile`).
    """
    return report_of(ask(triples, profile, focus, engine=engine), profile, engine=engine)


def report_of(answer: Answer, profile: Profile, *, engine: str = ENGINES[0]) -> ValidationReport:
    """Return the report on a record of which an engine has been asked; `validate` does both."""
    quality = _quality(profile, answer.verdicts)
    return ValidationReport(
        profile=profile.name,
        digest=profile.digest,
        engine=_engine(profile, engine).name,
        results=answer.findings,
        score=quality.score,
        max_score=quality.max_score,
        blocked_by=tuple(finding for finding in answer.findings if profile.blocks(finding)),
        by_letter=quality.by_letter,
    )


def ask(
    triples: Iterable[Triple] | SharedRecord,
    profile: Profile,
    focus: Iri | None = None,
    *,
    engine: str = ENGINES[0],
) -> Answer:
    """Return what an engine says of one record, verdict by verdict: what `validate` makes its report of.

    Args, and what it raises: as `validate`.
    """
    return _engine(profile, engine).ask(triples, None if profile.judges_record else focus)


def _quality(profile: Profile, verdicts: tuple[Verdict, ...]) -> Quality:
    if len(verdicts) > _REMEMBERED:
        return measure(profile.shapes, verdicts)
    # A score depends on which nodes pass what, not on what they are called, so records have few different ones.
    names: dict[str, str] = {}
    for verdict in verdicts:
        if verdict.focus_node not in names:
            names[verdict.focus_node] = str(len(names))
    return _quality_of(profile, tuple([(shape, names[node], passed) for shape, node, passed in verdicts]))


_REMEMBERED = 100
"""A record with more verdicts than this is a catalogue, whose like will not come again."""


@lru_cache(maxsize=1024)
def _quality_of(profile: Profile, rows: tuple[tuple[str, str, bool | None], ...]) -> Quality:
    return measure(profile.shapes, verdicts_of(rows))


@cache
def _engine(profile: Profile, name: str) -> Engine:
    # pySHACL and rdflib take half a second to import, which commands that validate nothing need not wait for.
    from node.validation.engine_compiled import CompiledEngine
    from node.validation.engine_pyshacl import PyshaclEngine

    if name not in ENGINES:
        raise SettingsError(f"no validation engine {name}", advice=f"Use one of {', '.join(ENGINES)}.")
    background = vocabularies() if profile.vocabularies else NO_BACKGROUND
    engine = CompiledEngine if name == "compiled" else PyshaclEngine
    return engine(profile, background=background)
