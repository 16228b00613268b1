"""What F-UJI would say: the tests of its metrics v0.8 that the checks of the profile `fair` decide.

https://github.com/pangaea-data-publisher/fuji, `metrics_v0.8.yaml`: 17 metrics, 26 points. Metadata decide
19.5 of them. How the node publishes decides 4 (embedded and negotiated metadata), and asking the network 2.5; both are
undecided here unless somebody knows better. F-UJI itself looks at a landing page, this looks at a record: the points
are equivalents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from node.validation.scores.three_states import all_of, any_of

States = Mapping[str, bool | None]
"""Whether checks of `fair` are met (`node.validation.quality.states`); a check that is not in it is undecided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test of F-UJI.

    Attributes:
        id: of the metric and the test, such as `FsF-F2-01M-2`.
        points: what passing it is worth.
        checks: those of `fair` that decide it; empty where metadata do not.
        how: `all_of` or `any_of` of the checks.
        by: `metadata`, `node` or `network`: what decides it.
    """

    id: str
    points: float
    checks: tuple[str, ...] = ()
    how: Callable[[Iterable[bool | None]], bool | None] = all_of
    by: str = "metadata"


_CITED = ("F1-00", "F2-01", "F2-02", "F2-03", "F2-04", "R1-01")
TESTS = (
    Test(id="FsF-F1-01MD-1", points=1, checks=("F1-02",)),
    Test(id="FsF-F1-02MD-1", points=0.5, checks=("F1-01",)),
    Test(id="FsF-F1-02MD-2", points=0.5, by="network"),
    Test(id="FsF-F2-01M-2", points=1, checks=_CITED),
    Test(id="FsF-F2-01M-3", points=1, checks=(*_CITED, "F2-05", "F2-06")),
    Test(id="FsF-F3-01M-2", points=1, checks=("F3-01",)),
    Test(id="FsF-F4-01M-1", points=2, by="node"),
    Test(id="FsF-A1-01M-1", points=1, checks=("A1-01",)),
    Test(id="FsF-A1-02MD-1", points=1, by="network"),
    Test(id="FsF-A1-02MD-2", points=1, by="network"),
    Test(id="FsF-A1.1-01MD-1", points=1, checks=("F1-02",)),
    Test(id="FsF-A1.1-01MD-2", points=1, checks=("A1.1-01",)),
    # Every scheme that a link may have supports authentication; what may fail is the way to restricted data.
    Test(id="FsF-A1.2-01MD-1", points=1, checks=("F1-02",)),
    Test(id="FsF-A1.2-01MD-2", points=1, checks=("A1.1-01", "A1.2-01")),
    Test(id="FsF-I1-01M-1", points=2, by="node"),
    Test(id="FsF-I2-01M-2", points=2, checks=("F2-07", "I2-01"), how=any_of),
    Test(id="FsF-I3-01M-2", points=2, checks=("I3-01", "I3-02"), how=any_of),
    Test(id="FsF-R1-01M-1", points=1, checks=("R1-01",)),
    Test(id="FsF-R1-01M-2", points=1, checks=("A1-04", "I1-01", "R1-02")),
    Test(id="FsF-R1.1-01M-1", points=1, checks=("R1.1-01",)),
    Test(id="FsF-R1.2-01M-1", points=1, checks=("R1.2-01", "R1.2-03"), how=any_of),
    Test(id="FsF-R1.3-01M-1", points=1, checks=("R1.3-01",)),
    Test(id="FsF-R1.3-02D-1", points=1, checks=("I1-02", "R1.3-02"), how=any_of),
)
WHOLE = sum(test.points for test in TESTS)
"""26."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """F-UJI-equivalent points.

    Attributes:
        results: (test, whether it is passed), in the order of `TESTS`.
    """

    results: tuple[tuple[Test, bool | None], ...]

    @property
    def points(self) -> float:
        """Points gained, of 26."""
        return sum(test.points for test, passed in self.results if passed)

    @property
    def decidable(self) -> float:
        """Points that are decided."""
        return sum(test.points for test, passed in self.results if passed is not None)

    @property
    def statement(self) -> str:
        """The points in words, such as `15 of 19.5 decidable (26)`."""
        return f"{self.points:g} of {self.decidable:g} decidable ({WHOLE:g})"


def measure(states: States, known: Mapping[str, bool] | None = None) -> Equivalent:
    """Return the points of a record.

    Args:
        states: of the checks of `fair`.
        known: tests that were decided otherwise, by id, such as by a link check.
    """
    decided = known or {}
    return Equivalent(
        results=tuple(
            (
                test,
                decided[test.id]
                if test.id in decided
                else test.how(states.get(check) for check in test.checks)
                if test.checks
                else None,
            )
            for test in TESTS
        )
    )
