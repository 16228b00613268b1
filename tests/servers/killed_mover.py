"""A process that relabels objects and is killed at a step that it is told: one line in, one line out.

Each line of standard input is the number of the step at which to die: a step is an operation on a store or a write to
the database. Each is done in a child of its own, which is killed by SIGKILL; the answer is `killed` or `finished`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from node.settings import ZoneSettings
from node.storage.database import open_database
from node.storage.moving import Mover
from node.storage.objects import open_object_store
from node.storage.objects.vault import ObjectVault
from tests.objects import KEYS

_OPERATIONS = ("put", "put_many", "get", "tags", "stat", "observe", "set_tags", "forget", "delete")


class Countdown:
    """Kills this process before the operation with a number."""

    def __init__(self, number: int) -> None:
        self._left = number

    def step(self) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


class Counted:
    """A store, or a database, whose operations are counted."""

    def __init__(self, inner: Any, names: tuple[str, ...], countdown: Countdown) -> None:
        self._inner, self._names, self._countdown = inner, names, countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def counted(*arguments: Any, **named: Any) -> Any:
            self._countdown.step()
            return found(*arguments, **named)

        return counted


def relabel(number: int, home: Path, url: str, zones: list[dict[str, Any]]) -> None:
    """Do every open job, and die at the step with the number."""
    countdown = Countdown(number)
    stores = [open_object_store(ZoneSettings(**zone), home) for zone in zones]
    with closing(open_database(url, home)) as database:
        vault = ObjectVault([Counted(store, _OPERATIONS, countdown) for store in stores], KEYS)
        counted: Any = Counted(database, ("write",), countdown)
        Mover(counted, vault, lambda: dt.datetime.now(dt.UTC)).run()


def main(work: Callable[[int], None]) -> None:
    """Answer each line."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            work(int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"finished {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    _home, _url, _zones = sys.argv[1:]
    main(lambda number: relabel(number, Path(_home), _url, json.loads(_zones)))
