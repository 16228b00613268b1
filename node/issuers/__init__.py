"""Talking to OpenID providers: what they publish, what they say of tokens, sign-ins, tokens for this node itself.

Authlib speaks the protocol; every byte goes through `node.harvest.fetch`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

from node.errors import NotFound, SettingsError
from node.harvest.fetch import HttpFetch
from node.identity.claims import issuer_of
from node.identity_settings import IssuerSettings
from node.issuers.provider import OpenFetch, Provider
from node.settings import FetchSettings, Settings

_MAX_BYTES = 2**20


class Issuers:
    """The providers of a node, by name and by identifier."""

    def __init__(self, providers: tuple[Provider, ...]) -> None:
        self.all = providers
        self._by_name = {each.issuer.settings.name: each for each in providers}
        self._by_identifier = {each.issuer.settings.issuer: each for each in providers}

    def named(self, name: str) -> Provider:
        """Return a provider by its short name.

        Raises:
            NotFound: there is none.
        """
        found = self._by_name.get(name)
        if found is None:
            raise NotFound("this node knows no such issuer", advice="/login lists those it knows.")
        return found

    def identified(self, issuer: str) -> Provider | None:
        """Return a provider by its identifier, exactly as it spells it."""
        return self._by_identifier.get(issuer)

    def for_opaque_tokens(self) -> Provider | None:
        """Return the one that is asked about tokens that are no JWTs."""
        return next((each for each in self.all if each.issuer.settings.opaque_tokens), None)

    def for_people(self) -> tuple[Provider, ...]:
        """Return those that people may sign in with."""
        return tuple(each for each in self.all if each.issuer.settings.login)


def open_issuers(settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> Issuers:
    """Return the providers of a node; none is asked anything yet.

    Raises:
        SettingsError: the environment lacks the secret of a client.
    """
    identity = settings.identity
    fetch = FetchSettings(
        timeout=identity.timeout,
        deadline=2 * identity.timeout,
        retries=1,
        backoff=0.2,
        max_bytes=_MAX_BYTES,
        # What an issuer says is believed because of where it is said.
        max_redirects=0,
        allow_networks=identity.allow_networks,
        contact=settings.fetch.contact,
    )
    open_fetch: OpenFetch = partial(HttpFetch, fetch)
    return Issuers(
        tuple(
            Provider(issuer_of(each, settings.base_url), _secret(each), open_fetch, clock=clock)
            for each in identity.issuers
        )
    )


def _secret(settings: IssuerSettings) -> str:
    variable = settings.client_secret_env
    if not variable:
        if settings.opaque_tokens:
            raise SettingsError(
                f"identity.issuers: {settings.name} is asked about opaque tokens, and the node has no secret there",
                advice="Name the environment variable that holds it in client_secret_env.",
            )
        return ""
    secret = os.environ.get(variable, "")
    if not secret:
        raise SettingsError(
            f"identity.issuers: the environment variable {variable} holds no secret for {settings.name}",
            advice=f"Set {variable}, or leave client_secret_env empty for a public client.",
        )
    return secret
