"""The RDA FAIR Data Maturity Model: 41 indicators and the level from 0 to 5 that they reach.

https://doi.org/10.15497/rda00050: 20 indicators are essential, 14 important, 7 useful. Level 0: not all essential ones
are met; 1: all of them; 2: half of the important ones too; 3: all of those; 4: half of the useful ones too; 5: all 41.
The checks of the profile `fair` decide 27. Where several look at one indicator, those that matter most decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from node.validation.scores.fuji import States
from node.validation.scores.three_states import all_of

COMPLIANCE = "dcat-ap"
"""In place of a check: whether the record complies with the profile of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """An indicator.

    Attributes:
        id: such as `RDA-F1-01M`.
        priority: `E` essential, `I` important, `U` useful.
        checks: those of `fair` that decide it; empty where metadata do not.
        by: `metadata`, `node`, `network` or `data`: what decides it.
    """

    id: str
    priority: str
    checks: tuple[str, ...] = ()
    by: str = "metadata"


def _indicators() -> Iterable[Indicator]:
    for name, priority, checks in (
        ("F1-01M", "E", "F1-01"), ("F1-01D", "E", "F1-03"), ("F1-02M", "E", "F1-02"), ("F1-02D", "E", "F1-03"),
        ("F2-01M", "E", "F2-01 F2-02 F2-03 F2-05"), ("F3-01M", "E", "F3-01"), ("F4-01M", "E", "node"),
        ("A1-01M", "I", "A1-01 A1-03"), ("A1-02M", "E", "node"), ("A1-02D", "E", "network"), ("A1-03M", "E", "node"),
        ("A1-03D", "E", "network"), ("A1-04M", "E", "node"), ("A1-04D", "E", "A1.1-01"), ("A1-05D", "I", "network"),
        ("A1.1-01M", "E", "node"), ("A1.1-01D", "I", "A1.1-01"), ("A1.2-01D", "U", "A1.2-01"), ("A2-01M", "E", "node"),
        ("I1-01M", "I", "node"), ("I1-01D", "I", "I1-01"), ("I1-02M", "I", "node"), ("I1-02D", "I", "I1-02"),
        ("I2-01M", "I", "F2-07 I2-01"), ("I2-01D", "U", "data"), ("I3-01M", "I", "I3-01"), ("I3-01D", "U", "data"),
        ("I3-02M", "U", "I3-01"), ("I3-02D", "U", "data"), ("I3-03M", "I", "I3-01"), ("I3-04M", "U", "I3-01"),
        ("R1-01M", "E", "R1-02"), ("R1.1-01M", "E", "R1.1-01"), ("R1.1-02M", "I", "R1.1-02"),
        ("R1.1-03M", "I", "R1.1-02"), ("R1.2-01M", "I", "R1.2-01 R1.2-02"), ("R1.2-02M", "U", "R1.2-01"),
        ("R1.3-01M", "E", "R1.3-01"), ("R1.3-01D", "E", "R1.3-02"), ("R1.3-02M", "E", COMPLIANCE),
        ("R1.3-02D", "I", "I1-02"),
    ):  # fmt: skip
        by = checks if checks in ("node", "network", "data") else "metadata"
        named = tuple(checks.split()) if by == "metadata" else ()
        yield Indicator(id=f"RDA-{name}", priority=priority, checks=named, by=by)


INDICATORS = tuple(_indicators())


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturity:
    """What a record reaches.

    Attributes:
        results: (indicator, whether it is met), in the order of `INDICATORS`.
    """

    results: tuple[tuple[Indicator, bool | None], ...]

    @property
    def level(self) -> int:
        """The level among the indicators that are decided."""
        return _level(self.results)

    @property
    def certain_level(self) -> int:
        """The level if all that is undecided were not met."""
        return _level(tuple((indicator, bool(met)) for indicator, met in self.results))

    def counts(self, priority: str) -> tuple[int, int, int]:
        """Return how many indicators of a priority are met, decided, and there at all."""
        states = [met for indicator, met in self.results if indicator.priority == priority]
        return sum(state is True for state in states), sum(state is not None for state in states), len(states)

    @property
    def statement(self) -> str:
        """The level in words, such as `level 1 of 5; essential 12 of 12 decidable (20), ...`."""
        words = (("essential", "E"), ("important", "I"), ("useful", "U"))
        parts = ("{1} {0[0]} of {0[1]} decidable ({0[2]})".format(self.counts(key), word) for word, key in words)
        return f"level {self.level} of 5; {', '.join(parts)}"


def measure(states: States, *, compliance: bool | None = None, known: Mapping[str, bool] | None = None) -> Maturity:
    """Return the maturity of a record.

    Args:
        states: of the checks of `fair`.
        compliance: with DCAT-AP (`node.validation.scores.mqa.complies`).
        known: indicators that were decided otherwise, by id.
    """
    decided = known or {}
    given = {**states, COMPLIANCE: compliance}
    return Maturity(
        results=tuple(
            (
                indicator,
                decided[indicator.id]
                if indicator.id in decided
                else all_of(given.get(check) for check in indicator.checks)
                if indicator.checks
                else None,
            )
            for indicator in INDICATORS
        )
    )


def _level(results: tuple[tuple[Indicator, bool | None], ...]) -> int:
    shares = {}
    for priority in "EIU":
        states = [met for indicator, met in results if indicator.priority == priority and met is not None]
        shares[priority] = (sum(states), len(states))
    (essential, all_essential), (important, all_important), (useful, all_useful) = (shares[key] for key in "EIU")
    # What nobody could decide cannot be reached either.
    if not all_essential or essential < all_essential:
        return 0
    if not all_important or 2 * important < all_important:
        return 1
    if important < all_important:
        return 2
    if not all_useful or 2 * useful < all_useful:
        return 3
    return 5 if useful == all_useful else 4
