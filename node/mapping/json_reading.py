"""A JSON payload being read: every value that a rule takes is remembered, so that the rest is reported.

The counterpart of `node.mapping.elements`; places in the document are JSON Pointers
(RFC 6901, https://www.rfc-editor.org/rfc/rfc6901).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from node.errors import SyntaxRefused
from node.mapping.elements import is_placeholder, language_tag
from node.mapping.reservations import reservation
from node.model.mapped import Unmapped
from node.model.rdf import Literal
from node.model.report import Finding
from node.syntax import JsonValue, parse_json, xml_text

MAX_UNMAPPED = 200
"""Values reported one by one; those after them are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A value within a document, and the JSON Pointer to it."""

    pointer: str
    value: JsonValue

    @property
    def members(self) -> dict[str, JsonValue]:
        """The members of an object; none where the value is something else."""
        return self.value if isinstance(self.value, dict) else {}


class JsonReading:
    """One payload being read.

    Attributes:
        root: the document.
        findings: what was taken with reservations, in reading order.
    """

    def __init__(self, document: JsonValue) -> None:
        """Start reading `document`."""
        self.root = Part("", document)
        self.findings: list[Finding] = []
        self._taken: set[str] = set()

    def of(self, part: Part, *names: str) -> list[Part]:
        """Return what the named members of an object hold, see `items`; nothing where `part` is no object."""
        held = part.members
        return [item for name in names if name in held for item in items(member(part, name))]

    def text(self, part: Part) -> str:
        """Take a string or a number and return it as text, white space at the ends removed; any other value stays.

        A value that stands for "unknown" (such as `:unav`) is noted and returned as empty.
        """
        text = peek(part)
        if text:
            self.take(part)
        if is_placeholder(text):
            self.note("mapping.placeholder", f"“{text}” stands for an unknown value", part, text)
            return ""
        return text

    def line(self, part: Part) -> str:
        """Take a value like `text`, with runs of white space made one space."""
        return " ".join(self.text(part).split())

    def first(self, parts: Iterable[Part]) -> str:
        """Take the first value that is text; those after it stay."""
        return next(filter(None, map(self.line, parts)), "")

    def literal(self, part: Part, language: str | None = None, *, one_line: bool = True) -> Literal | None:
        """Take a value as a literal in a language (a BCP 47 tag); `None` where it holds no text."""
        text = self.line(part) if one_line else self.text(part)
        return Literal(text, language=self._language(part, language)) if text else None

    def literals(self, parts: Iterable[Part], *, one_line: bool = True) -> tuple[Literal, ...]:
        """Take values as literals, each once."""
        found = (self.literal(part, one_line=one_line) for part in parts)
        return tuple(dict.fromkeys(literal for literal in found if literal))

    def embedded(self, part: Part) -> Part:
        """Return the value that a string holds as JSON, taken; `part` itself where it is no such string."""
        text = part.value.strip() if isinstance(part.value, str) else ""
        if text[:1] not in ("[", "{"):
            return part
        try:
            value = parse_json(text.encode("utf-8", "replace"))
        except SyntaxRefused:
            return part
        self.take(part)
        return Part(part.pointer, value)

    def take(self, *parts: Part) -> None:
        """Mark values, with all they hold, as consumed."""
        self._taken.update(part.pointer for part in parts)

    def is_taken(self, part: Part) -> bool:
        """Tell whether a value itself was marked as consumed."""
        return part.pointer in self._taken

    def note(self, code: str, message: str, part: Part | None = None, /, value: str | None = None) -> None:
        """Say that something was taken with reservations; `code` is one of `RESERVATIONS`."""
        path = None if part is None else _shown(part.pointer)
        self.findings.append(reservation(code, message[:1000], path=path, value=value))

    def unmapped(self) -> tuple[Unmapped, ...]:
        """Return what no rule took, in document order; past `MAX_UNMAPPED` values, one entry says how many more."""
        found: list[Unmapped] = []
        more = 0
        for part in _leaves(self.root, self._taken):
            text = "true" if part.value is True else "false" if part.value is False else peek(part)
            if text and len(found) < MAX_UNMAPPED:
                found.append(Unmapped(path=_shown(part.pointer), value=text[:200]))
            elif text:
                more += 1
        if more:
            found.append(Unmapped(path="/", value=f"and {more} values more"))
        return tuple(found)

    def _language(self, part: Part, tag: str | None) -> str | None:
        known = language_tag(tag) if tag else None
        if tag and known is None:
            self.note("mapping.language-unknown", f"“{tag}” is no known language", part, tag)
        return known


def member(part: Part, name: str) -> Part:
    """Return an object's member, also one that is not there: its value is then null."""
    return Part(f"{part.pointer}/{name.replace('~', '~0').replace('/', '~1')}", part.members.get(name))


def items(part: Part) -> Iterator[Part]:
    """Return the values of an array and of the arrays in it, or a single value itself; nulls are left out."""
    if isinstance(part.value, list):
        for index, value in enumerate(part.value):
            yield from items(Part(f"{part.pointer}/{index}", value))
    elif part.value is not None:
        yield part


def peek(part: Part) -> str:
    """Return a string or a finite number as text without taking it; empty for anything else.

    Characters that neither XML nor SQL has a place for are left out.
    """
    value = part.value
    if isinstance(value, str):
        return xml_text(value).strip()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else str(value)


def flag(part: Part) -> bool | None:
    """Return a truth value, also one written as text; `None` for anything else."""
    if isinstance(part.value, bool):
        return part.value
    return _FLAGS.get(peek(part).lower())


def _leaves(part: Part, taken: set[str]) -> Iterator[Part]:
    waiting = [part]
    while waiting:
        part = waiting.pop()
        if part.pointer in taken and part.pointer:
            continue
        if isinstance(part.value, dict):
            waiting += reversed([member(part, name) for name in part.value])
        elif isinstance(part.value, list):
            waiting += reversed([Part(f"{part.pointer}/{index}", value) for index, value in enumerate(part.value)])
        else:
            yield part


def _shown(pointer: str) -> str:
    return xml_text(pointer)[:500] or "/"


_FLAGS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
