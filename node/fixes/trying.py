"""What each of some spellings alone would make of stored records: the effect of accepting it, without accepting it.

Pure, and its values pickle, so it runs on any executor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.fixes.remaking import Remade, Trial, judged, prepared
from node.model.prepared import Prepared
from node.storage.raws import Raw
from node.terms.additions import Spelling
from node.terms.tables import fold
from node.validation import load_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How records are made again: as they are, and with each of the spellings."""

    trial: Trial
    spellings: tuple[Spelling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A record as it is, and as it would be: (place of the spelling, record) for those that make another of it."""

    before: Remade
    after: tuple[tuple[int, Remade], ...] = ()

    @property
    def remade(self) -> tuple[Remade, ...]:
        """As it would be."""
        return tuple(remade for _, remade in self.after)


def try_all(raws: Sequence[Raw], tries: Tries) -> list[Tried]:
    """Try the spellings on records; what is in a record never raises.

    Most records are made twice only: as they are, and with all the spellings at once. Those that differ are made with
    each spelling of a value of theirs; if that does not explain the difference, with every other one as well.

    Raises:
        ProfileError: there is no such profile, or it is ill-formed.
    """
    profile = load_profile(tries.trial.profile)
    makes = _Maker(raws, tries)
    places = range(len(tries.spellings))
    as_is, at_once = makes.all(()), makes.all(places)
    before = [judged(raw, made, tries.trial, profile) for raw, made in zip(raws, as_is, strict=True)]
    touched = [number for number in range(len(raws)) if _said(as_is[number]) != _said(at_once[number])]
    after: dict[int, dict[int, Prepared | None]] = {number: {} for number in touched}

    def make(wanted: dict[int, list[int]]) -> None:
        # A spelling at a time, since each change of spellings makes the process look names up anew.
        for place in sorted(wanted):
            for number in wanted[place]:
                made = makes.one(number, (place,))
                if _said(made) != _said(as_is[number]):
                    after[number][place] = made

    likely = {number: makes.likely(before[number]) for number in touched}
    make({place: [number for number in touched if place in likely[number]] for place in places})
    unclear = [number for number in touched if _said(makes.together(number, after[number])) != _said(at_once[number])]
    make({place: [number for number in unclear if place not in likely[number]] for place in places})

    def tried(number: int) -> tuple[tuple[int, Remade], ...]:
        made = sorted(after.get(number, {}).items())
        return tuple((place, judged(raws[number], each, tries.trial, profile)) for place, each in made)

    return [Tried(before=before[number], after=tried(number)) for number in range(len(raws))]


class _Maker:
    """Makes records with some of the spellings, named by their places."""

    def __init__(self, raws: Sequence[Raw], tries: Tries) -> None:
        self._raws = raws
        self._job = tries.trial.job
        self._spellings = tries.spellings
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, spelling in enumerate(tries.spellings):
            self._places.setdefault((spelling.vocabulary, fold(spelling.text)), []).append(place)

    def likely(self, remade: Remade) -> frozenset[int]:
        """Return the spellings of values that no term was found for in a record."""
        keys = {(vocabulary, fold(text)) for vocabulary, text in remade.unknown}
        return frozenset(place for key in keys for place in self._places.get(key, ()))

    def all(self, places: Sequence[int]) -> list[Prepared | None]:
        """Return every record."""
        return [self.one(number, places) for number in range(len(self._raws))]

    def one(self, number: int, places: Sequence[int]) -> Prepared | None:
        """Return a record."""
        more = tuple(self._spellings[place] for place in places)
        return prepared(self._raws[number], replace(self._job, spellings=(*(self._job.spellings or ()), *more)))

    def together(self, number: int, made: dict[int, Prepared | None]) -> Prepared | None:
        """Return a record with all the spellings that it was made with one by one."""
        return next(iter(made.values())) if len(made) == 1 else self.one(number, sorted(made))


def _said(made: Prepared | None) -> object:
    """What is the same where a record is the same but for the findings of its mapping."""
    return made and (made.ntriples, tuple(node.ntriples for node in made.shared), made.problem)
