"""A `Fetch` for all requests of one preflight together: when its time is over, no request goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from node.harvest.fetch import HttpFetch
from node.harvest.protocols import Fetch, Response
from node.settings import FetchSettings
from node.visitor_errors import PreflightTimeout

OpenFetch = Callable[[float], Fetch]
"""Opens a `Fetch` that gives each request up after so many seconds."""


class TimedFetch:
    """`Fetch` with a time limit over all its requests.

    Args:
        open_fetch: opens what really fetches.
        seconds: from now on.
        clock: seconds that only ever move forward.

    Attributes:
        requests, retries: as those of `Fetch`.
        spare: seconds at the end that requests leave to other work.
    """

    def __init__(self, open_fetch: OpenFetch, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.requests = 0
        self.retries = 0
        self.spare = 0.0
        self._open = open_fetch
        self._clock = clock
        self._seconds = seconds
        self._until = clock() + seconds
        # One request that hangs must leave time for the others, and for a report.
        self._longest = seconds / 3
        self._fetch = open_fetch(self._longest)

    @property
    def left(self) -> float:
        """Seconds left; never below 0."""
        return max(0.0, self._until - self._clock())

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> Response:
        """Return the answer; see `Fetch.get`.

        Raises:
            PreflightTimeout: the time of the whole preflight is over, but for what is spared.
        """
        left = self.left - self.spare
        if left <= 0:
            raise PreflightTimeout(f"the preflight's {self._seconds - self.spare:g} seconds for requests are over")
        # Connections are kept as long as there is time for a slow answer; then each request gets what is left.
        fetch = self._fetch if left >= self._longest else self._open(left)
        requests, retries = fetch.requests, fetch.retries
        try:
            return fetch.get(url, params, headers=headers, tries=tries)
        finally:
            self.requests += fetch.requests - requests
            self.retries += fetch.retries - retries


def opening(settings: FetchSettings) -> OpenFetch:
    """Return what opens a `Fetch` over HTTP with these settings."""

    def open_fetch(seconds: float) -> Fetch:
        limits = {"deadline": min(settings.deadline, seconds), "timeout": min(settings.timeout, seconds)}
        return HttpFetch(settings.model_copy(update=limits))

    return open_fetch
