"""The protocol between the pool and a query process: frames over pipes, a kind, a length, a payload."""

from __future__ import annotations

import json
import os
import struct
from typing import Any, Final

READY: Final = b"R"  # once, after the process has confined itself: {"isolation": [...]}
HEAD: Final = b"H"  # {"kind": ..., "snapshot": ...}, followed by DATA and at last END
DATA: Final = b"D"  # bytes of the answer
END: Final = b"E"  # {"retire": bool}: complete
ERROR: Final = b"X"  # {"error": ..., "message": ..., "retire": bool}: over, whatever came before

HEADER: Final = struct.Struct("!cI")
LENGTH: Final = struct.Struct("!I")
CHUNK: Final = 64 * 1024


def pack(kind: bytes, payload: bytes) -> bytes:
    """Return one frame."""
    return HEADER.pack(kind, len(payload)) + payload


def pack_json(kind: bytes, value: dict[str, Any]) -> bytes:
    """Return one frame with a JSON payload."""
    return pack(kind, json.dumps(value).encode())


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


def read_line(path: str) -> bytes:
    """Return a file of one short line; a query takes the time of several lines of Python, and this is read for each."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)
