"""Settings of what strangers may ask of the node: preflights, registrations, and the mail that goes with them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class VisitorSettings(BaseModel):
    """What a client without a login may ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_hour: int = Field(
        20, ge=1, description="preflights and registrations, tries to prove them included, a client may ask for"
    )
    proxies: int = Field(
        0, ge=0, description="reverse proxies in front of the node; a client is told by what the first of them saw"
    )


class PreflightSettings(BaseModel):
    """Looking a repository over before it is registered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(60, ge=2, le=600, description="seconds a preflight asked for over HTTP may take in all")
    sample: int = Field(500, ge=1, le=500, description="records a preflight over HTTP may be asked to look at")
    concurrency: int = Field(2, ge=1, le=64, description="preflights at once; more get 429")


class RegistrationSettings(BaseModel):
    """Repositories that register themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: bool = Field(True, description="repositories may register themselves")
    approval: Literal["steward", "automatic"] = Field(
        "steward", description="who makes a source of a proven registration: `steward`, or nobody waits (`automatic`)"
    )
    pending: int = Field(100, ge=1, description="registrations that may wait for their proof or their approval")
    days: int = Field(7, ge=1, le=90, description="days in which the proof must be given; then it is forgotten")


class MailSettings(BaseModel):
    """The mail server; without a host no mail is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("", description="SMTP server; empty sends no mail")
    port: int = Field(587, ge=1, le=65535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`starttls` (port 587), `tls` (port 465), or `none` for a server on this machine"
    )
    user: str = Field("", description="name to log in with; empty does not log in")
    password_env: str = Field("FAIRNODE_SMTP_PASSWORD", description="environment variable that holds the password")
    sender: str = Field("", description="From address; empty takes [oai] admin_email")
    timeout: float = Field(20, gt=0, le=120, description="seconds to wait for the server")
