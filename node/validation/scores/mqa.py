"""MQA, the score of data.europa.eu: up to 405 points for a dataset, a source or a catalogue.

https://data.europa.eu/mqa/methodology. Of a dataset's distributions only the best counts. Of a population, each metric
gives the share of those that meet it times its weight: 42 of 46 datasets with dct:spatial give 18.26 of 20. What is
undecided (links that were not checked, a conformance that was not asked for) stays in the population: nothing is
scaled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from node.model.rdf import Iri, Node, Triple
from node.model.report import Finding, Severity
from node.validation.engines import ENGINE_FAILED
from node.validation.scores.mqa_metrics import METRICS, WHOLE, Metric
from node.validation.scores.mqa_record import ASKING, OF_DATASET, OF_DISTRIBUTION, DatasetFacts, Way, look
from node.validation.scores.three_states import any_of

DIMENSIONS = tuple(dict.fromkeys(metric.dimension for metric in METRICS))
RATINGS = ((351, "Excellent"), (221, "Good"), (121, "Sufficient"), (0, "Bad"))
"""The least points of each rating."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a metric counted.

    Attributes:
        metric: what was counted.
        met: statements that meet it.
        decided: statements of which that is known.
        population: statements there are.
    """

    metric: Metric
    met: int
    decided: int
    population: int

    @property
    def gained(self) -> Fraction:
        """Points."""
        return Fraction(self.met * self.metric.points, self.population) if self.population else Fraction(0)

    @property
    def decidable(self) -> Fraction:
        """The points that `gained` could have been at most, as far as is known; all where there is nothing to count."""
        if not self.population:
            return Fraction(0 if self.metric.asks else self.metric.points)
        return Fraction(self.decided * self.metric.points, self.population)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score: a line for each of `METRICS`, in their order."""

    lines: tuple[Line, ...]

    @property
    def points(self) -> float:
        """Points gained, of 405."""
        return float(sum(line.gained for line in self.lines))

    @property
    def decidable(self) -> float:
        """Points that are decided; 405 where everything is."""
        return float(sum(line.decidable for line in self.lines))

    @property
    def rating(self) -> str:
        """The rating that the points reach: the least it can be while something is undecided."""
        return rating(self.points)

    @property
    def best_rating(self) -> str:
        """The rating if all that is undecided were met."""
        return rating(float(sum(line.gained + line.metric.points - line.decidable for line in self.lines)))

    @property
    def by_dimension(self) -> tuple[tuple[str, float, float], ...]:
        """(dimension, points gained, points decided), in the order of the methodology."""
        return tuple(
            (
                dimension,
                float(sum(line.gained for line in self.lines if line.metric.dimension == dimension)),
                float(sum(line.decidable for line in self.lines if line.metric.dimension == dimension)),
            )
            for dimension in DIMENSIONS
        )

    @property
    def statement(self) -> str:
        """The score in words, such as `212 of 325 decidable (405), Sufficient to Good`."""
        ratings = self.rating if self.rating == self.best_rating else f"{self.rating} to {self.best_rating}"
        points, decidable = f"{round(self.points, 2):g}", f"{round(self.decidable, 2):g}"
        return (
            f"{points} of {WHOLE}, {ratings}"
            if self.decidable == WHOLE
            else (f"{points} of {decidable} decidable ({WHOLE}), {ratings}")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetScore:
    """The score of one dataset.

    Attributes:
        best: the distribution that counts; `None` where there is none.
        score: the dataset's own.
        counts: what it adds to a population: the same lines over all its distributions.
    """

    best: Node | str | None
    score: Score
    counts: tuple[Line, ...]


def rating(points: float) -> str:
    """Return the rating of points; a fraction below a limit does not reach it."""
    return next(name for least, name in RATINGS if points >= least)


def complies(findings: Collection[Finding]) -> bool | None:
    """Return whether what has these findings of the profile `dcat-ap` complies with DCAT-AP: none is a violation."""
    if any(finding.severity is Severity.VIOLATION for finding in findings):
        return False
    return None if any(finding.code == ENGINE_FAILED for finding in findings) else True


def measure(
    triples: Iterable[Triple],
    dataset: Iri,
    *,
    compliance: bool | None = None,
    answers: Mapping[str, int | None] | None = None,
) -> DatasetScore:
    """Return the score of a dataset from what is said of it and its distributions; see `score_of`."""
    return score_of(look(triples, dataset), compliance=compliance, answers=answers)


def score_of(
    facts: DatasetFacts, *, compliance: bool | None = None, answers: Mapping[str, int | None] | None = None
) -> DatasetScore:
    """Return the score of a dataset.

    Args:
        compliance: see `complies`; `None` leaves its 30 points undecided.
        answers: HTTP status by URL, `None` for one that does not answer. A URL that is not in it is undecided; without
            any link checks (`None`), so are all 80 points.
    """
    rows = [_row(way, answers) for way in facts.ways]
    # `max` keeps the first of equals, and the ways are sorted, so the best one is always the same.
    best = max(range(len(rows)), key=lambda number: _rank(rows[number]), default=None)
    of_best = rows[best] if best is not None else _row(NO_WAY, answers)
    mine = _own(facts, compliance)
    return DatasetScore(
        best=facts.ways[best].node if best is not None else None,
        score=Score(lines=_ordered(mine, of_best)),
        counts=_ordered(mine, _added(rows)),
    )


def answered(urls: Sequence[str], answers: Mapping[str, int | None] | None) -> bool | None:
    """Return whether one of some addresses answers with success; undecided where only those not asked might.

    Without any address it is not met, once links are checked at all.
    """
    if answers is None:
        return None
    return any_of(None if url not in answers else is_success(answers[url]) for url in urls)


def is_success(status: int | None) -> bool:
    """Say whether a status means that there is something (RFC 9110, section 15.3)."""
    return status is not None and 200 <= status < 300


def population(counts: Iterable[Sequence[Line]]) -> Score:
    """Return the score of a source or a catalogue from the counts of its datasets, however many they are."""
    totals = [[0, 0, 0] for _ in METRICS]
    for lines in counts:
        for total, line in zip(totals, lines, strict=True):
            total[0] += line.met
            total[1] += line.decided
            total[2] += line.population
    return Score(
        lines=tuple(
            Line(metric=metric, met=met, decided=decided, population=all_)
            for metric, (met, decided, all_) in zip(METRICS, totals, strict=True)
        )
    )


NO_WAY = Way(states=(False,) * sum(metric.statements for metric in OF_DISTRIBUTION), asks=((),) * len(ASKING))
_Rows = dict[str, Line]


def _rank(row: _Rows) -> float:
    # Halves at most, so exact, and much faster than fractions.
    return sum(line.met * line.metric.points / line.population for line in row.values())


def _own(facts: DatasetFacts, compliance: bool | None) -> _Rows:
    found = _lines(OF_DATASET, facts.states)
    for metric in METRICS:
        if metric.of == "dataset" and not metric.checks:
            found[metric.id] = _line(metric, (compliance,))
    return found


def _row(way: Way, answers: Mapping[str, int | None] | None) -> _Rows:
    found = _lines(OF_DISTRIBUTION, way.states)
    for metric, urls in zip(ASKING, way.asks, strict=True):
        found[metric.id] = _line(metric, (answered(urls, answers),))
    return found


def _lines(metrics: Sequence[Metric], states: Sequence[bool]) -> _Rows:
    found, place = {}, 0
    for metric in metrics:
        found[metric.id] = _line(metric, states[place : place + metric.statements])
        place += metric.statements
    return found


def _line(metric: Metric, states: Sequence[bool | None]) -> Line:
    decided = [state for state in states if state is not None]
    return Line(metric=metric, met=sum(decided), decided=len(decided), population=metric.statements)


def _added(rows: Sequence[_Rows]) -> _Rows:
    return {
        metric.id: Line(
            metric=metric,
            met=sum(row[metric.id].met for row in rows),
            decided=sum(row[metric.id].decided for row in rows),
            population=sum(row[metric.id].population for row in rows),
        )
        for metric in METRICS
        if metric.of == "distribution"
    }


def _ordered(mine: _Rows, of_distribution: _Rows) -> tuple[Line, ...]:
    found = mine | of_distribution
    return tuple(found[metric.id] for metric in METRICS)
