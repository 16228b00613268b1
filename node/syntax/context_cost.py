"""What the contexts of a JSON-LD document cost its parser, found before the parser sees it.

A context inside a term's definition (JSON-LD 1.1, section 4.1.8) is processed at each use of the term, and each time
the active context is copied: a document of 1 MB can take an hour. A term defined by another that is defined by another
is resolved by recursion (JSON-LD 1.1 API, section 4.2): 300 KB of that would end the process. A vocabulary's address
can be of any length, and stands in front of each name of an object that is held whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.errors import SyntaxRefused, TooLarge
from node.syntax.budget import MAX_TEXT
from node.syntax.json import JsonValue

MAX_CHAIN = 200
MAX_COST = 3_000_000
"""Terms copied or defined, over all uses of all contexts."""
MAX_VALUES = 1_000_000
"""Members of lists and objects outside contexts: a list is held whole before its first triple is told."""


def refuse_costly(document: JsonValue) -> None:
    """Refuse a document whose contexts would take the parser too long.

    Args:
        document: with its contexts inlined.

    Raises:
        TooLarge: the contexts cost more than `MAX_COST`, there are more than `MAX_VALUES` values, or their names, spelt
            out, could have more than `MAX_TEXT` characters.
        SyntaxRefused: terms are defined by one another in a chain of more than `MAX_CHAIN`.
    """
    _Walk().value(document, 0, 0)


class _Walk:
    def __init__(self) -> None:
        self._cost = 0
        self._values = 0
        self._longest = 0
        # At-hand contexts are one object wherever they stand: each is looked at once.
        self._seen: dict[int, tuple[int, int]] = {}

    def value(self, value: JsonValue, active: int, scoped: int) -> None:
        """Walk a value outside contexts.

        Args:
            active: terms in scope, at most.
            scoped: terms of the contexts that a term in scope could bring into force at any object.
        """
        if isinstance(value, list):
            self._count(len(value))
            for item in value:
                if isinstance(item, (dict, list)):
                    self.value(item, active, scoped)
            return
        if not isinstance(value, dict):
            return
        own = value.get("@context")
        if own is not None:
            terms, inner = self._size(own)
            active, scoped = active + terms, scoped + inner
            self._spend(active)
        if scoped:
            self._spend(active + scoped)
        self._count(len(value))
        for name, item in value.items():
            if name != "@context" and isinstance(item, (dict, list)):
                self.value(item, active, scoped)

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise TooLarge(f"the document holds more than {MAX_VALUES} values")
        if self._values * self._longest > MAX_TEXT:
            raise TooLarge(f"a context's address of {self._longest} characters stands for too many names")

    def _spend(self, cost: int) -> None:
        self._cost += cost
        if self._cost > MAX_COST:
            raise TooLarge(
                "the contexts of the document would take too long to process",
                advice="Ask the source for contexts with fewer terms, and without contexts inside terms.",
            )

    def _size(self, context: JsonValue) -> tuple[int, int]:
        """Return how many terms a context defines, and how many those inside its terms do (at least one each)."""
        if isinstance(context, list):
            sizes = [self._size(each) for each in context]
            return sum(size for size, _ in sizes) + len(context), sum(inner for _, inner in sizes)
        if not isinstance(context, dict):
            return 0, 0
        found = self._seen.get(id(context))
        if found is None:
            _refuse_chains(context)
            inner = 0
            for definition in context.values():
                if isinstance(definition, dict):
                    if "@context" in definition:
                        terms, deeper = self._size(definition["@context"])
                        inner += 1 + terms + deeper
                    definition = definition.get("@id")
                if isinstance(definition, str):
                    self._longest = max(self._longest, len(definition))
            found = self._seen[id(context)] = (len(context), inner)
        return found


def _refuse_chains(context: Mapping[str, JsonValue]) -> None:
    if len(context) <= MAX_CHAIN:
        return
    lengths: dict[str, int] = {}
    for start in context:
        # Followed by hand: recursion is what it is about. A cycle is an error to the parser, found at its first term.
        stack = [(start, iter(_needed(start, context)))]
        path = {start}
        while stack:
            term, needs = stack[-1]
            following = next((each for each in needs if each not in path), None)
            if following is None:
                stack.pop()
                path.discard(term)
                lengths[term] = 1 + max((lengths.get(each, 0) for each in _needed(term, context)), default=0)
            elif following not in lengths:
                stack.append((following, iter(_needed(following, context))))
                path.add(following)
            if len(stack) > MAX_CHAIN or lengths.get(term, 0) > MAX_CHAIN:
                raise SyntaxRefused(f"more than {MAX_CHAIN} terms of a context are defined by one another")


def _needed(term: str, context: Mapping[str, JsonValue]) -> list[str]:
    """Return the terms of the same context that one is defined by."""
    definition = context[term]
    said = [term]
    if isinstance(definition, str):
        said.append(definition)
    elif isinstance(definition, dict):
        said.extend(each for key in ("@id", "@type", "@reverse") if isinstance(each := definition.get(key), str))
    names = {name for text in said for name in (text, text.partition(":")[0])}
    return [name for name in sorted(names) if name != term and name in context]
