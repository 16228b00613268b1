"""What a dataset's MQA score would be if one of the profile `mqa`'s checks were met: it is scored again, not added up.

A check of distributions is met where each of them meets it, so the best one may be another afterwards; a dataset
without distributions is taken to get one. Who meets a check meets also what it cannot be met without: a licence of a
vocabulary is a licence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from node.validation.scores.mqa import NO_WAY, DatasetScore, score_of
from node.validation.scores.mqa_metrics import Metric
from node.validation.scores.mqa_record import OF_DATASET, OF_DISTRIBUTION, DatasetFacts

_PREFIX = "MQA-"


def _checks(metric: Metric) -> tuple[str, ...]:
    # The metric looks at two statements, each worth half; each has a shape of its own.
    names = ("format-vocabulary", "mediaType-vocabulary") if metric.id == "vocabulary" else (metric.id,)
    return tuple(_PREFIX + name for name in names)


_OF_DATASET = tuple(name for metric in OF_DATASET for name in _checks(metric))
_OF_DISTRIBUTION = tuple(name for metric in OF_DISTRIBUTION for name in _checks(metric))
CHECKS = _OF_DATASET + _OF_DISTRIBUTION
"""The ids of the checks that can be mended, as the shapes of the profile `mqa` are called."""

_WITH: Mapping[str, tuple[str, ...]] = {
    "MQA-format-vocabulary": ("MQA-format",),
    "MQA-mediaType-vocabulary": ("MQA-mediaType",),
    "MQA-non-proprietary": ("MQA-format", "MQA-format-vocabulary"),
    "MQA-machine-readable": ("MQA-format", "MQA-format-vocabulary"),
    "MQA-license-vocabulary": ("MQA-license",),
    "MQA-accessRights-vocabulary": ("MQA-accessRights",),
}


def mended(facts: DatasetFacts, check: str) -> DatasetFacts:
    """Return a dataset as it would be if it met one of `CHECKS`, or each of its distributions did."""
    met = {check, *_WITH.get(check, ())}
    if check in _OF_DATASET:
        return replace(facts, states=_with(facts.states, _OF_DATASET, met))
    ways = facts.ways or (NO_WAY,)
    return replace(facts, ways=tuple(replace(way, states=_with(way.states, _OF_DISTRIBUTION, met)) for way in ways))


def gains(
    facts: DatasetFacts, *, compliance: bool | None = None, answers: Mapping[str, int | None] | None = None
) -> tuple[tuple[str, DatasetScore], ...]:
    """Return the score that a dataset would have by mending each of the checks that it would gain points by.

    Args:
        compliance, answers: see `node.validation.scores.mqa.score_of`; they are taken to stay what they are.
    """
    before = score_of(facts, compliance=compliance, answers=answers).score.points
    scores = ((name, score_of(mended(facts, name), compliance=compliance, answers=answers)) for name in CHECKS)
    return tuple((name, score) for name, score in scores if score.score.points > before)


def _with(states: tuple[bool, ...], names: tuple[str, ...], met: set[str]) -> tuple[bool, ...]:
    return tuple(state or name in met for name, state in zip(names, states, strict=True))
