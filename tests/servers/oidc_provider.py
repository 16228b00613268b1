"""A real OpenID provider: oidc-provider (https://github.com/panva/node-oidc-provider), with keys that a test holds too.

Holding its private keys, a test can make any token that the provider could make, and those that it never would.
`make .venv/.oidc` installs it, Node.js included.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests.conftest import ROOT

NODE = ROOT / ".venv" / "peers" / "bin" / "node"
FOLDER = ROOT / ".venv" / "oidc"
PROGRAM = ROOT / "tests" / "servers" / "oidc" / "provider.mjs"
SECRET = "a-secret-of-a-test"
_ALGORITHMS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}


@dataclass(frozen=True)
class OidcProvider:
    """The provider, at `issuer`."""

    issuer: str
    keys: Mapping[str, Key]

    def mint(self, claims: Mapping[str, Any], *, alg: str = "RS256", key: Key | None = None, **header: Any) -> str:
        """Return a token signed by the provider's key for `alg`, or by another; a header of `None` is left out."""
        names = {"typ": "at+jwt", "kid": f"key-{alg}", "alg": alg, **header}
        wanted = {name: value for name, value in names.items() if value is not None}
        return jwt.encode(wanted, dict(claims), key or self.keys[alg], algorithms=[alg], default_type=None)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return claims as the provider makes them for a machine; a change of `None` leaves one out."""
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "sub": "machine",
            "client_id": "machine",
            "jti": "1",
            "iat": now,
            "exp": now + 600,
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def token(self, client: str, resource: str) -> str:
        """Return an access token by client credentials, as a machine gets one."""
        answer = requests.post(
            f"{self.issuer}/token",
            data={"grant_type": "client_credentials", "resource": resource},
            auth=(client, SECRET),
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def sign_in(self, url: str, account: str, *, browser: requests.Session | None = None, step: str = "login") -> str:
        """Do what a person does with a browser at the provider; return where it sends the browser in the end."""
        browser = browser or requests.Session()
        answer = browser.get(url, allow_redirects=False, timeout=30)
        while True:
            assert answer.is_redirect, answer.text
            target = urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(self.issuer):
                return target
            if "/interaction/" in target:
                target = f"{target}/{step}?account={account}"
            answer = browser.get(target, allow_redirects=False, timeout=30)


@contextmanager
def oidc_provider(
    folder: Path, *, clients: list[dict[str, Any]], accounts: Mapping[str, Mapping[str, Any]]
) -> Iterator[OidcProvider]:
    """Start a provider; skip the test where it is not installed.

    Args:
        accounts: claims by account; of a client that acts for itself, by the client's id.
    """
    if not (NODE.exists() and (FOLDER / "node_modules").exists()):
        pytest.skip("oidc-provider is not installed; `make .venv/.oidc` does it")
    made: list[Key] = [
        RSAKey.generate_key(2048),
        ECKey.generate_key("P-256"),
        OKPKey.generate_key("Ed25519"),
    ]
    keys = {_ALGORITHMS[key.key_type]: key for key in made}
    published = [{**key.as_dict(private=True), "kid": f"key-{alg}", "use": "sig"} for alg, key in keys.items()]
    config = folder / "oidc.json"
    config.write_text(json.dumps({"jwks": {"keys": published}, "clients": clients, "accounts": accounts}))
    log = (folder / "oidc.log").open("w+b")
    command = [str(NODE), str(PROGRAM), str(FOLDER), str(config)]
    # The wheel's `node` starts the real one: both are to end, so they are a group of their own.
    with (
        log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True) as process,
    ):
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdigit(), (folder / "oidc.log").read_text(encoding="utf-8")
            yield OidcProvider(issuer=f"http://127.0.0.1:{port}", keys=keys)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def client(name: str, *grants: str, **more: Any) -> dict[str, Any]:
    """Return a client as it is registered."""
    return {
        "client_id": name,
        "client_secret": SECRET,
        "grant_types": list(grants),
        "redirect_uris": [],
        "response_types": [],
        **more,
    }
