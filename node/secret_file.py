"""Files that hold secrets: made whole or not at all, readable by their owner alone, refused where others can read."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from node.errors import SettingsError

MOST = 64 * 1024
"""Bytes that a file of a key or a token has at most."""


def read_secret(path: Path) -> bytes:
    """Return what a secret file holds.

    Raises:
        SettingsError: others than its owner may read it, or it is none that `read_small` reads.
        OSError: it cannot be read.
    """
    content, mode = _read(path)
    if mode & 0o077:
        raise SettingsError(f"{path} may be read by others than its owner", advice=f"chmod 600 {path}")
    return content


def read_small(path: Path) -> bytes:
    """Return what a file holds that settings name; no device or pipe keeps whoever reads it waiting.

    Raises:
        SettingsError: it is no regular file, or holds more than `MOST` bytes.
        OSError: it cannot be read.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[bytes, int]:
    # To open a pipe that nobody writes to would wait; what was opened is what is looked at.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise SettingsError(f"{path} is no regular file", advice="Give the path of the file itself.")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(MOST + 1)
    finally:
        os.close(handle)
    if len(content) > MOST:
        raise SettingsError(
            f"{path} holds more than {MOST} bytes, and no key or token does", advice="Look which file was meant."
        )
    return content, mode


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
