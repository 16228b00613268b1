"""How much strangers may ask for: so much an hour each, so many at once, and nobody holds a thread of the server longer
than the time that was set.

Counted in the process's own memory, over a bounded number of clients; the server is one process (`node.web.server`).
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfPatience
from typing import TypeVar, cast

from flask import current_app, request

from node.visitor_errors import PreflightTimeout, TooManyRequests
from node.web.current import current_node

_HOUR = 3600.0
_T = TypeVar("_T")


class Visits:
    """The account of one server process.

    Args:
        per_hour: requests a client may send in an hour, all at once or one by one.
        at_once: pieces of work that may be under way.
        clients: remembered, at most; the one not seen for longest is forgotten first.
        clock: seconds that only ever move forward.
    """

    def __init__(
        self, per_hour: int, at_once: int, *, clients: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gap = _HOUR / per_hour
        self._at_once = at_once
        self._clients = clients
        self._clock = clock
        self._lock = threading.Lock()
        self._busy = 0
        # By client: when all that it asked for so far is paid off, at one request each `gap` (generic cell rate).
        self._paid: OrderedDict[str, float] = OrderedDict()

    def admit(self, client: str) -> None:
        """Count a request.

        Raises:
            TooManyRequests: the client had its share.
        """
        now = self._clock()
        with self._lock:
            paid = max(now, self._paid.get(client, now)) + self._gap
            wait = paid - now - _HOUR
            if wait > 1e-6:
                raise TooManyRequests("you have asked often enough for now", retry_after=int(wait) + 1)
            self._paid[client] = paid
            self._paid.move_to_end(client)
            if len(self._paid) > self._clients:
                self._paid.popitem(last=False)

    def run(self, work: Callable[[], _T], seconds: float) -> _T:
        """Do a piece of work, and wait for it at most so long; what it raises is raised here.

        Raises:
            TooManyRequests: too many are under way.
            PreflightTimeout: it is not done in time. It goes on by itself, and counts as under way until it ends.
        """
        with self._lock:
            if self._busy >= self._at_once:
                raise TooManyRequests(f"{self._busy} repositories are being looked at already", retry_after=15)
            self._busy += 1
        done: Future[_T] = Future()

        def carry_out() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)
            finally:
                with self._lock:
                    self._busy -= 1

        threading.Thread(target=carry_out, name="visit", daemon=True).start()
        try:
            return done.result(timeout=seconds)
        except OutOfPatience as error:
            if done.done():
                raise  # the work's own
            raise PreflightTimeout(f"not done within {seconds:g} seconds") from error


def current_visits() -> Visits:
    """Return the account of the running application."""
    settings = current_node().settings
    fresh = Visits(settings.visitors.per_hour, settings.preflight.concurrency)
    return cast(Visits, current_app.extensions.setdefault("fairnode.visits", fresh))


def admit() -> None:
    """Count the current request.

    Raises:
        TooManyRequests: its client had its share.
    """
    current_visits().admit(
        client_of(request.remote_addr, request.access_route, current_node().settings.visitors.proxies)
    )


def client_of(address: str | None, route: list[str] | tuple[str, ...], proxies: int) -> str:
    """Return who is asking: an address; of IPv6 the network of 64 bits that one customer has.

    Args:
        address: of the connection.
        route: what X-Forwarded-For says, the client first; each proxy adds at the end whom it heard.
        proxies: in front of the node; what stands further left is anybody's word.
    """
    text = address or ""
    if proxies and route:
        text = route[-proxies] if len(route) >= proxies else route[0]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
