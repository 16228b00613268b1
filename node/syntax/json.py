"""JSON from strangers, per RFC 8259 (https://www.rfc-editor.org/rfc/rfc8259): UTF-8, each name once, bounded."""

from __future__ import annotations

import json
import re

from node.errors import SyntaxRefused, TooLarge

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 128
MAX_PARTS = 3_000_000
"""Texts, names, lists and objects of a document together: an empty object is two bytes to send and 64 to hold."""

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def parse_json(data: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value of a JSON document.

    Raises:
        TooLarge: it is over `max_bytes`, or holds more than `MAX_PARTS` texts, names, lists and objects.
        SyntaxRefused: it is not JSON, nests deeper than `max_depth`, or an object has a name twice (parsers disagree
            about which one counts, section 4).

    A number beyond double precision is read as infinite and a lone surrogate as itself: whoever writes a value down has
    to look, so that it costs the record it is in and no other.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"the document has {len(data)} bytes, at most {max_bytes} are read")
    _check_shape(data, max_depth)
    try:
        value: JsonValue = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_once,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise SyntaxRefused(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise SyntaxRefused(f"byte {error.start}: JSON is UTF-8, and this is not") from error
    except (ValueError, RecursionError) as error:
        raise SyntaxRefused(f"not usable as JSON: {error}") from error
    return value


# A string without its end runs to the end of the document, so that every byte is looked at once.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def _check_shape(data: bytes, max_depth: int) -> None:
    depth = parts = 0
    for token in _TOKEN.finditer(data):
        sign = data[token.start()]
        if sign in b"]}":
            depth -= 1
            continue
        parts += 1
        if sign in b"[{":
            depth += 1
            if depth > max_depth:
                line = data.count(b"\n", 0, token.start()) + 1
                raise SyntaxRefused(f"line {line}: the document nests deeper than {max_depth}")
        if parts > MAX_PARTS:
            raise TooLarge(
                f"the document holds more than {MAX_PARTS} texts, names, lists and objects",
                advice="Ask for smaller pages at the source.",
            )


def _once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise SyntaxRefused(f"an object holds the name “{name[:100]}” twice")
            seen.add(name)
    return found


def _refuse_constant(name: str) -> JsonValue:
    raise SyntaxRefused(f"{name} is not JSON")
