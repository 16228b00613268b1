"""The scores of many records, added up one by one: of a source, or of a whole catalogue.

FAIR points are sums. F-UJI and MQA points are the share of the population that passes a test times its weight, so that
they compare with a single record's. RDA has no level of many: it tells how many records reach each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import TypeVar

from node.syntax import JsonValue
from node.validation.scores import fuji, mqa, rda
from node.validation.scores.mqa_metrics import METRICS, WHOLE
from node.validation.scores.record import RecordScores
from node.validation.scores.statements import of_decidable
from node.validation.shapes import Shape

_LEVELS = range(6)
_N = TypeVar("_N", int, float)


class Unscored(Enum):
    """Why a record has no score."""

    UNREADABLE = "unscored"
    NOT_ASKED = "not_asked"
    """The profile has no check for what it is."""


@dataclass(slots=True)
class Totals:
    """Adds up.

    Attributes:
        whole: the points of the profile's checks by letter and principle, and in all by the empty name.
        records: that were added.
        unscored: of these, the ones that could not be read.
        not_asked: of these, the ones that the profile has no check for.
    """

    whole: dict[str, float]
    records: int = 0
    unscored: int = 0
    not_asked: int = 0
    _checks: Counter[bool | None] = field(default_factory=Counter)
    _fair: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    _fair_records: int = 0
    _tests: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    _fuji_records: int = 0
    _levels: Counter[int] = field(default_factory=Counter)
    _indicators: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    _metrics: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    _ratings: Counter[str] = field(default_factory=Counter)

    def add(self, scores: RecordScores | Unscored, times: int = 1) -> None:
        """Count a record in, or so many that are alike."""
        self.records += times
        if isinstance(scores, Unscored):
            self.unscored += times * (scores is Unscored.UNREADABLE)
            self.not_asked += times * (scores is Unscored.NOT_ASKED)
            return
        for state in scores.states.values():
            self._checks[state] += times
        if scores.fair is not None:
            self._fair_records += times
            whole = ("", scores.fair.score, scores.fair.max_score)
            for account, gained, possible in (whole, *scores.fair.by_letter, *scores.fair.by_principle):
                _add(self._fair[account], times * gained, times * possible)
        if scores.fuji is not None:
            self._fuji_records += times
            for test, passed in scores.fuji.results:
                _add(self._tests[test.id], times * (passed is True), times * (passed is not None))
        if scores.rda is not None:
            self._levels[scores.rda.level] += times
            for indicator, met in scores.rda.results:
                _add(self._indicators[indicator.id], times * (met is True), times * (met is not None))
        if scores.mqa is not None:
            self._ratings[scores.mqa.score.rating] += times
            for line in scores.mqa.counts:
                counted = self._metrics[line.metric.id]
                _add(counted, times * line.met, times * line.decided, times * line.population)

    @property
    def mqa_score(self) -> mqa.Score | None:
        """The score of the population; `None` where nothing in it is a dataset that was scored."""
        if not self._metrics:
            return None
        return mqa.Score(
            lines=tuple(
                mqa.Line(metric=metric, met=met, decided=decided, population=population)
                for metric in METRICS
                for met, decided, population in (self._metrics[metric.id],)
            )
        )

    @property
    def statements(self) -> tuple[tuple[str, str], ...]:
        """Each score as its name and a sentence."""
        values = self.values()
        names = (("FAIR", "fair"), ("F-UJI", "fuji"), ("RDA", "rda"), ("MQA", "mqa"))
        found = ((called, values.get(name)) for called, name in names)
        return tuple((called, str(each["statement"])) for called, each in found if isinstance(each, dict))

    def values(self) -> dict[str, JsonValue]:
        """Return everything as JSON values; the same records give the same, in whatever order."""
        found: dict[str, JsonValue] = {
            "records": self.records,
            "unscored": self.unscored,
            **({"not_asked": self.not_asked} if self.not_asked else {}),
            "checks": {
                "met": self._checks[True],
                "not_met": self._checks[False],
                "undecided": self._checks[None],
            },
        }
        if self._fair_records:
            found["fair"] = self._fair_values()
        if self._fuji_records:
            found["fuji"] = self._fuji_values()
        if self._levels:
            found["rda"] = self._rda_values()
        score = self.mqa_score
        if score is not None:
            found["mqa"] = self._mqa_values(score)
        return found

    def _fair_values(self) -> dict[str, JsonValue]:
        def of(name: str) -> dict[str, JsonValue]:
            gained, decidable = self._fair[name]
            return _points(gained, decidable, self.whole[name] * self._fair_records)

        letters = [name for name in "FAIR" if name in self.whole]
        principles = [name for letter in letters for name in sorted(self.whole) if name[:1] == letter != name]
        return {
            **of(""),
            "letters": [{"letter": name, **of(name)} for name in letters],
            "principles": [{"principle": name, **of(name)} for name in principles],
        }

    def _fuji_values(self) -> dict[str, JsonValue]:
        count = self._fuji_records
        sums = [
            sum((Fraction(test.points) * self._tests[test.id][which] / count for test in fuji.TESTS), Fraction(0))
            for which in (0, 1)
        ]
        tests: list[JsonValue] = [
            {"test": test.id, "points": test.points, "passed": passed, "decided": decided, "records": count}
            for test in fuji.TESTS
            for passed, decided in (self._tests[test.id],)
        ]
        return {**_points(float(sums[0]), float(sums[1]), fuji.WHOLE), "tests": tests}

    def _rda_values(self) -> dict[str, JsonValue]:
        reached = [(level, self._levels[level]) for level in _LEVELS if self._levels[level]]
        indicators: list[JsonValue] = [
            {"indicator": one.id, "priority": one.priority, "met": met, "decided": decided}
            for one in rda.INDICATORS
            for met, decided in (self._indicators[one.id],)
        ]
        return {
            "statement": ", ".join(f"level {level} of 5: {count}" for level, count in reached),
            "levels": [{"level": level, "records": self._levels[level]} for level in _LEVELS],
            "indicators": indicators,
        }

    def _mqa_values(self, score: mqa.Score) -> dict[str, JsonValue]:
        dimensions: list[JsonValue] = [
            {"dimension": name, **_points(gained, decidable, _DIMENSIONS[name])}
            for name, gained, decidable in score.by_dimension
        ]
        metrics: list[JsonValue] = [
            {
                "metric": line.metric.id,
                "dimension": line.metric.dimension,
                "met": line.met,
                "decided": line.decided,
                "population": line.population,
                **_points(float(line.gained), float(line.decidable), line.metric.points),
            }
            for line in score.lines
        ]
        return {
            **_points(score.points, score.decidable, WHOLE),
            "statement": score.statement,
            "rating": score.rating,
            "best_rating": score.best_rating,
            "datasets": {name: self._ratings[name] for _, name in mqa.RATINGS},
            "dimensions": dimensions,
            "metrics": metrics,
        }


def whole_points(checks: Iterable[Shape]) -> dict[str, float]:
    """Return the points of checks by letter and principle, and in all by the empty name."""
    found: dict[str, float] = {"": 0.0}
    for check in checks:
        if check.targets and check.points:
            for account in {"", (check.principle or "")[:1], check.principle or ""}:
                found[account] = found.get(account, 0.0) + check.points
    return found


_DIMENSIONS = {name: sum(metric.points for metric in METRICS if metric.dimension == name) for name in mqa.DIMENSIONS}


def _add(account: list[_N], *more: _N) -> None:
    for place, value in enumerate(more):
        account[place] += value


def _points(gained: float, decidable: float, whole: float) -> dict[str, JsonValue]:
    """Points, to the hundredth, and in words."""
    return {
        "statement": of_decidable(gained, decidable, whole),
        "gained": round(gained, 2),
        "decidable": round(decidable, 2),
        "total": round(float(whole), 2),
    }
