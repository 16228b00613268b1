"""The one door to foreign hosts: patient, polite, bounded, and never into private networks.

HTTP semantics: RFC 9110 (https://www.rfc-editor.org/rfc/rfc9110); flow control as OAI-PMH 2.0, section 3.1.2.2, asks.
"""

from __future__ import annotations

import datetime as dt
import random
import socket
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from node import __version__
from node.errors import AnswerBroken, FetchError, HttpStatus, TooLarge
from node.harvest.addresses import parse_networks
from node.harvest.connections import Guard
from node.harvest.deadline import Watch
from node.harvest.inflate import Inflater
from node.harvest.pace import Pace
from node.harvest.protocols import Response
from node.settings import FetchSettings
from node.telemetry import FETCHES


class HttpFetch:
    """`Fetch` over HTTP; one for each run, used by one thread.

    Args:
        settings: limits and manners.
        pace: shared with others who ask the same hosts; without it, the requests of this one keep their pace alone.
        sleep, clock: the world's time, in seconds; `clock` only ever moves forward.

    Attributes:
        requests: requests sent, redirects and retries included.
        retries: requests that were repetitions.

    Raises:
        SettingsError: `allow_networks` names something that is no network.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        pace: Pace | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = 0
        self.retries = 0
        self._settings = settings
        self._sleep = sleep
        self._clock = clock
        self._pace = pace or Pace(settings.pace, sleep=sleep, clock=clock)
        self._guard = Guard(parse_networks(settings.allow_networks))
        self._watch = Watch(self._guard.cut)
        self._session = _Session()
        # No proxies, certificates or passwords from the environment: the check of addresses would see the proxy's.
        self._session.trust_env = False
        contact = f" (+{settings.contact})" if settings.contact else ""
        self._session.headers = requests.structures.CaseInsensitiveDict(
            {"User-Agent": f"fairnode/{__version__}{contact}", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        )
        adapter = _Adapter(self._guard)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> Response:
        """Return the answer; see `Fetch.get`.

        Answers 429 and 5xx, broken connections and short bodies are tried again; a Retry-After is obeyed where HTTP
        gives it a meaning (429 and 503), unless it points past the deadline. Every other status is final.
        """
        target = _with_params(url, params)
        deadline = self._clock() + self._settings.deadline
        most = self._settings.retries + 1
        tries = most if tries is None else min(tries, most)
        for attempt in range(tries):
            try:
                return self._follow(target, headers or {}, deadline)
            except _Again as again:
                # Jitter keeps many harvesters that failed together from coming back together.
                pause = self._settings.backoff * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311
                pause = max(pause, again.retry_after or 0.0)
                if attempt + 1 == tries:
                    raise again.error from again.error.__cause__
                if self._clock() + pause >= deadline:
                    again.error.advice = (
                        f"The next try would be {pause:.0f} s away, past [fetch] deadline; harvest again later."
                    )
                    raise again.error from again.error.__cause__
                self.retries += 1
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _follow(self, url: str, headers: Mapping[str, str], deadline: float) -> Response:
        for _ in range(self._settings.max_redirects + 1):
            response = self._once(url, headers, deadline)
            location = response.headers.get("location", "")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return self._judged(response)
            FETCHES.labels("redirect").inc()
            target = urldefrag(urljoin(url, location)).url
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                headers = {}  # what was meant for one host is no other's business
            url = target
        raise FetchError(f"{url}: more than {self._settings.max_redirects} redirects")

    def _judged(self, response: Response) -> Response:
        status = response.status
        if 200 <= status < 300:
            FETCHES.labels("ok").inc()
            return response
        FETCHES.labels("status").inc()
        error = HttpStatus(f"{response.url} answered {status}", status=status, body=response.body)
        if status == 429 or (status >= 500 and status not in (501, 505)):
            retry_after = _retry_after(response.headers) if status in (429, 503) else None
            raise _Again(error, retry_after)
        raise error

    def _once(self, url: str, headers: Mapping[str, str], deadline: float) -> Response:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FetchError(f"{url[:200]}: not an http or https URL")
        self._pace.keep(parts.hostname)
        left = deadline - self._clock()
        if left <= 0:
            raise AnswerBroken(f"{url}: no answer within {self._settings.deadline:g} s")
        self.requests += 1
        wait = min(self._settings.timeout, left)
        self._watch.begin(left)
        try:
            prepared = self._session.prepare_request(requests.Request("GET", url, headers=dict(headers)))
            with self._session.send(prepared, stream=True, allow_redirects=False, timeout=(wait, wait)) as answer:
                body = self._read(answer, deadline)
                if self._watch.expired:  # headers that are cut off look like headers that end
                    raise AnswerBroken(f"{url}: no whole answer within {self._settings.deadline:g} s")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Response(status=answer.status_code, body=body, headers=names, url=url)
        except (requests.RequestException, HTTPError, OSError) as error:
            FETCHES.labels("broken").inc()
            if self._watch.expired:
                raise AnswerBroken(f"{url}: no whole answer within {self._settings.deadline:g} s") from error
            failure = (AnswerBroken if _was_reached(error) else FetchError)(f"{url}: {_cause(error)}")
            failure.__cause__ = error
            if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)) or _untrusted(
                error
            ):
                raise failure from error
            raise _Again(failure) from error
        except (FetchError, TooLarge):
            FETCHES.labels("refused").inc()
            raise
        finally:
            self._watch.over()

    def _read(self, answer: requests.Response, deadline: float) -> bytes:
        """Read and inflate a body; of an answer that is an error, the first MiB will do."""
        if answer.status_code == 304:
            return b""  # its Content-Length is that of the document it does not send (RFC 9110, section 8.6)
        is_error = answer.status_code >= 400
        limit = min(self._settings.max_bytes, _ERROR_BYTES) if is_error else self._settings.max_bytes
        inflater = Inflater(answer.headers.get("Content-Encoding", ""), limit, self._settings.max_ratio)
        declared = answer.headers.get("Content-Length", "")
        body, received = bytearray(), 0
        try:
            while chunk := answer.raw.read1(_CHUNK, decode_content=False):
                received += len(chunk)
                try:
                    for content in inflater.feed(chunk):
                        body += content
                except AnswerBroken as error:
                    if is_error:
                        return bytes(body)
                    raise _Again(error) from error
                if self._clock() > deadline:
                    raise AnswerBroken(f"{answer.url}: no whole answer within {self._settings.deadline:g} s")
        except TooLarge:
            if is_error:
                return bytes(body)
            raise
        if declared.isdigit() and received < int(declared):
            raise requests.exceptions.ChunkedEncodingError(f"{received} of {declared} bytes arrived")
        if not inflater.complete:
            raise requests.exceptions.ChunkedEncodingError("the compressed body ends early")
        return bytes(body)


_CHUNK = 64 * 1024
_ERROR_BYTES = 2**20


class _Again(Exception):
    """A failure that another try may mend."""

    def __init__(self, error: FetchError, retry_after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Leave redirects to us: to follow one, or only to name it, requests reads its whole body, without a bound."""
        return None


class _Adapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._guard.pools


def _with_params(url: str, params: Mapping[str, str] | None) -> str:
    bare = urldefrag(url).url
    if not params:
        return bare
    # Everything but unreserved characters is encoded, "/" and ":" too (OAI-PMH 2.0, section 3.1.1.3).
    query = urlencode(params, quote_via=quote, safe="")
    separator = "" if bare.endswith(("?", "&")) else "&" if urlsplit(bare).query else "?"
    return f"{bare}{separator}{query}"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, seconds or a date (RFC 9110, section 10.2.3); a date counts from the host's own clock."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers["date"]) if headers.get("date") else dt.datetime.now(dt.UTC)
        seconds = (_aware(then) - _aware(now)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds)


def _aware(when: dt.datetime) -> dt.datetime:
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def _untrusted(error: BaseException) -> bool:
    return "certificate verify failed" in str(error).lower() or "CertificateError" in str(error)


def _was_reached(error: BaseException) -> bool:
    """Whether a connection stood when the request failed, so that the host itself broke off or kept silent."""
    unreached = (NewConnectionError, ConnectTimeoutError, SSLError, socket.gaierror)
    return not any(isinstance(reason, unreached) for reason in _reasons(error))


def _reasons(error: BaseException) -> list[BaseException]:
    """An error and the ones inside it, outermost first."""
    reasons = [error]
    while len(reasons) < 10:
        last = reasons[-1]
        inner = getattr(last, "reason", None) or next((a for a in last.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException):
            break
        reasons.append(inner)
    return reasons


def _cause(error: BaseException) -> str:
    """The innermost reason: the outer ones repeat it in their own words, with addresses of Python objects."""
    reason = _reasons(error)[-1]
    text = str(reason).rpartition("object at ")[2] if " object at 0x" in str(reason) else str(reason)
    return text.partition(": ")[2] if text.startswith("0x") else (text or type(reason).__name__)
