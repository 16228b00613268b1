"""Who runs a command, as the trail names them."""

from __future__ import annotations

import getpass
import os


def actor() -> str:
    """Return `cli:<account>`: the account of the machine, or its number where it has no name."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"
