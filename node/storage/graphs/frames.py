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


def read_exactly(descriptor: int, count: int) -> bytes:
    """Read `count` bytes, or fewer where the writer has closed."""
    parts: list[bytes] = []
    while count:
        part = os.read(descriptor, min(count, 2**20))
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
