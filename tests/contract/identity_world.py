"""A node with records for different audiences, and a real OpenID provider that vouches for people and programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from node.bootstrap import initialise, open_node
from node.identity_settings import IdentitySettings, IssuerSettings, RoleSettings
from node.model.label import Access, PersonalData
from node.model.run import RunStatus
from node.model.source import Agreement, Source
from node.node import Node
from node.pipeline import harvest_source
from node.settings import ComputeSettings, FetchSettings, Settings, StoreSettings, ZoneSettings
from node.web import create_app
from tests.servers.oai_pages import OaiPages, oai_dc_record
from tests.servers.oidc_provider import SECRET, OidcProvider, client, oidc_provider

BASE = "http://127.0.0.1:8000"
VARIABLE = "FAIRNODE_OIDC_TEST_SECRET"
NAMESPACE = "urn:geant:example.org"
AUTHORITY = "aai.example.org"
GROUP = f"{NAMESPACE}:group:node"
TITLES = {"public": "Open sea", "registered": "Registered sea", "restricted": "Restricted sea"}
# A folder may hold what is for the registered at most; personal data is for the restricted audience wherever it lies.
AGREEMENTS = {
    "public": Agreement(),
    "registered": Agreement(record_access=Access.REGISTERED),
    "restricted": Agreement(record_personal=PersonalData.PERSONAL, entitlements=(f"{GROUP}:readers",)),
}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "nora": {"name": "Nora <b>Nobody</b>"},
    "rita": {"name": "Rita Reader", "entitlements": [f"{GROUP}:readers#{AUTHORITY}"]},
    "stella": {
        "name": "Stella Steward",
        "eduperson_entitlement": f"{GROUP}:role=steward#{AUTHORITY}",
        "eduperson_assurance": ["https://refeds.org/assurance/IAP/high"],
    },
    # Who says so is not who may: another authority, and another namespace.
    "mallory": {
        "name": "Mallory",
        "entitlements": [
            f"{GROUP}:role=steward#evil.example",
            f"urn:geant:evil.example:group:node:role=steward#{AUTHORITY}",
        ],
    },
    "machine": {"entitlements": [f"{GROUP}:readers#{AUTHORITY}"]},
    "opaque-machine": {"entitlements": [f"{GROUP}:readers#{AUTHORITY}"]},
}


@dataclass(frozen=True)
class World:
    """The node, its issuer, and a way to ask as somebody."""

    node: Node
    issuer: OidcProvider

    def browser(self) -> FlaskClient:
        """Return a browser with no cookies."""
        return create_app(self.node).test_client()


@contextmanager
def issuer(folder: Path, base: str = BASE) -> Iterator[OidcProvider]:
    """Start the provider, with a node at `base` as its client."""
    clients = [
        client("machine", "client_credentials"),
        client("opaque-machine", "client_credentials"),
        client(
            "node",
            "authorization_code",
            "client_credentials",
            redirect_uris=[f"{base}/login/{name}/callback" for name in ("test", "other")],
            response_types=["code"],
            post_logout_redirect_uris=[f"{base}/"],
        ),
    ]
    with oidc_provider(folder, clients=clients, accounts=ACCOUNTS) as provider:
        yield provider


def issuer_settings(identifier: str, **more: Any) -> IssuerSettings:
    """Return how the node of a test trusts an issuer."""
    usual: dict[str, Any] = {
        "name": "test",
        "title": "Test AAI",
        "issuer": identifier,
        "client_id": "node",
        "client_secret_env": VARIABLE,
        "opaque_tokens": True,
        "programs_without_subject": True,  # as oidc-provider does it
        "namespaces": (NAMESPACE,),
        "authorities": (AUTHORITY,),
        "roles": (RoleSettings(entitlement=f"{GROUP}:role=steward", role="steward"),),
    }
    return IssuerSettings(**{**usual, **more})


@contextmanager
def world(folder: Path, **identity: Any) -> Iterator[World]:
    """Open a node that has harvested a public, a registered and a restricted source.

    Args:
        identity: settings in place of the usual ones; `issuers` is a function from the provider to settings.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, SECRET)
        with issuer(folder) as provider:
            issuers = identity.pop("issuers", lambda each: (issuer_settings(each.issuer),))(provider)
            settings = Settings(
                fetch=FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01),
                compute=ComputeSettings(executor="inline"),
                store=StoreSettings(zones=(ZoneSettings(tier="registered"),)),
                identity=IdentitySettings(issuers=issuers, **{"allow_networks": ("127.0.0.0/8",), **identity}),
            ).model_copy(update={"home": folder / "home"})
            initialise(settings, now())
            node = open_node(settings)
            try:
                _fill(node)
                yield World(node=node, issuer=provider)
            finally:
                node.close()


def _fill(node: Node) -> None:
    for name, title in TITLES.items():
        with OaiPages([oai_dc_record(f"oai:{name}:1", title)]) as repository:
            node.sources.add(Source(name=name, url=repository.url, agreement=AGREEMENTS[name]), now())
            assert harvest_source(node, name, now=now).status is RunStatus.OK


def sign_in(world: World, browser: FlaskClient, account: str, *, target: str = "/me") -> TestResponse:
    """Sign in as a person does, over the real provider; return the answer to the callback."""
    asked = browser.get(f"/login/test?next={target}")
    assert asked.status_code == 303, asked.text
    return follow(browser, world.issuer.sign_in(asked.headers["Location"], account, browser=requests.Session()))


def follow(browser: FlaskClient, url: str) -> TestResponse:
    """Let a browser follow the redirect back to the node."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == BASE, url
    return browser.get(f"{parts.path}?{parts.query}")


def seen(answer: TestResponse) -> set[str]:
    """Return which of the records' titles are in an answer."""
    return {title for title in TITLES.values() if title in answer.text}


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a token."""
    return {"Authorization": f"Bearer {token}"}


def now() -> dt.datetime:
    """Return the present moment."""
    return dt.datetime.now(dt.UTC)
