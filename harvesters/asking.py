"""Asking a server: again where an answer comes cut short or garbled, and what its own clock says.

HTTP dates: RFC 9110, section 5.6.7 (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7).
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html import unescape
from typing import TypeVar

from node.errors import HarvestError, SyntaxRefused, TooLarge
from node.harvest.protocols import Fetch, Response

OVERLAP = dt.timedelta(hours=1)
"""What an incremental run asks for again: clocks differ, and servers index late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often an answer that cannot be read is asked for.

    Attributes:
        tries: in all.
        pause: seconds before the second try; doubled each time.
        sleep: how to wait.
    """

    tries: int = 4
    pause: float = 0.5
    sleep: Callable[[float], None] = time.sleep


_Read = TypeVar("_Read")


def ask(
    fetch: Fetch,
    url: str,
    params: Mapping[str, str],
    read: Callable[[Response], _Read],
    *,
    patience: Patience,
    headers: Mapping[str, str] | None = None,
) -> _Read:
    """Return what `read` makes of the answer; a document that it cannot read is asked for again.

    Raises:
        FetchError: the server does not answer.
        SyntaxRefused: the answer cannot be read, after every try; `TooLarge` at once.
        HarvestError: what `read` raises.
    """
    pause = patience.pause
    for left in reversed(range(patience.tries)):
        response = fetch.get(url, params, headers=headers)
        try:
            return read(response)
        except TooLarge:
            raise
        except SyntaxRefused as error:
            if not left:
                error.message = f"{response.url}: {error.message}"
                error.args = (error.message,)
                raise
        fetch.retries += 1
        patience.sleep(pause)
        pause *= 2
    raise AssertionError("the last try returns or raises")


def bookmark_of(response: Response) -> str | None:
    """Return from where a run after this one goes on: the server's own clock, less `OVERLAP`; `None` where it has none.

    UTC, `YYYY-MM-DDThh:mm:ssZ`.
    """
    try:
        when = parsedate_to_datetime(response.headers.get("date", ""))
        when = (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).astimezone(dt.UTC) - OVERLAP
    except (ValueError, TypeError, OverflowError):
        return None
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when.year >= 1000 else None


def refuse_html(response: Response, protocol: str) -> None:
    """Say so where a page for people came instead of an answer.

    Raises:
        HarvestError: with the page's title.
    """
    body = response.body[:65536].removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(body) is None:
        return
    raise HarvestError(
        f"{response.url}: the answer is an HTML page{title_of(body)}, not {protocol}",
        advice=f"Look at the URL in a browser: is it the address of {protocol}, and does it ask for a login?",
    )


def title_of(page: bytes) -> str:
    """Return a page's title as the end of “an HTML page”; empty where it has none."""
    found = _TITLE.search(page.decode("utf-8", "replace"))
    return f" titled “{unescape(found[1]).strip()}”" if found else ""


_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>([^<]{0,300})", re.IGNORECASE)
