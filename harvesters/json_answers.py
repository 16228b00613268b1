"""Answers in JSON (RFC 8259) read with care for their types: what is not of the type it should be counts as absent."""

from __future__ import annotations

import json

from harvesters.asking import refuse_html
from node.errors import HarvestError
from node.harvest.protocols import Response
from node.syntax import JsonValue, parse_json, xml_text

JsonObject = dict[str, JsonValue]


def read_object(response: Response, protocol: str) -> JsonObject:
    """Return the object that an answer is.

    Raises:
        SyntaxRefused: it is no JSON.
        HarvestError: it is an HTML page, or JSON that is no object.
    """
    refuse_html(response, protocol)
    value = parse_json(response.body)
    if not isinstance(value, dict):
        raise HarvestError(f"{response.url}: the answer is JSON, but no object, so it is not {protocol}")
    return value


def object_of(value: JsonValue) -> JsonObject:
    """Return an object; empty where the value is none."""
    return value if isinstance(value, dict) else {}


def objects(value: JsonValue) -> list[JsonObject]:
    """Return the objects of an array; empty where the value is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: JsonValue) -> str:
    """Return a text without surrounding white space; empty where the value is none. A number is read as text.

    Characters that neither XML nor SQL has a place for are left out, such as half of a surrogate pair.
    """
    if isinstance(value, str):
        return xml_text(value).strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def size(value: JsonValue) -> int | None:
    """Return how many of something there are; `None` where the value does not say."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:15])
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def document(value: JsonValue) -> bytes:
    """Return a value as a document of its own, spelt the same way each time, whatever order its names came in.

    Raises:
        ValueError: it holds a number that JSON cannot write.
    """
    options = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
    try:
        return json.dumps(value, ensure_ascii=False, **options).encode("utf-8")  # type: ignore[arg-type]
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can hold and UTF-8 cannot
        return json.dumps(value, ensure_ascii=True, **options).encode("ascii")  # type: ignore[arg-type]
