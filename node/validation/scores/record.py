"""The scores of one record: from its verdicts, from what it says, and from what its links answered."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from node.validation.profiles import Profile
from node.validation.quality import Quality
from node.validation.scores import fuji, mqa, rda
from node.validation.scores.facts import RecordFacts
from node.validation.scores.fuji import States
from node.validation.scores.statements import of_decidable

Answers = Mapping[str, int | None]
"""HTTP status by URL, `None` for one that does not answer; what is not in it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordScores:
    """What a profile's scores say of one resource; `None` where the profile does not give a score, or not of its kind.

    Attributes:
        resource: its IRI.
        states: whether each check is met, `None` where that is undecided; a check that is not asked is left out.
        fair: points by letter and principle.
        fair_whole: the points of all checks of the profile, asked or not.
    """

    resource: str
    states: States
    fair: Quality | None = None
    fair_whole: float = 0.0
    fuji: fuji.Equivalent | None = None
    rda: rda.Maturity | None = None
    mqa: mqa.DatasetScore | None = None

    @property
    def statements(self) -> tuple[tuple[str, str], ...]:
        """Each score as its name and a sentence, never a bare percentage."""
        found = []
        if self.fair is not None:
            found.append(("FAIR", of_decidable(self.fair.score, self.fair.max_score, self.fair_whole)))
        if self.fuji is not None:
            found.append(("F-UJI", self.fuji.statement))
        if self.rda is not None:
            found.append(("RDA", self.rda.statement))
        if self.mqa is not None:
            found.append(("MQA", self.mqa.score.statement))
        return tuple(found)


def scores_of(
    profile: Profile,
    resource: str,
    states: States,
    quality: Quality,
    facts: RecordFacts | None,
    answers: Answers | None = None,
) -> RecordScores:
    """Return the scores that a profile gives.

    Args:
        states: of the resource (`node.validation.quality.states`).
        quality: of the resource.
        facts: what the record says; without them, what only they decide is undecided.
    """
    compliance = facts.complies if facts else None
    dataset = facts.dataset if facts else None
    return RecordScores(
        resource=resource,
        states=states,
        fair=quality if "fair" in profile.scores else None,
        fair_whole=sum(shape.points for shape in profile.shapes if shape.targets),
        fuji=fuji.measure(states, network_tests(facts, answers)) if "fuji" in profile.scores else None,
        rda=rda.measure(states, compliance=compliance) if "rda" in profile.scores else None,
        mqa=mqa.score_of(dataset, compliance=compliance, answers=answers)
        if "mqa" in profile.scores and dataset is not None
        else None,
    )


def network_tests(facts: RecordFacts | None, answers: Answers | None) -> dict[str, bool]:
    """Return F-UJI's tests that the answers of a record's links decide."""
    if facts is None or not answers:
        return {}
    found = {}
    for test, urls in zip(_NETWORK_TESTS, (facts.pids, facts.pages, facts.data), strict=True):
        state = mqa.answered(urls, answers) if urls else None
        if state is not None:
            found[test] = state
    return found


def likeness(facts: RecordFacts | None, answers: Answers | None) -> Hashable:
    """Return what is equal for records whose scores are equal where their verdicts are, whatever they are called."""
    if facts is None:
        return None
    network = tuple(network_tests(facts, answers).items())
    if facts.dataset is None:
        return facts.complies, network
    ways = tuple((way.states, *(mqa.answered(urls, answers) for urls in way.asks)) for way in facts.dataset.ways)
    return facts.complies, network, facts.dataset.states, ways


# A persistent identifier that resolves; metadata, and data, that are to be had by their identifier.
_NETWORK_TESTS = ("FsF-F1-02MD-2", "FsF-A1-02MD-1", "FsF-A1-02MD-2")
