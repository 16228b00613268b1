"""What remade records score by a profile's own rule, one by one and together.

Profiles whose score is MQA are scored as audits score them (`node.validation.scores`): of a dataset's distributions the
best counts, and of a source each metric the share of those that meet it. By all other profiles points are added up.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from node.fixes.remaking import Remade
from node.validation import Profile
from node.validation.scores import mqa
from node.validation.scores.mqa_mending import gains
from node.validation.scores.record import RecordScores, likeness
from node.validation.scores.statements import of_decidable
from node.validation.scores.totals import Totals

MQA = "mqa"
_MANY = 5000

Shift = tuple[int, int, int, int]
"""Of a metric, by its place: how many more statements meet it, are decided, and are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What mending one check does to one dataset.

    Attributes:
        code: the check.
        points: gained.
        before, after: the ratings.
        shifts: what changes in the counts of the population.
    """

    code: str
    points: float
    before: str
    after: str
    shifts: tuple[Shift, ...]


class Ratings:
    """The MQA scores of datasets; what is alike is worked out once, and no more than some thousand are remembered."""

    def __init__(self) -> None:
        self._scores: dict[Hashable, mqa.DatasetScore] = {}
        self._gains: dict[Hashable, tuple[Gain, ...]] = {}

    def of(self, remade: Remade) -> mqa.DatasetScore | None:
        """Return the score of a record; `None` for what is no dataset."""
        if remade.facts is None or remade.facts.dataset is None:
            return None
        like = likeness(remade.facts, remade.answers)
        if like not in self._scores:
            if len(self._scores) == _MANY:
                self._scores.clear()
            self._scores[like] = mqa.score_of(
                remade.facts.dataset, compliance=remade.facts.complies, answers=remade.answers
            )
        return self._scores[like]

    def gains(self, remade: Remade) -> tuple[Gain, ...]:
        """Return what each check would gain a record, those that gain nothing left out."""
        before = self.of(remade)
        if before is None or remade.facts is None or remade.facts.dataset is None:
            return ()
        like = likeness(remade.facts, remade.answers)
        if like not in self._gains:
            if len(self._gains) == _MANY:
                self._gains.clear()
            after = gains(remade.facts.dataset, compliance=remade.facts.complies, answers=remade.answers)
            self._gains[like] = tuple(_gain(code, before, score) for code, score in after)
        return self._gains[like]


class Shifts:
    """Adds shifts up."""

    def __init__(self) -> None:
        self._sums: dict[int, tuple[int, int, int]] = {}

    def add(self, shifts: Iterable[Shift]) -> None:
        """Take in what changes by one dataset."""
        for place, met, decided, population in shifts:
            known = self._sums.get(place, (0, 0, 0))
            self._sums[place] = (known[0] + met, known[1] + decided, known[2] + population)

    def __iter__(self) -> Iterator[Shift]:
        return ((place, *sums) for place, sums in self._sums.items())


class Account:
    """What many records score together, by the rule of the profile.

    Attributes:
        score, max_score: points gained, and that could be, as far as that is decided.
    """

    def __init__(self, *, rated: bool) -> None:
        """Begin; `rated` where the points are those of MQA."""
        self._rated = rated
        self._totals = Totals({"": 0.0})
        self._score = self._max_score = 0.0

    def add(self, remade: Remade, score: mqa.DatasetScore | None) -> None:
        """Take in a record with its MQA score, which counts where the account is rated."""
        self._score += remade.score
        self._max_score += remade.max_score
        if self._rated and score is not None:
            self._totals.add(RecordScores(resource=remade.local_id, states={}, mqa=score))

    @property
    def score(self) -> float:
        """Points, as an audit gives them."""
        score = self._totals.mqa_score
        return self._score if not self._rated else round(score.points, 2) if score else 0.0

    @property
    def max_score(self) -> float:
        """Points that could be gained, as far as that is decided."""
        score = self._totals.mqa_score
        return self._max_score if not self._rated else round(score.decidable, 2) if score else 0.0

    @property
    def statement(self) -> str:
        """The score in words."""
        if not self._rated:
            return f"{of_decidable(self._score, self._max_score, self._max_score)} points"
        score = self._totals.mqa_score
        return score.statement if score else "no dataset to score"

    def gained(self, shifts: Iterable[Shift]) -> float:
        """Return the points that shifts of the population's counts add to a rated account."""
        score = self._totals.mqa_score
        if score is None:
            return 0.0
        lines = list(score.lines)
        for place, met, decided, population in shifts:
            line = lines[place]
            lines[place] = mqa.Line(
                metric=line.metric,
                met=line.met + met,
                decided=line.decided + decided,
                population=line.population + population,
            )
        return mqa.Score(lines=tuple(lines)).points - score.points


def is_rated(profile: Profile) -> bool:
    """Say whether the score of a profile is MQA."""
    return MQA in profile.scores


def shifts_between(before: mqa.DatasetScore, after: mqa.DatasetScore) -> tuple[Shift, ...]:
    """Return what changes in the counts of a population where one of its datasets does."""
    pairs = zip(before.counts, after.counts, strict=True)
    found = (
        (place, is_.met - was.met, is_.decided - was.decided, is_.population - was.population)
        for place, (was, is_) in enumerate(pairs)
    )
    return tuple(shift for shift in found if any(shift[1:]))


def _gain(code: str, before: mqa.DatasetScore, after: mqa.DatasetScore) -> Gain:
    return Gain(
        code=code,
        points=after.score.points - before.score.points,
        before=before.score.rating,
        after=after.score.rating,
        shifts=shifts_between(before, after),
    )
