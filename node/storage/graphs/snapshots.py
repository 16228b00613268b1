"""The published states of the embedded store: folders of hard links, one of which `current` names.

A query process holds a shared lock on the state it reads, so that a state is removed only when nobody reads it: RocksDB
opens some of its files late, and a removed folder would fail it then.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

EMPTY = "empty"
_KEEP = 2


class Snapshots:
    """The states below an embedded store's folder.

    Layout: `current` (the name of the newest state), `snapshots/NAME` (a RocksDB folder that nobody writes),
    `snapshots/NAME.lock` (held shared by every reader).
    """

    def __init__(self, folder: Path) -> None:
        self._current = folder / "current"
        self._current_path = str(self._current)
        self._states = folder / "snapshots"
        self._held = -1

    def current(self) -> str:
        """Return the name of the newest state; `empty` before the first is published. Names are never used twice."""
        try:
            descriptor = os.open(self._current_path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return EMPTY
        try:
            return os.read(descriptor, 256).decode("ascii")
        finally:
            os.close(descriptor)

    def hold_newest(self) -> tuple[str, Path | None]:
        """Lock the newest state against removal, let go of the one held before, and return its name and folder.

        Raises:
            OSError: `current` names a state that is not there.
        """
        if self._held >= 0:
            os.close(self._held)
            self._held = -1
        for _ in range(10):
            name = self.current()
            if name == EMPTY:
                return name, None
            try:
                self._held = os.open(self._states / f"{name}.lock", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # superseded and removed since `current` was read
            fcntl.flock(self._held, fcntl.LOCK_SH)
            if (self._states / name).is_dir():
                return name, self._states / name
            os.close(self._held)
            self._held = -1
        raise FileNotFoundError(f"{self._current} names a snapshot that is not there")

    def publish(self, write: Callable[[Path], None]) -> str:
        """Make the newest state what `write` puts into the folder it is given, and remove old states that nobody reads.

        To be called by one process at a time, the writer.
        """
        self._states.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers()
        previous = self.current()
        number = 0 if previous == EMPTY else int(previous.partition("-")[0])
        # The random part keeps a store that was thrown away and built again from repeating a name: names are ETags.
        name = f"{number + 1:09d}-{secrets.token_hex(4)}"
        unfinished = self._states / f"{name}.tmp"
        write(unfinished)
        (self._states / f"{name}.lock").touch()
        unfinished.rename(self._states / name)
        pointer = self._current.with_suffix(".tmp")
        with pointer.open("w", encoding="ascii") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        pointer.replace(self._current)
        self._remove_old()
        return name

    def _remove_leftovers(self) -> None:
        for path in self._states.glob("*.tmp"):
            shutil.rmtree(path, ignore_errors=True)

    def _remove_old(self) -> None:
        locks = sorted(self._states.glob("*.lock"), reverse=True)
        current = self.current()
        for lock in locks[_KEEP:]:
            if lock.stem == current:
                continue
            descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody still reads it; the next publication tries again
            else:
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)
            finally:
                os.close(descriptor)
