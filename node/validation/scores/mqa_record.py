"""What a record holds that the MQA score looks at: how each metric's statements stand, and which addresses it names.

It is all that is needed of a record to score it, now or when its links have been checked, without reading it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.model.rdf import Iri, Node, Triple
from node.namespaces import expand
from node.validation.scores.mqa_metrics import METRICS, About, Metric, values

OF_DATASET = tuple(metric for metric in METRICS if metric.of == "dataset" and metric.checks)
OF_DISTRIBUTION = tuple(metric for metric in METRICS if metric.of == "distribution" and metric.checks)
ASKING = tuple(metric for metric in METRICS if metric.asks is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A distribution.

    Attributes:
        node: what it is called; empty where only the rest was kept.
        states: whether each statement of `OF_DISTRIBUTION` is met, in their order.
        asks: by metric of `ASKING`, the addresses that would have to answer.
    """

    node: Node | str = ""
    states: tuple[bool, ...]
    asks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """A dataset.

    Attributes:
        states: whether each statement of `OF_DATASET` is met, in their order.
        ways: its distributions, by name.
    """

    states: tuple[bool, ...]
    ways: tuple[Way, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the score would like to have checked, sorted."""
        return tuple(sorted({url for way in self.ways for urls in way.asks for url in urls}))


def look(triples: Iterable[Triple], dataset: Iri) -> DatasetFacts:
    """Return what a record says of a dataset and its distributions; the order of triples does not matter."""
    about = index(triples)
    own = about.get(dataset, {})
    # Sorted, so that of equal distributions the same one is the best.
    nodes = sorted(dict.fromkeys(values(own, _DISTRIBUTION)), key=str)
    return DatasetFacts(
        states=_states(OF_DATASET, own),
        ways=tuple(_way(node, about.get(node, {}) if isinstance(node, Iri) else {}) for node in nodes),
    )


def index(triples: Iterable[Triple]) -> dict[Iri, About]:
    """Return what is said of each node."""
    found: dict[Iri, dict[Iri, tuple[Node, ...]]] = {}
    for subject, predicate, value in dict.fromkeys(triples):
        known = found.setdefault(subject, {})
        before = known.get(predicate)
        known[predicate] = (value,) if before is None else (*before, value)
    return dict(found)


_DISTRIBUTION = expand("dcat:distribution")


def _way(node: Node, about: About) -> Way:
    return Way(
        node=node,
        states=_states(OF_DISTRIBUTION, about),
        asks=tuple(
            tuple(sorted({str(url) for url in values(about, metric.asks) if isinstance(url, Iri)}))
            for metric in ASKING
            if metric.asks is not None
        ),
    )


def _states(metrics: Sequence[Metric], about: About) -> tuple[bool, ...]:
    return tuple(check(about) for metric in metrics for check in metric.checks)
