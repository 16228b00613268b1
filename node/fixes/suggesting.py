"""Raw values that nearly name a term of a vocabulary: suggestions for a steward, never a mapping by themselves.

A value is compared with every name of the vocabulary: those of its table and the reviewed spellings. Numbers must be
the same, since `CC BY 3.0` is one letter from `CC BY 4.0` and another licence; so must the words that make one Creative
Commons licence another. A name that is only a part of a longer text says little: `regional statistics` is no science.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from node.model.rdf import Iri
from node.terms import additions, tables
from node.terms.tables import LONGEST, fold

LEAST = 0.84
"""The least likeness (0..1) of two names that is worth a person's look."""
WEAK = 0.6
"""Below this a name covers less than two thirds of the text that holds it: it may well mean something else."""
_SHORTEST = 4
_MOST_VALUES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A text that may mean a term.

    Attributes:
        vocabulary: such as `licence`.
        text: as the records have it.
        iri, label: of the term.
        near: the name of the term that the text is like.
        reason: how it is like it.
        likeness: 0..1.
        records: that have the text.
    """

    vocabulary: str
    text: str
    iri: Iri
    label: str
    near: str
    reason: str
    likeness: float
    records: int

    @property
    def is_weak(self) -> bool:
        """Whether most of what the text says is not in the name, so that somebody has to know what it means."""
        return self.likeness < WEAK


class UnknownValues:
    """Counts, record by record, the values that no term was found for."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], int] = {}

    def add(self, values: Iterable[tuple[str, str]]) -> None:
        """Take in the (vocabulary, text) of one record."""
        for value in dict.fromkeys(values):
            if len(value[1]) <= LONGEST and (value in self._records or len(self._records) < _MOST_KEPT):
                self._records[value] = self._records.get(value, 0) + 1

    def suggestions(self, limit: int = _MOST_VALUES) -> tuple[Suggestion, ...]:
        """Return what may be meant: for the most frequent values first, at most `limit` values are looked at."""
        frequent = sorted(self._records.items(), key=lambda item: (-item[1], item[0]))[:limit]
        found = [suggest(vocabulary, text, records) for (vocabulary, text), records in frequent]
        return tuple(one for one in found if one is not None)


def suggest(vocabulary: str, text: str, records: int = 1) -> Suggestion | None:
    """Return the term that a text is nearest to; `None` where none is near, or two are equally near."""
    names = _names(vocabulary)
    key = fold(text)
    if len(key) < _SHORTEST or key in names:
        return None
    held = _within(vocabulary, text)
    within = None
    if held is not None:
        name, iri, share = held
        within = _suggestion(vocabulary, text, iri, name, "the text holds this name", 0.9 * share, records)
        if not within.is_weak:
            return within
    marks = _marks(vocabulary, text)
    best: list[tuple[float, str, Iri]] = []
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(key)
    for known, (name, iri) in names.items():
        if abs(len(known) - len(key)) > len(key) * (1 - LEAST) * 2 or _marks(vocabulary, name) != marks:
            continue
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() >= LEAST and matcher.quick_ratio() >= LEAST:
            likeness = matcher.ratio()
            if likeness >= LEAST:
                best.append((likeness, name, iri))
    if not best:
        return within
    likeness, name, iri = max(best, key=lambda one: (one[0], one[1]))
    if any(other != iri and same == likeness for same, _, other in best):
        return within
    return _suggestion(vocabulary, text, iri, name, "spelt nearly like this name", likeness, records)


def _suggestion(
    vocabulary: str, text: str, iri: Iri, near: str, reason: str, likeness: float, records: int
) -> Suggestion:
    return Suggestion(
        vocabulary=vocabulary,
        text=text,
        iri=iri,
        label=additions.terms(vocabulary).get(iri) or near,
        near=near,
        reason=reason,
        likeness=round(likeness, 3),
        records=records,
    )


def _within(vocabulary: str, text: str) -> tuple[str, Iri, float] | None:
    """The longest name that stands in a text as whole words, where all such names mean one term.

    With it comes the share of the text's words (0..1) that it, and other names of the term, cover; words that say
    nothing of their own do not count.
    """
    words = [match for match in _WORD.findall(text.casefold()) if match]
    keys = _names(vocabulary)
    found: dict[Iri, str] = {}
    longest: dict[Iri, int] = {}
    covered: dict[Iri, set[int]] = {}
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1):
            held = keys.get(fold("".join(words[start:end])))
            size = sum(map(len, words[start:end]))
            if held is not None:
                covered.setdefault(held[1], set()).update(range(start, end))
            if held is not None and size >= _WITHIN.get(vocabulary, _LONG) and size > longest.get(held[1], 0):
                found[held[1]], longest[held[1]] = held[0], size
    if not found:
        return None
    ordered = sorted(longest.items(), key=lambda item: -item[1])
    # `CC BY-SA 4.0` holds `CC BY`: the longest counts, unless another that is no part of it is there too.
    iri = ordered[0][0]
    others = [other for other, _ in ordered[1:] if fold(found[other]) not in fold(found[iri])]
    if others or _marks(vocabulary, found[iri]) != _marks(vocabulary, text):
        return None
    telling = [place for place, word in enumerate(words) if place in covered[iri] or word not in _FILLERS]
    return found[iri], iri, len(covered[iri]) / len(telling)


def _marks(vocabulary: str, text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """What may not differ: the numbers, and for licences the words that make another licence of one."""
    plain = _UNDERSCORED.sub(".", text.casefold()).replace("_", " ")
    numbers = tuple(number.removesuffix(".0") for number in _NUMBER.findall(plain))
    if vocabulary != "licence":
        return numbers, frozenset(_NOT.findall(plain))
    return numbers, frozenset(mark for mark, pattern in _CLAUSES if pattern.search(plain)) | set(_NOT.findall(plain))


def shipped_meaning(vocabulary: str, text: str) -> Iri | None:
    """Return the term that a text means by the tables that come with the software; `None` where it means none."""
    key = fold(text)
    spelt = (iri for spelling, iri in tables.shipped_spellings(vocabulary).items() if fold(spelling) == key)
    named = _shipped_names(vocabulary).get(key)
    return next(spelt, None) or (named[1] if named else None)


@cache
def _shipped_names(vocabulary: str) -> dict[str, tuple[str, Iri]]:
    found: dict[str, tuple[str, Iri]] = {}
    for row in tables.rows(vocabulary):
        for column in ("label", "code", "spdx"):
            if row.get(column):
                found.setdefault(fold(row[column]), (row[column], Iri(row["iri"])))
    return found


def _names(vocabulary: str) -> dict[str, tuple[str, Iri]]:
    """Every name of a vocabulary's terms by its key: reviewed spellings win over the table's names."""
    known = _with_spellings.get(vocabulary)
    if known is None:
        spelt = {fold(text): (text, iri) for text, iri in tables.spellings(vocabulary).items() if "://" not in text}
        known = _with_spellings[vocabulary] = _shipped_names(vocabulary) | spelt
        known.pop("", None)
    return known


_with_spellings: dict[str, dict[str, tuple[str, Iri]]] = {}
tables.forgotten_by(_with_spellings.clear)

_MOST_KEPT = 100_000
_MOST_WORDS = 12
_LONG = 8
# A short name within a text says little, but that of a licence does: `CC BY 4.0`.
_WITHIN = {"licence": 5, "access-right": 10}
_WORD = re.compile(r"[^\W_]+(?:\.\d+)*|\+")
# Words between those that tell: what a text says about the way in which a name holds, in the languages of most sources.
_FILLERS = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "available", "by", "data", "dataset", "for", "from", "in", "is", "it",
        "of", "on", "or", "published", "the", "this", "to", "under", "with", "work", "works",
        "das", "der", "die", "ist", "la", "le", "les", "bajo", "sous", "und", "unter",
        "licence", "licences", "licencia", "licensed", "license", "licenses", "lizenz",
    }
)  # fmt: skip
_UNDERSCORED = re.compile(r"(?<=\d)_(?=\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NOT = re.compile(r"\b(?:no|not|non|kein|keine|nicht|without|un|ohne)\b")
_CLAUSES = tuple(
    (mark, re.compile(pattern))
    for mark, pattern in {
        "nc": r"\bnc\b|non-?\s?commercial",
        "nd": r"\bnd\b|no-?\s?deriv",
        "sa": r"\bsa\b|share-?\s?alike",
        "by": r"\bby\b|attribution",
        "zero": r"\b(?:cc)?-?0\b|cc\s?zero|cc0",
        "gpl": r"gpl|general public",
        "lgpl": r"lgpl|lesser general",
        "agpl": r"agpl|affero",
        "igo": r"\bigo\b",
    }.items()
)
