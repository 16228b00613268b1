"""What a site lets a harvester do: robots.txt, per RFC 9309 (https://www.rfc-editor.org/rfc/rfc9309)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from harvesters.sitemap_entries import absolute
from node.errors import HttpStatus
from node.harvest.protocols import Fetch

AGENT = "fairnode"
"""The product token that rules may name (section 2.2.1)."""
MAX_BYTES = 512 * 1024
"""At least 500 KiB of rules are read (section 2.5)."""
LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules of one origin.

    Attributes:
        url: where they are.
        sitemaps: the sitemaps they name, absolute, each once.
        delay: seconds they ask for between two pages; no part of the standard, and obeyed up to `LONGEST_DELAY`.
    """

    url: str
    sitemaps: tuple[str, ...]
    delay: float
    _rules: Protego | None

    def allows(self, url: str) -> bool:
        """Tell whether the harvester may fetch an address of this origin."""
        return self._rules is None or self._rules.can_fetch(url, AGENT)


def fetch_robots(fetch: Fetch, url: str) -> Robots:
    """Return the rules of the origin that an address belongs to.

    Rules that are not there allow everything (section 2.3.1.3); rules that cannot be had forbid it (section 2.3.1.4).

    Raises:
        FetchError: the site does not say whether it has rules.
    """
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}/robots.txt"
    try:
        response = fetch.get(place)
    except HttpStatus as error:
        if error.status == 429 or not 400 <= error.status < 500:
            error.advice = "While a site's robots.txt cannot be read, nothing else may be: harvest again later."
            raise
        return Robots(url=place, sitemaps=(), delay=0.0, _rules=None)
    rules = Protego.parse(response.body[:MAX_BYTES].decode("utf-8-sig", "replace"))
    sitemaps = (absolute(response.url, address) for address in rules.sitemaps)
    return Robots(
        url=place,
        sitemaps=tuple(dict.fromkeys(filter(None, sitemaps))),
        delay=min(rules.crawl_delay(AGENT) or 0.0, LONGEST_DELAY),
        _rules=rules,
    )


class Rules:
    """The rules of every origin a harvest asks, each fetched once.

    Args:
        sleep: how to wait.
    """

    def __init__(self, fetch: Fetch, sleep: Callable[[float], None]) -> None:
        self._fetch, self._sleep = fetch, sleep
        self._known: dict[str, Robots] = {}

    def of(self, url: str) -> Robots:
        """Return the rules of the origin that an address belongs to; see `fetch_robots`."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._known:
            self._known[origin] = fetch_robots(self._fetch, url)
        return self._known[origin]

    def allow(self, url: str) -> bool:
        """Tell whether an address may be fetched."""
        return self.of(url).allows(url)

    def names(self, url: str) -> bool:
        """Tell whether a robots.txt that was read names an address as a sitemap, which invites to fetch it."""
        return any(url in robots.sitemaps for robots in self._known.values())

    def pause(self, url: str) -> None:
        """Wait as long as the origin of an address wants harvesters to wait between two pages."""
        delay = self.of(url).delay
        if delay:
            self._sleep(delay)
