"""Settings of what the node shows to repositories that give records to nobody but those they know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from node.errors import SettingsError
from node.identity_settings import is_safe_url
from node.model.web_origin import is_under


def _url(value: str) -> str:
    parts = urlsplit(value)
    if not is_safe_url(value) or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be an https URL without query and fragment (http:// is for loopback)")
    return value


class CredentialSettings(BaseModel):
    """A token for the sources at an address. It comes from exactly one of `token_env`, `token_file` and `issuer`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_url)] = Field(
        description="sources at this address or below it are shown the token, and no other host is"
    )
    token_env: str = Field("", description="environment variable that holds a bearer token")
    token_file: str = Field(
        "",
        description="file that holds one, mode 600; a relative path is below the home folder. It is read for each "
        "request, so that it can be replaced at any time",
    )
    issuer: str = Field(
        "", description="name of one of `[[identity.issuers]]`, where this node gets tokens by client credentials"
    )
    resource: str = Field("", description="what such a token is for (RFC 8707); empty takes scheme and host of `url`")
    scope: str = Field("", description="scopes of such a token, with spaces between")
    access: Literal["public", "registered", "restricted", "confidential"] = Field(
        "confidential",
        description="least access class of the records of such sources; those of peers have it in their signed labels",
    )

    @model_validator(mode="after")
    def _one(self) -> CredentialSettings:
        if sum(map(bool, (self.token_env, self.token_file, self.issuer))) != 1:
            raise ValueError(f"{self.url}: give one of token_env, token_file and issuer")
        if (self.resource or self.scope) and not self.issuer:
            raise ValueError(f"{self.url}: resource and scope are for tokens of an issuer")
        return self


def unlike_credentials(values: tuple[CredentialSettings, ...]) -> tuple[CredentialSettings, ...]:
    """Refuse two credentials for one address.

    Raises:
        ValueError: there are two.
    """
    if len({each.url.rstrip("/") for each in values}) != len(values):
        raise ValueError("two credentials are for one url")
    return values


def credentials_for(credentials: tuple[CredentialSettings, ...], url: str) -> CredentialSettings | None:
    """Return what a source is shown: the credentials whose address is nearest above its own."""
    found = [each for each in credentials if is_under(url, each.url)]
    return max(found, key=lambda each: len(each.url), default=None)


def check_credentials(credentials: tuple[CredentialSettings, ...], issuers: Collection[str]) -> None:
    """Refuse credentials of an issuer that is none.

    Args:
        issuers: the names of `[[identity.issuers]]`.

    Raises:
        SettingsError: there are some; the message names both.
    """
    for each in credentials:
        if each.issuer and each.issuer not in issuers:
            raise SettingsError(
                f"credentials: the issuer for {each.url}, {each.issuer}, is in no [[identity.issuers]]",
                advice=f"Give the name of one; there are: {', '.join(issuers) or 'none'}.",
            )
