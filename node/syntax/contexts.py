"""JSON-LD contexts at hand, put in place of their URLs: nothing is fetched, ever (JSON-LD 1.1, section 3.1).

`vocab/contexts/index.toml` says which URL means which file.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache

from node.errors import SyntaxRefused
from node.resources import data_folder
from node.syntax.context_cost import refuse_costly
from node.syntax.json import JsonValue, parse_json


def with_contexts_inlined(data: bytes, max_bytes: int) -> bytes:
    """Return a JSON-LD document that names no remote context; one that named none comes back as it was.

    Raises:
        TooLarge: the document is too large, names so many contexts that it becomes so, or its contexts cost too much.
        SyntaxRefused: it is not JSON, or names a context that is not at hand.
    """
    document = parse_json(data, max_bytes)
    budget = _Budget(max_bytes)
    inlined = _walk(document, budget)
    refuse_costly(inlined)
    return json.dumps(inlined).encode() if budget.used else data


class _Budget:
    """Bytes of contexts put in so far: a list of a million URLs must not become a million contexts."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def spend(self, size: int) -> None:
        self.used += size
        if self.used > self.limit:
            raise SyntaxRefused(f"the contexts it names have more than {self.limit} bytes together")


def _walk(value: JsonValue, budget: _Budget) -> JsonValue:
    if isinstance(value, list):
        return [_walk(item, budget) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _context(item, budget) if name == "@context" else _walk(item, budget) for name, item in value.items()}


def _context(value: JsonValue, budget: _Budget) -> JsonValue:
    if isinstance(value, str):
        context, size = _at_hand(value)
        budget.spend(size)
        return context
    if isinstance(value, list):
        return [_context(item, budget) for item in value]
    if not isinstance(value, dict):
        return value
    imported = value.get("@import")
    if not isinstance(imported, str):
        return _walk(value, budget)
    context, size = _at_hand(imported)
    budget.spend(size)
    # An imported context counts as if its terms stood in the importing one, whose own win (section 4.1.10).
    assert isinstance(context, dict)
    own = _walk({name: item for name, item in value.items() if name != "@import"}, budget)
    assert isinstance(own, dict)
    return {**context, **own}


def _at_hand(url: str) -> tuple[JsonValue, int]:
    found = _table().get(url.split("#")[0])
    if found is None:
        known = ", ".join(sorted(_table()))
        raise SyntaxRefused(
            f"the JSON-LD context {url[:200]} is not at hand, and none is fetched; known are {known}",
            advice="Ask the source to write its context into the document.",
        )
    return found


@cache
def _table() -> dict[str, tuple[JsonValue, int]]:
    folder = data_folder("vocab") / "contexts"
    index = tomllib.loads((folder / "index.toml").read_text(encoding="utf-8"))
    table: dict[str, tuple[JsonValue, int]] = {}
    for entry in index["context"]:
        data = (folder / entry["file"]).read_bytes()
        document = parse_json(data)
        assert isinstance(document, dict)
        for url in entry["urls"]:
            table[url] = (document["@context"], len(data))
    return table
