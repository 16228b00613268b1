"""An OpenID provider that answers as a test scripts it: one that lies, rotates its keys, or is down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from joserfc.jwk import Key, RSAKey

from tests.servers.oidc_provider import OidcProvider

Given = tuple[int, bytes | dict[str, Any]]


class ScriptedIssuer:
    """The provider; `answers` by path are (status, body), or functions from the form that was sent.

    Attributes:
        asked: (method, path) of each request, in order.
        forms: the forms that were sent, with the Authorization header as `authorization`.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.forms: list[dict[str, str]] = []
        self.keys: dict[str, Key] = {"RS256": RSAKey.generate_key(2048)}
        self.answers: dict[str, Given | Callable[[dict[str, str]], Given]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._give({"authorization": self.headers.get("Authorization", "")})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                form = dict(parse_qsl(body.decode()))
                outer.forms.append({**form, "authorization": self.headers.get("Authorization", "")})
                self._give(form)

            def _give(self, form: dict[str, str]) -> None:
                path = urlsplit(self.path).path
                outer.asked.append((self.command, path))
                found = outer.answers.get(path, (404, b""))
                status, body = found(form) if callable(found) else found
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.answers["/.well-known/openid-configuration"] = (200, self.metadata())
        self.publish()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def metadata(self, **changes: Any) -> dict[str, Any]:
        """Return a discovery document; a change of `None` leaves a member out."""
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "introspection_endpoint": f"{self.issuer}/introspection",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def publish(self, *more: dict[str, Any], kid: str = "key-RS256") -> None:
        """Publish the key there is now, under a name, after other entries."""
        own = {**self.keys["RS256"].as_dict(private=False), "kid": kid, "use": "sig"}
        self.answers["/jwks"] = (200, {"keys": [*more, own]})

    def rotate(self, kid: str) -> None:
        """Take a new key, and forget the one before."""
        self.keys["RS256"] = RSAKey.generate_key(2048)
        self.publish(kid=kid)

    @property
    def signer(self) -> OidcProvider:
        """What makes tokens with the key there is now."""
        return OidcProvider(issuer=self.issuer, keys=self.keys)

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(each == path for _, each in self.asked)
