"""MQA, the score of data.europa.eu: up to 405 points for a dataset, a source or a catalogue.

https://data.europa.eu/mqa/methodology. Of a dataset's distributions only the best counts. Of a population, each metric
gives the share of those that meet it times its weight: 42 of 46 datasets with dct:spatial give 18.26 of 20. What is
undecided (links that were not checked, a conformance that was not asked for) stays in the population: nothing is
scaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from node.model.rdf import Iri, Node, Triple
from node.model.report import Severity, ValidationReport
from node.namespaces import expand
from node.validation.engines import ENGINE_FAILED
from node.validation.scores.mqa_metrics import METRICS, WHOLE, About, Metric, values
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
        dataset: its IRI.
        best: the distribution that counts; `None` where there is none.
        score: the dataset's own.
        counts: what it adds to a population: the same lines over all its distributions.
    """

    dataset: Iri
    best: Node | None
    score: Score
    counts: tuple[Line, ...]


def rating(points: float) -> str:
    """Return the rating of points; a fraction below a limit does not reach it."""
    return next(name for least, name in RATINGS if points >= least)


def complies(report: ValidationReport) -> bool | None:
    """Return whether a record complies with DCAT-AP, from its report by the profile `dcat-ap`: it has no violation."""
    if any(finding.severity is Severity.VIOLATION for finding in report.results):
        return False
    return None if any(finding.code == ENGINE_FAILED for finding in report.results) else True


def measure(
    triples: Iterable[Triple],
    dataset: Iri,
    *,
    compliance: bool | None = None,
    answers: Mapping[str, int | None] | None = None,
) -> DatasetScore:
    """Return the score of a dataset from what is said of it and its distributions.

    Args:
        compliance: see `complies`; `None` leaves its 30 points undecided.
        answers: HTTP status by URL, `None` for one that does not answer. A URL that is not in it is undecided; without
            any link checks (`None`), so are all 80 points.
    """
    about = _index(triples)
    own = about.get(dataset, {})
    nodes = sorted(dict.fromkeys(values(own, _DISTRIBUTION)), key=str)
    rows = [_row(about.get(node, {}) if isinstance(node, Iri) else {}, answers) for node in nodes]
    # `max` keeps the first of equals, and the nodes are sorted, so the best one is always the same.
    best = max(range(len(nodes)), key=lambda number: _rank(rows[number]), default=None)
    of_best = rows[best] if best is not None else _row({}, answers)
    mine = {line.metric.id: line for line in _own(own, compliance)}
    for_score = mine | {line.metric.id: line for line in of_best}
    counts = mine | {line.metric.id: line for line in _added(rows)}
    return DatasetScore(
        dataset=dataset,
        best=nodes[best] if best is not None else None,
        score=Score(lines=tuple(for_score[metric.id] for metric in METRICS)),
        counts=tuple(counts[metric.id] for metric in METRICS),
    )


def addresses(triples: Iterable[Triple], dataset: Iri) -> tuple[str, ...]:
    """Return the addresses that the score would like to have checked, sorted."""
    about = _index(triples)
    found: set[str] = set()
    for node in values(about.get(dataset, {}), _DISTRIBUTION):
        own = about.get(node, {}) if isinstance(node, Iri) else {}
        for metric in METRICS:
            if metric.asks is not None:
                found |= {str(url) for url in values(own, metric.asks) if isinstance(url, Iri)}
    return tuple(sorted(found))


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


_DISTRIBUTION = expand("dcat:distribution")
_OF_DISTRIBUTION = tuple(metric for metric in METRICS if metric.of == "distribution")


def _rank(row: Sequence[Line]) -> float:
    # Halves at most, so exact, and much faster than fractions.
    return sum(line.met * line.metric.points / line.population for line in row)


def _index(triples: Iterable[Triple]) -> dict[Iri, About]:
    found: dict[Iri, dict[Iri, tuple[Node, ...]]] = {}
    for subject, predicate, value in dict.fromkeys(triples):
        known = found.setdefault(subject, {})
        before = known.get(predicate)
        known[predicate] = (value,) if before is None else (*before, value)
    return dict(found)


def _own(about: About, compliance: bool | None) -> list[Line]:
    found = []
    for metric in METRICS:
        if metric.of == "dataset":
            states = tuple(check(about) for check in metric.checks) if metric.checks else (compliance,)
            found.append(_line(metric, states))
    return found


def _row(about: About, answers: Mapping[str, int | None] | None) -> list[Line]:
    found = []
    for metric in _OF_DISTRIBUTION:
        states: Sequence[bool | None] = [check(about) for check in metric.checks]
        if metric.asks is not None:
            states = [_answers(values(about, metric.asks), answers)]
        found.append(_line(metric, states))
    return found


def _answers(urls: Sequence[Node], answers: Mapping[str, int | None] | None) -> bool | None:
    if answers is None:
        return None
    states = []
    for url in urls:
        known = isinstance(url, Iri) and str(url) in answers
        status = answers[str(url)] if known else None
        states.append(None if not known else status is not None and 200 <= status < 300)
    return any_of(states)


def _line(metric: Metric, states: Sequence[bool | None]) -> Line:
    decided = [state for state in states if state is not None]
    return Line(metric=metric, met=sum(decided), decided=len(decided), population=metric.statements)


def _added(rows: Sequence[Sequence[Line]]) -> list[Line]:
    return [
        Line(
            metric=metric,
            met=sum(row[number].met for row in rows),
            decided=sum(row[number].decided for row in rows),
            population=sum(row[number].population for row in rows),
        )
        for number, metric in enumerate(_OF_DISTRIBUTION)
    ]
