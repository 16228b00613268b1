"""The protocol between the pool and a query process: frames over pipes, a kind, a length, a payload."""

from __future__ import annotations

import json
import os
import struct
from functools import lru_cache
from typing import Any, Final

# What comes with each short answer is packed and read once: a query takes the time of several lines of Python.
READY: Final = b"R"  # once, after the process has confined itself: {"isolation": [...]}
HEAD: Final = b"H"  # {"kind": ..., "snapshot": ...}, followed by DATA and at last END
DATA: Final = b"D"  # bytes of the answer
END: Final = b"E"  # complete; the payload is empty, or `RETIRE` where the process takes no other query
ERROR: Final = b"X"  # {"error": ..., "message": ..., "retire": bool}: over, whatever came before

RETIRE: Final = b"retire"
HEADER: Final = struct.Struct("!cI")
LENGTH: Final = struct.Struct("!I")
CHUNK: Final = 64 * 1024


def pack(kind: bytes, payload: bytes) -> bytes:
    """Return one frame."""
    return HEADER.pack(kind, len(payload)) + payload


def pack_json(kind: bytes, value: dict[str, Any]) -> bytes:
    """Return one frame with a JSON payload."""
    return pack(kind, json.dumps(value).encode())


@lru_cache(maxsize=8)
def pack_head(kind: str, snapshot: str) -> bytes:
    """Return the frame that begins an answer; there are as many as a snapshot has kinds of them."""
    return pack_json(HEAD, {"kind": kind, "snapshot": snapshot})


@lru_cache(maxsize=8)
def read_head(payload: bytes) -> tuple[str, str]:
    """Return kind and snapshot of an answer."""
    head = json.loads(payload)
    return head["kind"], head["snapshot"]


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte.

    Raises:
        BrokenPipeError: the reader is gone.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def pack_request(value: dict[str, Any]) -> bytes:
    """Return a request: its length and its JSON."""
    body = json.dumps(value).encode()
    return LENGTH.pack(len(body)) + body


def read_request(descriptor: int) -> dict[str, Any] | None:
    """Return the next request, or `None` where the writer has closed; it sends none before the last is answered."""
    data = bytearray()
    while len(data) < LENGTH.size or len(data) < LENGTH.size + LENGTH.unpack_from(data)[0]:
        part = os.read(descriptor, CHUNK)
        if not part:
            return None
        data += part
    request: dict[str, Any] = json.loads(data[LENGTH.size :])
    return request
