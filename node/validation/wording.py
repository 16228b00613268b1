"""What a shape without sh:message asks, in plain words made of its constraints: one sentence for each component.

Components: https://www.w3.org/TR/shacl/#core-components.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyoxigraph as ox

from node.validation.paths import short, short_path
from node.validation.statements import NIL, SH, Statements, Term


def words_of(statements: Statements, shape: Term) -> tuple[tuple[str, str], ...]:
    """Return the IRI of each component that a shape has constraints of, and what these ask; sorted.

    Raises:
        ProfileError: its path, or a list, is not well-formed.
    """
    about = _about(statements, shape) or "the resource"
    return tuple(
        (f"{SH}{local[0].upper()}{local[1:]}ConstraintComponent", f"{about} must {words}.")
        for local, words in _asked(_Parameters(statements, shape))
    )


def summary_of(words: Sequence[tuple[str, str]], shape: str) -> str:
    """Return one sentence for all that a shape asks.

    Args:
        shape: its id.
    """
    if not words:
        return f"It does not conform to the shape {shape}."
    first, *others = [text.removesuffix(".") for _, text in words]
    about = first.partition(" must ")[0]
    return "; ".join([first, *(text.removeprefix(f"{about} ") for text in others)]) + "."


class _Parameters:
    """The parameters of one shape, as texts."""

    def __init__(self, statements: Statements, shape: Term, depth: int = 0) -> None:
        self._statements = statements
        self._shape = shape
        self._depth = depth

    def names(self) -> list[str]:
        """Return the local names of what SHACL says of the shape, sorted."""
        said = self._statements.about(self._shape)
        return sorted(iri.value.removeprefix(SH) for iri in said if iri.value.startswith(SH))

    def values(self, local: str) -> Sequence[Term]:
        """Return the values of a parameter."""
        return self._statements.objects(self._shape, local)

    def texts(self, local: str) -> list[str]:
        """Return the values of a parameter, IRIs shortened."""
        return [self._text(value) for value in self.values(local)]

    def text(self, local: str, word: str = "and") -> str:
        """Return the values of a parameter in one text."""
        return _listed(self.texts(local), word)

    def number(self, local: str) -> int:
        """Return the value of a parameter that counts."""
        return int(self.texts(local)[0])

    def members(self, local: str) -> list[str]:
        """Return the members of all the lists that a parameter has."""
        heads = [head for head in self.values(local) if head != NIL]
        return [self._text(member) for head in heads for member in self._statements.items(head, self._shape)]

    def _text(self, value: Term) -> str:
        if isinstance(value, ox.NamedNode):
            return short(value.value)
        if isinstance(value, ox.Literal):
            return value.value
        if self._depth >= _DEPTH:
            return "“…”"
        # A shape without a name is told by what it asks.
        asked = [words for _, words in _asked(_Parameters(self._statements, value, self._depth + 1))]
        about = _about(self._statements, value)
        return f"“{f'{about}: ' if about else ''}{' and '.join(asked)}”"


def _about(statements: Statements, shape: Term) -> str:
    paths = statements.objects(shape, "path")
    return short_path(statements, shape, paths[0]) if paths else ""


def _asked(of: _Parameters) -> list[tuple[str, str]]:
    """Return parameters with what they ask, as words that follow "must"."""
    asked = [(local, _WORDS[local](of, local)) for local in of.names() if local in _WORDS]
    return [(local, words) for local, words in asked if words]


def _listed(texts: Sequence[str], word: str) -> str:
    """Return texts as somebody lists them, of long lists the beginning."""
    if len(texts) > _MOST:
        texts = [*texts[: _MOST - 1], f"{len(texts) - _MOST + 1} others"]
    return f" {word} ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _min_count(of: _Parameters, local: str) -> str:
    number = of.number(local)
    return f"have at least {_count(number, 'value')}" if number else ""


def _max_count(of: _Parameters, local: str) -> str:
    number = of.number(local)
    return f"have at most {_count(number, 'value')}" if number else "have no value"


def _length(of: _Parameters, local: str) -> str:
    how = "least" if local == "minLength" else "most"
    return f"have at {how} {_count(of.number(local), 'character')}"


def _pattern(of: _Parameters, local: str) -> str:
    return f"match the pattern {_listed([f'“{text}”' for text in of.texts(local)], 'and')}"


def _closed(of: _Parameters, local: str) -> str:
    return "have no other properties than its shape names" if of.texts(local) == ["true"] else ""


def _unique(of: _Parameters, local: str) -> str:
    return "have at most one value in each language" if of.texts(local) == ["true"] else ""


def _qualified(of: _Parameters, local: str) -> str:
    how = "least" if local == "qualifiedMinCount" else "most"
    return f"have at {how} {_count(of.number(local), 'value')} of the shape {of.text('qualifiedValueShape', 'or')}"


_Wording = Callable[[_Parameters, str], str]


def _plain(words: str, word: str = "and") -> _Wording:
    return lambda of, local: f"{words} {of.text(local, word)}"


def _of_list(words: str, word: str = "and") -> _Wording:
    return lambda of, local: f"{words} {_listed(of.members(local), word)}"


_KINDS = {
    "sh:IRI": "an IRI", "sh:Literal": "a literal", "sh:BlankNode": "a blank node",
    "sh:IRIOrLiteral": "an IRI or a literal", "sh:BlankNodeOrIRI": "a blank node or an IRI",
    "sh:BlankNodeOrLiteral": "a blank node or a literal",
}  # fmt: skip
_MOST, _DEPTH = 6, 2
_WORDS: dict[str, _Wording] = {
    "class": _plain("be an instance of"),
    "datatype": _plain("be a literal of the datatype"),
    "nodeKind": lambda of, local: f"be {_listed([_KINDS.get(text, text) for text in of.texts(local)], 'or')}",
    "minCount": _min_count,
    "maxCount": _max_count,
    "minExclusive": _plain("be greater than"),
    "minInclusive": _plain("be at least"),
    "maxExclusive": _plain("be less than"),
    "maxInclusive": _plain("be at most"),
    "minLength": _length,
    "maxLength": _length,
    "pattern": _pattern,
    "languageIn": _of_list("be in the language", "or"),
    "uniqueLang": _unique,
    "equals": _plain("have the same values as"),
    "disjoint": _plain("have no value in common with"),
    "lessThan": _plain("be less than each value of"),
    "lessThanOrEquals": _plain("be at most each value of"),
    "hasValue": _plain("have the value"),
    "in": _of_list("be one of", "or"),
    "closed": _closed,
    "not": _plain("not conform to", "nor"),
    "and": _of_list("conform to all of"),
    "or": _of_list("conform to at least one of", "or"),
    "xone": _of_list("conform to exactly one of", "or"),
    "node": _plain("conform to"),
    "qualifiedMinCount": _qualified,
    "qualifiedMaxCount": _qualified,
}
