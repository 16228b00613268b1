"""The one door to foreign hosts: patient, polite, bounded, and never into private networks.

HTTP semantics: RFC 9110 (https://www.rfc-editor.org/rfc/rfc9110); flow control as OAI-PMH 2.0, section 3.1.2.2, asks.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from node import __version__
from node.errors import AnswerBroken, FetchError, HttpStatus, TooLarge
from node.harvest.addresses import parse_networks
from node.harvest.connections import Guard
from node.harvest.credentials import Credential
from node.harvest.deadline import Watch
from node.harvest.failures import cause, is_silence, is_untrusted, retry_after, was_reached
from node.harvest.inflate import Inflater
from node.harvest.pace import Pace
from node.harvest.protocols import Response
from node.harvest.targets import host_of, with_params, without_fragment
from node.model.web_origin import origin_of
from node.settings import FetchSettings
from node.telemetry import FETCHES


class HttpFetch:
    """`Fetch` over HTTP; one for each run, used by one thread.

    Args:
        settings: limits and manners.
        pace: shared with others who ask the same hosts; without it, the requests of this one keep their pace alone.
        credential: shown to the origin it is for, with every request, and to no other.
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
        credential: Credential | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = 0
        self.retries = 0
        self._settings = settings
        self._sleep = sleep
        self._clock = clock
        self._credential = credential
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

        Answers 408, 425, 429 and 5xx, broken connections and short bodies are tried again; a Retry-After is obeyed
        where HTTP gives it a meaning (429 and 503), unless it points past the deadline. Every other status is final.
        A host that keeps silent is asked three times, and has twice as long each time.
        """
        target = with_params(url, params)
        most = self._settings.retries + 1
        silences = 3 if tries is None else 1
        tries = most if tries is None else min(tries, most)
        # Who asks in haste has less time in all.
        deadline = self._clock() + self._settings.deadline * tries / most
        timeout = self._settings.timeout
        for attempt in range(tries):
            try:
                return self._follow(target, headers or {}, deadline, timeout)
            except _Again as again:
                if again.silent:
                    silences, timeout = silences - 1, timeout * 2
                    if not silences:
                        raise again.error from again.error.__cause__
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

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Response:
        """Send a body and return the answer. It is sent once, whatever happens, and to nobody else.

        A second try could do twice what was asked for, and a redirect would show the body to another host.

        Raises:
            FetchError: no usable answer, a redirect included (`AddressRefused`, `HttpStatus`, `AnswerBroken` say more).
            TooLarge: the answer passes a limit.
        """
        deadline = self._clock() + self._settings.deadline
        try:
            return self._judged(self._once(url, headers, deadline, self._settings.timeout, body, method="POST"))
        except _Again as again:
            raise again.error from again.error.__cause__

    def head(self, url: str) -> Response:
        """Return the answer to a HEAD request (RFC 9110, section 9.3.2), asked for once; raises as `get`."""
        deadline = self._clock() + self._settings.deadline
        try:
            return self._follow(without_fragment(url), {}, deadline, self._settings.timeout, "HEAD")
        except _Again as again:
            raise again.error from again.error.__cause__

    def _follow(
        self, url: str, headers: Mapping[str, str], deadline: float, timeout: float, method: str = "GET"
    ) -> Response:
        for _ in range(self._settings.max_redirects + 1):
            response = self._once(url, headers, deadline, timeout, method=method)
            if response.status == 401 and (shown := self._shown_to(url)) is not None and shown.renew():
                # It had ended, or had been replaced, since the run began.
                response = self._once(url, headers, deadline, timeout, method=method)
            location = response.headers.get("location", "")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return self._judged(response)
            FETCHES.labels("redirect").inc()
            try:
                target = without_fragment(urljoin(url, location))
            except ValueError as error:
                raise FetchError(f"{url}: redirects to {location[:200]}, which is no URL") from error
            if origin_of(target) != origin_of(url):
                headers = {}  # what was meant for one host is no other's business
            url = target
        raise FetchError(f"{url}: more than {self._settings.max_redirects} redirects")

    def _shown_to(self, url: str) -> Credential | None:
        return self._credential if self._credential is not None and self._credential.is_for(url) else None

    def _judged(self, response: Response) -> Response:
        status = response.status
        if 200 <= status < 300:
            FETCHES.labels("ok").inc()
            return response
        FETCHES.labels("status").inc()
        shown = status == 401 and self._shown_to(response.url) is not None
        error = HttpStatus(
            f"{response.url} answered {status}",
            status=status,
            body=response.body,
            advice="It does not take the token of [[credentials]]; get another one." if shown else None,
        )
        if status in _PASSING or (status >= 500 and status not in (501, 505)):
            raise _Again(error, retry_after(response.headers) if status in (429, 503) else None)
        raise error

    def _once(
        self, url: str, headers: Mapping[str, str], deadline: float, timeout: float, sent: bytes | None = None,
        *, method: str,
    ) -> Response:  # fmt: skip
        host = host_of(url)
        if (shown := self._shown_to(url)) is not None:
            headers = {**headers, "Authorization": shown.header()}
        self._pace.keep(host)
        left = deadline - self._clock()
        if left <= 0:
            raise AnswerBroken(f"{url}: no answer before the deadline")
        self.requests += 1
        wait = min(timeout, left)
        self._watch.begin(left)
        try:
            prepared = self._prepared(method, url, headers, sent)
            with self._session.send(prepared, stream=True, allow_redirects=False, timeout=(wait, wait)) as answer:
                body = self._read(answer, deadline) if method != "HEAD" else b""
                if self._watch.expired:  # headers that are cut off look like headers that end
                    raise AnswerBroken(f"{url}: no whole answer before the deadline")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Response(status=answer.status_code, body=body, headers=names, url=url)
        except (requests.RequestException, HTTPError, OSError) as error:
            FETCHES.labels("broken").inc()
            if self._watch.expired:
                raise AnswerBroken(f"{url}: no whole answer before the deadline") from error
            failure = (AnswerBroken if was_reached(error) else FetchError)(f"{url}: {cause(error)}")
            failure.__cause__ = error
            if is_untrusted(error):
                raise failure from error
            raise _Again(failure, silent=is_silence(error)) from error
        except (FetchError, TooLarge):
            FETCHES.labels("refused").inc()
            raise
        finally:
            self._watch.over()

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], sent: bytes | None
    ) -> requests.PreparedRequest:
        try:
            return self._session.prepare_request(requests.Request(method, url, headers=dict(headers), data=sent))
        except (requests.RequestException, HTTPError, ValueError) as error:
            raise FetchError(f"{url[:200]}: {cause(error)}") from error

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
                except FetchError as error:
                    if is_error:
                        return bytes(body)
                    if isinstance(error, AnswerBroken):
                        raise _Again(error) from error
                    raise
                if self._clock() > deadline:
                    raise AnswerBroken(f"{answer.url}: no whole answer before the deadline")
        except TooLarge:
            if is_error:
                return bytes(body)
            raise
        if declared.isdecimal() and received < int(declared):
            raise requests.exceptions.ChunkedEncodingError(f"{received} of {declared} bytes arrived")
        if not inflater.complete:
            raise requests.exceptions.ChunkedEncodingError("the compressed body ends early")
        return bytes(body)


_CHUNK = 64 * 1024
_ERROR_BYTES = 2**20
_PASSING = (408, 425, 429)


class _Again(Exception):
    """A failure that another try may mend."""

    def __init__(self, error: FetchError, retry_after: float | None = None, *, silent: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after
        self.silent = silent


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
