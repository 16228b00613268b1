"""JSON from strangers, per RFC 8259 (https://www.rfc-editor.org/rfc/rfc8259): UTF-8, each name once, bounded."""

from __future__ import annotations

import json
import re

from node.errors import SyntaxRefused, TooLarge

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 128

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def parse_json(data: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value of a JSON document.

    Raises:
        TooLarge: it is over `max_bytes`.
        SyntaxRefused: it is not JSON, nests deeper than `max_depth`, or an object has a name twice (parsers disagree
            about which one counts, section 4).
    """
    if len(data) > max_bytes:
        raise TooLarge(f"the document has {len(data)} bytes, at most {max_bytes} are read")
    _check_depth(data, max_depth)
    try:
        value: JsonValue = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refuse_constant
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


def _check_depth(data: bytes, max_depth: int) -> None:
    depth = 0
    for token in _TOKEN.finditer(data):
        sign = data[token.start()]
        if sign in b"[{":
            depth += 1
            if depth > max_depth:
                line = data.count(b"\n", 0, token.start()) + 1
                raise SyntaxRefused(f"line {line}: the document nests deeper than {max_depth}")
        elif sign in b"]}":
            depth -= 1


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
