"""Settings of the OAI-PMH provider: what it says of itself, and how it lists."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class OaiSettings(BaseModel):
    """The OAI-PMH provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository_name: str = Field("fairnode", description="repositoryName in Identify")
    admin_email: str = Field(
        "admin@localhost.localdomain", pattern=r"^\S+@(\S+\.)+\S+$", description="adminEmail in Identify"
    )
    repository_identifier: str = Field(
        "",
        pattern=r"^([a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+)?$",
        description="namespace of OAI identifiers, a domain name; empty takes the host of base_url",
    )
    page_size: int = Field(100, ge=1, le=500, description="records a page; aggregators expect 100 to 500")
    token_hours: int = Field(48, ge=24, description="hours a resumption token lives")
    readers_days: int = Field(
        180,
        ge=7,
        description="days that what a reader was given is remembered for after their last request; who comes later is "
        "told no losses from before, and has to harvest everything anew",
    )
    granularity: Literal["YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"] = Field(
        "YYYY-MM-DDThh:mm:ssZ", description="how datestamps are told, and the finest that windows are taken in"
    )
    icon: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="URL of a picture that stands for the repository (branding)"
    )
    friends: tuple[str, ...] = Field(
        (), description="OAI-PMH base URLs of other repositories, such as those of peers, that harvesters may go on to"
    )
    lists: int = Field(
        64,
        ge=1,
        description="lists being answered at the same time, who comes then gets 503 with Retry-After; "
        "below `serve --threads` it keeps threads for others",
    )
