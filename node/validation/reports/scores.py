"""Scores in reports: as rows of points, and as metrics and measurements of the Data Quality Vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.syntax import JsonValue
from node.validation.scores import fuji
from node.validation.scores.mqa_metrics import WHOLE
from node.validation.scores.record import RecordScores
from node.validation.scores.statements import of_decidable
from node.validation.shapes import FNS

NAMES = {
    "checks": "Checks met",
    "fair": "FAIR",
    "fuji": "F-UJI equivalent",
    "rda": "RDA FAIR Data Maturity Model",
    "mqa": "MQA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """Points.

    Attributes:
        score: one of `NAMES`.
        part: a letter, a principle, a test, a level, a dimension or a metric; empty for the whole.
        gained, decidable, total: points; of `checks` and `rda`, checks and records.
    """

    score: str
    part: str = ""
    gained: float
    decidable: float
    total: float


def record_rows(scores: RecordScores) -> Iterator[ScoreRow]:
    """Yield the points of one record; of RDA its level, of five."""
    if scores.fair is not None:
        fair = scores.fair
        yield ScoreRow(score="fair", gained=fair.score, decidable=fair.max_score, total=scores.fair_whole)
    if scores.fuji is not None:
        yield ScoreRow(score="fuji", gained=scores.fuji.points, decidable=scores.fuji.decidable, total=fuji.WHOLE)
    if scores.rda is not None:
        yield ScoreRow(score="rda", part="level", gained=scores.rda.level, decidable=5, total=5)
    if scores.mqa is not None:
        score = scores.mqa.score
        yield ScoreRow(score="mqa", gained=score.points, decidable=score.decidable, total=WHOLE)
        for dimension, gained, decidable in score.by_dimension:
            total = sum(line.metric.points for line in score.lines if line.metric.dimension == dimension)
            yield ScoreRow(score="mqa", part=dimension, gained=gained, decidable=decidable, total=total)


def record_values(scores: RecordScores) -> dict[str, JsonValue]:
    """Return the scores of one record as JSON values."""
    states = list(scores.states.values())
    found: dict[str, JsonValue] = {
        "resource": scores.resource,
        "checks": {
            "met": states.count(True),
            "not_met": states.count(False),
            "undecided": states.count(None),
        },
    }
    for row in record_rows(scores):
        if not row.part:
            found[row.score] = {
                "statement": of_decidable(row.gained, row.decidable, row.total),
                "gained": row.gained,
                "decidable": row.decidable,
                "total": row.total,
            }
    if scores.rda is not None:
        found["rda"] = {"statement": scores.rda.statement, "level": scores.rda.level}
    if scores.mqa is not None:
        score = scores.mqa.score
        found["mqa"] = {
            "statement": score.statement,
            "gained": score.points,
            "decidable": score.decidable,
            "total": WHOLE,
            "rating": score.rating,
            "best_rating": score.best_rating,
            "distribution": None if scores.mqa.best is None else str(scores.mqa.best),
            "dimensions": [
                {"dimension": name, "gained": gained, "decidable": decidable}
                for name, gained, decidable in score.by_dimension
            ],
        }
    return found


def metric_triples(row: ScoreRow) -> list[Triple]:
    """Return what is said of the metrics that a row is measured by."""
    triples: list[Triple] = []
    for word in _WORDS:
        metric = _metric(row, word)
        what = f"{NAMES[row.score]}{f', {row.part}' if row.part else ''}: {word}"
        triples += (
            (metric, RDF_TYPE, expand("dqv:Metric")),
            (metric, expand("skos:definition"), Literal(what, language="en")),
            (metric, expand("dqv:expectedDataType"), expand("xsd:decimal")),
        )
    return triples


def measured(row: ScoreRow) -> Iterator[tuple[Iri, Literal]]:
    """Yield each metric of a row with its value."""
    for word, value in zip(_WORDS, (row.gained, row.decidable, row.total), strict=True):
        yield _metric(row, word), Literal(f"{value:.2f}".rstrip("0").rstrip("."), datatype=expand("xsd:decimal"))


_WORDS = ("gained", "decidable", "total")


def _metric(row: ScoreRow, word: str) -> Iri:
    return Iri(f"{FNS}score-{row.score}{f'-{row.part}' if row.part else ''}-{word}")
