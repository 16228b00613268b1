"""A door to a node's OAI-PMH provider in this process, with a fault in between: what another one might do wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode

from flask import Flask

from node.errors import HttpStatus
from node.harvest.protocols import Response

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: the query or the form as it came, and its pairs."""

    query: str
    method: str
    headers: Mapping[str, str]

    @property
    def pairs(self) -> Pairs:
        return tuple(parse_qsl(self.query, keep_blank_values=True, errors="replace"))

    @property
    def given(self) -> dict[str, str]:
        return dict(self.pairs)

    def having(self, pairs: Pairs) -> Asked:
        """Return the request with other arguments."""
        return self if pairs == self.pairs else replace(self, query=urlencode(pairs, quote_via=quote))

    def but(self, **changed: str | None) -> Asked:
        """Return the request with arguments changed, or without those that are `None`; `from_` is `from`."""
        named = {name.rstrip("_"): value for name, value in changed.items()}
        pairs = {**self.given, **named}
        return self.having(tuple((name, value) for name, value in pairs.items() if value is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer."""

    text: str
    status: int = 200
    headers: Mapping[str, str]

    def edited(self, pattern: str, by: str | Callable[[re.Match[str]], str], count: int = 0) -> Reply:
        return replace(self, text=re.sub(pattern, by, self.text, count=count, flags=re.DOTALL))


Send = Callable[[Asked], Reply]
Fault = Callable[[Send, Asked], Reply]


class Provider:
    """The provider; what it answers to one request it answers once."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._known: dict[tuple[str, str, tuple[tuple[str, str], ...]], Reply] = {}

    def send(self, asked: Asked) -> Reply:
        key = (asked.query, asked.method, tuple(sorted(asked.headers.items())))
        if key not in self._known:
            client = self._app.test_client()
            if asked.method == "POST":
                answer = client.post("/oai", data=asked.query, headers=dict(asked.headers))
            else:
                answer = client.get(f"/oai?{asked.query}", headers=dict(asked.headers))
            coded = answer.headers.get("Content-Encoding")
            text = "" if coded else answer.data.decode()
            self._known[key] = Reply(
                text=text, status=answer.status_code, headers={k.lower(): v for k, v in answer.headers.items()}
            )
        return self._known[key]


class FaultyDoor:
    """`node.conformance.Door` to it."""

    def __init__(self, url: str, provider: Provider, fault: Fault) -> None:
        self.requests = 0
        self._url, self._provider, self._fault = url, provider, fault

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> Response:
        return self._answered(Asked(query=url.partition("?")[2], method="GET", headers=headers or {}))

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Response:
        return self._answered(Asked(query=body.decode(), method="POST", headers=headers))

    def _answered(self, asked: Asked) -> Response:
        self.requests += 1
        reply = self._fault(self._provider.send, asked)
        body = reply.text.encode("utf-8", "surrogatepass")
        if reply.status >= 400:
            raise HttpStatus(f"answered {reply.status}", status=reply.status, body=body)
        if reply.headers.get("content-encoding"):
            # As the one door does, the body comes inflated; here it is asked for once more, as it is.
            body = self._provider.send(replace(asked, headers={})).text.encode()
        return Response(status=reply.status, body=body, headers=reply.headers, url=self._url)
