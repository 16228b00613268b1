"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from node.errors import SettingsError


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to; what is written there takes the target's place at the end.

    Raises:
        SettingsError: the file cannot be written.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield partial
        partial.replace(target)
    except OSError as error:
        raise SettingsError(f"{target}: {error.strerror}", advice="Name a file that can be written.") from error
    finally:
        with suppress(OSError):
            partial.unlink()
