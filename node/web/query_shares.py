"""Who has had how much of the query engine: seconds of query time for each client, and a place for everybody else.

Not requests: a federating client sends hundreds that cost nothing, and one query can cost a minute. Counted in the
process's own memory, over a bounded number of clients; the server is one process (`node.web.server`).
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from flask import Flask

from node.errors import Busy
from node.settings import SparqlSettings

_CLIENTS = 10_000
_KEPT = "fairnode.shares"


@dataclass(slots=True)
class _Account:
    """Of one client: `left` seconds of query time at the moment `at`, queries `admitted` and, of these, `running`.

    `turn` is where the others of them wait: who gives a place back wakes one of the same client, and nobody else.
    """

    left: float
    at: float
    turn: threading.Condition
    admitted: int = 0
    running: int = 0


class QueryShares:
    """The accounts of one server process.

    Args:
        settings: how much a client may have.
        clock: seconds that only ever move forward.
    """

    def __init__(self, settings: SparqlSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = settings.client_queries
        # However many queries a client sends, one worker is there for everybody else.
        self._at_once = max(1, settings.workers - 1)
        self._all = settings.workers + settings.queue
        self._admitted = 0
        self._regained = settings.client_seconds / 60
        self._burst = settings.client_burst
        self._patience = settings.timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    def take(self, client: str) -> Share:
        """Wait until a query of this client may run.

        Raises:
            Busy: it has used its seconds up, has too many queries under way, or none of them ended in time.
        """
        with self._lock:
            account = self._admit(client)
            if not account.turn.wait_for(lambda: account.running < self._at_once, self._patience):
                account.admitted -= 1
                self._admitted -= 1
                raise Busy("your other queries are still running", retry_after=math.ceil(self._patience / 2))
            account.running += 1
        return Share(self, client)

    def take_now(self, client: str) -> Share | None:
        """Return the right to run a query of this client at once; `None` where it has to wait for others of its own.

        Raises:
            Busy: as `take`.
        """
        with self._lock:
            known = self._accounts.get(client)
            if known is not None and known.running >= self._at_once:
                return None
            self._admit(client).running += 1
        return Share(self, client)

    def give_back(self, client: str, seconds: float) -> None:
        """Count a query as ended that took so long."""
        with self._lock:
            account = self._account(client)
            account.left -= seconds
            account.admitted -= 1
            account.running -= 1
            self._admitted -= 1
            account.turn.notify()

    def _admit(self, client: str) -> _Account:
        account = self._account(client)
        if account.left <= 0:
            wait = math.floor(-account.left / self._regained) + 1
            raise Busy(
                "you have used more query time than you have regained; Retry-After says when you have some again",
                retry_after=wait,
            )
        if account.admitted >= self._most:
            raise Busy(f"{account.admitted} of your queries are under way already", retry_after=1)
        if self._admitted >= self._all:
            raise Busy("too many queries of others are under way", retry_after=math.ceil(self._patience / 2))
        account.admitted += 1
        self._admitted += 1
        return account

    def _account(self, client: str) -> _Account:
        now = self._clock()
        account = self._accounts.get(client)
        if account is None:
            account = self._accounts[client] = _Account(self._burst, now, threading.Condition(self._lock))
        account.left = min(self._burst, account.left + (now - account.at) * self._regained)
        account.at = now
        self._accounts.move_to_end(client)
        if len(self._accounts) > _CLIENTS:
            # Those that are asking right now are never forgotten: they are the ones that count.
            idle = next((name for name, other in self._accounts.items() if not other.admitted and name != client), None)
            if idle is not None:
                del self._accounts[idle]
        return account


class Share:
    """The right to run one query; `end` it once, or more often, with the seconds it took."""

    def __init__(self, shares: QueryShares, client: str) -> None:
        self._shares: QueryShares | None = shares
        self._client = client
        self._lock = threading.Lock()
        self._before = 0.0

    def add(self, seconds: float) -> None:
        """Count time that was spent on the query before the engine had it."""
        self._before += seconds

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the time that the block takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.add(time.monotonic() - began)

    def end(self, seconds: float = 0.0) -> None:
        """Give the right back; the first call counts."""
        with self._lock:
            shares, self._shares = self._shares, None
        if shares is not None:
            shares.give_back(self._client, seconds + self._before)


def shares_of(app: Flask, settings: SparqlSettings) -> QueryShares:
    """Return the accounts of an application, which all its faces share."""
    return cast(QueryShares, app.extensions.get(_KEPT) or app.extensions.setdefault(_KEPT, QueryShares(settings)))
