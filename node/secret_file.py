"""Files that hold secrets: made whole or not at all, readable by their owner alone, refused where others can read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from node.errors import SettingsError


def read_secret(path: Path) -> bytes:
    """Return what a secret file holds.

    Raises:
        SettingsError: others than its owner may read it.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        content = file.read()
    if mode & 0o077:
        raise SettingsError(f"{path} may be read by others than its owner", advice=f"chmod 600 {path}")
    return content


def write_secret(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a secret file, on the disk when this returns.

    Args:
        replace: whether it takes the place of one that is there; otherwise that one stays, and nothing is said.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            # A link, unlike a rename, does not take the place of the file that another process made meanwhile.
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        temporary.unlink(missing_ok=True)
