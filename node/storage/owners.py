"""Whose a run is: a process on some machine, told apart from a later one of the same number."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Self

LEASE = dt.timedelta(minutes=15)
"""A run whose owner, on another machine, has not been heard of for this long is taken over."""


def this_process() -> str:
    """Return this process's name, unlike any other's on any machine."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid())}"


def is_alive(owner: str, heartbeat: dt.datetime, now: dt.datetime) -> bool:
    """Return whether the process that a run belongs to may still be at work on it."""
    if not owner:
        return False
    machine, _, process = owner.partition(":")
    pid, _, started = process.partition(":")
    if machine == _machine() and pid.isdigit():
        # On this machine there is no need to guess, however long a page takes.
        if int(pid) == os.getpid():
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return _started(int(pid)) == started
    return now - heartbeat < LEASE


class Heartbeat:
    """Says, in a thread of its own, that this process is still at work; a context manager.

    Args:
        beat: what to call.
        every: seconds between two beats, well below `LEASE`.
    """

    def __init__(self, beat: Callable[[], None], *, every: float = 60.0) -> None:
        self._beat = beat
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            # A beat that fails is made up by the next one; the pages have their own way of finding out.
            with contextlib.suppress(Exception):
                self._beat()


@cache
def _machine() -> str:
    """Return where process numbers mean what they mean here: a host since its last start, or a container of it.

    Host names alone are not unlike each other: containers are often all called the same.
    """
    parts = [socket.gethostname().replace(":", "-")]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return "/".join(parts)


def _started(pid: int) -> str:
    """Return when a process began, in the system's own count, so that a number used again is told apart."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return "0"
    # One that is dead keeps its number until its parent has taken note.
    return "dead" if state in ("Z", "X") else fields[18] if len(fields) > 18 else "0"
