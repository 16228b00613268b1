"""The tokens that sources are shown: from the environment, from a file, or from an issuer by client credentials."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from node.credential_settings import CredentialSettings
from node.errors import SettingsError
from node.issuers import open_issuers
from node.issuers.own_tokens import OwnTokens
from node.secret_file import read_secret
from node.settings import Settings


def token_reader(settings: Settings, shown: CredentialSettings) -> Callable[[bool], str]:
    """Return what reads the token for the sources at an address; nothing is read or asked for yet.

    It is told whether the last token was refused, and raises SettingsError where there is none, and what
    `OwnTokens.token_for` raises.
    """
    if shown.token_env:
        return lambda _refused: _of_environment(shown)
    if shown.token_file:
        return lambda _refused: _of_file(settings, shown)
    return partial(_of_issuer, settings, shown, [])


def _of_environment(shown: CredentialSettings) -> str:
    token = os.environ.get(shown.token_env, "")
    if not token.strip():
        raise SettingsError(
            f"credentials: the environment variable {shown.token_env} holds no token for {shown.url}",
            advice=f"Set {shown.token_env} where the harvest runs, the worker's service included.",
        )
    return token


def _of_file(settings: Settings, shown: CredentialSettings) -> str:
    path = settings.home / shown.token_file
    try:
        return read_secret(path).decode("ascii")
    except OSError as error:
        raise SettingsError(
            f"credentials: {path}: {error.strerror}", advice="Put the token there, in a file of mode 600."
        ) from error
    except UnicodeDecodeError:
        # The error itself has the token in it.
        raise SettingsError(
            f"credentials: {path} holds no bearer token", advice="Put the token there, on one line."
        ) from None


def _of_issuer(settings: Settings, shown: CredentialSettings, kept: list[OwnTokens], refused: bool) -> str:
    if not kept:
        # No other issuer's secret is needed for it.
        only = tuple(each for each in settings.identity.issuers if each.name == shown.issuer)
        identity = settings.identity.model_copy(update={"issuers": only})
        provider = open_issuers(settings.model_copy(update={"identity": identity})).named(shown.issuer)
        kept.append(OwnTokens(provider))
    scheme, host = urlsplit(shown.url)[:2]
    return kept[0].token_for(shown.resource or f"{scheme}://{host}", shown.scope, afresh=refused)
